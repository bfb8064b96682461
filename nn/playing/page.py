"""`nn.playground`: a network in the hand, on one page without a server and without the network."""

import html
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TypeAlias

from engine import embedded_json, page_script, script_policy, write_whole
from nn import datasets
from nn.common.checks import kind, whole
from nn.common.rows import check_rows
from nn.common.text import shown
from nn.datasets import Dataset
from nn.layers import MLP, is_plain
from nn.playing.recording import recorded

IN_THE_PLANE = ("moons", "circles", "spirals", "xor")

Rows: TypeAlias = Sequence[Sequence[float]]


class Playground:
    """A page on which a network trains, as `playground` made it; a notebook shows it by itself."""

    def __init__(
        self, data: Dataset, hidden: Sequence[int], test: Dataset | None, model: MLP | None
    ) -> None:
        self._data = data
        self._hidden = list(hidden)
        self._recorded = recorded(data, hidden, test, model)  # as the model is now

    def __repr__(self) -> str:
        sizes = "-".join(map(str, [2, *self._hidden, 1]))
        return f"Playground({shown(self._data.name)}, {sizes})"

    def html(self) -> str:
        """The page."""
        here = files("nn.playing")
        modules = (
            here / f"{name}.js"
            for name in ("training", "findings", "charts", "pictures", "words", "controls")
        )
        script = (
            f"{page_script(*modules)}\n"
            'start(JSON.parse(document.getElementById("recorded").textContent));\n'
        )
        return Template((here / "page.html").read_text(encoding="utf-8")).substitute(
            policy=script_policy(script),
            style=(here / "playground.css").read_text(encoding="utf-8"),
            recorded=embedded_json(self._recorded),
            script=script,
        )

    def save(self, path: str | Path) -> Path:
        """Write the page to a file, which is replaced when the new one is whole.

        Args:
            path: A name that ends in .html.

        Returns:
            The path.

        Raises:
            ValueError: For another ending.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a playground is saved as .html, but got {str(path)!r}")
        write_whole(path, self.html())
        return path

    def _repr_html_(self) -> str:
        """The page in a frame of its own that may run scripts and nothing else."""
        page = html.escape(self.html())
        return (
            f'<iframe title="glassgrad" sandbox="allow-scripts" srcdoc="{page}" '
            'style="width:100%;height:900px;border:0"></iframe>'
        )


def playground(
    data: str | Path | Dataset | Rows = "moons",
    hidden: Sequence[int] = (4, 4),
    *,
    targets: Sequence[float] | None = None,
    test: Dataset | None = None,
    model: MLP | None = None,
) -> Playground:
    """Make a page on which a network trains while one looks at its neurons, weights and gradients.

    Play, pause, and change what is asked for: the learning rate, the optimizer, the loss, the
    activation, the initialization. What the page calculates was recorded from this library, and
    agrees with `fit`.

    Args:
        data: "moons", "circles", "spirals" or "xor", with other rows to test on; or the path of a
            CSV file for `datasets.load_csv`, of which a third is held out to test on, and the
            numbers are standardized; or any data set of two inputs, or its rows: with two
            classes, or for a regression.
        hidden: How many neurons each hidden layer has.
        targets: A number for each row, where `data` are rows; two different whole numbers are
            classes.
        test: Rows to test on, beside a data set or rows; None for none.
        model: An `MLP` of two inputs and an output, with whose weights the page begins; its layers
            stand in for `hidden`. The page trains a copy.

    Returns:
        The page.

    Raises:
        TypeError: Where `data` is nothing of that, `model` no MLP, or a size no int.
        ValueError: For another name, another number of inputs or classes, or a size below 1.

    Example:
        >>> playground("moons", hidden=[4, 4])
        Playground('moons', 2-4-4-1)
        >>> playground([[0, 1], [1, 0], [1, 1], [0, 0]], hidden=[3], targets=[1, 1, 0, 0])
        Playground('data', 2-3-1)
    """
    if isinstance(data, str | Path):
        if targets is not None or test is not None:
            raise ValueError(f"{shown(str(data))} brings targets and test rows of its own")
        rows, test = _read(data)
    elif isinstance(data, Dataset):
        if targets is not None:
            raise ValueError(f"{data!r} brings targets of its own")
        rows = data
    elif targets is None:
        raise TypeError(
            f"data must be a name, a path, a Dataset, or rows with targets=; got {kind(data)}"
        )
    else:
        rows = _as_dataset(data, targets)
    for part in (rows, *([] if test is None else [test])):
        _check(part)
    if test is not None and test.is_classification != rows.is_classification:
        raise ValueError(f"test rows must be of the same kind as {rows!r}; got {test!r}")
    if model is not None:
        hidden = _sizes(model)
    hidden = [whole("each of hidden", size, at_least=1) for size in hidden]
    return Playground(rows, hidden, test, model)


def _read(data: str | Path) -> tuple[Dataset, Dataset]:
    """The rows of that name or path to train on, and to test on."""
    if str(data) in IN_THE_PLANE:
        draw = getattr(datasets, str(data))
        return draw(), draw(seed=1)
    if Path(data).suffix.lower() != ".csv":
        raise ValueError(
            f"data must be one of {', '.join(IN_THE_PLANE)}, or a PATH.csv; got {shown(str(data))}"
        )
    whole_file = datasets.load_csv(data)
    _check(whole_file)
    train, held_out = datasets.train_test_split(whole_file)
    inputs, standardizer = datasets.standardize(train.inputs)
    parts = replace(train, inputs=inputs), replace(held_out, inputs=standardizer(held_out.inputs))
    if train.is_classification:
        return parts
    _, scale = datasets.standardize([[target] for target in train.targets])
    train, held_out = (
        replace(part, targets=[t for (t,) in scale([[target] for target in part.targets])])
        for part in parts
    )
    return train, held_out


def _as_dataset(inputs: Rows, targets: Sequence[float]) -> Dataset:
    rows, numbers = check_rows("playground", inputs, targets)
    classes = sorted(set(numbers))
    if len(classes) == 2 and all(number == int(number) for number in classes):
        names = tuple(f"{number:g}" for number in classes)
        return Dataset(rows, [classes.index(number) for number in numbers], target_names=names)
    return Dataset(rows, [float(number) for number in numbers])


def _check(data: Dataset) -> None:
    if not isinstance(data, Dataset):
        raise TypeError(f"test must be a Dataset; got {kind(data)}")
    if data.n_features != 2:
        raise ValueError(
            f"a playground needs two inputs, for they are the plane; {data!r} has {data.n_features}"
        )
    if data.is_classification and data.n_classes != 2:
        raise ValueError(f"a playground needs two classes; {data!r} has {data.n_classes}")


def _sizes(model: MLP) -> list[int]:
    """The sizes of the hidden layers of a model that the page can take."""
    if not is_plain(model):
        raise TypeError(f"model must be an MLP with the library's activations; got {kind(model)}")
    sizes = [layer.n_outputs for layer in model.layers]
    if model.layers[0].n_inputs != 2 or sizes[-1] != 1:
        raise ValueError(f"a playground needs two inputs and an output; got {model!r}")
    if not all(layer.bias for layer in model.layers):
        raise ValueError(f"the neurons of a playground have biases; got {model!r} without")
    return sizes[:-1]

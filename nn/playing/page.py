"""`nn.playground`: a network in the hand, on one page without a server and without the network."""

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

from engine import page_script, write_whole
from nn import datasets
from nn.common.checks import kind, whole
from nn.common.text import shown
from nn.datasets import Dataset
from nn.playing.recording import recorded

IN_THE_PLANE = ("moons", "circles", "spirals", "xor")


class Playground:
    """A page on which a network trains, as `playground` made it; a notebook shows it by itself."""

    def __init__(self, data: Dataset, hidden: Sequence[int]) -> None:
        self._data = data
        self._hidden = list(hidden)

    def __repr__(self) -> str:
        sizes = "-".join(map(str, [2, *self._hidden, 1]))
        return f"Playground({shown(self._data.name)}, {sizes})"

    def html(self) -> str:
        """The page."""
        here = files("nn.playing")
        modules = (here / f"{name}.js" for name in ("training", "pictures", "controls"))
        script = (
            f"{page_script(*modules)}\n"
            'start(JSON.parse(document.getElementById("recorded").textContent));\n'
        )
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        numbers = json.dumps(recorded(self._data, self._hidden), separators=(",", ":"))
        return Template((here / "page.html").read_text(encoding="utf-8")).substitute(
            policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
            style=(here / "playground.css").read_text(encoding="utf-8"),
            recorded=numbers.replace("<", "\\u003c"),  # JSON that cannot end its element
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
            'style="width:100%;height:760px;border:0"></iframe>'
        )


def playground(data: str | Dataset = "moons", hidden: Sequence[int] = (4, 4)) -> Playground:
    """Make a page on which a network trains while one looks at its neurons, weights and gradients.

    Play, pause, and change what is asked for: the learning rate, the optimizer, the loss, the
    activation, the initialization. What the page calculates was recorded from this library, and
    agrees with `fit`.

    Args:
        data: "moons", "circles", "spirals" or "xor", or any data set of two inputs: with two
            classes, or for a regression.
        hidden: How many neurons each hidden layer has.

    Returns:
        The page.

    Raises:
        TypeError: Where `data` is neither a name nor a data set, or a size no int.
        ValueError: For another name, another number of inputs or classes, or a size below 1.

    Example:
        >>> playground("moons", hidden=[4, 4])
        Playground('moons', 2-4-4-1)
    """
    if isinstance(data, str):
        if data not in IN_THE_PLANE:
            raise ValueError(f"data must be one of {', '.join(IN_THE_PLANE)}; got {shown(data)}")
        data = getattr(datasets, data)()
    if not isinstance(data, Dataset):
        raise TypeError(f"data must be a name or a Dataset; got {kind(data)}")
    if data.n_features != 2:
        raise ValueError(
            f"a playground needs two inputs, for they are the plane; {data!r} has {data.n_features}"
        )
    if data.is_classification and data.n_classes != 2:
        raise ValueError(f"a playground needs two classes; {data!r} has {data.n_classes}")
    return Playground(data, [whole("each of hidden", size, at_least=1) for size in hidden])

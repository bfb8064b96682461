"""The options that commands share, and the problem that they pose: data, network, optimizer."""

import argparse
import csv
import math
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from engine import write_whole
from nn import datasets, schedules
from nn.activations import ACTIVATIONS
from nn.datasets import Dataset, Standardizer
from nn.datasets.tables import as_csv
from nn.init import get as get_initializer
from nn.layers import MLP
from nn.losses import Loss, cross_entropy, mse
from nn.optim import SGD, Adam, AdamW, Optimizer, RMSprop
from nn.schedules import Schedule
from nn.training.fitting import fit
from nn.training.history import History

PROGRAM = "python -m nn"

DATA: dict[str, Callable[[int], Dataset]] = {
    "iris": lambda seed: datasets.iris(),
    "digits": lambda seed: datasets.digits(),
    "moons": lambda seed: datasets.moons(200, seed=seed),
    "circles": lambda seed: datasets.circles(200, seed=seed),
    "spirals": lambda seed: datasets.spirals(200, seed=seed),
    "xor": lambda seed: datasets.xor(200, seed=seed),
    "sine": lambda seed: datasets.sine(200, seed=seed),
}

OPTIMIZERS: dict[str, type[SGD | RMSprop | Adam]] = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}

SCHEDULES: dict[str, Callable[[float, int], Schedule]] = {
    "constant": lambda rate, steps: schedules.constant(rate),
    "linear": lambda rate, steps: schedules.linear(rate, 0.0, steps),
    "step_decay": lambda rate, steps: schedules.step_decay(rate, 0.5, math.ceil(steps / 5)),
    "exponential_decay": lambda rate, steps: schedules.exponential_decay(rate, 0.01 ** (1 / steps)),
    "cosine": lambda rate, steps: schedules.cosine(rate, steps),
    "warmup": lambda rate, steps: schedules.warmup(
        schedules.constant(rate), math.ceil(steps / 10)
    ),
    "one_cycle": lambda rate, steps: schedules.one_cycle(rate, steps),
}  # fmt: skip

USUAL: dict[str, Any] = {
    "hidden": [16, 16],
    "activation": "tanh",
    "init": "auto",
    "optimizer": "adam",
    "learning_rate": 0.01,
    "schedule": "constant",
    "epochs": 100,
    "batch_size": 16,
}
"""What an option is where it is not given."""

USUAL_BY_DATA: dict[str, dict[str, Any]] = {
    "digits": {"hidden": [32], "epochs": 15},
    "spirals": {"epochs": 200},
}
"""Where that is another one, by data."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage; options are written out."""

    def __init__(self, program: str, description: str, example: str) -> None:
        super().__init__(
            program,
            description=textwrap.fill(description, 80),
            epilog=f"example: {example}",  # in one line, to be copied
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """End with one line."""
        if re.search(r"unrecognized arguments:.* --?lr\b", message):
            message += "; write --learning-rate"
        self.exit(2, f"{self.prog}: {message}\n")


def sizes(text: str) -> list[int]:
    """Read the sizes of the hidden layers, as in 16,16; none of an empty text."""
    try:
        numbers = [int(size) for size in text.split(",")] if text.strip() else []
    except ValueError:
        numbers = [0]
    if any(number < 1 for number in numbers):
        raise argparse.ArgumentTypeError(f"expected sizes such as 16,16, got {text!r}")
    return numbers


def count(text: str) -> int:
    """Read a whole number of at least 1."""
    if not text.strip().isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def choice(names: Sequence[str]) -> Callable[[str], str]:
    """Make a reader of one of some names, whose error lists them."""

    def known(text: str) -> str:
        if text not in names:
            raise argparse.ArgumentTypeError(f"unknown {text!r}; choose {', '.join(names)}")
        return text

    return known


def initializer(text: str) -> str:
    """Read a text that `nn.init.get` understands."""
    try:
        get_initializer(text, activation="tanh")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


PARSED: dict[str, tuple[Callable[[str], Any], str]] = {
    "hidden": (sizes, "neurons of the hidden layers, '' for none"),
    "activation": (choice(list(ACTIVATIONS)), ", ".join(ACTIVATIONS)),
    "init": (initializer, "how the weights start, such as xavier_uniform or 'normal(0.0, 0.1)'"),
    "optimizer": (choice(list(OPTIMIZERS)), ", ".join(OPTIMIZERS)),
    "learning_rate": (float, "the learning rate"),
    "schedule": (choice(list(SCHEDULES)), ", ".join(SCHEDULES)),
    "epochs": (count, "how often to go through all rows"),
    "batch_size": (count, "rows for each step"),
}
"""How the settings of a training are read, and what their help says."""


def add_data(parser: Parser, seeds: str = "data, split, weights and batches") -> None:
    """Add the options that say what to learn from, and where results go."""
    parser.add_argument(
        "--data", default="iris", metavar="DATA", help=f"{', '.join(DATA)}, or a PATH.csv (iris)"
    )
    parser.add_argument(
        "--target", metavar="COLUMN", help="of a CSV file: the column to predict (the last)"
    )
    add_csv(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help=f"of {seeds} (0)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where files go (runs/ and the data's name)"
    )


def names(text: str) -> list[str]:
    """Read names with commas between them; one with a comma stands in double quotes."""
    return next(csv.reader([text], skipinitialspace=True), [""])


def yes_or_no(text: str) -> bool:
    """Read a yes or a no."""
    if text not in ("yes", "no"):
        raise argparse.ArgumentTypeError(f"expected yes or no, got {text!r}")
    return text == "yes"


CSV: dict[str, tuple[Callable[[str], Any], str, str]] = {
    "header": (yes_or_no, "yes|no", "whether its first row names the columns (found out)"),
    "columns": (names, "A,B", "the features, by name or number (all but the target)"),
    "ignore": (names, "A,B", "columns to leave out, by name or number"),
    "decimal": (str, "MARK", "the mark before a fraction, . or , (.)"),
    "thousands": (str, "MARK", "what stands between groups of three digits (nothing)"),
    "missing": (names, "A,B", "texts for a missing value, such as ',NA,?': such rows are left out"),
}
"""How the options of a CSV file are read; by the names that `load_csv` has for them."""


def add_csv(parser: Parser, but: Sequence[str] = ()) -> None:
    """Add the options that say how a CSV file is to be read, all but some."""
    for name, (parse, metavar, text) in CSV.items():
        if name not in but:
            parser.add_argument(
                f"--{name}", type=parse, metavar=metavar, help=f"of a CSV file: {text}"
            )


def csv_options(options: argparse.Namespace) -> dict[str, Any]:
    """Give those that were given, by name."""
    return {name: given for name in CSV if (given := getattr(options, name, None)) is not None}


def add_settings(parser: Parser, names: Sequence[str]) -> None:
    """Add the settings of a training that a command uses, by their names in `PARSED`."""
    for name in names:
        parse, text = PARSED[name]
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=parse, metavar="X", help=f"{text} ({_usual(name)})"
        )


def _usual(name: str) -> str:
    others = [
        f"of {data} {_shown(own[name])}" for data, own in USUAL_BY_DATA.items() if name in own
    ]
    return "; ".join([_shown(USUAL[name]), *others])


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


@dataclass
class Problem:
    """What the options pose: data in two parts, prepared, and how to learn from it.

    Attributes:
        settings: Those of the training, by their names in `PARSED`.
        seed: Of the weights and the batches.
        data: All rows, as they were read.
        train: The rows to learn from.
        test: The rows held out.
        standardizer: What was done to the inputs.
        target_scale: What was done to the targets of a regression; None for classes.
        inputs: Those of `train`, standardized.
        targets: Those of `train`, of a regression standardized.
        test_inputs: Those of `test`, standardized.
        test_targets: Those of `test`, of a regression scaled as those of `train`.
        folder: Where files go.
    """

    settings: dict[str, Any]
    seed: int
    data: Dataset
    train: Dataset
    test: Dataset
    standardizer: Standardizer
    target_scale: Standardizer | None
    inputs: list[list[float]]
    targets: Sequence[Any]
    test_inputs: list[list[float]]
    test_targets: Sequence[Any]
    folder: Path

    @property
    def loss(self) -> Loss:
        """That of the data: cross entropy for classes, the mean squared error for numbers."""
        return cross_entropy if self.data.is_classification else mse

    def model(self) -> MLP:
        """Make the network, untrained."""
        n_outputs = self.data.n_classes if self.data.is_classification else 1
        return MLP(
            self.data.n_features,
            [*self.settings["hidden"], n_outputs],
            activation=self.settings["activation"],
            init=self.settings["init"],
            seed=self.seed,
        )

    def optimizer(self, model: MLP) -> Optimizer:
        """Make the optimizer of a model."""
        make = OPTIMIZERS[self.settings["optimizer"]]
        return make(model.parameters(), self.settings["learning_rate"])

    def training(self, model: MLP) -> Callable[..., History]:
        """Prepare `fit` for a model, but for what concerns the command alone."""
        epochs, size = self.settings["epochs"], self.settings["batch_size"]
        schedule = SCHEDULES[self.settings["schedule"]]
        return partial(
            fit,
            model,
            self.inputs,
            self.targets,
            self.loss,
            self.optimizer(model),
            epochs,
            size,
            schedule(self.settings["learning_rate"], epochs * math.ceil(len(self.train) / size)),
            seed=self.seed,
        )

    def predictions(self, model: MLP) -> list[Any]:
        """Give what the model says of the rows held out: logits, or numbers in the data's units."""
        return unscaled(model.predict(self.test_inputs), self.target_scale)


def unscaled(outputs: list[Any], scale: Standardizer | None) -> list[Any]:
    """Give outputs in the units of the data, where the targets of a regression were scaled."""
    if scale is None:
        return outputs
    return [output * scale.scale[0] + scale.mean[0] for output in outputs]


def pose(options: argparse.Namespace) -> Problem:
    """Make the problem that the options pose, and the folder for its files."""
    settings = USUAL | USUAL_BY_DATA.get(options.data, {})
    settings |= {
        name: given for name in settings if (given := getattr(options, name, None)) is not None
    }
    folder = options.out or Path("runs") / Path(options.data).stem
    reading = csv_options(options)
    problem = make_problem(options.data, options.target, settings, options.seed, folder, reading)
    folder.mkdir(parents=True, exist_ok=True)  # now, not after the training, if it cannot be
    return problem


def make_problem(
    name: str,
    target: str | None,
    settings: dict[str, Any],
    seed: int,
    folder: Path,
    reading: dict[str, Any],
) -> Problem:
    """Split the data of that name; standardize its inputs, and of a regression the targets too."""
    data = load_data(name, target, seed, reading)
    train, test = datasets.train_test_split(data, seed=seed)
    _, standardizer = datasets.standardize(train.inputs)
    scale = None
    if not data.is_classification:
        _, scale = datasets.standardize([[number] for number in train.targets])

    def prepared(part: Dataset) -> tuple[list[list[float]], Sequence[Any]]:
        targets: Sequence[Any] = part.targets
        if scale is not None:
            targets = [number for (number,) in scale([[number] for number in targets])]
        return standardizer(part.inputs), targets

    return Problem(
        settings,
        seed,
        data,
        train,
        test,
        standardizer,
        scale,
        *prepared(train),
        *prepared(test),
        folder,
    )


def load_data(name: str, target: str | None, seed: int, reading: dict[str, Any]) -> Dataset:
    """Load the data that `--data` and `--target` name."""
    if name in DATA:
        for option in [*([] if target is None else ["target"]), *reading]:
            raise ValueError(f"--{option} is about the columns of a CSV file, and {name!r} is none")
        return DATA[name](seed)
    if not name.lower().endswith(".csv"):
        raise ValueError(f"unknown data {name!r}; choose {', '.join(DATA)} or a PATH.csv")
    data = datasets.load_csv(name, target=target, **reading)
    if data.is_classification and data.n_classes < 2:
        raise ValueError(f"{name} has a single class, so there is nothing to learn")
    return data


def write_rows(path: Path, data: Dataset) -> None:
    """Write the rows as a CSV file, to look at and to predict from."""
    rows: list[list[object]] = []
    if data.feature_names:
        rows.append([*data.feature_names, "target"])
    for row, target in zip(data.inputs, data.targets, strict=True):
        named = data.target_names[int(target)] if data.is_classification else target
        rows.append([*row, named] if data.feature_names else [*row])
    write_whole(path, as_csv(rows))

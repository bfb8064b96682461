"""The command line: `python -m nn` trains a network, `python -m nn predict` uses it.

All that is wrong with options and files ends in one line on standard error and exit status 2.
"""

import argparse
import csv
import math
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from nn import datasets, optim, schedules
from nn.datasets import Dataset, Standardizer
from nn.init import get as get_initializer
from nn.layers import ACTIVATIONS, MLP
from nn.losses import cross_entropy, mse
from nn.metrics import Scores, accuracy, confusion_matrix, predicted_class, r_squared
from nn.schedules import Schedule
from nn.storage import load, load_about, save
from nn.training import fit

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

OPTIMIZERS: dict[str, type[optim.SGD | optim.RMSprop | optim.Adam]] = {
    "sgd": optim.SGD,
    "rmsprop": optim.RMSprop,
    "adam": optim.Adam,
    "adamw": optim.AdamW,
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

DEFAULTS: dict[str, dict[str, Any]] = {
    "digits": {"hidden": [32], "epochs": 15},
    "spirals": {"epochs": 200},
}
"""What differs from the defaults of the options, by data."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if arguments[:1] == ["predict"]:
            return _predict(_predict_parser().parse_args(arguments[1:]))
        return _train(_train_parser().parse_args(arguments))
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
        return 0
    except (OSError, ValueError, TypeError, ImportError) as error:
        text = str(error)
        if isinstance(error, OSError) and error.strerror and error.filename:
            text = f"{error.filename}: {error.strerror}"
        message = "; ".join(line.strip() for line in text.splitlines())
        print(f"{PROGRAM}: {message}", file=sys.stderr)
        return 2


# python -m nn


def _train_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        PROGRAM,
        description="Train a multilayer perceptron, holding out a third of the rows to test it on.",
        epilog=f"To use a model: {PROGRAM} predict MODEL.json FILE.csv",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--data", default="iris", metavar="DATA", help=f"{', '.join(DATA)}, or a PATH.csv (iris)"
    )
    parser.add_argument(
        "--target", metavar="COLUMN", help="of a CSV file: the column to predict (the last)"
    )
    parser.add_argument(
        "--hidden",
        type=_sizes,
        metavar="SIZES",
        help="neurons of the hidden layers (16,16; of digits 32); '' for none",
    )
    parser.add_argument(
        "--activation", default="tanh", choices=ACTIVATIONS, metavar="NAME",
        help=f"{', '.join(ACTIVATIONS)} (tanh)",
    )  # fmt: skip
    parser.add_argument(
        "--init", default="auto", metavar="NAME", help="how weights start, as xavier_uniform (auto)"
    )
    parser.add_argument(
        "--optimizer", default="adam", choices=OPTIMIZERS, metavar="NAME",
        help=f"{', '.join(OPTIMIZERS)} (adam)",
    )  # fmt: skip
    parser.add_argument("--learning-rate", type=float, default=0.01, metavar="RATE", help="(0.01)")
    parser.add_argument(
        "--schedule", default="constant", choices=SCHEDULES, metavar="NAME",
        help=f"{', '.join(SCHEDULES)} (constant)",
    )  # fmt: skip
    parser.add_argument("--epochs", type=_count, metavar="N", help="(100; of digits 15)")
    parser.add_argument("--batch-size", type=_count, default=16, metavar="N", help="(16)")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of data, split, weights and batches (0)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the model goes (runs/ and the data's name)"
    )
    return parser


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(size) for size in text.split(",")] if text.strip() else []
    except ValueError:
        sizes = [0]
    if any(size < 1 for size in sizes):
        raise argparse.ArgumentTypeError(f"expected sizes such as 16,16, got {text!r}")
    return sizes


def _count(text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def _train(options: argparse.Namespace) -> int:
    data = _load_data(options)
    defaults = {"hidden": [16, 16], "epochs": 100, **DEFAULTS.get(options.data, {})}
    hidden = defaults["hidden"] if options.hidden is None else options.hidden
    epochs = defaults["epochs"] if options.epochs is None else options.epochs
    get_initializer(options.init, activation=options.activation)  # a bad name ends here

    train, test = datasets.train_test_split(data, seed=options.seed)
    train_inputs, standardizer = datasets.standardize(train.inputs)
    train_targets, target_scale = _scaled_targets(train)
    model = MLP(
        data.n_features,
        [*hidden, data.n_classes if data.is_classification else 1],
        activation=options.activation,
        init=options.init,
        seed=options.seed,
    )
    optimizer = OPTIMIZERS[options.optimizer](model.parameters(), options.learning_rate)
    steps = epochs * math.ceil(len(train) / options.batch_size)
    schedule = SCHEDULES[options.schedule](options.learning_rate, steps)
    folder = options.out or Path("runs") / Path(options.data).stem
    folder.mkdir(parents=True, exist_ok=True)

    print(f"{data.name}: {len(train)} rows to train on, {len(test)} held out")
    print(model.summary())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the history tells it too, below
        history = fit(
            model,
            train_inputs,
            train_targets,
            loss=cross_entropy if data.is_classification else mse,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=options.batch_size,
            schedule=schedule,
            metrics=[accuracy] if data.is_classification else [],
            seed=options.seed,
        )
    print(history)
    outputs = [_plain(model(row)) for row in standardizer(test.inputs)]
    print(_report(data, outputs, test.targets, target_scale))

    about = {
        "data": data.name,
        "feature_names": list(data.feature_names),
        "target_names": list(data.target_names),
        "standardizer": standardizer.to_dict(),
        "target_scale": None if target_scale is None else target_scale.to_dict(),
    }
    save(model, folder / "model.json", about)
    _write_rows(folder / "held-out.csv", test)
    print(f"saved {folder / 'model.json'}, and the rows held out in {folder / 'held-out.csv'}")
    print(f"use it: {PROGRAM} predict {folder / 'model.json'} {folder / 'held-out.csv'}")
    return 1 if history.diverged else 0


def _load_data(options: argparse.Namespace) -> Dataset:
    name: str = options.data
    if name in DATA:
        if options.target is not None:
            raise ValueError(f"--target names a column of a CSV file, and {name!r} is none")
        return DATA[name](options.seed)
    if not name.lower().endswith(".csv"):
        raise ValueError(f"unknown data {name!r}; choose {', '.join(DATA)} or a PATH.csv")
    data = datasets.load_csv(name, target=options.target)
    if data.is_classification and data.n_classes < 2:
        raise ValueError(f"{name} has a single class, so there is nothing to learn")
    return data


def _scaled_targets(data: Dataset) -> tuple[Sequence[float], Standardizer | None]:
    """Classes as they are; the numbers of a regression in units of their standard deviation."""
    if data.is_classification:
        return data.targets, None
    rows, scale = datasets.standardize([[target] for target in data.targets])
    return [target for (target,) in rows], scale


def _unscaled(output: Scores, scale: Standardizer) -> float:
    """A number of a regression in the units of the data."""
    assert isinstance(output, float)
    return output * scale.scale[0] + scale.mean[0]


def _report(
    data: Dataset, outputs: list[Scores], targets: Sequence[Any], target_scale: Standardizer | None
) -> str:
    if target_scale is not None:
        predictions = [_unscaled(output, target_scale) for output in outputs]
        error = math.sqrt(
            math.fsum((p - t) ** 2 for p, t in zip(predictions, targets, strict=True))
            / len(targets)
        )
        return (
            f"test error: {error:.4g} (root-mean-square), "
            f"R² {r_squared(predictions, targets):.4f}, on {len(targets)} rows"
        )
    share = accuracy(outputs, targets)
    hits = round(share * len(targets))
    counts = confusion_matrix([predicted_class(o) for o in outputs], targets, data.n_classes)
    names = [str(name) for name in data.target_names]
    width = max(map(len, [*names, *(str(n) for row in counts for n in row)]))
    lines = [f"test accuracy: {share:.1%} ({hits} of {len(targets)})"]
    lines += ["confusion, a row for each true class, a column for each predicted one:"]
    lines += ["  ".join([" " * width, *(name.rjust(width) for name in names)])]
    lines += [
        "  ".join([name.ljust(width), *(str(n).rjust(width) for n in row)])
        for name, row in zip(names, counts, strict=True)
    ]
    return "\n".join(lines)


def _plain(output: Any) -> Scores:
    return [v.data for v in output] if isinstance(output, list) else output.data


def _write_rows(path: Path, data: Dataset) -> None:
    """The rows as a CSV file, to look at and to predict from."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if data.feature_names:
            writer.writerow([*data.feature_names, "target"])
        for row, target in zip(data.inputs, data.targets, strict=True):
            named = data.target_names[int(target)] if data.is_classification else target
            writer.writerow([*row, named] if data.feature_names else row)


# python -m nn predict


def _predict_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        f"{PROGRAM} predict",
        description="Print a prediction for each row of a CSV file, as CSV.",
        epilog=f"Example: {PROGRAM} predict runs/iris/model.json runs/iris/held-out.csv",
        allow_abbrev=False,
    )
    parser.add_argument("model", type=Path, metavar="MODEL.json", help=f"a model of {PROGRAM}")
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="its inputs, a row each")
    return parser


def _predict(options: argparse.Namespace) -> int:
    model = load(options.model)
    about = load_about(options.model)
    try:
        standardizer = Standardizer.from_dict(about["standardizer"])
        target_scale = about["target_scale"] and Standardizer.from_dict(about["target_scale"])
        target_names = about["target_names"]
        feature_names = about["feature_names"]
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"{options.model} does not say how its inputs were prepared ({error}); "
            f"predict needs a model that {PROGRAM} saved"
        ) from None
    rows = datasets.load_inputs(options.file, feature_names, len(standardizer.mean))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["prediction"] if target_scale else ["prediction", "probability"])
    for row in standardizer(rows):
        output = _plain(model(row))
        if target_scale:
            writer.writerow([f"{_unscaled(output, target_scale):.6g}"])
        else:
            k = predicted_class(output)
            writer.writerow([target_names[k], f"{_probability(output, k):.4f}"])
    return 0


def _probability(logits: Scores, k: int) -> float:
    """The softmax of the logits, of one class."""
    assert isinstance(logits, list)
    return 1.0 / math.fsum(math.exp(min(logit - logits[k], 700.0)) for logit in logits)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m nn predict`: what a saved model says of the rows of a CSV file."""

import argparse
from pathlib import Path
from typing import Any

from engine import exp, log_sum_exp
from nn import datasets
from nn.commands.options import PROGRAM, Parser, add_csv, csv_options, unscaled
from nn.datasets import Standardizer
from nn.datasets.tables import as_csv
from nn.metrics import predicted_class
from nn.saving.storage import load, load_about


def parser() -> Parser:
    """Declare the arguments."""
    made = Parser(
        f"{PROGRAM} predict",
        "Print a prediction for each row of a CSV file, as CSV.",
        f"{PROGRAM} predict runs/iris/model.json runs/iris/held-out.csv",
    )
    made.add_argument("model", type=Path, metavar="MODEL.json", help=f"a model of {PROGRAM}")
    made.add_argument("file", type=Path, metavar="FILE.csv", help="its inputs, a row each")
    add_csv(made, but=["missing"])
    return made


def run(options: argparse.Namespace) -> int:
    """Print the predictions as CSV; returns the exit status."""
    model = load(options.model)
    about = load_about(options.model)
    try:
        standardizer = Standardizer.from_dict(about["standardizer"])
        scale = about["target_scale"] and Standardizer.from_dict(about["target_scale"])
        target_names = about["target_names"]
        feature_names = about["feature_names"]
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"{options.model} does not say how its inputs were prepared ({error}); "
            f"predict needs a model that {PROGRAM} saved"
        ) from None
    inputs = datasets.load_inputs(
        options.file, feature_names, len(standardizer.mean), **csv_options(options)
    )
    outputs: list[Any] = model.predict(standardizer(inputs))
    rows: list[list[str]]
    if scale:
        rows = [["prediction"], *([f"{output:.6g}"] for output in unscaled(outputs, scale))]
    else:
        rows = [["prediction", "probability"]]
        for logits in outputs:
            k = predicted_class(logits)
            rows.append([target_names[k], f"{_probability(logits, k):.4f}"])
    print(as_csv(rows), end="")
    return 0


def _probability(logits: list[float], k: int) -> float:
    """The softmax of the logits, of the class with the largest one."""
    return exp(logits[k] - log_sum_exp(logits).data)

"""`python -m nn sweep`: many trainings, one for each combination of settings."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nn.commands.options import (
    CSV,
    PARSED,
    PROGRAM,
    USUAL,
    Parser,
    add_data,
    csv_options,
    make_problem,
    pose,
)
from nn.commands.pictures import save_or_say
from nn.experiments.sweeps import sweep
from nn.metrics import accuracy, r_squared

LISTED = ("activation", "init", "optimizer", "learning_rate", "schedule", "epochs", "batch_size")
"""The settings of which an option takes several, with commas between them."""


def parser() -> Parser:
    """Declare the options."""
    made = Parser(
        f"{PROGRAM} sweep",
        "Train for every combination of the settings that are given as lists, several times each.",
        f"{PROGRAM} sweep --data moons --init zeros,xavier_uniform,he_normal "
        "--learning-rate 0.001,0.01,0.1,1 --repeats 5 --jobs 2",
    )
    add_data(made, seeds="data and split; weights and batches vary with the repeats")
    parse, text = PARSED["hidden"]
    made.add_argument("--hidden", type=parse, metavar="X", help=text)
    for name in LISTED:
        parse, text = PARSED[name]
        made.add_argument(
            f"--{name.replace('_', '-')}", type=_listed(parse), metavar="X,X", help=text
        )
    made.add_argument("--repeats", type=int, default=1, metavar="N", help="runs of each (1)")
    made.add_argument("--jobs", type=int, default=1, metavar="N", help="processes; -1: all (1)")
    return made


def _listed(parse: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """Several of what `parse` reads; commas within parentheses belong to one of them."""

    def parse_all(text: str) -> list[Any]:
        parts = re.split(r",(?![^(]*\))", text)
        try:
            return [parse(part.strip()) for part in parts]
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"expected values with commas between, got {text!r}"
            ) from None

    return parse_all


def run(options: argparse.Namespace) -> int:
    """Run what is missing, print the table and the best settings; returns the exit status."""
    given = {name: getattr(options, name) for name in LISTED if getattr(options, name) is not None}
    single = argparse.Namespace(**{**vars(options), **dict.fromkeys(LISTED)})
    problem = pose(single)
    grid = {name: [problem.settings[name]] for name in USUAL} | given
    grid["hidden"] = [",".join(map(str, problem.settings["hidden"]))]
    grid["data"], grid["target"] = [options.data], [options.target]
    grid["data_seed"] = [options.seed]
    grid |= {name: [given] for name, given in csv_options(options).items()}
    path = problem.folder / "sweep.jsonl"
    results = sweep(train, grid, repeats=options.repeats, n_jobs=options.jobs, path=path)
    print(results.table())
    score = "accuracy" if problem.data.is_classification else "r_squared"
    best = results.best(score, maximize=True)
    varied = [name for name, values in grid.items() if len(values) > 1]
    chosen = ", ".join(f"{name} {best.settings[name]}" for name in varied) or "there is only one"
    print(f"best by {score} on the rows held out: {chosen} ({best.results[score]:.4g})")
    print(f"saved {path}; the same command again computes only what is missing there")
    if len(varied) >= 2:
        x, y = sorted(varied[:2], key=lambda name: name != "learning_rate")
        save_or_say(lambda: results.heatmap(x, y, score), problem.folder / "sweep.png")
    return 0


def train(
    data: str, target: str | None, data_seed: int, hidden: str, seed: int, **settings: Any
) -> dict[str, float]:
    """Train once: the loss at the end, and how good the model is on the rows held out.

    The data and its split are the same in every run; weights and batches vary with the seed.
    """
    sizes, _ = PARSED["hidden"]
    reading = {name: settings.pop(name) for name in CSV if name in settings}
    settings["hidden"] = sizes(hidden)
    problem = make_problem(data, target, settings, data_seed, Path(), reading)
    problem.seed = seed
    model = problem.model()
    history = problem.training(model)(progress=False)
    if history.diverged:
        raise ArithmeticError(history.reason)
    score = accuracy if problem.data.is_classification else r_squared
    reached = score(problem.predictions(model), problem.test.targets)
    return {"loss": history.loss[-1], score.__name__: reached}

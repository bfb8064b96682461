"""`python -m nn learning-rate`: which learning rate suits a network and its data."""

import argparse

from nn.commands.options import PROGRAM, Parser, add_data, add_settings, count, pose
from nn.commands.pictures import save_or_say
from nn.experiments.rates import learning_rate_range


def parser() -> Parser:
    """Declare the options."""
    made = Parser(
        f"{PROGRAM} learning-rate",
        "Try growing learning rates, a step each on all rows or a batch of them, and suggest one.",
        f"{PROGRAM} learning-rate --data moons --optimizer sgd",
    )
    add_data(made)
    add_settings(made, ["hidden", "activation", "init", "optimizer"])
    made.add_argument("--batch-size", type=count, metavar="N", help="rows for each step (all)")
    made.add_argument("--low", type=float, default=1e-5, metavar="X", help="lowest rate (1e-5)")
    made.add_argument("--high", type=float, default=10.0, metavar="X", help="highest rate (10)")
    return made


def run(options: argparse.Namespace) -> int:
    """Try the rates, print the suggestion and draw it; returns the exit status."""
    problem = pose(options)
    model = problem.model()
    found = learning_rate_range(
        model,
        problem.inputs,
        problem.targets,
        problem.loss,
        optimizer=problem.optimizer(model),
        low=options.low,
        high=options.high,
        batch_size=options.batch_size,
        seed=problem.seed,
    )
    print(found)
    save_or_say(found.plot, problem.folder / "learning-rate.png")
    return 0

"""`python -m nn diagnose`: how activations and gradients flow through a network at its start."""

import argparse

from nn.commands.options import PROGRAM, Parser, add_data, add_settings, pose
from nn.commands.pictures import save_or_say
from nn.inspection.diagnostics import diagnose


def parser() -> Parser:
    """Declare the options."""
    made = Parser(
        f"{PROGRAM} diagnose",
        "Measure each layer of a network before it is trained, and say what is wrong.",
        f"{PROGRAM} diagnose --data moons --hidden 16,16,16,16 --init 'normal(0.0, 0.01)'",
    )
    add_data(made)
    add_settings(made, ["hidden", "activation", "init", "learning_rate"])
    return made


def run(options: argparse.Namespace) -> int:
    """Look into the network, print what is wrong and draw it; returns the exit status."""
    problem = pose(options)
    report = diagnose(
        problem.model(),
        problem.inputs,
        problem.targets,
        problem.loss,
        learning_rate=problem.settings["learning_rate"],
    )
    print(report)
    save_or_say(report.plot, problem.folder / "diagnosis.png")
    return 0

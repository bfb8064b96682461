"""`python -m nn`: train a network, test it, and keep what helps to understand it."""

import argparse
import math
from collections.abc import Callable
from typing import Any

import engine
from nn.commands.options import (
    PROGRAM,
    USUAL,
    Parser,
    Problem,
    add_data,
    add_settings,
    pose,
    write_rows,
)
from nn.commands.pictures import save_or_say
from nn.common.text import text_table
from nn.layers import MLP
from nn.metrics import accuracy, confusion_matrix, predicted_class, r_squared
from nn.saving.storage import save
from nn.training.fitting import divergence_told_elsewhere
from nn.training.history import History


def parser() -> Parser:
    """Declare the options."""
    made = Parser(
        PROGRAM,
        "Train a multilayer perceptron, holding out a third of the rows to test it on. "
        "Other commands: predict, diagnose, learning-rate, sweep; each has its --help.",
        f"{PROGRAM} --data moons --hidden 8,8 --activation relu --schedule cosine",
    )
    add_data(made)
    add_settings(made, list(USUAL))
    return made


def run(options: argparse.Namespace) -> int:
    """Train, test, save and draw; returns the exit status."""
    problem = pose(options)
    model = problem.model()
    training = problem.training(model)
    print(
        f"{problem.data.name}: {len(problem.train)} rows to train on, {len(problem.test)} held out"
    )
    print(model.summary())
    with divergence_told_elsewhere():  # by the history, below
        history = training(metrics=[accuracy] if problem.data.is_classification else [])
    print(history)
    print(report(problem, problem.predictions(model)))

    model_file, rows_file = problem.folder / "model.json", problem.folder / "held-out.csv"
    save(model, model_file, about(problem))
    write_rows(rows_file, problem.test)
    print(f"saved {model_file}, and the rows held out in {rows_file}")
    _pictures(problem, model, history)
    print(f"use it: {PROGRAM} predict {model_file} {rows_file}")
    return 1 if history.diverged else 0


def about(problem: Problem) -> dict[str, Any]:
    """Write down what `predict` needs to know beside the parameters."""
    scale = problem.target_scale
    return {
        "data": problem.data.name,
        "feature_names": list(problem.data.feature_names),
        "target_names": list(problem.data.target_names),
        "standardizer": problem.standardizer.to_dict(),
        "target_scale": None if scale is None else scale.to_dict(),
    }


def report(problem: Problem, predictions: list[Any]) -> str:
    """Say how good the predictions for the rows held out are."""
    data, targets = problem.data, problem.test.targets
    if not data.is_classification:
        squares = [(p - t) ** 2 for p, t in zip(predictions, targets, strict=True)]
        error = math.sqrt(math.fsum(squares) / len(targets))
        return (
            f"test error: {error:.4g} (root-mean-square), "
            f"R² {r_squared(predictions, targets):.4f}, on {len(targets)} rows"
        )
    share = accuracy(predictions, targets)
    classes = [int(target) for target in targets]
    counts = confusion_matrix(list(map(predicted_class, predictions)), classes, data.n_classes)
    names = [str(name) for name in data.target_names]
    lines = [f"test accuracy: {share:.1%} ({round(share * len(targets))} of {len(targets)})"]
    lines += ["confusion, a row for each true class, a column for each predicted one:"]
    table = [["", *names]]
    table += [[name, *map(str, row)] for name, row in zip(names, counts, strict=True)]
    return "\n".join([*lines, text_table(table)])


def _pictures(problem: Problem, model: MLP, history: History) -> None:
    """What can be seen of the training; what cannot be drawn here is said in one line."""
    sample = _sample(problem, model)
    pictures: dict[str, Callable[[], Any]] = {
        "gradient-flow.svg": lambda: engine.draw(sample, names=False, model=model),
        "step.html": lambda: engine.view(sample, names=False, model=model),
        "loss.png": history.plot,
    }
    if problem.data.n_features == 2:
        pictures["decision-boundary.png"] = lambda: _boundary(problem, model)
    for name, draw in pictures.items():
        save_or_say(draw, problem.folder / name)


def _boundary(problem: Problem, model: MLP) -> Any:
    from nn.plots import decision_boundary

    names = problem.data.feature_names or ("x1", "x2")
    return decision_boundary(
        model,
        problem.test_inputs,
        problem.test_targets,
        problem.data.target_names,
        [f"{name}, standardized" for name in names],
    )


def _sample(problem: Problem, model: MLP) -> engine.Value:
    """The loss of one row that was held out, with its gradients."""
    names = problem.data.feature_names or [f"x{j}" for j in range(problem.data.n_features)]
    inputs = [engine.Value(x, name) for x, name in zip(problem.test_inputs[0], names, strict=True)]
    loss = problem.loss([model(inputs)], [problem.test_targets[0]])
    loss.label = "loss"
    model.zero_grad()
    loss.backward()
    return loss

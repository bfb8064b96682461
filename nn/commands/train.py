"""`python -m nn`: train a network, test it, and keep what helps to understand it."""

import argparse
import math
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
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
from nn.commands.pictures import save_or_say, save_picture
from nn.common.text import text_table
from nn.layers import MLP
from nn.metrics import Scores, accuracy, confusion_matrix, predicted_class, r_squared
from nn.saving.storage import save
from nn.training.fitting import fit
from nn.training.history import History


def parser() -> Parser:
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
    problem = pose(options)
    model = problem.model()
    optimizer = problem.optimizer(model)
    schedule = problem.schedule()
    print(
        f"{problem.data.name}: {len(problem.train)} rows to train on, {len(problem.test)} held out"
    )
    print(model.summary())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the history tells it too, below
        history = fit(
            model,
            problem.inputs,
            problem.targets,
            loss=problem.loss,
            optimizer=optimizer,
            epochs=problem.settings["epochs"],
            batch_size=problem.settings["batch_size"],
            schedule=schedule,
            metrics=[accuracy] if problem.data.is_classification else [],
            seed=problem.seed,
        )
    print(history)
    rows = problem.standardizer(problem.test.inputs)
    print(report(problem, model.predict(rows)))

    model_file, rows_file = problem.folder / "model.json", problem.folder / "held-out.csv"
    save(model, model_file, about(problem))
    write_rows(rows_file, problem.test)
    print(f"saved {model_file}, and the rows held out in {rows_file}")
    _pictures(problem, model, history, rows)
    print(f"use it: {PROGRAM} predict {model_file} {rows_file}")
    return 1 if history.diverged else 0


def about(problem: Problem) -> dict[str, Any]:
    """What `predict` needs to know beside the parameters."""
    scale = problem.target_scale
    return {
        "data": problem.data.name,
        "feature_names": list(problem.data.feature_names),
        "target_names": list(problem.data.target_names),
        "standardizer": problem.standardizer.to_dict(),
        "target_scale": None if scale is None else scale.to_dict(),
    }


def report(problem: Problem, outputs: Sequence[Scores]) -> str:
    """How good the predictions for the rows held out are."""
    data, targets = problem.data, problem.test.targets
    if not data.is_classification:
        predictions = [problem.unscaled(float(output)) for output in outputs]  # type: ignore[arg-type]
        squares = [(p - t) ** 2 for p, t in zip(predictions, targets, strict=True)]
        error = math.sqrt(math.fsum(squares) / len(targets))
        return (
            f"test error: {error:.4g} (root-mean-square), "
            f"R² {r_squared(predictions, targets):.4f}, on {len(targets)} rows"
        )
    share = accuracy(outputs, targets)
    classes = [int(target) for target in targets]
    counts = confusion_matrix([predicted_class(o) for o in outputs], classes, data.n_classes)
    names = [str(name) for name in data.target_names]
    lines = [f"test accuracy: {share:.1%} ({round(share * len(targets))} of {len(targets)})"]
    lines += ["confusion, a row for each true class, a column for each predicted one:"]
    table = [["", *names]]
    table += [[name, *map(str, row)] for name, row in zip(names, counts, strict=True)]
    return "\n".join([*lines, text_table(table)])


def _pictures(problem: Problem, model: MLP, history: History, rows: list[list[float]]) -> None:
    """What can be seen of the training; what cannot be drawn here is said in one line."""
    folder, data = problem.folder, problem.data

    def flow(path: Path) -> None:
        engine.draw(sample, level="neuron", model=model).save(path)

    def step(path: Path) -> None:
        engine.view(sample, model=model).save(path)

    def loss(path: Path) -> None:
        save_picture(history.plot(), path)

    def boundary(path: Path) -> None:
        from nn.plots import decision_boundary

        targets = problem.test.targets
        if problem.target_scale is not None:
            targets = [t for (t,) in problem.target_scale([[t] for t in targets])]
        names = data.feature_names or ("x1", "x2")
        labels = [f"{name}, standardized" for name in names]
        ax = decision_boundary(model, rows, targets, data.target_names, labels)
        save_picture(ax, path)

    sample = _sample(problem, model, rows)
    pictures: list[tuple[str, Callable[[Path], None]]] = [
        ("gradient-flow.svg", flow),
        ("step.html", step),
        ("loss.png", loss),
    ]
    if data.n_features == 2:
        pictures.append(("decision-boundary.png", boundary))
    for name, make in pictures:
        save_or_say(make, folder / name)


def _sample(problem: Problem, model: MLP, rows: list[list[float]]) -> engine.Value:
    """The loss of one row that was held out, with its gradients."""
    names = problem.data.feature_names or [f"x{j}" for j in range(problem.data.n_features)]
    inputs = [engine.Value(x, name) for x, name in zip(rows[0], names, strict=True)]
    target: Any = problem.test.targets[0]
    if problem.target_scale is not None:
        ((target,),) = problem.target_scale([[target]])
    loss = problem.loss([model(inputs)], [target])
    loss.label = "loss"
    model.zero_grad()
    loss.backward()
    return loss

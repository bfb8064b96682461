"""Writes tests/data/version-0.1/: the files of a model and of a sweep, and numbers by seed.

What 0.1 wrote, later versions read, and what a seed meant it still means. To write them anew, in a
checkout of version 0.1 (commit 266ff3c), with this file and an empty folder for the results:

    PYTHONPATH=$PWD python .../version_0_1.py FOLDER

Numbers stand as their hexadecimal digits, so that a bit that differs is seen.
"""

import json
import sys
from pathlib import Path

SEEDED = {
    "tanh": {"activation": "tanh"},
    "relu": {"activation": "relu"},
    "gelu, fan_out": {"activation": "gelu", "init": "he_normal(mode='fan_out')"},
    "selu, uniform": {"activation": "selu", "init": "xavier_uniform"},
    "no bias": {"activation": ["sigmoid", "softplus"], "bias": False},
}
ROWS = [[0.5, -1.25], [3.0, 0.0], [-0.1, 0.7]]
GRID = {"rate": [0.1, 1e200], "sizes": [(2, 1), (3, 1)], "activation": ["tanh", "relu"]}


def hexes(numbers):
    """Numbers as text, to the bit."""
    return [float(number).hex() for number in numbers]


def experiment(rate, sizes, activation, seed):
    """What the sweep runs: a short training on moons; of one setting it raises."""
    from nn import MLP, SGD, datasets, fit

    if activation == "relu" and rate > 1:
        raise ValueError("too fast, für relu")
    data = datasets.moons(12, noise=0.1, seed=0)
    model = MLP(2, list(sizes), activation, seed=seed)
    optimizer = SGD(model.parameters(), rate)
    return fit(
        model, data.inputs, data.targets, optimizer=optimizer, epochs=3, batch_size=4, seed=seed,
        progress=False,
    )  # fmt: skip


def seeded():
    """What comes of a seed: weights, data, a split, a training."""
    from nn import MLP, Adam, datasets, fit

    models = {name: MLP(2, [3, 1], seed=7, **given) for name, given in SEEDED.items()}
    drawn = {
        name: getattr(datasets, name)(10, seed=3)
        for name in ("moons", "circles", "spirals", "sine")
    }
    train, _ = datasets.train_test_split(datasets.iris(), seed=5)
    model, data = models["tanh"], drawn["moons"]
    weights = {name: hexes(m.state_dict().values()) for name, m in models.items()}
    outputs = {name: hexes(m.predict(ROWS)) for name, m in models.items()}
    history = fit(
        model, data.inputs, data.targets, optimizer=Adam(model.parameters(), 0.05), epochs=5,
        batch_size=3, seed=1, progress=False,
    )  # fmt: skip
    return {
        "weights": weights,
        "outputs": outputs,
        "data": {name: hexes(x for row in d.inputs for x in row) for name, d in drawn.items()},
        "split": hexes(row[0] for row in train.inputs),
        "losses": hexes(history.loss),
    }


def main(folder):
    """Write the three files."""
    from nn import MLP, save, sweep

    model = MLP(
        2, [4, 3, 2], activation=["relu", "gelu", "sigmoid"], seed=11, bias_init="normal(0.0, 0.5)"
    )
    save(model, folder / "model.json", about={"classes": ["é", "b"], "scale": [0.1, -2.5]})
    sweep(experiment, GRID, repeats=2, n_jobs=1, path=folder / "sweep.jsonl", progress=False)
    results = {"model": hexes(y for row in model.predict(ROWS) for y in row), "seeds": seeded()}
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

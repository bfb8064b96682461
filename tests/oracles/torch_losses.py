"""Writes tests/data/torch_losses.json: what PyTorch's losses and their gradients are.

PyTorch is too heavy to be a test dependency, so its numbers are stored. To write them anew, from
the top of the project, in an environment with torch 2.13.0 (CPU):

    python tests/oracles/torch_losses.py

Every case is a batch of float64 rows with one output each or with three. PyTorch has no hinge loss
of this form, so that one is written in its own operations, `relu(1 - target * output)`.
"""

import json
import random
from pathlib import Path

ROWS = 6
DELTAS = [0.25, 1.0, 3.0]
SCALES = [1.0, 30.0]


def batches(rng):
    """Outputs of one number a row and of three, small ones and large ones."""
    for width in (1, 3):
        for scale in SCALES:
            yield [[rng.gauss(0.0, 1.0) * scale for _ in range(width)] for _ in range(ROWS)]


def some_distribution(rng, n_classes):
    weights = [rng.random() for _ in range(n_classes)]
    return [weight / sum(weights) for weight in weights]


def cases():
    """The name of a loss, its settings, outputs and targets: the inputs of every case."""
    rng = random.Random(6)
    for outputs in batches(rng):
        width = len(outputs[0])
        numbers = [[x + rng.gauss(0.0, 1.5) for x in row] for row in outputs]
        numbers[2] = list(outputs[2])  # a row without any error
        yield "mse", {}, outputs, numbers
        yield "mae", {}, outputs, numbers
        for delta in DELTAS:
            yield "huber", {"delta": delta}, outputs, numbers
        yield "hinge", {}, outputs, [[rng.choice([-1, 1]) for _ in row] for row in outputs]
        soft = [[rng.choice([0.0, 1.0, rng.random()]) for _ in row] for row in outputs]
        yield "binary_cross_entropy", {}, outputs, soft
        if width > 1:
            yield "cross_entropy", {}, outputs, [rng.randrange(width) for _ in outputs]
            spread = [some_distribution(rng, width) for _ in outputs]
            spread[1] = [0.0, 1.0, 0.0]
            yield "cross_entropy", {}, outputs, spread


def loss_of(torch, name, settings, outputs, targets):
    functional = torch.nn.functional
    if name == "hinge":
        return functional.relu(1.0 - targets * outputs).mean()
    theirs = {
        "mse": functional.mse_loss,
        "mae": functional.l1_loss,
        "huber": functional.huber_loss,
        "binary_cross_entropy": functional.binary_cross_entropy_with_logits,
        "cross_entropy": functional.cross_entropy,
    }[name]
    return theirs(outputs, targets, **settings)


def main():
    import torch

    stored = []
    for name, settings, outputs, targets in cases():
        leaf = torch.tensor(outputs, dtype=torch.float64, requires_grad=True)
        classes = isinstance(targets[0], int)
        wanted = torch.tensor(targets, dtype=torch.int64 if classes else torch.float64)
        loss = loss_of(torch, name, settings, leaf, wanted)
        loss.backward()
        stored.append(
            {
                "name": name,
                "settings": settings,
                "outputs": outputs,
                "targets": targets,
                "loss": loss.item(),
                "gradient": leaf.grad.tolist(),
            }
        )
    path = Path(__file__).parents[1] / "data" / "torch_losses.json"
    document = {"source": f"torch {torch.__version__}", "cases": stored}
    path.write_text(json.dumps(document) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

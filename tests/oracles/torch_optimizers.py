"""Writes tests/data/torch_optimizers.json: what PyTorch's optimizers and schedulers do.

PyTorch is too heavy to be a test dependency, so its numbers are stored. To write them anew, from
the top of the project, in an environment with torch 2.13.0 (CPU):

    python tests/oracles/torch_optimizers.py

Every optimizer goes 40 steps on four float64 parameters along the same fixed gradients, whose sizes
run from 1e-3 to 1e2 and which hold some exact zeros; the learning rate is halved after 20 steps.
The gradients are given, not computed from the parameters, so that no error feeds back. `foreach` is
off: PyTorch's plain loop over the parameters is the formula that its documentation states.
"""

import json
import random
from pathlib import Path

STEPS, HALVED_AFTER = 40, 20
START = [0.5, -1.25, 3.0, 0.0]

# Our class, then the settings that differ from the defaults, under our names.
OPTIMIZERS = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.05}),
    ("SGD", {"learning_rate": 0.05, "weight_decay": 0.1}),
    ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"learning_rate": 0.05, "momentum": 0.5, "nesterov": True, "weight_decay": 0.1}),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.02, "alpha": 0.9, "eps": 1e-3}),
    ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"momentum": 0.5, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.1, "betas": [0.8, 0.95], "eps": 1e-4}),
    ("Adam", {"betas": [0.0, 0.5]}),
    ("Adam", {"learning_rate": 0.1, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"learning_rate": 0.1, "weight_decay": 0.0}),
    ("AdamW", {"learning_rate": 0.1, "weight_decay": 0.5, "betas": [0.8, 0.95]}),
]

# Our schedule and its arguments, then PyTorch's scheduler of the same numbers and its arguments.
SCHEDULES = [
    ("constant", {"learning_rate": 0.1}, "LambdaLR", {"lr_lambda": lambda step: 1.0}),
    (
        "linear",
        {"start": 0.1, "end": 0.02, "steps": 30},
        "LinearLR",
        {"start_factor": 1.0, "end_factor": 0.2, "total_iters": 30},
    ),
    (
        "step_decay",
        {"learning_rate": 0.1, "factor": 0.3, "every": 7},
        "StepLR",
        {"step_size": 7, "gamma": 0.3},
    ),
    (
        "exponential_decay",
        {"learning_rate": 0.1, "factor": 0.9},
        "ExponentialLR",
        {"gamma": 0.9},
    ),
    (
        "cosine",
        {"learning_rate": 0.1, "steps": 40, "minimum": 0.003},
        "CosineAnnealingLR",
        {"T_max": 40, "eta_min": 0.003},
    ),
    ("one_cycle", {"peak": 0.1, "steps": 41}, "OneCycleLR", {"max_lr": 0.1, "total_steps": 41}),
    (
        "one_cycle",
        {
            "peak": 2.0,
            "steps": 41,
            "warmup_fraction": 0.5,
            "div_factor": 10.0,
            "final_div_factor": 100.0,
        },
        "OneCycleLR",
        {
            "max_lr": 2.0,
            "total_steps": 41,
            "pct_start": 0.5,
            "div_factor": 10.0,
            "final_div_factor": 100.0,
        },
    ),
]
WARMUP_STEPS = 5
PYTORCH_NAMES = {"learning_rate": "lr"}


def gradients():
    rng = random.Random(2)
    rows = [[rng.gauss(0.0, 1.0) * scale for scale in (1e-3, 1.0, 1e2, 0.1)] for _ in range(STEPS)]
    for row in rows[5:8]:
        row[1] = 0.0
    for row in rows[:3]:
        row[3] = 0.0
    return rows


def run_optimizer(torch, name, settings, rows):
    parameters = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]
    settings = {PYTORCH_NAMES.get(key, key): value for key, value in settings.items()}
    optimizer = getattr(torch.optim, name)(parameters, foreach=False, **settings)
    path = []
    for index, row in enumerate(rows):
        if index == HALVED_AFTER:
            optimizer.param_groups[0]["lr"] /= 2
        for parameter, gradient in zip(parameters, row, strict=True):
            parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        path.append([parameter.item() for parameter in parameters])
    return path


def run_scheduler(torch, make, learning_rate):
    parameter = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], lr=learning_rate)
    scheduler = make(optimizer)
    rates = []
    for step in range(STEPS + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < STEPS:
            scheduler.step()
    return rates


def main():
    import torch
    from torch.optim import lr_scheduler

    rows = gradients()
    optimizers = [
        {"name": name, "settings": settings, "path": run_optimizer(torch, name, settings, rows)}
        for name, settings in OPTIMIZERS
    ]
    schedules = []
    for name, arguments, theirs, options in SCHEDULES:
        first = next(iter(arguments.values()))
        rates = run_scheduler(
            torch,
            lambda opt, theirs=theirs, options=options: getattr(lr_scheduler, theirs)(
                opt, **options
            ),
            first,
        )
        schedules.append({"name": name, "arguments": arguments, "rates": rates})

    def with_warmup(optimizer):
        rise = lr_scheduler.LinearLR(
            optimizer, start_factor=1 / (WARMUP_STEPS + 1), total_iters=WARMUP_STEPS
        )
        fall = lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS - WARMUP_STEPS)
        return lr_scheduler.SequentialLR(optimizer, [rise, fall], milestones=[WARMUP_STEPS])

    stored = {
        "source": f"torch {torch.__version__}",
        "start": START,
        "halved_after": HALVED_AFTER,
        "gradients": rows,
        "optimizers": optimizers,
        "schedules": schedules,
        "warmed_up_cosine": {
            "warmup_steps": WARMUP_STEPS,
            "learning_rate": 0.1,
            "steps": STEPS - WARMUP_STEPS,
            "rates": run_scheduler(torch, with_warmup, 0.1),
        },
    }
    path = Path(__file__).parents[1] / "data" / "torch_optimizers.json"
    path.write_text(json.dumps(stored) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

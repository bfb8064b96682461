"""Searches that are smaller than a grid: settings drawn at random, and halving of their number.

Both are sweeps. For more than a small experiment needs, give the same function to Optuna.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from nn.common.checks import whole
from nn.common.text import shown
from nn.experiments.sweep_results import SweepResults
from nn.experiments.sweeps import sweep

Draw: TypeAlias = Callable[[random.Random], Any]


def random_settings(
    space: Mapping[str, Draw | Sequence[Any]], n: int, seed: int = 0
) -> list[dict[str, Any]]:
    """Draw settings for a `sweep`: where few of them matter, more is seen than by a grid.

    Args:
        space: For each setting a list to choose from, or a function of a random.Random.
        n: How many, at least 1.
        seed: The same one draws the same settings.

    Raises:
        TypeError: For what one cannot draw from.

    Example:
        >>> space = {"rate": lambda rng: 10 ** rng.uniform(-4, -1), "size": [8, 16]}
        >>> [(f"{s['rate']:.4f}", s["size"]) for s in random_settings(space, 2)]
        [('0.0341', 16), ('0.0001', 16)]

    Source:
        Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization" (2012).
    """
    rng = random.Random(whole("seed", seed))
    for name, choices in space.items():
        if not callable(choices) and (isinstance(choices, str) or not choices):
            raise TypeError(
                f"{shown(name)} needs a list of values, or a function of a random.Random; "
                f"got {shown(choices)}"
            )
    return [
        {
            name: choices(rng) if callable(choices) else rng.choice(choices)
            for name, choices in space.items()
        }
        for _ in range(whole("n", n, at_least=1))
    ]


def successive_halving(
    experiment: Callable[..., Any],
    settings: Sequence[Mapping[str, Any]],
    budget: str,
    amounts: Iterable[Any],
    value: str | None = None,
    maximize: bool = False,
    **options: Any,
) -> list[SweepResults]:
    """Sweep over many settings with a small budget, and over the better half of them with more.

    Args:
        experiment: As of `sweep`, with the budget as one of its arguments.
        settings: A list of them, such as `random_settings` draws.
        budget: What that argument is called, such as "epochs".
        amounts: What it is in each round, such as [10, 20, 40].
        value: The result to judge by; None for the loss, or for the only one there is.
        maximize: Whether more is better.
        **options: Whatever else `sweep` takes: repeats, n_jobs, path, progress.

    Returns:
        The results of each round; `rounds[-1].best(value, maximize)` is what is left.

    Raises:
        ValueError: For no settings, no rounds, and whatever `sweep` refuses.

    Example:
        >>> def experiment(x, epochs, seed):
        ...     return (x - 3) ** 2 + 1 / epochs
        >>> rounds = successive_halving(
        ...     experiment, [{"x": x} for x in range(8)], "epochs", [1, 2, 4],
        ...     n_jobs=1, progress=False,
        ... )
        >>> [len(results) for results in rounds], rounds[-1].best().settings
        ([8, 4, 2], {'x': 3, 'epochs': 4})

    Source:
        Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
        Optimization" (2016).
    """
    left, rounds = [dict(each) for each in settings], list[SweepResults]()
    for amount in amounts:
        grid = [each | {budget: amount} for each in left]
        rounds.append(sweep(experiment, grid, **options))
        ranked = rounds[-1].ranked(value, maximize)
        left = [row.settings for row in ranked[: max(1, (len(ranked) + 1) // 2)]]
    if not rounds:
        raise ValueError("amounts has no rounds; give it such as [10, 20, 40]")
    return rounds

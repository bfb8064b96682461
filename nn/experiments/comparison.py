"""`compare`: several ways to train, on the same data and from the same seeds.

One run says little: the next seed may turn the order around. So each variant is trained from
several seeds, and judged by the median and the range.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, TypeAlias

from nn.common.checks import real, whole
from nn.common.models import LossFunction, Model
from nn.common.progress import progress_bar
from nn.common.rows import check_rows
from nn.common.text import shown, text_table
from nn.experiments.runs import FAILED, median_and_range
from nn.losses import mse
from nn.optim import Optimizer
from nn.training.fitting import divergence_told_elsewhere, fit
from nn.training.history import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Variant: TypeAlias = Callable[[int], tuple[Model, Optimizer]]

REACHED = 0.9
"""The share of the way down at which a loss counts as reached, unless another one is given."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `compare` has seen. It prints as a table.

    Attributes:
        histories: The `History` of every run: histories[name][seed].
        target_loss: The loss that counts as reached.
        interrupted: Whether Ctrl-C ended it early; the finished runs are here.
    """

    histories: dict[str, dict[int, History]]
    target_loss: float
    interrupted: bool = False

    def __repr__(self) -> str:
        return self.table()

    def final_losses(self, name: str) -> list[float]:
        """Give the last loss of each of the variant's runs; inf for one that diverged."""
        return [
            FAILED if history.diverged or not history.loss else history.loss[-1]
            for history in self.histories[name].values()
        ]

    def epochs_to_target(self, name: str) -> list[float]:
        """Give the epoch, from 1, in which each run reached the target loss; inf for never."""
        reached = [
            [epoch for epoch, loss in enumerate(history.loss, 1) if loss <= self.target_loss]
            for history in self.histories[name].values()
        ]
        return [epochs[0] if epochs else FAILED for epochs in reached]

    def table(self) -> str:
        """Write a line for each variant: the median over its seeds, and the range in brackets.

        A run that diverged has a final loss worse than every other, whatever it once reached.
        """
        rows = [["variant", "runs", f"epochs to {self.target_loss:.4g}", "final loss", "diverged"]]
        for name, runs in self.histories.items():
            rows.append(
                [
                    name,
                    str(len(runs)),
                    median_and_range(self.epochs_to_target(name), failed="never"),
                    median_and_range(self.final_losses(name), failed="diverged"),
                    str(sum(history.diverged for history in runs.values())),
                ]
            )
        return text_table(rows) + "\ninterrupted" * self.interrupted

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw every variant's loss by epoch: the median over the seeds, and the range around it.

        Args:
            ax: The matplotlib axes to draw on; None for new ones.

        Returns:
            The axes.

        Raises:
            ImportError: Without matplotlib: `pip install 'glassgrad[plot]'`.
        """
        from nn.plots.experiments import comparison

        return comparison(self, ax=ax)


def compare(
    variants: Mapping[str, Variant],
    inputs: Sequence[Sequence[float]],
    targets: Sequence[Any],
    loss: LossFunction = mse,
    epochs: int = 100,
    seeds: Iterable[int] = (0, 1, 2, 3, 4),
    *,
    target_loss: float | None = None,
    progress: bool = True,
    **options: Any,
) -> Comparison:
    """Train each variant from each seed on the same rows, and return what came of them.

    A run that diverges is told in the table and stops nothing. Ctrl-C ends the comparison early,
    and the runs that were finished come back.

    Args:
        variants: Functions seed -> (model, optimizer), by name: initializers, learning rates,
            activations, optimizers, or whatever else makes the difference.
        inputs: As for `fit`.
        targets: As for `fit`.
        loss: As for `fit`.
        epochs: As for `fit`, at least 1.
        seeds: Of the runs: each is given to the variant, and to `fit` for the order of the rows.
        target_loss: The loss whose first epoch is asked for; None for the one at which nine tenths
            of the way are done from the first loss, in the median of all runs, to the lowest final
            loss, the median of the best variant.
        progress: Whether to show a bar.
        **options: Whatever else `fit` takes: batch_size, schedule, validation, metrics.

    Returns:
        The histories of all runs.

    Raises:
        ValueError: For no variants, or no seeds, and for what `fit` would not take.
        TypeError: For a variant that gives no model and optimizer.

    Example:
        >>> from nn import MLP, SGD
        >>> def with_rate(learning_rate):
        ...     def variant(seed):
        ...         model = MLP(1, [1], seed=seed)
        ...         return model, SGD(model.parameters(), learning_rate)
        ...     return variant
        >>> rates = {"0.01": with_rate(0.01), "0.1": with_rate(0.1), "10": with_rate(10.0)}
        >>> inputs, targets = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
        >>> comparison = compare(rates, inputs, targets, epochs=300, seeds=[0, 1], progress=False)
        >>> [sum(run.diverged for run in runs.values()) for runs in comparison.histories.values()]
        [0, 0, 2]
    """
    seeds = list(dict.fromkeys(seeds))
    inputs, targets = check_rows("training", inputs, targets)
    _check(variants, seeds, options)
    options = {**options, "loss": loss, "epochs": whole("epochs", epochs, at_least=1)}
    if target_loss is not None:
        target_loss = real("target_loss", target_loss)
    histories: dict[str, dict[int, History]] = {}
    interrupted = False
    runs = [(name, seed) for name in variants for seed in seeds]
    with progress_bar("compare", "run", len(runs), shown=progress) as bar:
        for name, seed in runs:
            try:
                history = _run(name, variants[name], seed, inputs, targets, options)
            except KeyboardInterrupt:
                interrupted = True
                break
            histories.setdefault(name, {})[seed] = history
            bar.update()
    if not histories:
        raise KeyboardInterrupt
    if target_loss is None:
        target_loss = _loss_nearly_reached(histories)
    return Comparison(histories, target_loss, interrupted)


def _check(variants: object, seeds: Sequence[int], options: Mapping[str, Any]) -> None:
    if not isinstance(variants, Mapping) or not variants:
        raise ValueError(
            "variants must be a dict of functions seed -> (model, optimizer), with one of them at "
            f"least; got {shown(variants)}"
        )
    if not seeds:
        raise ValueError("compare needs at least one seed")
    for name in ("optimizer", "seed"):
        if name in options:
            raise TypeError(f"compare takes no {name}: a variant makes it, from one of the seeds")


def _run(
    name: str,
    variant: Variant,
    seed: int,
    inputs: Sequence[Sequence[float]],
    targets: Sequence[Any],
    options: Mapping[str, Any],
) -> History:
    made = variant(seed)
    if not isinstance(made, tuple) or len(made) != 2 or not isinstance(made[1], Optimizer):
        raise TypeError(
            f"the variant {shown(name)} must return a model and its optimizer; got {shown(made)}"
        )
    model, optimizer = made
    with divergence_told_elsewhere():
        history = fit(
            model, inputs, targets, optimizer=optimizer, seed=seed, progress=False, **options
        )
    if history.interrupted:
        raise KeyboardInterrupt
    return history


def _loss_nearly_reached(histories: Mapping[str, Mapping[int, History]]) -> float:
    """The loss at which nine tenths of the way are done; nan where no run has a loss."""
    losses = [
        [h.loss for h in runs.values() if h.loss and not h.diverged] for runs in histories.values()
    ]
    starts = [column[0] for runs in losses for column in runs]
    if not starts:
        return math.nan
    start = median(starts)
    lowest = min(median(column[-1] for column in runs) for runs in losses if runs)
    return start - REACHED * (start - lowest)

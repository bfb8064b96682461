"""Rows that count more than others: a weight is part of the target, and the loss multiplies by it.

So it is compiled as all else is. The weights are scaled to a mean of 1 over all rows: over all rows
at once the loss is Σ wᵢ lossᵢ / Σ wᵢ, and a batch's gradient is that of the whole in the mean.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

from engine import Value
from nn.common.checks import kind, real
from nn.common.models import LossFunction
from nn.common.rows import target_list
from nn.common.text import shown
from nn.losses import Loss

ClassWeights: TypeAlias = Mapping[Any, float] | Literal["balanced"]


@dataclass(frozen=True, slots=True)
class _Weighted:
    """A target that counts so much."""

    target: Any
    weight: float


def weigh(
    loss: LossFunction,
    targets: Sequence[Any],
    row_weights: Any = None,
    class_weights: ClassWeights | None = None,
) -> tuple[LossFunction, Sequence[Any]]:
    """Make of a loss and targets those in which rows count by their weights.

    Args:
        loss: A `Loss`; of another function it is not known what it makes of a row.
        targets: One for each row.
        row_weights: A number of at least 0 for each row; None for all alike.
        class_weights: A number of at least 0 for each class, or "balanced": rows / (classes · rows
            of the class); None for all alike. With both, a row's weight is the product.

    Returns:
        The loss and the targets; without weights they are those given. The loss takes targets
        without a weight too, which count once.

    Raises:
        TypeError: For weights that are none, and for a loss that is no `Loss`.
        ValueError: For weights out of range, and a class without one.

    Example:
        >>> from nn.losses import mse
        >>> loss, targets = weigh(mse, [0.0, 0.0], row_weights=[3, 1])
        >>> loss([Value(2.0), Value(0.0)], targets).data  # (3 · 4 + 1 · 0) / (3 + 1)
        3.0
    """
    if row_weights is None and class_weights is None:
        return loss, targets
    if not isinstance(loss, Loss):
        raise TypeError(
            "row_weights and class_weights need one of nn's losses, for of another function it is "
            f"not known what it makes of a row; weigh the rows in {shown(loss)} itself"
        )
    given = [1.0] * len(targets) if row_weights is None else row_weights
    weights = [
        real(f"row_weights[{i}]", weight, at_least=0)
        for i, weight in enumerate(target_list("row_weights", given))
    ]
    if len(weights) != len(targets):
        raise ValueError(
            f"row_weights must be one for each of {len(targets)} rows; got {len(weights)}"
        )
    if class_weights is not None:
        by_class = _by_class(class_weights, targets)
        weights = [w * by_class[t] for w, t in zip(weights, targets, strict=True)]
    mean = sum(weights) / len(weights)
    real("the sum of all weights", mean, above=0)
    weighted = Loss(loss.name, partial(_row, loss), partial(_encode, loss))
    return weighted, [_Weighted(t, w / mean) for t, w in zip(targets, weights, strict=True)]


def _row(loss: Loss, outputs: list[Value], target: list[Any]) -> Value:
    value: Value = loss.row(outputs, target[:-1]) * target[-1]
    return value


def _encode(loss: Loss, target: Any, n_outputs: int) -> list[Any]:
    weight = 1.0
    if isinstance(target, _Weighted):
        target, weight = target.target, target.weight
    return [*loss.encode(target, n_outputs), weight]


def _by_class(class_weights: ClassWeights, targets: Sequence[Any]) -> Mapping[Any, float]:
    """A weight for each class that is there."""
    if any(isinstance(target, list) for target in targets):
        raise TypeError("class_weights need a class for each row, and not a list of numbers")
    rows = Counter(targets)
    if class_weights == "balanced":
        return {c: len(targets) / (len(rows) * n) for c, n in rows.items()}
    if not isinstance(class_weights, Mapping):
        raise TypeError(
            'class_weights must be a dict of class and weight, or "balanced"; '
            f"got {kind(class_weights)}"
        )
    if missing := [c for c in rows if c not in class_weights]:
        raise ValueError(f"class_weights has no weight for the class {shown(missing[0])}")
    return {c: real(f"class_weights[{c!r}]", class_weights[c], at_least=0) for c in rows}

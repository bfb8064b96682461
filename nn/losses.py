"""Losses: how far the outputs are from the targets, as one Value to minimize.

A `Loss` says what it makes of a single row. Called with all the outputs and all the targets, a row
each, it is the mean over the rows:

    loss(outputs, targets) = 1/n Σ row(outputsᵢ, targetsᵢ)

Where a row has several outputs, `mse`, `mae`, `huber`, `hinge` and `binary_cross_entropy` take the
mean over them too, as PyTorch does. A loss may also be any function of your own,
(outputs, targets) -> Value.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine import Constant, Value, as_items, dot, holds_items, log_sum_exp, total
from nn.common.checks import check_lengths, real, settle
from nn.common.models import Outputs
from nn.common.rows import target_list
from nn.common.targets import distribution, numbers, probabilities, signs


class RowError(ValueError):
    """A row that does not belong to a loss; whoever shuffled the rows can say which it was.

    Args:
        name: Of the loss.
        row: The number of the row, from 0.
        reason: What is wrong with it.
    """

    def __init__(self, name: str, row: int, reason: str) -> None:
        super().__init__(f"{name}, row {row}: {reason}")
        self.name, self.row, self.reason = name, row, reason


@dataclass(frozen=True)
class Loss:
    """A loss, by what it makes of one row.

    Called with a list of outputs and a list of targets, it is the mean over the rows. Lists of
    different lengths, empty lists, and targets that do not belong are a ValueError that names the
    row, targets that are no numbers a TypeError. A target may be made of Values too, where a
    recorded loss shall depend on it; outputs may be plain numbers, where it only measures.

    Attributes:
        name: What errors and reports call it.
        row: (outputs, target) -> Value, both lists, the target as `encode` gives it.
        encode: (target, number of outputs) -> the numbers of the target, one for each output; it
            raises a ValueError for a target that does not belong to this loss.
    """

    name: str
    row: Callable[[list[Value], list[Any]], Value]
    encode: Callable[[Any, int], list[Any]]

    def __call__(self, outputs: Sequence[Outputs], targets: Sequence[Any]) -> Value:
        """Give the mean over the rows."""
        outputs = as_items(outputs, f"{self.name}, outputs")
        targets = target_list(f"{self.name}, targets", targets)
        check_lengths(self.name, outputs, targets)
        rows = []
        for i, (output, target) in enumerate(zip(outputs, targets, strict=True)):
            values = as_items(output, "an output") if holds_items(output) else [output]
            values = [x if isinstance(x, Value) else Constant(x) for x in values]
            try:
                encoded = self.encode(target, len(values))
                rows.append(self.row(values, encoded))
            except ValueError as error:
                raise RowError(self.name, i, str(error)) from None
            except TypeError as error:
                raise TypeError(f"{self.name}, row {i}: {error}") from error
        return _mean(rows)

    def __repr__(self) -> str:
        return self.name


def is_own_loss(loss: Loss) -> bool:
    """Say whether a loss is one of this module, which decide nothing by their numbers.

    Args:
        loss: Any loss.
    """
    row = loss.row.func if isinstance(loss.row, partial) else loss.row
    return row.__module__ == __name__


def _mean(values: list[Value]) -> Value:
    return values[0] if len(values) == 1 else total(values) / len(values)


def _loss(
    row: Callable[[list[Value], list[Any]], Value], encode: Callable[[Any, int], list[Any]]
) -> Loss:
    """The loss that a function of one row is, under its name and with its text."""
    loss = Loss(row.__name__.removeprefix("_"), row, encode)
    settle(loss, __doc__=row.__doc__)
    return loss


def _mse(outputs: list[Value], target: list[Any]) -> Value:
    """The mean squared error, Σ (output - target)² / n.

    Its gradient grows with the error, so a single outlier can outweigh all other rows.

    Example:
        >>> mse([Value(3.0), Value(1.0)], [1.0, 1.0]).data
        2.0
    """
    return _mean([(o - t) ** 2 for o, t in zip(outputs, target, strict=True)])


def _mae(outputs: list[Value], target: list[Any]) -> Value:
    """The mean absolute error, Σ |output - target| / n.

    Its gradient is the sign of the error alone, so an outlier counts as much as any other row.

    Example:
        >>> mae([Value(3.0), Value(1.0)], [1.0, 1.0]).data
        1.0
    """
    return _mean([abs(o - t) for o, t in zip(outputs, target, strict=True)])


def _hinge(outputs: list[Value], target: list[Any]) -> Value:
    """The hinge loss, max(0, 1 - target * output), for targets -1 and 1.

    It is 0, and so is its gradient, once an output is on the right side by a margin of 1.

    Example:
        >>> hinge([Value(0.5), Value(-2.0)], [1, -1]).data
        0.25

    Source:
        Cortes and Vapnik, "Support-Vector Networks" (1995).
    """
    return _mean([(1.0 - t * o).relu() for o, t in zip(outputs, target, strict=True)])


def _binary_cross_entropy(outputs: list[Value], target: list[Any]) -> Value:
    """The cross-entropy of two classes, from logits.

    With p = sigmoid(output) it is -(target * log p + (1 - target) * log(1 - p)), for targets from 0
    to 1; calculated from softplus, so that logits of any size give the full accuracy.

    Example:
        >>> binary_cross_entropy([Value(0.0)], [1]).data
        0.6931471805599453
        >>> binary_cross_entropy([Value(-1e4)], [1]).data
        10000.0
    """
    return _mean(
        [
            t * (-o).softplus() + (1.0 - t) * o.softplus()
            for o, t in zip(outputs, target, strict=True)
        ]
    )


def _cross_entropy(outputs: list[Value], target: list[Any]) -> Value:
    """The cross-entropy of several classes, from logits, an output for each class.

    With the softmax pₖ = exp(outputₖ) / Σ exp(outputⱼ) it is -Σ targetₖ log pₖ. A target is a
    class, counted from 0, or a distribution over the classes. Logits of any size are safe.

    Example:
        >>> logits = [Value(0.0), Value(0.0)]
        >>> cross_entropy([logits], [1]).data
        0.6931471805599453
        >>> cross_entropy([logits], [[0.25, 0.75]]).data
        0.6931471805599453
    """
    terms = [(p, o) for p, o in zip(target, outputs, strict=True) if isinstance(p, Value) or p != 0]
    if len(terms) == 1 and target.count(1.0):
        return log_sum_exp(outputs) - terms[0][1]
    return log_sum_exp(outputs) - dot([p for p, _ in terms], [o for _, o in terms])


class CrossEntropyLoss(Loss):
    """The cross-entropy whose targets are not quite certain; `cross_entropy` is the one without.

    With s = label_smoothing, a target p becomes (1 - s) p + s / K, of K classes.

    Args:
        label_smoothing: From 0 to below 1.

    Example:
        >>> logits = [Value(0.0), Value(3.0).log()]
        >>> round(CrossEntropyLoss(0.1)([logits], [1]).data, 6)  # -(0.95 log 0.75 + 0.05 log 0.25)
        0.342613

    Source:
        Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, "Rethinking the Inception Architecture for
        Computer Vision" (2016), section 7.
    """

    def __init__(self, label_smoothing: float = 0.0) -> None:
        amount = real("label_smoothing", label_smoothing, at_least=0, below=1)
        name = f"cross_entropy(label_smoothing={amount:g})" if amount else "cross_entropy"
        super().__init__(name, _cross_entropy, partial(_smoothed, amount=amount))


def _smoothed(target: Any, n_outputs: int, amount: float) -> list[Any]:
    certain = distribution(target, n_outputs)
    return [(1.0 - amount) * p + amount / n_outputs for p in certain]


class HuberLoss(Loss):
    """The Huber loss: squared near the target, absolute far from it.

    With the error e = |output - target| it is e² / 2 for e ≤ delta, and delta * (e - delta / 2)
    beyond; the two meet with the same slope. `huber` is the one with delta = 1.

    Args:
        delta: Where they meet, a finite number above 0.

    Example:
        >>> huber([Value(3.0), Value(0.5)], [1.0, 0.0]).data
        0.8125
        >>> HuberLoss(2.0)([Value(3.0)], [1.0]).data
        2.0

    Source:
        Huber, "Robust Estimation of a Location Parameter" (1964).
    """

    def __init__(self, delta: float = 1.0) -> None:
        delta = real("delta", delta, above=0)
        name = "huber" if delta == 1.0 else f"huber({delta:g})"
        super().__init__(name, partial(_huber, delta=delta), numbers)


def _huber(outputs: list[Value], target: list[Any], delta: float) -> Value:
    terms = []
    for o, t in zip(outputs, target, strict=True):
        error = abs(o - t)
        near = error.minimum(delta)
        terms.append(0.5 * near * near + delta * (error - near))
    return _mean(terms)


mse = _loss(_mse, numbers)
mae = _loss(_mae, numbers)
huber = HuberLoss()
hinge = _loss(_hinge, signs)
binary_cross_entropy = _loss(_binary_cross_entropy, probabilities)
cross_entropy = _loss(_cross_entropy, distribution)

LOSSES: dict[str, Loss] = {
    loss.name: loss for loss in (mse, mae, huber, hinge, binary_cross_entropy, cross_entropy)
}
"""The losses that a name stands for."""


def l2_penalty(parameters: Iterable[Value]) -> Value:
    """Add up squares, Σ p²: with a factor, part of a loss that keeps weights small.

    Args:
        parameters: Any number of them.

    Returns:
        One node; 0 for no parameters.

    Example:
        >>> w = Value(3.0)
        >>> penalty = l2_penalty([w, Value(4.0)])
        >>> penalty.backward()
        >>> penalty.data, w.grad
        (25.0, 6.0)
    """
    parameters = list(parameters)
    return dot(parameters, parameters)

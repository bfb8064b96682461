"""Losses: how far the outputs are from the targets, as one Value to minimize.

A `Loss` says what it makes of a single row. Called with all the outputs and all the targets, a row
each, it is the mean over the rows:

    loss(outputs, targets) = 1/n Σ row(outputsᵢ, targetsᵢ)

Where a row has several outputs, `mse`, `mae`, `huber`, `hinge` and `binary_cross_entropy` take the
mean over them too, as PyTorch does. A loss may also be any function of your own,
(outputs, targets) -> Value.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, overload

from engine import Constant, Value, dot, log_sum_exp, total
from nn.common.checks import real
from nn.common.models import Outputs


class RowError(ValueError):
    """A row that does not belong to a loss; whoever shuffled the rows can say which it was."""

    def __init__(self, name: str, row: int, reason: str) -> None:
        super().__init__(f"{name}, row {row}: {reason}")
        self.name, self.row, self.reason = name, row, reason


@dataclass(frozen=True)
class Loss:
    """A loss, by what it makes of one row.

    name    what errors and reports call it
    row     (outputs, target) -> Value, both lists, the target as `encode` gives it
    encode  (target, number of outputs) -> the numbers of the target, one for each output; it raises
            a ValueError for a target that does not belong to this loss

    Called with a list of outputs and a list of targets, it is the mean over the rows. Lists of
    different lengths, empty lists, and targets that do not belong are a ValueError that names the
    row. A target may be made of Values too, where a recorded loss shall depend on it; outputs may
    be plain numbers, where it only measures.
    """

    name: str
    row: Callable[[list[Value], list[Any]], Value]
    encode: Callable[[Any, int], list[Any]]
    text: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "__doc__", self.text)

    def __call__(self, outputs: Sequence[Outputs], targets: Sequence[Any]) -> Value:
        if len(outputs) != len(targets):
            raise ValueError(
                f"{self.name} needs a target for each row of outputs, but got "
                f"{len(outputs)} rows of outputs and {len(targets)} targets"
            )
        if len(outputs) == 0:
            raise ValueError(f"{self.name} needs at least one row, but got none")
        rows = []
        for i, (output, target) in enumerate(zip(outputs, targets, strict=True)):
            values = list(output) if isinstance(output, Iterable) else [output]
            values = [x if isinstance(x, Value) else Constant(x) for x in values]
            try:
                rows.append(self.row(values, self.encode(target, len(values))))
            except ValueError as error:
                raise RowError(self.name, i, str(error)) from None
        return _mean(rows)

    def __repr__(self) -> str:
        return self.name


def _mean(values: list[Value]) -> Value:
    return values[0] if len(values) == 1 else total(values) / len(values)


# Targets


def _numbers(target: Any, n_outputs: int) -> list[Any]:
    """A number for each output."""
    numbers = list(target) if isinstance(target, Iterable) else [target]
    if len(numbers) != n_outputs:
        raise ValueError(f"{n_outputs} outputs need as many targets, but got {target!r}")
    return [x if isinstance(x, Value) else real("a target", x) for x in numbers]


def _signs(target: Any, n_outputs: int) -> list[Any]:
    """-1 or 1 for each output."""
    for number in (numbers := _numbers(target, n_outputs)):
        if not isinstance(number, Value) and number not in (-1.0, 1.0):
            raise ValueError(
                f"a target must be -1 or 1, but got {number:g}; of a class 0 or 1 make 2 * y - 1"
            )
    return numbers


def _probabilities(target: Any, n_outputs: int) -> list[Any]:
    """A probability for each output."""
    for number in (numbers := _numbers(target, n_outputs)):
        if not isinstance(number, Value) and not 0.0 <= number <= 1.0:
            raise ValueError(f"a target must be from 0 to 1, but got {number:g}")
    return numbers


def _distribution(target: Any, n_outputs: int) -> list[Any]:
    """The distribution over the classes: the one given, or all of it on the class given."""
    if n_outputs < 2:
        raise ValueError(
            "it needs an output for each class, but the model has one output; "
            "binary_cross_entropy takes one for two classes"
        )
    if isinstance(target, Iterable):
        numbers = _probabilities(target, n_outputs)
        if not any(isinstance(number, Value) for number in numbers):
            sum_ = math.fsum(numbers)
            if abs(sum_ - 1.0) > 1e-9:
                raise ValueError(
                    f"a distribution must add up to 1, but {target!r} adds to {sum_:g}"
                )
        return numbers
    number = real("a class number", target)
    if number != int(number) or not 0 <= number < n_outputs:
        raise ValueError(
            f"a class must be a whole number from 0 to {n_outputs - 1}; got {target!r}"
        )
    return [1.0 if k == number else 0.0 for k in range(n_outputs)]


# The losses


def _mse(outputs: list[Value], target: list[Any]) -> Value:
    """The mean squared error, Σ (output - target)² / n.

    Its gradient grows with the error, so a single outlier can outweigh all other rows.

    >>> mse([Value(3.0), Value(1.0)], [1.0, 1.0]).data
    2.0
    """
    return _mean([(o - t) ** 2 for o, t in zip(outputs, target, strict=True)])


def _mae(outputs: list[Value], target: list[Any]) -> Value:
    """The mean absolute error, Σ |output - target| / n.

    Its gradient is the sign of the error alone, so an outlier counts as much as any other row.

    >>> mae([Value(3.0), Value(1.0)], [1.0, 1.0]).data
    1.0
    """
    return _mean([abs(o - t) for o, t in zip(outputs, target, strict=True)])


def _huber(outputs: list[Value], target: list[Any], delta: float) -> Value:
    terms = []
    for o, t in zip(outputs, target, strict=True):
        error = abs(o - t)
        near = error.minimum(delta)
        terms.append(0.5 * near * near + delta * (error - near))
    return _mean(terms)


def _hinge(outputs: list[Value], target: list[Any]) -> Value:
    """The hinge loss, max(0, 1 - target * output), for targets -1 and 1 (Cortes & Vapnik, 1995).

    It is 0, and so is its gradient, once an output is on the right side by a margin of 1.

    >>> hinge([Value(0.5), Value(-2.0)], [1, -1]).data
    0.25
    """
    return _mean([(1.0 - t * o).relu() for o, t in zip(outputs, target, strict=True)])


def _binary_cross_entropy(outputs: list[Value], target: list[Any]) -> Value:
    """The cross-entropy of two classes, from logits.

    With p = sigmoid(output) it is -(target * log p + (1 - target) * log(1 - p)), for targets from 0
    to 1; calculated from softplus, so that logits of any size give the full accuracy.

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


class HuberLoss(Loss):
    """The Huber loss; `huber` is the one with delta = 1, and `huber(delta)` another one."""

    @overload
    def __call__(self, delta: float, /) -> Loss: ...
    @overload
    def __call__(self, /, *, delta: float) -> Loss: ...
    @overload
    def __call__(
        self, outputs: Sequence[Outputs], targets: Sequence[Any], delta: float | None = None
    ) -> Value: ...

    def __call__(
        self, outputs: Any = None, targets: Any = None, delta: float | None = None
    ) -> Value | Loss:
        if targets is None:
            return _make_huber(outputs if delta is None else delta)
        loss = self if delta is None else _make_huber(delta)
        return Loss.__call__(loss, outputs, targets)


def _make_huber(delta: float) -> HuberLoss:
    delta = real("delta", delta, above=0)
    name = "huber" if delta == 1.0 else f"huber({delta:g})"
    return HuberLoss(name, partial(_huber, delta=delta), _numbers, _HUBER_TEXT)


_HUBER_TEXT = """The Huber loss: squared near the target, absolute far from it (Huber, 1964).

With the error e = |output - target| it is e² / 2 for e ≤ delta, and delta * (e - delta / 2) beyond;
the two meet with the same slope. `huber` has delta = 1; `huber(delta)` is the loss with another
one, a number above 0.

>>> huber([Value(3.0), Value(0.5)], [1.0, 0.0]).data
0.8125
>>> huber(2.0)([Value(3.0)], [1.0]).data
2.0
"""


def _loss(
    row: Callable[[list[Value], list[Any]], Value], encode: Callable[[Any, int], list[Any]]
) -> Loss:
    return Loss(row.__name__.removeprefix("_"), row, encode, row.__doc__ or "")


mse = _loss(_mse, _numbers)
mae = _loss(_mae, _numbers)
huber = _make_huber(1.0)
hinge = _loss(_hinge, _signs)
binary_cross_entropy = _loss(_binary_cross_entropy, _probabilities)
cross_entropy = _loss(_cross_entropy, _distribution)

LOSSES: dict[str, Loss] = {
    loss.name: loss for loss in (mse, mae, huber, hinge, binary_cross_entropy, cross_entropy)
}
"""The losses that a name stands for."""

# doctest finds the examples of functions and classes by itself; this is the text of an object
__test__ = {"huber": _HUBER_TEXT}


def l2_penalty(parameters: Iterable[Value]) -> Value:
    """The sum of squares, Σ p²: added to a loss with a factor, it keeps weights small.

    One node. No parameters give 0.

    >>> w = Value(3.0)
    >>> penalty = l2_penalty([w, Value(4.0)])
    >>> penalty.backward()
    >>> penalty.data, w.grad
    (25.0, 6.0)
    """
    parameters = list(parameters)
    return dot(parameters, parameters)

"""Metrics: what to say of predictions, in numbers that need no gradient.

A metric is a function (outputs, targets) -> float of plain numbers, a row each.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from nn.common.checks import check_lengths, whole
from nn.common.rows import target_list
from nn.common.targets import target_number
from nn.common.text import shown

Scores: TypeAlias = float | Sequence[float]
"""What a model gives for one row, in plain numbers."""


HIGHER_IS_BETTER = ("accuracy", "r_squared")
"""The metrics of this module of which more is better."""


def predicted_class(output: Scores) -> int:
    """Find the class of an output: the largest of several, or of one, whether it is above 0.

    Args:
        output: A number, or one for each class.

    Example:
        >>> predicted_class([0.1, 2.0, -1.0]), predicted_class(-0.5)
        (1, 0)
    """
    scores = list(output) if isinstance(output, Iterable) else [output]
    if len(scores) == 1:
        return int(scores[0] > 0)
    return max(range(len(scores)), key=scores.__getitem__)


def accuracy(outputs: Sequence[Scores], targets: Sequence[Any]) -> float:
    """Measure the share of rows whose class is predicted, from 0 to 1.

    Args:
        outputs: Logits: one for each class, or a single one whose sign tells two classes apart.
        targets: The class, or a distribution over the classes; for a single output, 0 or -1 and 1.

    Raises:
        TypeError: For a word as a target.
        ValueError: If there are no rows, or not a target for each.

    Example:
        >>> accuracy([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0], [0.0, 1.0]], [0, 1, 1, 1])
        0.75
        >>> accuracy([-0.2, 0.7], [-1, 1])
        1.0
    """
    outputs, targets = _listed("accuracy", outputs, targets)
    hits = sum(
        predicted_class(output) == _class(target, output)
        for output, target in zip(outputs, targets, strict=True)
    )
    return hits / len(outputs)


def _class(target: Any, output: Scores) -> float:
    """The class that a target means, next to an output of that form."""
    if isinstance(target, str | bytes):
        target_number("a target", target)  # which says what to do instead
    if isinstance(target, Iterable) or not isinstance(output, Iterable) or len(output) == 1:
        return predicted_class(target)
    return float(target)


def r_squared(outputs: Sequence[float], targets: Sequence[float]) -> float:
    """Measure the share of the targets' variance that is explained, 1 - Σ(o - t)² / Σ(t - mean)².

    Args:
        outputs: A number for each row.
        targets: A number for each row.

    Returns:
        1 if perfect, 0 if as good as the mean, nan for a target that never varies.

    Raises:
        ValueError: If there are no rows, or not a target for each.

    Example:
        >>> r_squared([1.0, 2.0, 4.0], [1.0, 2.0, 3.0])
        0.5
    """
    outputs, targets = _listed("r_squared", outputs, targets)
    mean = _sum(targets) / len(targets)
    spread = _sum([(t - mean) ** 2 for t in targets])
    error = _sum([(o - t) ** 2 for o, t in zip(outputs, targets, strict=True)])
    return 1.0 - error / spread if spread else float("nan")


def confusion_matrix(
    predictions: Sequence[int], targets: Sequence[int], n_classes: int
) -> list[list[int]]:
    """Count how often each class was taken for each.

    Args:
        predictions: A class from 0 to n_classes - 1 for each row.
        targets: A class for each row.
        n_classes: The number of classes, at least 1.

    Returns:
        A square of counts: row i, column j counts class i predicted as class j.

    Raises:
        ValueError: If there are no rows, not a target for each, or something is no class.

    Example:
        >>> confusion_matrix([0, 1, 1], [0, 0, 1], 2)
        [[1, 1], [0, 1]]
    """
    predictions, targets = _listed("confusion_matrix", predictions, targets)
    n_classes = whole("n_classes", n_classes, at_least=1)
    counts = [[0] * n_classes for _ in range(n_classes)]
    for row, (prediction, target) in enumerate(zip(predictions, targets, strict=True)):
        for what, number in (("prediction", prediction), ("target", target)):
            if number not in range(n_classes):
                raise ValueError(
                    f"row {row}: a {what} must be a class from 0 to {n_classes - 1}; "
                    f"got {shown(number)}"
                )
        counts[int(target)][int(prediction)] += 1
    return counts


def _listed(name: str, outputs: Any, targets: Any) -> tuple[list[Any], list[Any]]:
    """Both by their values, as many of the one as of the other."""
    listed = target_list(f"{name}, outputs", outputs), target_list(f"{name}, targets", targets)
    check_lengths(name, *listed)
    return listed


def _sum(numbers: Iterable[float]) -> float:
    """From left to right, with the same bits in every Python, which the built-in has not."""
    result = 0.0
    for number in numbers:
        result += number
    return result

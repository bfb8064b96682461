"""The illnesses of a network: where each begins, its evidence and its remedy.

Whether a unit is saturated or dead, the engine's row of its activation says; from where on a layer
is, its table of thresholds, which the drawings use too.
"""

import math
from collections.abc import Iterator
from statistics import median

from engine import DEAD_SHARE, EXPLODING_ABOVE, SATURATED_SHARE, VANISHING_BELOW
from nn import init
from nn.common.text import counted
from nn.inspection.layer_report import LayerReport

IDENTICAL_NEURONS = 2
"""From so many neurons on that are identical in weights and gradients a layer has a symmetry."""

UPDATE_RATIO = 1e-3
"""What a step should change weights by, relative to their size: a rule of thumb (Bottou)."""

UPDATE_RATIO_BELOW, UPDATE_RATIO_ABOVE = 1e-5, 1e-1
"""Where that ratio is outside of this range, the learning rate is far too small or too large."""


def find(rows: list[LayerReport], learning_rate: float | None) -> list[str]:
    """Say what is wrong, with evidence and remedy, in a sentence or two for each illness."""
    illnesses = (_symmetry, _not_finite, _vanishing_or_exploding, _saturation, _dead)
    findings = [finding for illness in illnesses for finding in illness(rows)]
    if learning_rate is not None:
        findings += _updates(rows, learning_rate, bool(findings))
    return findings


def _symmetry(rows: list[LayerReport]) -> Iterator[str]:
    found = [row for row in rows[:-1] if row.identical >= IDENTICAL_NEURONS]
    if found:
        worst = max(found, key=lambda row: row.identical / row.n_neurons)
        yield (
            f"Symmetry: {worst.identical} of the {worst.n_neurons} neurons of {worst.name} are "
            f"identical in weights and gradients{_and_more(found)}. They will stay so, and are "
            f"worth {counted(worst.identical_groups, 'neuron')}. Draw the weights at random: "
            f"{_suited(worst)}."
        )


def _not_finite(rows: list[LayerReport]) -> Iterator[str]:
    for what, numbers in (("weighted sums", "z_std"), ("gradients ∂L/∂z", "z_gradient_rms")):
        found = [row for row in rows if not math.isfinite(getattr(row, numbers))]
        if found:
            yield (
                f"Exploding: the {what} of {found[0].name} are no longer finite{_and_more(found)}. "
                f"{_smaller_sums(rows[0])}."
            )
            return


def _vanishing_or_exploding(rows: list[LayerReport]) -> Iterator[str]:
    if len(rows) < 3:  # a single hidden layer is the first and the last one
        return
    first, last = rows[0], rows[-2]
    ratio = first.z_gradient_ratio
    if ratio < VANISHING_BELOW or EXPLODING_ABOVE < ratio < math.inf:
        yield (
            f"{'Vanishing' if ratio < 1 else 'Exploding'} gradients: ∂L/∂z has the "
            f"root-mean-square {first.z_gradient_rms:.2g} in the first hidden layer, {first.name}, "
            f"and {last.z_gradient_rms:.2g} in the last, {last.name}: {ratio:.2g} times that. "
            f"{_other_start(first)}."
        )


def _saturation(rows: list[LayerReport]) -> Iterator[str]:
    found = [row for row in rows[:-1] if (row.saturated or 0.0) >= SATURATED_SHARE]
    if found:
        worst = max(found, key=lambda row: row.saturated or 0.0)
        bounds = " to ".join(f"{bound:g}" for bound in worst.saturated_outside or ())
        yield (
            f"Saturation: {worst.saturated:.0%} of the activations of {worst.name} are outside of "
            f"{bounds}, where {worst.activation} is flat and lets next to no gradient "
            f"through{_and_more(found)}. "
            f"{_smaller_sums(worst)}."
        )


def _dead(rows: list[LayerReport]) -> Iterator[str]:
    found = [row for row in rows if (row.dead or 0.0) >= DEAD_SHARE]
    if found:
        worst = max(found, key=lambda row: row.dead or 0.0)
        start = "" if _starts_well(worst) else f"Start with {_suited(worst)}. "
        yield (
            f"Dead units: {worst.dead:.0%} of the {worst.activation} units of {worst.name} give 0 "
            f"for every row, and no gradient gets through{_and_more(found)}. {start}Scale the "
            "inputs to mean 0 and standard deviation 1, make the layers wider, or use leaky_relu "
            "or gelu."
        )


def _updates(rows: list[LayerReport], learning_rate: float, others: bool) -> Iterator[str]:
    """Both ways; where there are other findings, no learning rate would mend them."""
    ratios = {
        row.name: row.update_ratio
        for row in rows
        if row.update_ratio and math.isfinite(row.update_ratio)
    }
    large = [row for row in rows if ratios.get(row.name, UPDATE_RATIO) > UPDATE_RATIO_ABOVE]
    small = [row for row in rows if ratios.get(row.name, UPDATE_RATIO) < UPDATE_RATIO_BELOW]
    for what, found, worst in (("large", large, max), ("small", small, min)):
        if found:
            row = worst(found, key=lambda row: ratios[row.name])
            rate = learning_rate * UPDATE_RATIO / median(ratios.values())
            remedy = (
                "Mend the above first." if others else f"Try a learning rate around {rate:.1g}."
            )
            yield (
                f"Update ratio too {what}: with a learning rate of {learning_rate:g}, a step "
                f"changes the weights of {row.name} by {ratios[row.name]:.2g} of their size"
                f"{_and_more(found)}, where {UPDATE_RATIO:g} is usual. {remedy}"
            )


def _and_more(found: list[LayerReport]) -> str:
    """How many layers have what is said of the worst of them."""
    if len(found) == 1:
        return ""
    return f" ({len(found)} layers have this, {found[0].name} to {found[-1].name})"


def _suited(row: LayerReport) -> str:
    return f"init={_best(row)!r}, which suits {row.activation}"


def _starts_well(row: LayerReport) -> bool:
    return row.initializer == _best(row)


def _best(row: LayerReport) -> str:
    return init.describe(init.auto(row.activation))


def _smaller_sums(row: LayerReport) -> str:
    """What to do about weighted sums that are too large."""
    if _starts_well(row):
        return "Scale the inputs to mean 0 and standard deviation 1"
    return (
        f"Start with smaller weights, such as {_suited(row)}, and scale the inputs to mean 0 and "
        "standard deviation 1"
    )


def _other_start(row: LayerReport) -> str:
    """What to do about gradients whose size changes from layer to layer."""
    if not _starts_well(row):
        return f"Start with {_suited(row)}"
    if row.activation == "sigmoid":
        return "Use tanh in place of sigmoid, whose slope is 1/4 at most, or fewer layers"
    return f"The weights started as it suits {row.activation}: use fewer or wider layers"

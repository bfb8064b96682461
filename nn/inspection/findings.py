"""The illnesses of a network: where each begins, its evidence and its remedy.

The sentences and the remedies are data, for the playground says them, too.

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


SENTENCES = {
    "symmetry": (
        "Symmetry: {identical} of the {neurons} neurons of {layer} are identical in weights and "
        "gradients{more}. They will stay so, and are worth {worth}. Draw the weights at random: "
        "{remedy}."
    ),
    "not finite": "Exploding: the {what} of {layer} are no longer finite{more}. {remedy}.",
    "flow": (
        "{which} gradients: ∂L/∂z has the root-mean-square {first} in the first hidden layer, "
        "{layer}, and {last} in the last, {last_layer}: {ratio} times that. {remedy}."
    ),
    "saturation": (
        "Saturation: {share} of the activations of {layer} are outside of {bounds}, where "
        "{activation} is flat and lets next to no gradient through{more}. {remedy}."
    ),
    "dead": (
        "Dead units: {share} of the {activation} units of {layer} give 0 for every row, and no "
        "gradient gets through{more}. {remedy}."
    ),
    "update": (
        "Update ratio too {what}: with a learning rate of {learning_rate}, a step changes the "
        "weights of {layer} by {ratio} of their size{more}, where {usual} is usual. {remedy}"
    ),
    "more": " ({count} layers have this, {first} to {last})",
    "others first": "Mend the above first.",
    "another rate": "Try a learning rate around {rate}.",
}


def remedies(activation: str, starts_well: bool) -> dict[str, str]:
    """What to do about a layer, by illness.

    Args:
        activation: The name of its activation.
        starts_well: Whether its weights started as it suits that.
    """
    suited = f"init={suited_to(activation)!r}, which suits {activation}"
    smaller = "cale the inputs to mean 0 and standard deviation 1"
    flow = f"The weights started as it suits {activation}: use fewer or wider layers"
    if not starts_well:
        flow = f"Start with {suited}"
    elif activation == "sigmoid":
        flow = "Use tanh in place of sigmoid, whose slope is 1/4 at most, or fewer layers"
    start, sums = "", f"S{smaller}"
    if not starts_well:
        start = f"Start with {suited}. "
        sums = f"Start with smaller weights, such as {suited}, and s{smaller}"
    return {
        "symmetry": suited,
        "not finite": sums,
        "flow": flow,
        "saturation": sums,
        "dead": f"{start}S{smaller}, make the layers wider, or use leaky_relu or gelu",
    }


def suited_to(activation: str) -> str:
    """The initializer that suits an activation, in words."""
    return init.describe(init.auto(activation))


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
        yield SENTENCES["symmetry"].format(
            identical=worst.identical,
            neurons=worst.n_neurons,
            layer=worst.name,
            more=_and_more(found),
            worth=counted(worst.identical_groups, "neuron"),
            remedy=_remedy("symmetry", worst),
        )


def _not_finite(rows: list[LayerReport]) -> Iterator[str]:
    for what, numbers in (("weighted sums", "z_std"), ("gradients ∂L/∂z", "z_gradient_rms")):
        found = [row for row in rows if not math.isfinite(getattr(row, numbers))]
        if found:
            yield SENTENCES["not finite"].format(
                what=what,
                layer=found[0].name,
                more=_and_more(found),
                remedy=_remedy("not finite", rows[0]),
            )
            return


def _vanishing_or_exploding(rows: list[LayerReport]) -> Iterator[str]:
    if len(rows) < 3:  # a single hidden layer is the first and the last one
        return
    first, last = rows[0], rows[-2]
    ratio = first.z_gradient_ratio
    if ratio < VANISHING_BELOW or EXPLODING_ABOVE < ratio < math.inf:
        yield SENTENCES["flow"].format(
            which="Vanishing" if ratio < 1 else "Exploding",
            first=f"{first.z_gradient_rms:.2g}",
            layer=first.name,
            last=f"{last.z_gradient_rms:.2g}",
            last_layer=last.name,
            ratio=f"{ratio:.2g}",
            remedy=_remedy("flow", first),
        )


def _saturation(rows: list[LayerReport]) -> Iterator[str]:
    found = [row for row in rows[:-1] if (row.saturated or 0.0) >= SATURATED_SHARE]
    if found:
        worst = max(found, key=lambda row: row.saturated or 0.0)
        yield SENTENCES["saturation"].format(
            share=f"{worst.saturated:.0%}",
            layer=worst.name,
            bounds=" to ".join(f"{bound:g}" for bound in worst.saturated_outside or ()),
            activation=worst.activation,
            more=_and_more(found),
            remedy=_remedy("saturation", worst),
        )


def _dead(rows: list[LayerReport]) -> Iterator[str]:
    found = [row for row in rows if (row.dead or 0.0) >= DEAD_SHARE]
    if found:
        worst = max(found, key=lambda row: row.dead or 0.0)
        yield SENTENCES["dead"].format(
            share=f"{worst.dead:.0%}",
            activation=worst.activation,
            layer=worst.name,
            more=_and_more(found),
            remedy=_remedy("dead", worst),
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
            remedy = SENTENCES["others first" if others else "another rate"]
            yield SENTENCES["update"].format(
                what=what,
                learning_rate=f"{learning_rate:g}",
                layer=row.name,
                ratio=f"{ratios[row.name]:.2g}",
                more=_and_more(found),
                usual=f"{UPDATE_RATIO:g}",
                remedy=remedy.format(rate=f"{rate:.1g}"),
            )


def _and_more(found: list[LayerReport]) -> str:
    """How many layers have what is said of the worst of them."""
    if len(found) == 1:
        return ""
    names = {"first": found[0].name, "last": found[-1].name}
    return SENTENCES["more"].format(count=len(found), **names)


def _remedy(illness: str, row: LayerReport) -> str:
    return remedies(row.activation, row.initializer == suited_to(row.activation))[illness]

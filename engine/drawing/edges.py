"""What an edge says and how it looks: a local derivative, and what of the gradient passes there."""

import math
from collections.abc import Sequence

from engine.drawing.colors import GREY, PALE, line
from engine.drawing.folding import Box, Link
from engine.drawing.markup import tip
from engine.drawing.sheet import Sheet, counted, digits, root_mean_square
from engine.reading import Edge
from engine.text import number_text
from engine.value import Value


def edge(sheet: Sheet, i: int, link: Link) -> dict[str, str]:
    """The attributes of an edge."""
    attributes = {"id": f"edge{i}"}
    contributions = [use.contribution for use in link.uses]
    target = sheet.folding.boxes[link.target]
    if target.what == "same" and not target.steps:
        contributions = [math.fsum(contributions)]  # of the copies of one computation
    if len(contributions) == 1:
        use = link.uses[0]
        end, local_derivative = use.node, use.local_derivative
        gradient = sheet.reading.gradients[end]
        if target.what == "chain" and not target.steps:
            end, local_derivative = _to_the_end(target, use)
        if target.value is not None:
            gradient = sheet.gradient(target)
        label = number_text(local_derivative)
        names = sheet.reading.names
        tooltip = f"∂{names[end]}/∂{names[use.parent]} = {digits(local_derivative)}"
        if sheet.reading.differentiated:
            tooltip += f"\n× gradient {digits(gradient)}"
            tooltip += f"\n= contribution {digits(contributions[0])}"
    else:
        label = ""
        tooltip = counted(len(link.uses), "edge")
    if sheet.labelled and label:
        attributes["label"] = label
    if not sheet.reading.differentiated:
        attributes |= {"color": GREY}
    else:
        contribution = root_mean_square(contributions)
        if len(contributions) > 1:
            tooltip += f"\nroot mean square of the contributions {digits(contribution)}"
        attributes |= _ink(sheet, contribution, contributions)
    return {**attributes, "tooltip": tip(tooltip), "labeltooltip": tip(tooltip)}


def _to_the_end(box: Box, use: Edge) -> tuple[Value, float]:
    """The end of a chain, and its derivative by an operand that enters anywhere."""
    node, derivative = use.node, use.local_derivative
    users = {parent: user for user in box.members for parent in user.parents}
    while node is not box.members[-1]:
        user = users[node]
        derivative *= user.partials[user.parents.index(node)]
        node = user
    return node, derivative


def _ink(sheet: Sheet, size: float, contributions: Sequence[float]) -> dict[str, str]:
    """The line of an edge: as wide as the contribution is large, in the colour of its sign."""
    if size == 0.0 or sheet.scale is None:
        return {"color": PALE, "style": "dashed", "penwidth": "0.8"}
    signs = {x > 0.0 for x in contributions if x}
    width = 0.7 + 3.3 * sheet.scale.position(size)
    signed = size if True in signs else -size
    color = line(signed, mixed=len(signs) > 1)
    if not sheet.labelled:
        color += "A0"  # so that one sees through a tangle
    arrow = 0.6 if width < 2.0 else 0.45
    return {"color": color, "penwidth": f"{width:.2f}", "arrowsize": f"{arrow}"}

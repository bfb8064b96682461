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

THINNEST, THICKEST = 0.7, 4.0
"""The widths of a line at both ends of the scale, in points."""


def edge(sheet: Sheet, i: int, link: Link) -> dict[str, str]:
    """The attributes of an edge."""
    attributes = {"id": f"edge{i}"}
    contributions = [use.contribution for use in link.uses]
    target = sheet.folding.boxes[link.target]
    if target.what == "same" and not target.steps:
        contributions = [math.fsum(contributions)]  # of the copies of one computation
    if len(contributions) == 1:
        use = link.uses[0]
        gradient = sheet.reading.gradients[use.node]
        path = passed_on(target, use)
        end = path[-1][0]
        local_derivative = use.local_derivative
        for node, position in path[1:]:
            local_derivative *= node.partials[position]
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


def passed_on(box: Box, use: Edge) -> list[tuple[Value, int]]:
    """The nodes, each with the place of an operand, whose derivatives make up that of an edge.

    It is one, but to the end of a chain, which an operand enters anywhere.
    """
    path = [(use.node, use.position)]
    if box.what == "chain" and not box.steps:
        users = {parent: user for user in box.members for parent in user.parents}
        while path[-1][0] is not box.members[-1]:
            node = path[-1][0]
            path.append((users[node], users[node].parents.index(node)))
    return path


def _ink(sheet: Sheet, size: float, contributions: Sequence[float]) -> dict[str, str]:
    """The line of an edge: as wide as the contribution is large, in the colour of its sign."""
    if size == 0.0 or sheet.scale is None:
        return {"color": PALE, "style": "dashed", "penwidth": "0.8"}
    signs = {x > 0.0 for x in contributions if x}
    width = THINNEST + (THICKEST - THINNEST) * sheet.scale.position(size)
    signed = size if True in signs else -size
    color = line(signed, mixed=len(signs) > 1)
    if not sheet.labelled:
        color += "A0"  # so that one sees through a tangle
    arrow = 0.6 if width < 2.0 else 0.45
    return {"color": color, "penwidth": f"{width:.2f}", "arrowsize": f"{arrow}"}

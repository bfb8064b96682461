"""What a box says and how it looks: a Value, or several that were folded into it."""

from engine.drawing.colors import ALARM, fill, sign
from engine.drawing.folding import Box, kind_of_leaf
from engine.drawing.marks import summary
from engine.drawing.markup import mark_row, row, shortened, table, text, tip, title, within
from engine.drawing.sheet import Sheet, counted, digits, spread, varying
from engine.text import number_text
from engine.value import Constant

_STYLES = {
    "operation": {"style": "filled,rounded"},
    "output": {"style": "filled,rounded", "peripheries": "2"},
    "input": {"style": "filled"},
    "parameter": {"style": "filled", "penwidth": "2.2"},
    "constant": {"style": "filled,dashed"},
    "folded": {"style": "filled,rounded", "penwidth": "1.4"},
}


def node(sheet: Sheet, i: int) -> dict[str, str]:
    """The attributes of a box."""
    box = sheet.folding.boxes[i]
    rows, tooltip = _folded(sheet, i, box) if box.what else _single(sheet, box)
    marks = summary(box.members, sheet.marks, sheet.reading.places)
    rows += [mark_row(mark.words, mark.alarming) for mark in marks]
    gradient, mixed = sheet.gradients[i], False
    if box.what:
        signs = {sign(sheet.reading.gradients[node]) for node in box.members} - {0}
        mixed = len(signs) > 1
        if signs == {-1}:
            gradient = -gradient
    constant = isinstance(box.members[0], Constant) and not box.what
    return {
        "id": f"box{i}",
        "label": table(rows),
        "tooltip": tip("\n".join([tooltip, *(mark.evidence for mark in marks)])),
        "fillcolor": fill(None if constant else sheet.scale, gradient, mixed),
        **_STYLES[kind(sheet, box)],
        **({"color": ALARM} if any(mark.alarming for mark in marks) else {}),
    }


def kind(sheet: Sheet, box: Box) -> str:
    """Which kind of box it is, for its border."""
    if any(output.op and output in box.members for output in sheet.reading.outputs):
        return "output"
    if box.what:
        return "folded"
    return kind_of_leaf(box.members[0], sheet.reading.given) or "operation"


def _single(sheet: Sheet, box: Box) -> tuple[list[str], str]:
    (node,) = box.members
    name = sheet.reading.names[node]
    data = number_text(node.data)
    tooltip = f"{name}: data {digits(node.data)}"
    if isinstance(node, Constant):
        shown = data if name == data else f"{shortened(name)} = {data}"
        return [title(text(shown))], tooltip
    symbol = f"<B>{text(node.op.symbol)}</B>&nbsp;&nbsp;" if node.op else ""
    if node in sheet.reading.given:  # in a frame that bears the rest of the name
        shown = within(name, box.place.neuron or box.place.layer)
    else:
        shown = name
    shown = text(shortened(shown))
    rows = [title(symbol + (shown if symbol else f"<B>{shown}</B>")), row("data", data)]
    if sheet.reading.differentiated:
        rows.append(row("grad", number_text(sheet.reading.gradients[node])))
        tooltip += f"\ngradient {digits(sheet.reading.gradients[node])}"
    return rows, tooltip


def _folded(sheet: Sheet, i: int, box: Box) -> tuple[list[str], str]:
    name = sheet.title(box)
    data = [node.data for node in varying(box.members)]
    low, high = min(data), max(data)
    size = counted(len(box.members), "value")
    rows = [title(f"<B>{text(shortened(name))}</B>"), title(text(size))]
    rows.append(row("data", spread(box.members)))
    tooltip = f"{name}: {size}\ndata {digits(low)} to {digits(high)}"
    if sheet.reading.differentiated:
        rms = sheet.gradients[i]
        rows.append(row("grad rms", number_text(rms, 3)))
        tooltip += f"\nroot mean square of the gradients {digits(rms)}"
    return rows, tooltip

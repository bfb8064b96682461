"""What a box says and how it looks: a Value, or several that were folded into it."""

from collections import Counter

from engine.drawing.colors import ALARM, fill, sign
from engine.drawing.folding import Box
from engine.drawing.marks import NOT_FINITE, concerns
from engine.drawing.markup import mark_row, row, shortened, table, text, tip, title, within
from engine.drawing.sharing import kind_of_leaf
from engine.drawing.sheet import Sheet, counted, digits, spread, varying
from engine.text import number_text
from engine.value import Constant, Value

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
    value = box.value
    rows, tooltip = _folded(sheet, i, box) if value is None else _single(sheet, box, value)
    marks = _marks(sheet, box)
    rows += [mark_row(mark, alarming) for mark, alarming in marks]
    gradient, mixed = sheet.gradients[i], False
    if value is None:
        signs = {sign(sheet.reading.gradients[node]) for node in box.members} - {0}
        mixed = len(signs) > 1
        if signs == {-1}:
            gradient = -gradient
    constant = isinstance(value, Constant)
    return {
        "id": f"box{i}",
        "label": table(rows),
        "tooltip": tip("\n".join([tooltip, *(mark for mark, _ in marks)])),
        "fillcolor": fill(None if constant else sheet.scale, gradient, mixed),
        **_STYLES[kind(sheet, box)],
        **({"color": ALARM} if any(alarming for _, alarming in marks) else {}),
    }


def kind(sheet: Sheet, box: Box) -> str:
    """Which kind of box it is, for its border."""
    if sheet.reading.output in box.members and sheet.reading.output.op is not None:
        return "output"
    if box.value is None:
        return "folded"
    return kind_of_leaf(box.value, sheet.reading.given) or "operation"


def _single(sheet: Sheet, box: Box, node: Value) -> tuple[list[str], str]:
    name = sheet.reading.names[node]
    data = number_text(node.data)
    tooltip = f"{name}: data {digits(node.data)}"
    if isinstance(node, Constant):
        shown = data if name == data else f"{shortened(name)} = {data}"
        return [title(text(shown))], tooltip
    symbol = node.op.symbol if node.op else ""
    if box.what == "chain":
        symbol = sheet.title(box)
        tooltip = f"{name}: {symbol} of {_operands(box)} operands, data {digits(node.data)}"
    elif box.what == "same":
        tooltip += f"\ncomputed {len(box.members)} times, which is drawn once"
    symbol = symbol and f"<B>{text(symbol)}</B>&nbsp;&nbsp;"
    if node in sheet.reading.given:  # in a frame that bears the rest of the name
        shown = within(name, box.place.neuron or box.place.layer)
    else:
        shown = name
    shown = text(shortened(shown))
    rows = [title(symbol + (shown if symbol else f"<B>{shown}</B>")), row("data", data)]
    if sheet.reading.differentiated:
        rows.append(row("grad", number_text(sheet.gradient(box))))
        tooltip += f"\ngradient {digits(sheet.gradient(box))}"
    return rows, tooltip


def _operands(box: Box) -> int:
    """How many operands a chain of one operation has."""
    operations = [node for node in box.members if node.op is not None]
    return sum(len(node.parents) for node in operations) - len(operations) + 1


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


def _marks(sheet: Sheet, box: Box) -> list[tuple[str, bool]]:
    """What is wrong in the box, and whether that is alarming.

    Of several Values it says how many have the mark; it is no alarm that a ReLU is dead for
    some samples of a batch.
    """
    marks = sheet.marks
    if box.value is not None:
        return [(mark, True) for mark in marks.get(box.value, ())]
    counts = Counter(mark for node in box.members for mark in marks.get(node, ()))
    found = []
    for mark, count in sorted(counts.items()):
        concerned = sum(1 for node in varying(box.members) if concerns(mark, node))
        if count == concerned:
            found.append((f"all {mark}" if count > 1 else mark, True))
        else:
            found.append((f"{count:,} of {concerned:,} {mark}", mark == NOT_FINITE))
    return found

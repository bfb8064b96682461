"""What a box says and how it looks: a Value, or several that were folded into it."""

from collections.abc import Sequence

from engine.drawing.cells import bars, diverging, heat_map
from engine.drawing.colors import ALARM, cell, fill, sign
from engine.drawing.facts import Facts, coming_out
from engine.drawing.folding import Box
from engine.drawing.marks import summary
from engine.drawing.markup import (
    mark_row,
    pictures,
    row,
    shortened,
    small,
    table,
    text,
    tip,
    title,
    within,
)
from engine.drawing.sharing import kind_of_leaf
from engine.drawing.sheet import Sheet, counted, digits, root_mean_square, spread, varying
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
    marks = summary(box.members, sheet.marks, sheet.reading.places)
    rows += [mark_row(mark.words, mark.alarming) for mark in marks]
    gradient, mixed = sheet.gradients[i], False
    if value is None:
        signs = {sign(sheet.reading.gradients[node]) for node in sheet.telling(i)} - {0}
        mixed = len(signs) > 1
        if signs == {-1}:
            gradient = -gradient
    constant = isinstance(value, Constant)
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
    size = counted(len(box.members), "value")
    tooltip = f"{name}: {size}"
    found = sheet.facts[i]
    times = f"&nbsp;&nbsp;× {len(box.steps):,}" if box.steps else ""
    if found is not None:
        rows = _facts(sheet, box, found, f"<B>{text(shortened(name))}</B>", times)
        data, gradients = found.a, found.a
        tooltip += "\nwhat comes out:"
    else:
        rows = [title(f"<B>{text(shortened(name))}</B>{times}")]
        data = gradients = list(varying(box.members))
        if not box.steps:
            rows += [title(small(size)), row("data", spread(data))]
            if sheet.reading.differentiated:
                rows.append(row("grad rms", number_text(sheet.gradients[i], 3)))
    numbers = [node.data for node in data]
    tooltip += f"\ndata {digits(min(numbers))} to {digits(max(numbers))}"
    if sheet.reading.differentiated:
        rms = sheet.root_mean_square_gradient(gradients)
        tooltip += f"\nroot mean square of the gradients {digits(rms)}"
    if box.steps:
        rows += _step_by_step(sheet, box)
    return rows, tooltip


def _facts(sheet: Sheet, box: Box, found: Facts, name: str, times: str) -> list[str]:
    """What a neuron or a layer tells."""
    gradients = sheet.reading.gradients
    differentiated = sheet.reading.differentiated
    weights = [node for line in found.weights for node in line if node is not None]
    if box.what == "neuron":
        rows = [title(name + times)]
        if found.z:
            rows.append(row("z", spread(found.z)))
        rows.append(row("a", spread(found.a)))
        if differentiated and len(found.a) == 1:
            rows.append(row("∂L/∂a", number_text(gradients[found.a[0]], 3)))
        elif differentiated:
            rms = sheet.root_mean_square_gradient(found.a)
            rows.append(row("∂L/∂a rms", number_text(rms, 3)))
        if weights:
            rows.append(row("w", spread(weights)))
        return rows
    activation = f"&nbsp;&nbsp;{text(_activation(found))}" if found.z else ""
    rows = [title(f"{name}{times}")]
    if found.weights:
        outputs = len(found.weights)
        batch = len(found.a) // outputs // (len(box.steps) or 1)
        shape = f"{len(found.weights[0]):,} → {outputs:,}{activation}"
        rows.append(title(small(shape + (f", {batch:,} times" if batch > 1 else ""))))
    rows.append(row("a", spread(found.a)))
    if differentiated and found.parameters:
        rms = sheet.root_mean_square_gradient(found.parameters)
        rows.append(row("∂L/∂w rms", number_text(rms, 3)))
    if has_maps(box, found):
        rows.append(_maps(sheet, found))
    return rows


def has_maps(box: Box, found: Facts | None) -> bool:
    """Whether a box shows its weights as a map."""
    if found is None or box.what == "neuron":
        return False
    return sum(node is not None for line in found.weights for node in line) > 1


def _activation(found: Facts) -> str:
    operation = found.a[0].op
    return operation.symbol if operation is not None else ""


def _maps(sheet: Sheet, found: Facts) -> str:
    """The weights as a heat map, and their gradients as another."""
    weights = [node.data for line in found.weights for node in line if node is not None]
    columns = [("w", heat_map(found.weights, lambda node: node.data, diverging(weights)))]
    if sheet.reading.differentiated:
        gradients = sheet.reading.gradients
        scale = sheet.scale
        columns.append(
            (
                "∂L/∂w",
                heat_map(found.weights, lambda node: gradients[node], lambda x: cell(scale, x)),
            )
        )
    return pictures(columns)


def _step_by_step(sheet: Sheet, box: Box) -> list[str]:
    """The sizes of what comes out of each step, and of its gradients, as small bars."""
    steps = [coming_out(step) or step for step in box.steps]
    sizes = [root_mean_square([node.data for node in step]) for step in steps]
    rows = [row("a, by step", _first_to_last(sizes))]
    columns = [("a", bars(sizes))]
    if sheet.reading.differentiated:
        sizes = [sheet.root_mean_square_gradient(step) for step in steps]
        rows.append(row("∂L/∂a, by step", _first_to_last(sizes)))
        columns.append(("∂L/∂a", bars(sizes)))
    return [*rows, pictures(columns)]


def _first_to_last(sizes: Sequence[float]) -> str:
    return f"{number_text(sizes[0], 2)} → {number_text(sizes[-1], 2)}"

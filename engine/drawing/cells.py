"""Small pictures made of the cells of a table, which every format of Graphviz shows alike."""

from collections.abc import Callable, Iterable, Sequence

from engine.drawing.colors import DARK, GREY, PALE, WHITE, Scale, mixed_with_white, sign
from engine.drawing.facts import Matrix
from engine.value import Value

_MOST_ROWS, _MOST_COLUMNS = 16, 32  # cells; of more numbers several share one
_SIDE, _SMALLEST, _LARGEST = 64, 3, 7  # points: of a map, and of its cells
_MOST_BARS, _BAR, _HEIGHT = 24, 4, 22


def heat_map(
    matrix: Matrix, number: Callable[[Value], float], color: Callable[[float], str]
) -> str:
    """A cell for each number, or, of very many, for the largest of a few."""
    tall, wide = -(-len(matrix) // _MOST_ROWS), -(-len(matrix[0]) // _MOST_COLUMNS)
    rows = [
        [
            _largest(
                number(node)
                for row in matrix[top : top + tall]
                for node in row[left : left + wide]
                if node is not None
            )
            for left in range(0, len(matrix[0]), wide)
        ]
        for top in range(0, len(matrix), tall)
    ]
    side = max(_SMALLEST, min(_LARGEST, _SIDE // max(len(rows), len(rows[0]))))
    cells = (
        "<TR>" + "".join(_cell(side, side, WHITE if x is None else color(x)) for x in row) + "</TR>"
        for row in rows
    )
    fixed = _fixed(side * len(rows[0]) + 2, side * len(rows) + 2)
    return _bare("".join(cells), f'BORDER="1" COLOR="{GREY}" {fixed}')


def shared_by(matrix: Matrix) -> int:
    """How many numbers share a cell of the map."""
    return -(-len(matrix) // _MOST_ROWS) * -(-len(matrix[0]) // _MOST_COLUMNS)


def diverging(numbers: Iterable[float]) -> Callable[[float], str]:
    """Colours from the most negative number to the most positive, with white for zero."""
    largest = max(map(abs, numbers), default=0.0) or 1.0
    return lambda x: mixed_with_white(sign(x), min(1.0, abs(x) / largest))


def bars(sizes: Sequence[float]) -> str:
    """A bar for each size, from left to right, on a logarithmic scale; none for zero."""
    together = -(-len(sizes) // _MOST_BARS)
    shown = [max(sizes[i : i + together]) for i in range(0, len(sizes), together)]
    scale = Scale.of(shown)
    columns = []
    for size in shown:
        high = 0 if scale is None or not size else round(2 + (_HEIGHT - 2) * scale.position(size))
        bar = f"<TR>{_cell(_BAR, high, DARK)}</TR>" if high else ""
        gap = f"<TR>{_cell(_BAR, _HEIGHT - high, WHITE)}</TR>" if high < _HEIGHT else ""
        column = _bare(gap + bar, 'BORDER="0"')
        columns.append(f"<TD>{column}</TD>")
    inner = "<TR>" + "".join(columns) + "</TR>"
    fixed = _fixed((_BAR + 1) * len(columns) + 3, _HEIGHT + 4)
    return (
        f'<TABLE BORDER="1" COLOR="{PALE}" BGCOLOR="{WHITE}" CELLBORDER="0" CELLSPACING="1" '
        f'CELLPADDING="0" {fixed}>{inner}</TABLE>'
    )


def _largest(numbers: Iterable[float]) -> float | None:
    return max(numbers, key=abs, default=None)


def _bare(rows: str, attributes: str) -> str:
    return f'<TABLE {attributes} CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{rows}</TABLE>'


def _fixed(wide: int, high: int) -> str:
    return f'FIXEDSIZE="TRUE" WIDTH="{wide}" HEIGHT="{high}"'


def _cell(wide: int, high: int, color: str) -> str:
    return f'<TD FIXEDSIZE="TRUE" WIDTH="{wide}" HEIGHT="{high}" BGCOLOR="{color}"></TD>'

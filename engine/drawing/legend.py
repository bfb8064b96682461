"""The legend: what colours, borders and edges mean, of those that occur; and what was left out."""

import math

from engine.drawing.boxes import kind
from engine.drawing.colors import DARK, GREY, Scale, fill
from engine.drawing.marks import HUGE, TINY
from engine.drawing.markup import strip, swatch, table, table_of, text
from engine.drawing.sheet import Sheet
from engine.text import number_text


def legend(sheet: Sheet, notes: list[str]) -> str:
    """What colours, borders and edges mean, of those that occur; and the notes."""
    if not sheet.reading.differentiated:
        notes.insert(0, "backward() has not run")
    found = {mark for marks in sheet.marks.values() for mark in marks}
    if found & {TINY, HUGE}:
        median = "a thousand times below or above the median of its kind"
        notes.append(f"tiny, huge: {median}, and below or above the output's")
    rows = [_scale_legend(sheet, sheet.scale)] if sheet.scale else []
    rows.append(strip([*_kinds_legend(sheet), f"<TD>{text(_edge_legend(sheet))}</TD>"]))
    rows += [f'<FONT COLOR="{DARK}">{text(note)}</FONT>' for note in notes]
    lines = (f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in rows)
    return table(lines, 'CELLPADDING="1"')


def _scale_legend(sheet: Sheet, scale: Scale) -> str:
    largest, smallest = scale.largest, scale.smallest
    sizes = [largest, math.sqrt(largest) * math.sqrt(smallest), smallest]
    cells = [
        swatch(fill(scale, number), number_text(number, 2))
        for number in [*(-size for size in sizes), 0.0, *reversed(sizes)]
    ]
    if sheet.folded:
        cells.append(swatch(fill(scale, largest, mixed=True), "of both signs"))
    return strip(["<TD>gradient</TD>", *cells])


def _kinds_legend(sheet: Sheet) -> list[str]:
    present = {kind(sheet, box) for box in sheet.folding.boxes}
    borders = {
        "input": 'BORDER="1"',
        "parameter": 'BORDER="2"',
        "constant": 'BORDER="1" STYLE="DASHED"',
        "operation": 'BORDER="1" STYLE="ROUNDED"',
        "output": 'BORDER="1" STYLE="ROUNDED"',
    }
    cells = []
    for name, border in borders.items():
        if name in present:
            word = "leaf" if name == "input" and not sheet.reading.given else name
            cell = f'<TD {border} COLOR="{GREY}">{word}</TD>'
            if name == "output":  # a frame within a frame
                inner = table_of([cell], 'CELLSPACING="0" CELLPADDING="2"')
                cell = f'<TD {border} COLOR="{GREY}" CELLPADDING="2">{inner}</TD>'
            cells.append(cell)
    return cells


def _edge_legend(sheet: Sheet) -> str:
    says = []
    if sheet.labelled:
        says.append("local derivative" + (", or number of edges" if sheet.folded else ""))
    if sheet.scale:
        says.append("width: contribution to the gradient")
    return f"edges: {'; '.join(says)}" if says else ""

"""Text and tables for the labels of the DOT language.

Labels come from users. In the DOT language they stand in strings alone, with entities for what has
a meaning there; no name of theirs is an identifier.
"""

import html
from collections.abc import Iterable

import graphviz

from engine.drawing.colors import ALARM, BLACK, GREY, PALE, WHITE
from engine.text import LONGEST, cut

FONT = "Helvetica,Arial,sans-serif"
_LONGEST = 40  # characters of a label; the tooltip has them all


def text(words: str) -> str:
    r"""Any text for a label of the HTML kind: shown as typed, whatever it says.

    >>> text(r"a<b & {x} \N")
    'a&lt;b &amp; {x} &#92;&#92;N'
    """
    # Graphviz replaces \N in a label of any kind, after the entities, and \\ by one backslash.
    return _entities(words).replace("\\", "&#92;&#92;").replace("\n", "<BR/>")


def shortened(words: str) -> str:
    """The words, of very many only the first."""
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def within(name: str, path: str | None) -> str:
    """The name as it reads inside of a frame that bears the path."""
    return name.removeprefix(f"{path}.") if path else name


def tip(words: str) -> str:
    """Any text for a tooltip, in which Graphviz looks for its own escapes twice."""
    escaped = _entities(words).replace("\\", "\\" * 4).replace("\n", "\\n")
    return str(graphviz.nohtml(escaped))


def _entities(words: str) -> str:
    return html.escape(_printable(words))


def _printable(words: str) -> str:
    """The text without the characters that no XML may contain, each shown by a sign for it."""
    return "".join(
        chr(0x2400 + ord(c))
        if c < " " and c != "\n"
        else "�"
        if "\ud800" <= c <= "\udfff" or c in "\x7f￾￿"
        else c
        for c in words.replace("\r\n", "\n")
    )


def table(rows: Iterable[str], attributes: str = 'CELLPADDING="1"') -> str:
    """A table, as the whole of a label."""
    return f'<<TABLE BORDER="0" CELLSPACING="0" {attributes}>{"".join(rows)}</TABLE>>'


def strip(cells: Iterable[str]) -> str:
    """Cells in a row, a little apart."""
    return table_of(cells, 'CELLSPACING="3" CELLPADDING="2"')


def table_of(cells: Iterable[str], attributes: str) -> str:
    """Cells in a row, as a table."""
    return f'<TABLE BORDER="0" {attributes}><TR>{"".join(cells)}</TR></TABLE>'


def swatch(color: str, words: str) -> str:
    """A cell of the legend that shows a colour."""
    label = f'<FONT COLOR="{BLACK}" POINT-SIZE="9">{words}</FONT>'
    return f'<TD BORDER="1" COLOR="{PALE}" BGCOLOR="{color}">{label}</TD>'


def title(markup: str) -> str:
    """A row that is one cell."""
    return f'<TR><TD COLSPAN="2">{markup}</TD></TR>'


def small(markup: str) -> str:
    """In small type."""
    return f'<FONT COLOR="{BLACK}" POINT-SIZE="9">{markup}</FONT>'


def pictures(columns: Iterable[tuple[str, str]]) -> str:
    """A row of small pictures, each under what it shows."""
    captions, below = [], []
    for caption, picture in columns:
        captions.append(f"<TD>{small(caption)}</TD>")
        below.append(f'<TD VALIGN="TOP">{picture}</TD>')
    inner = "".join(f"<TR>{''.join(cells)}</TR>" for cells in (captions, below))
    return title(f'<TABLE BORDER="0" CELLSPACING="4" CELLPADDING="0">{inner}</TABLE>')


def row(what: str, number: str) -> str:
    """A row of a box: what, and its number."""
    return (
        f'<TR><TD ALIGN="LEFT"><FONT COLOR="{BLACK}" POINT-SIZE="9">{what}&nbsp;&nbsp;</FONT></TD>'
        f'<TD ALIGN="RIGHT">{number}</TD></TR>'
    )


def mark_row(mark: str, alarming: bool) -> str:
    """A row that says what is wrong."""
    words = f'<FONT COLOR="{ALARM if alarming else BLACK}" POINT-SIZE="9">{text(mark)}</FONT>'
    chip = f' BGCOLOR="{WHITE}"' if alarming else ""
    return f'<TR><TD COLSPAN="2"{chip}>{f"<B>{words}</B>" if alarming else words}</TD></TR>'


def framed(i: int, path: str) -> dict[str, str]:
    """The attributes of a frame around the boxes of a layer or of a neuron."""
    return {
        "id": f"frame{i}",
        "label": f"<{text(shortened(path)) or ' '}>",
        "style": "rounded",
        "color": PALE,
        "fontcolor": GREY,
        "fontname": FONT,
        "fontsize": "9",
        "labelloc": "t",
        "labeljust": "l",
        "margin": "6",
        "tooltip": tip(cut(path, LONGEST)),
    }

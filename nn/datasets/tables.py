"""Text files of rows and columns, read so that every complaint names its line and column.

What a cell means (a measurement, a class) is for `nn.datasets` to say. This module turns the bytes
of a file into rows of text of equal length, with the number of the line that each row starts on,
and tells a header from a row. It writes such files too, so that a spreadsheet runs nothing in
them.
"""

import csv
import io
import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nn.common.text import shown
from nn.datasets.cells import Spelling, may_be_names

# What starts a formula somewhere, after blanks too; the apostrophes are those of texts like these
# that were written before. The wide signs are those of Chinese and Japanese keyboards.
_FORMULA = re.compile("'*(?:[\t\r\n]|\\s*[-=+@\uff0d\uff1d\uff0b\uff20])")

PLAIN = Spelling()
"""Numbers as Python writes them, and nothing missing."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text cells, stripped of the blanks around them.

    Attributes:
        name: Of the file, for errors.
        names: Of the columns; empty without a header.
        rows: All of one length, at least one.
        lines: The number of the line that each row starts on.
        spelling: Of the cells.
    """

    name: str
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    spelling: Spelling = field(default=PLAIN, repr=False)

    @property
    def n_columns(self) -> int:
        """How many cells a row has."""
        return len(self.rows[0])

    def place(self, row: int, column: int) -> str:
        """Where a cell stands, as an error says it: file, line, column and the column's name."""
        title = f" ({shown(self.names[column])})" if self.names else ""
        return f"{self.name}, line {self.lines[row]}, column {column + 1}{title}"

    def number(self, row: int, column: int, wanted: str) -> float:
        """Read the finite number in a cell.

        Args:
            row: From 0.
            column: From 0.
            wanted: What an error says that should be there.

        Raises:
            ValueError: If there is no such number; it names the place.
        """
        text = self.rows[row][column]
        value = self.spelling.number(text)
        if value is not None and math.isfinite(value):
            return value
        if not text:
            problem = "the cell is empty (missing=[''] leaves such rows out)"
        elif value is not None:
            problem = f"{shown(text)} is not finite"
        else:
            problem = f"{shown(text)} is not a number{self.spelling.hint(text)}"
            if row == 0 and not self.names:
                problem += (
                    " (a first row is a header only if none of its cells is a number, or with "
                    "header=True)"
                )
        raise ValueError(f"{self.place(row, column)}: {problem}; {wanted}")


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    r"""Write rows as CSV.

    A spreadsheet takes some texts for formulas, which may start programs. Before such a text,
    unless it is a number, stands an apostrophe, which tells spreadsheets that it is a text, and
    which `parse_table` takes away.

    Args:
        rows: Of numbers and texts.

    Example:
        >>> as_csv([["=1+1", -1.5, "-1.5", "rose"]])
        "'=1+1,-1.5,-1.5,rose\n"
    """
    lines = _Lines()
    writer = csv.writer(lines)  # rows end with \r\n, for in cells it quotes only what ends rows
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return "".join(f"{line[:-2]}\n" for line in lines)


class _Lines(list[str]):
    write = list.append


def _harmless(cell: object) -> object:
    formula = isinstance(cell, str) and _FORMULA.match(cell) and PLAIN.number(cell) is None
    return f"'{cell}" if formula else cell


def _as_meant(cell: str) -> str:
    """A cell without the blanks around it, and without the apostrophe of `_harmless`."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def listed(names: Sequence[str]) -> str:
    """The names of columns as an error lists them, the first twenty of them."""
    rest = f", … ({len(names)} in all)" if len(names) > 20 else ""
    return ", ".join(shown(name) for name in names[:20]) + rest


def read_table(
    path: str | Path,
    header: bool | None = None,
    spelling: Spelling = PLAIN,
    names: Collection[str] = (),
    unnamed: Collection[int] = (),
) -> Table:
    """Read a file of comma, semicolon or tab separated values; see `parse_table`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is a folder or no table.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder, not a CSV file")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {str(path)!r}") from None
    return parse_table(data, str(path), header, spelling, names, unnamed)


def parse_table(
    data: bytes,
    name: str,
    header: bool | None = None,
    spelling: Spelling = PLAIN,
    names: Collection[str] = (),
    unnamed: Collection[int] = (),
) -> Table:
    r"""Read a table from the bytes of a UTF-8 text, with or without a byte order mark.

    The separator is a tab if the first row has one outside of quotes, else a semicolon if it has
    one, else a comma (a decimal comma is thus never taken for a separator of a semicolon file).
    The first row is a header if none of its cells is a number: a row of data has one at least.
    Blank lines are skipped; a cell in double quotes may hold anything. An
    apostrophe before what would be a formula is no part of the text.

    Args:
        data: What the file holds.
        name: What errors call the file.
        header: Whether the first row is one; None to find out.
        spelling: Of the cells.
        names: Names of columns that the file is known to have, if it has a header.
        unnamed: Columns, by number, whose names do not matter.

    Raises:
        TypeError: If `header` is neither a bool nor None.
        ValueError: If bytes are not UTF-8, the text is empty, rows differ in length, quotes are
            broken, a header has an empty or a repeated name, or it cannot be known whether the
            first row is a header.

    Example:
        >>> parse_table(b"width;kind\n1.5;rose\n", "flowers.csv")
        Table(name='flowers.csv', names=('width', 'kind'), rows=[['1.5', 'rose']], lines=[2])
    """
    text = _decoded(data, name)
    rows, lines = _split(text, name)
    if header is None:
        header = _has_header(rows, spelling, names, f"{name}, line {lines[0]}")
    elif not isinstance(header, bool):
        raise TypeError(f"header is True, False or None, got {shown(header)}")
    if not header:
        return Table(name, (), rows, lines, spelling)
    titles = tuple(rows.pop(0))
    _check_header(titles, f"{name}, line {lines.pop(0)}", unnamed)
    if not rows:
        raise ValueError(f"{name} has no rows of data, only a header (a first row without numbers)")
    return Table(name, titles, rows, lines, spelling)


def _has_header(
    rows: list[list[str]], spelling: Spelling, names: Collection[str], place: str
) -> bool:
    """Whether the first row names the columns; not knowing it is an error."""
    first = rows[0]
    if all(spelling.number(cell) is None for cell in first):
        return True
    if names and set(names) <= set(first):
        return True
    if may_be_names(rows, spelling):
        raise ValueError(
            f"{place}: are these the names of the columns, or a row? {listed(first)} has numbers, "
            "but unlike those below; say header=True or header=False"
        )
    return False


class _Strict(csv.excel):
    """Quotes as spreadsheets write them; broken ones are an error, not a very long cell."""

    skipinitialspace = True
    strict = True


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        raise ValueError(
            f"{name}, line {line}: byte 0x{error.object[error.start]:02x} is not UTF-8 text; "
            "save the file as CSV in the UTF-8 encoding"
        ) from None


def _split(text: str, name: str) -> tuple[list[list[str]], list[int]]:
    """The rows that are not blank, all of one length, and the line that each starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), _Strict, delimiter=_separator(text))
    rows: list[list[str]] = []
    lines: list[int] = []
    line = 1
    try:
        for row in reader:
            cells = [_as_meant(cell) for cell in row]
            if len(cells) > 1 or any(cells):
                rows.append(cells)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"{name}, line {line}: broken quotes or cell ({error})") from None
    if not rows:
        raise ValueError(f"{name} is empty")
    for cells, line in zip(rows, lines, strict=True):
        if len(cells) != len(rows[0]):
            raise ValueError(
                f"{name}, line {line}: the number of columns is {len(cells)}, "
                f"but {len(rows[0])} in line {lines[0]}"
            )
    return rows, lines


def _separator(text: str) -> str:
    for separator in "\t;":
        try:
            reader = csv.reader(io.StringIO(text, newline=""), _Strict, delimiter=separator)
            first = next((row for row in reader if any(row)), [])
        except csv.Error:  # quotes that close before another separator: it is not this one
            continue
        if len(first) > 1:
            return separator
    return ","


def _check_header(names: tuple[str, ...], place: str, unnamed: Collection[int]) -> None:
    for column, name in enumerate(names):
        if column in unnamed or column - len(names) in unnamed:
            continue
        if not name:
            raise ValueError(
                f"{place}, column {column + 1}: the header has no name for this column "
                f"(a column of row numbers, perhaps: leave it out, ignore=[{column}])"
            )
        first = names.index(name)
        if first != column:
            raise ValueError(
                f"{place}: columns {first + 1} and {column + 1} are both named {shown(name)}"
            )

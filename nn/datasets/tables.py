"""Text files of rows and columns, read so that every complaint names its line and column.

What a cell means (a measurement, a class) is for `nn.datasets` to say. This module turns the bytes
of a file into rows of text of equal length, with the number of the line that each row starts on,
and tells a number from what is none. It writes such files too, so that a spreadsheet runs nothing
in them.
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

# What starts a formula somewhere, after blanks too; the apostrophes are those of texts like these
# that were written before. The wide signs are those of Chinese and Japanese keyboards.
_FORMULA = re.compile("'*(?:[\t\r\n]|\\s*[-=+@\uff0d\uff1d\uff0b\uff20])")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text cells, stripped of the blanks around them.

    Attributes:
        name: Of the file, for errors.
        names: Of the columns; empty without a header.
        rows: All of one length, at least one.
        lines: The number of the line that each row starts on.
    """

    name: str
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

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
        value = to_number(text)
        if value is not None and math.isfinite(value):
            return value
        if not text:
            problem = "the cell is empty"
        elif value is not None:
            problem = f"{shown(text)} is not finite"
        else:
            problem = f"{shown(text)} is not a number"
            if to_number(text.replace(",", ".")) is not None:
                problem += " (write a decimal point instead of the comma)"
            if row == 0 and not self.names:
                problem += " (a first row is a header only if none of its cells is a number)"
        raise ValueError(f"{self.place(row, column)}: {problem}; {wanted}")


def to_number(text: str) -> float | None:
    """The number that a text spells, nan and inf included, or None.

    Python's own literals may hold underscores; in a file `1_2` is a name.

    Example:
        >>> to_number("-1.5e3"), to_number("1_2"), to_number("setosa")
        (-1500.0, None, None)
    """
    if "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


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
    formula = isinstance(cell, str) and _FORMULA.match(cell) and to_number(cell) is None
    return f"'{cell}" if formula else cell


def _as_meant(cell: str) -> str:
    """A cell without the blanks around it, and without the apostrophe of `_harmless`."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def shown(text: str) -> str:
    """A cell as an error quotes it: on one line, and never long."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def listed(names: Sequence[str]) -> str:
    """The names of columns as an error lists them, the first twenty of them."""
    rest = f", … ({len(names)} in all)" if len(names) > 20 else ""
    return ", ".join(shown(name) for name in names[:20]) + rest


def read_table(path: str | Path) -> Table:
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
    return parse_table(data, str(path))


def parse_table(data: bytes, name: str) -> Table:
    r"""Read a table from the bytes of a UTF-8 text, with or without a byte order mark.

    The separator is a tab if the first row has one outside of quotes, else a semicolon if it has
    one, else a comma (a decimal comma is thus never taken for a separator of a semicolon file).
    The first row is a header if none of its cells is a number: a row of data has one at least.
    Blank lines are skipped; a cell in double quotes may hold anything. An
    apostrophe before what would be a formula is no part of the text.

    Args:
        data: What the file holds.
        name: What errors call the file.

    Raises:
        ValueError: If bytes are not UTF-8, the text is empty, rows differ in length, quotes are
            broken, or a header has an empty or a repeated name.

    Example:
        >>> parse_table(b"width;kind\n1.5;rose\n", "flowers.csv")
        Table(name='flowers.csv', names=('width', 'kind'), rows=[['1.5', 'rose']], lines=[2])
    """
    text = _decoded(data, name)
    rows, lines = _split(text, name)
    names: tuple[str, ...] = ()
    if all(to_number(cell) is None for cell in rows[0]):
        names = tuple(rows.pop(0))
        header_line = lines.pop(0)
        _check_header(names, f"{name}, line {header_line}")
        if not rows:
            raise ValueError(
                f"{name} has no rows of data, only a header (a first row without numbers)"
            )
    return Table(name, names, rows, lines)


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


def _check_header(names: tuple[str, ...], place: str) -> None:
    for column, name in enumerate(names):
        if not name:
            raise ValueError(
                f"{place}, column {column + 1}: the header has no name for this column "
                "(a column of row numbers, perhaps: leave it out)"
            )
        first = names.index(name)
        if first != column:
            raise ValueError(
                f"{place}: columns {first + 1} and {column + 1} are both named {shown(name)}"
            )

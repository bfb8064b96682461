"""Numbers and names as text for a reader: a few digits, the signs of print, one line."""

import math
import re
import unicodedata

LONGEST = 200
"""So many characters of a name are shown at most, anywhere."""


def number_text(number: float, digits: int = 4) -> str:
    """The number in `digits` significant digits, with the signs of print; integers are whole.

    >>> number_text(-0.24264), number_text(2.0), number_text(-1.5e-9), number_text(float("-inf"))
    ('−0.2426', '2', '−1.5e−9', '−∞')
    """
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    mantissa, e, exponent = plain_digits(number, digits).partition("e")
    return (f"{mantissa}e{int(exponent)}" if e else mantissa).replace("-", "−")


def plain_digits(number: float, digits: int = 4) -> str:
    """The same digits as Python would read them."""
    whole = number % 1.0 == 0.0 and abs(number) < 1e6
    return f"{number + 0.0:.0f}" if whole else f"{number:.{digits}g}"  # -0.0 + 0.0 is 0.0


def is_word(name: str) -> bool:
    """Whether a name stands in a formula without parentheses: `w1`, `layers.0.w[2]`, `z₁`."""
    return re.fullmatch(r"[\w.\[\]₀-₉]+", name) is not None


def as_factor(name: str) -> str:
    """The name on one line, in parentheses where it is not one word: `w1`, `(a + b)`, `(−3)`."""
    name = one_line(name)
    return name if is_word(name) else f"({name})"


def one_line(name: str, limit: int = 40) -> str:
    r"""The name on one line of a terminal: control characters as escapes, a long middle left out.

    >>> one_line("two\nlines"), one_line("x" * 100, limit=9)
    ('two\\nlines', 'xxxx…xxxx')
    """
    name = cut(name, 2 * limit)  # before all of it is looked at
    return cut("".join(map(_escaped, name)), limit)


def cut(text: str, limit: int) -> str:
    """The text, with the middle left out where it is longer.

    >>> cut("a very long name", 8)
    'a ve…name'
    """
    return text if len(text) <= limit else f"{text[: limit // 2]}…{text[-(limit // 2) :]}"


def _escaped(character: str) -> str:
    """A control character as Python writes it."""
    return repr(character)[1:-1] if unicodedata.category(character) in _CONTROL else character


_CONTROL = {"Cc", "Zl", "Zp"}


def short(value: object, limit: int = 80) -> str:
    """How something prints, with a long middle left out.

    >>> short("five"), short("x" * 100, limit=9)
    ("'five'", "'xxx…xxx'")
    """
    return cut(repr(cut(value, 2 * limit) if isinstance(value, str) else value), limit)


def received(value: object) -> str:
    """What was given, as an error says it: its type, and how it prints.

    >>> received("3"), received(None)
    ("the str '3'", 'the NoneType None')
    """
    return f"the {type(value).__name__} {short(value)}"


def subscript(index: int) -> str:
    """The index in small low digits, as in z₁."""
    return str(index).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def math_label(name: str) -> str:
    """The name as mathematics writes it: numbers at the end of it, and after letters before, below.

    >>> math_label("w1"), math_label("x1w1"), math_label("layers.0.w.3.1"), math_label("conv2d")
    ('w₁', 'x₁w₁', 'layers.0.w₃,₁', 'conv2d')
    """
    indexed = _INDEXED.search(name)
    if indexed is None:
        return name
    low = _INDEX.sub(
        lambda index: f"{',' if index[1] else ''}{subscript(int(index[2]))}", indexed[0]
    )
    return name[: indexed.start()] + low


_INDEXED = re.compile(r"(?:[^\W\d_]+[._]?[0-9]+)+(?:\.[0-9]+)*$")
_INDEX = re.compile(r"(?:(?<=[0-9])(\.)|[._]?)([0-9]+)")

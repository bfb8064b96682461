"""Texts in JSON as they come from anywhere: read so that nothing in them passes unnoticed.

Python's own reader takes the last of two entries with one name, and a text that is nested deeply
enough ends it with a RecursionError, or whoever walks over the result.
"""

import json
import re
from collections import Counter
from typing import Any

from nn.common.text import shown

_DEEPEST = 100  # levels; ours have five
_STRINGS_AND_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[][{}]', re.DOTALL)


def parse_json(text: str) -> Any:
    """Read a text in JSON.

    Args:
        text: With NaN and Infinity too, as Python writes them.

    Raises:
        ValueError: If it is not JSON, has an entry twice, or is nested too deeply; with the place.

    Example:
        >>> parse_json('{"bias": true, "bias": false}')
        Traceback (most recent call last):
            ...
        ValueError: 'bias' stands twice in one object
    """
    depth = 0
    for found in _STRINGS_AND_BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > _DEEPEST:
            line = text.count("\n", 0, found.start()) + 1
            column = found.start() - text.rfind("\n", 0, found.start())
            raise ValueError(
                f"line {line}, column {column} is nested more than {_DEEPEST} levels deep"
            )
    return json.loads(text, object_pairs_hook=_object)


def _object(entries: list[tuple[str, Any]]) -> dict[str, Any]:
    """The entries of an object, each once."""
    made = dict(entries)
    if len(made) < len(entries):
        ((twice, _),) = Counter(name for name, _ in entries).most_common(1)
        raise ValueError(f"{shown(twice)} stands twice in one object")
    return made

"""Calls as text, `normal(0.0, 0.01)`, read without running anything."""

import ast
from typing import NamedTuple


class Call(NamedTuple):
    """A call that was read: `name(*arguments, **options)`, or the bare name.

    Attributes:
        name: What is called.
        arguments: The literals without a name.
        options: Those with one.
    """

    name: str
    arguments: list[object]
    options: dict[str, object]


def read_call(text: str) -> Call | None:
    """Read a name, or a name with literal arguments in parentheses.

    Args:
        text: Such as "normal(0.0, std=0.01)".

    Returns:
        Its parts, or None if it is neither.

    Raises:
        ValueError: If an argument is no literal.

    Example:
        >>> read_call("normal(0.0, std=0.01)")
        Call(name='normal', arguments=[0.0], options={'std': 0.01})
        >>> read_call("1 + 1") is None
        True
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):  # of a text without end
        return None
    name = tree.func if isinstance(tree, ast.Call) else tree
    if not isinstance(name, ast.Name):
        return None
    if not isinstance(tree, ast.Call):
        return Call(name.id, [], {})
    options = {str(word.arg): _literal(word.value) for word in tree.keywords}
    return Call(name.id, [_literal(argument) for argument in tree.args], options)


def _literal(tree: ast.expr) -> object:
    try:
        return ast.literal_eval(tree)
    except ValueError:
        raise ValueError(f"{ast.unparse(tree)} is neither a number nor a quoted word") from None

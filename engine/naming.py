"""What to call a Value in a drawing, an explanation, a step or a program."""

from collections.abc import Iterable, Sequence

from engine.value import Constant, Value


def node_names(order: Sequence[Value], names: Iterable[tuple[str, Value]] = ()) -> dict[Value, str]:
    """A name for every node: the one given in `names`, else its label, else an automatic one.

    order  the nodes, parents before children, as `topological_order` gives them
    names  pairs of a name and a Value, as `model.named_parameters()` gives them

    A constant is called by its number; another node without a name is v0, v1, … by its place in the
    order. Names are for reading: two Values may have the same one, if the user labelled them so.

    >>> from engine.graph import topological_order
    >>> x = Value(3.0, "x")
    >>> y = 2 * x + 1
    >>> list(node_names(topological_order(y)).values())
    ['2', 'x', 'v2', '1', 'v4']
    """
    given = {value: name for name, value in names}
    return {
        node: given.get(node)
        or node.label
        or (f"{node.data:g}" if isinstance(node, Constant) else f"v{i}")
        for i, node in enumerate(order)
    }

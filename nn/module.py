"""`Module`: something with parameters, and everything that only needs to know their names.

A module is an ordinary object. Its parameters are the leaves among its attributes, found in the
order in which the attributes were set, through lists, tuples, dicts and modules inside it; the way
to each is its name.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from engine import Constant, Value
from nn.common.checks import check_state, is_finite
from nn.common.text import text_table

Row: TypeAlias = tuple[str, str, str, str, str]
"""A row of a summary: layer, shape, activation, initializer, number of parameters."""


class Module:
    """The base of neurons, layers and networks, and of what you build of them.

    Example:
        >>> class Line(Module):
        ...     def __init__(self):
        ...         self.slope, self.offset = Value(2.0), Value(1.0)
        ...
        ...     def __call__(self, x):
        ...         return self.slope * x + self.offset
        >>> line = Line()
        >>> [name for name, _ in line.named_parameters()], len(line)
        (['slope', 'offset'], 2)
    """

    def named_parameters(self) -> list[tuple[str, Value]]:
        """List every parameter by name, such as `layers.0.neurons.3.w.1`; a shared one once."""
        names: dict[Value, str] = {}
        for name, value in _leaves("", self):
            names.setdefault(value, name)
        return [(name, value) for value, name in names.items()]

    def parameters(self) -> list[Value]:
        """List every parameter, in the order of their names."""
        return [value for _, value in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, as one does before each `backward()`."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, float]:
        """Give the number of every parameter under its name."""
        return {name: float(value.data) for name, value in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set every parameter to the number under its name.

        Args:
            state: As `state_dict()` returns it.

        Raises:
            TypeError: If it is no dict.
            ValueError: If names are missing or unexpected, or entries are not finite numbers; it
                lists them, and the module stays as it was.

        Example:
            >>> from nn import Neuron
            >>> Neuron(1).load_state_dict({"w.0": 1.0, "c": 2.0})
            Traceback (most recent call last):
                ...
            ValueError: the state does not fit this Neuron:
              b is missing
              c is unexpected
        """
        parameters = dict(self.named_parameters())
        check_state(self, parameters, state, _problem)
        for name, parameter in parameters.items():
            parameter.data = float(state[name])

    def __len__(self) -> int:
        """The number of parameters."""
        return len(self.parameters())

    def __bool__(self) -> bool:
        """A module counts as true, also without parameters."""
        return True

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} parameters)"

    def summary(self) -> str:
        """Make a table of the parts: name, shape, activation, initializer, number of parameters."""
        rows = [("layer", "shape", "activation", "initializer", "parameters")]
        rows += self._summary_rows()
        rows.append(("total", "", "", "", str(len(self))))
        return text_table(rows, left=4)

    def _summary_rows(self, name: str = "") -> list[Row]:
        """The rows of the summary between head and total; `name` is the way to this module."""
        return [row for key, part in parts(name, self) for row in _rows(key, part)]


def parts(name: str, whole: object) -> Iterator[tuple[str, object]]:
    """Yield what is directly inside of a module, a list, a tuple or a dict.

    Args:
        name: The way to the whole.
        whole: Anything; what is none of the four has nothing inside.

    Yields:
        Each part, with the way to it.
    """
    if isinstance(whole, Module):
        whole = vars(whole)
    if isinstance(whole, dict):
        items = iter(whole.items())
    elif isinstance(whole, list | tuple):
        items = iter(enumerate(whole))
    else:
        return
    for key, part in items:
        yield f"{name}.{key}" if name else str(key), part


def _leaves(name: str, part: object) -> Iterator[tuple[str, Value]]:
    """The parameters below an attribute, each with the way to it."""
    if isinstance(part, Value):
        if part.op is None and not isinstance(part, Constant):
            yield name, part
        return
    for key, inner in parts(name, part):
        yield from _leaves(key, inner)


def _rows(name: str, part: object) -> list[Row]:
    """What a summary says of an attribute: modules speak for themselves, also those in a list."""
    if isinstance(part, Module):
        return part._summary_rows(name)
    inside = list(parts(name, part))
    if any(isinstance(inner, Module) for _, inner in inside):
        return [row for key, inner in inside for row in _rows(key, inner)]
    count = sum(1 for _ in _leaves(name, part))
    return [(name, "", "", "", str(count))] if count else []


def _problem(name: str, _: Value, number: object) -> str | None:
    return None if is_finite(number) else f"{name} is {repr(number)[:500]}, not a finite number"

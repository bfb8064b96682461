"""`Module`: something with parameters, and everything that only needs to know their names.

A module is an ordinary object. Its parameters are the leaves among its attributes, found in the
order in which the attributes were set, through lists, tuples, dicts and modules inside it; the way
to each is its name.

A parameter is a leaf. `w = w - 0.1 * g` records a new Value where one was, which no optimizer would
move and no file keep, so an attribute that holds or has held leaves takes no recorded Value, and no
plain number in the place of one. One that never did, such as the last output, may keep what it
likes.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import engine
from engine import Constant, Value
from nn.common.checks import check_state, is_finite, is_number, kind, whole
from nn.common.rows import check_columns
from nn.common.text import shown, text_table

if TYPE_CHECKING:
    from engine import CompiledGraph

Row: TypeAlias = tuple[str, str, str, str, str]
"""A row of a summary: layer, shape, activation, initializer, number of parameters."""


class Module:
    """The base of neurons, layers and networks, and of what you build of them.

    Attributes:
        feature_names: Of the columns of the DataFrame that it was trained on; `predict` holds other
            tables to them, and `save` keeps them. Empty for rows without names.

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

    feature_names: tuple[str, ...] = ()

    def __setattr__(self, name: str, value: object) -> None:
        if name in vars(self):
            held = _held(self)
            before = _values(name, vars(self)[name], held, name)
            leaves = {way for way, old, owner, _ in before if old.op is None and owner is held}
            if leaves:
                held.add(name)
            for way, new, owner, _ in _values(name, value, held, name):
                if new.op is not None and owner is held and name in held:
                    raise _forgotten(way, name)
            for way, number in _numbers(name, value) if leaves else ():
                if way in leaves:
                    raise _fixed(way, number)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        _held(self).discard(name)

    def named_parameters(self) -> list[tuple[str, Value]]:
        """List every parameter by name, such as `layers.0.neurons.3.w.1`; a shared one once.

        Raises:
            ValueError: Where a recorded Value has taken the place of a parameter.
        """
        names: dict[Value, str] = {}
        recorded = []
        for way, value, held, attribute in _values("", self, set(), ""):
            if value.op is None:
                held.add(attribute)
                names.setdefault(value, way)
            else:
                recorded.append((way, held, attribute))
        for way, held, attribute in recorded:
            if attribute in held:
                raise _forgotten(way, attribute)
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
        return {name: value.data for name, value in self.named_parameters()}

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
            parameter.data = state[name]

    def __call__(self, inputs: Any) -> Any:
        """Give the outputs for one row of inputs, a Value or a list of them; a subclass says how.

        Args:
            inputs: Numbers or Values.
        """
        raise TypeError(f"{type(self).__name__} cannot be called: it has no method __call__")

    def predict(self, rows: Any) -> list[Any]:
        """Give the outputs for many rows as plain numbers.

        Args:
            rows: Rows of numbers: lists, an array, a tensor, a DataFrame.

        Returns:
            A number for each row, or a list of them if there are several outputs.

        Raises:
            ValueError: For a table whose columns are not those that it was trained on.
        """
        check_columns("the table", self.feature_names, rows)
        with engine.collector_paused():
            outputs = [self(row) for row in engine.as_rows(rows, "inputs")]
        return [o.data if isinstance(o, Value) else [v.data for v in o] for o in outputs]

    def compile(self, n_inputs: int | None = None) -> "CompiledGraph":
        """Make machine code of the module: a function of rows, see `engine.compile`.

        It has the branches that a row of zeros takes, and looks up the parameters at each call.

        Args:
            n_inputs: How many numbers a row has; None for a module that knows it by its `n_inputs`,
                as neurons, layers and networks do.

        Raises:
            ImportError: If llvmlite is missing, with the command that installs it.
            TypeError: Where nobody says how many inputs there are.
        """
        if n_inputs is None:
            n_inputs = getattr(self, "n_inputs", None)
        if n_inputs is None:
            name = type(self).__name__
            raise TypeError(f"{name} does not say how many inputs it has; write compile(n_inputs)")
        inputs = [Value(0.0, f"x{i}") for i in range(whole("n_inputs", n_inputs, at_least=1))]
        return engine.compile(
            self(inputs), inputs, parameters=self.parameters(), names=self.named_parameters()
        )

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
        whole: Anything; but for these and an array of objects, it has nothing inside.

    Yields:
        Each part, with the way to it.
    """
    if isinstance(whole, Module):
        whole = vars(whole)
    if isinstance(whole, dict):
        items = iter(whole.items())
    elif isinstance(whole, list | tuple):
        items = iter(enumerate(whole))
    elif getattr(getattr(whole, "dtype", None), "kind", None) == "O":
        items = iter(enumerate(whole.tolist()))  # type: ignore[attr-defined]
    else:
        return
    for key, part in items:
        yield f"{name}.{key}" if name else str(key), part


class Leaves(list[Value]):
    """A list of parameters that takes no recorded Value, and no number, in the place of one.

    Args:
        values: The parameters.

    Example:
        >>> w = Leaves([Value(1.0)])
        >>> w[0].data -= 0.25
        >>> w[0] = w[0] - 0.25
        Traceback (most recent call last):
            ...
        ValueError: [0] is the result of an operation, recorded where a parameter was, and
            parameters() would forget it; change the number of the parameter: p.data -= 0.1 * g
    """

    __slots__ = ()

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            value = list(value)
        for new in value if isinstance(index, slice) else (value,):
            if isinstance(new, Value) and new.op is not None:
                raise _forgotten(f"[{index}]")
            if is_number(new) and not isinstance(new, Value):
                raise _fixed(f"[{index}]", new)
        super().__setitem__(index, value)


def _forgotten(way: str, attribute: str = "") -> ValueError:
    """What to say where a parameter is replaced by the result of an operation."""
    advice = f"; to compute it on purpose, delete the attribute {attribute!r} first"
    return ValueError(
        f"{way} is the result of an operation, recorded where a parameter was, and parameters() "
        f"would forget it; change the number of the parameter: p.data -= 0.1 * g"
        f"{advice if attribute else ''}"
    )


def _fixed(way: str, number: object) -> ValueError:
    """What to say where a parameter is replaced by a plain number."""
    return ValueError(
        f"{way} is {kind(number)} where a parameter was, and parameters() would forget it; "
        "change the number of the parameter: p.data = number; to keep it fixed on purpose, write "
        "engine.Constant(number)"
    )


def _numbers(way: str, part: object) -> Iterator[tuple[str, object]]:
    """The plain numbers in an attribute, with the way to each; modules look after theirs."""
    if is_number(part) and not isinstance(part, Value):
        yield way, part
    elif not isinstance(part, Module):
        items = part.tolist() if hasattr(part, "tolist") else part
        for key, inner in parts(way, items):
            yield from _numbers(key, inner)


def _held(module: Module) -> set[str]:
    """The attributes of a module that hold leaves, or have held some."""
    held: set[str] = vars(module).setdefault("_held", set())
    return held


def _values(
    way: str, part: object, held: set[str], attribute: str
) -> Iterator[tuple[str, Value, set[str], str]]:
    """The Values below, but no constants: the way to each, and the attribute that it is in."""
    if isinstance(part, Value):
        if not isinstance(part, Constant):
            yield way, part, held, attribute
    elif isinstance(part, Module):
        held = _held(part)
        for key, inner in vars(part).items():
            yield from _values(f"{way}.{key}" if way else key, inner, held, key)
    else:
        for key, inner in parts(way, part):
            yield from _values(key, inner, held, attribute)


def _rows(name: str, part: object) -> list[Row]:
    """What a summary says of an attribute: modules speak for themselves, also those in a list."""
    if isinstance(part, Module):
        return part._summary_rows(name)
    inside = list(parts(name, part))
    if any(isinstance(inner, Module) for _, inner in inside):
        return [row for key, inner in inside for row in _rows(key, inner)]
    count = sum(value.op is None for _, value, _, _ in _values(name, part, set(), ""))
    return [(name, "", "", "", str(count))] if count else []


def _problem(name: str, _: Value, number: object) -> str | None:
    return None if is_finite(number) else f"{name} is {shown(number)}, not a finite number"

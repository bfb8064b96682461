"""What a drawing is of: a Value, several of them, or a model and a row of its inputs."""

from collections.abc import Sequence
from typing import Any, Protocol, SupportsFloat, TypeAlias

from engine.naming import GivenNames, Named, callers_variables
from engine.reading import Reading
from engine.rows import as_items
from engine.text import received
from engine.value import Value

Row: TypeAlias = Sequence[float | SupportsFloat]


class Model(Named, Protocol):
    """Anything that makes outputs of a row, and knows the names of its parameters."""

    def __call__(self, row: Any, /) -> Any:
        """The outputs: a Value, or a list of them."""


def read(
    output: Value | Sequence[Value] | Model,
    more: Sequence[Any] = (),
    names: GivenNames = (),
    model: Named | None = None,
    math_labels: bool = False,
    differentiate: bool = False,
) -> Reading:
    """Read what is to be drawn.

    Args:
        output: The first argument of `draw`: an output, several, or a model.
        more: The other ones.
        names: As for `draw`.
        model: As for `draw`.
        math_labels: As for `draw`.
        differentiate: As for a reading; of a model and a row it is always so.
    """
    variables = callers_variables()
    if callable(output) and hasattr(output, "named_parameters"):
        if len(more) != 1:
            raise TypeError(
                "of a model is drawn what it makes of a row, as in draw(model, [0.5, -1.0]), but "
                f"got the model and {len(more)} other arguments"
            )
        row = as_items(more[0], "the row")
        inputs = [x if isinstance(x, Value) else Value(x, f"x{i}") for i, x in enumerate(row)]
        return Reading(
            output(inputs),
            names,
            model or output,
            variables,
            differentiate=True,
            math_labels=math_labels,
        )
    outputs: list[Any] = []
    for one in (output, *more):
        outputs += one if isinstance(one, list | tuple) else [one]
    if not outputs:
        raise TypeError(f"output must be a Value or several, but got {received(output)}")
    shown = outputs[0] if len(outputs) == 1 else outputs
    return Reading(
        shown, names, model, variables, differentiate=differentiate, math_labels=math_labels
    )

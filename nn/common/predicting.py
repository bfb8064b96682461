"""`Predictor`: plain outputs of many rows, by machine code where that pays and the same bits come.

A network is asked many times with the same parameters, so the code is kept until they change.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from engine import Value, as_rows, collector_paused
from nn.common.policy import worth_compiling

if TYPE_CHECKING:
    from engine import CompiledGraph


class Network(Protocol):
    """What a predictor asks of a network."""

    def parameters(self) -> list[Value]:
        """List its parameters."""

    def compile(self) -> "CompiledGraph":
        """Make machine code of it, with an input for each of its own."""

    def __call__(self, inputs: Any, /) -> Value | list[Value]:
        """Give the outputs for one row."""


class Predictor:
    """The machine code of one network, made when it pays, and made anew for other parts.

    A copy or a pickle of it is empty, for the code belongs to this process.
    """

    def __init__(self) -> None:
        self._made_of: tuple[object, ...] = ()
        self._graph: CompiledGraph | None = None

    def __reduce__(self) -> tuple[type["Predictor"], tuple[()]]:
        return Predictor, ()

    def __call__(
        self,
        network: Network,
        rows: Any,
        activations: Sequence[object],
        own_activations: bool,
    ) -> list[Any]:
        """Return the outputs of each row: a number, or a list where there are several.

        Args:
            network: Always the same one; its parameters may change, also for others.
            rows: For each a number for each input, in whatever they come.
            activations: What the code is made of besides the parameters.
            own_activations: Whether they are the library's own. Those of a user may decide by `if`,
                which compiled code does not.
        """
        if getattr(rows, "ndim", 0) != 2:  # an array is for the machine code to read
            rows = as_rows(rows, "inputs")
        made_of = (*network.parameters(), *activations)
        if self._made_of != made_of:
            self._made_of, self._graph = made_of, None
        if self._graph is None and own_activations and worth_compiling(len(rows)):
            with suppress(ImportError):
                self._graph = network.compile()
        if self._graph is None:
            with collector_paused():
                outputs = [network(row) for row in as_rows(rows, "inputs")]
            return [o.data if isinstance(o, Value) else [v.data for v in o] for o in outputs]
        columns = self._graph.evaluate(rows)
        if isinstance(columns, tuple):
            return [list(row) for row in zip(*columns, strict=True)]
        return list(columns)

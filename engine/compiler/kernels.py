"""What runs a lowered graph over rows: machine code, or Python.

A kernel is called as

    kernel(n, rows, data, outputs, gradients, scale, check)

with a block of n rows and flat arrays of doubles: the parameters' data, room for n numbers of each
output, one output behind the other, and the wanted derivatives, to which it adds their sums over
the rows times `scale`. It returns -1 or, if `check`, the first row on which the eager engine
may raise; then it has added nothing.
"""

import ctypes
import math
import sys
import sysconfig
import threading
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from engine.compiler.dialects import PYTHON
from engine.compiler.forks import renew_in_child
from engine.compiler.listing import listing
from engine.compiler.llvm.assembler import Assembly
from engine.compiler.llvm.drivers import ROWS, over_rows
from engine.compiler.llvm.library import library
from engine.compiler.llvm.machine import Machine, assembly_language, lanes, llvm, machine
from engine.compiler.llvm.player import TAPE
from engine.compiler.lowering import Graph, lower
from engine.compiler.rows import Block
from engine.compiler.tape import Tape
from engine.text import short
from engine.value import Value


def require(backend: str, among: Sequence[str] = ("auto", "tape", "llvm", "python")) -> None:
    """Raise unless there is such a backend, and what it needs is installed."""
    if backend not in among:
        known = ", ".join(f'"{name}"' for name in among[:-1]) + f' or "{among[-1]}"'
        raise ValueError(f"the backend must be {known}, but got {short(backend)}")
    if backend != "python":
        llvm()


Doubles: TypeAlias = "array[float]"

Kernel: TypeAlias = Callable[[int, Block, Doubles, Doubles, Doubles, float, bool], int]
"""What runs a program; see the head of this module."""


class _Kernel:
    """A kernel of machine code.

    Args:
        machine: The code.
        more: What it takes behind the lock.
        checks: Whether it looks for suspect rows.
    """

    def __init__(self, machine: Machine, *more: int, checks: bool = True) -> None:
        self._machine, self._more, self._checks = machine, more, checks
        self._lock = array("q", [0])
        self._lock_address = self._lock.buffer_info()[0]
        renew_in_child(self._unlock)

    def _unlock(self) -> None:
        self._lock[0] = 0

    def __call__(
        self,
        n: int,
        rows: Block,
        data: Doubles,
        outputs: Doubles,
        gradients: Doubles,
        scale: float,
        check: bool,
    ) -> int:
        """Run over the rows."""
        return self._machine.run(
            n,
            rows.buffer_info()[0] if type(rows) is array else _address(rows),
            data.buffer_info()[0],
            outputs.buffer_info()[0],
            gradients.buffer_info()[0],
            scale,
            check and self._checks,
            self._lock_address,
            *self._more,
        )

    def of_one_row(self, data: Doubles, gradients: Doubles) -> Callable[[Block, Doubles], int]:
        """The kernel for one row with arrays that do not move: a function of the row and outputs.

        The arrays have to stay where they are for as long as it is called.
        """
        return self._machine.direct(
            *(library().addresses["direct"], 1, 0),
            *(data.buffer_info()[0], 0, gradients.buffer_info()[0]),
            *(1.0, self._checks, self._lock_address, *self._more),
        )


class MachineKernel(_Kernel):
    """A kernel of straight-line code, several rows abreast or, with one lane, one by one."""

    def __init__(self, graph: Graph, wanted: Sequence[Value] | None, n_lanes: int = 0) -> None:
        assembly = Assembly(lower(graph, wanted), len(graph.inputs), n_lanes or lanes())
        size = assembly.layout.size
        super().__init__(machine(assembly.modules(over_rows), assembly.level, ROWS, size))


class TapeKernel(_Kernel):
    """A kernel that is ready at once: loops that exist already play a tape."""

    def __init__(self, tape: Tape, wanted: Sequence[Value] | None) -> None:
        self._plan = tape.plan(wanted)
        super().__init__(
            Machine(library().addresses["run"], TAPE, self._plan.size),
            self._plan.words.buffer_info()[0],
            wanted is None,
            checks=wanted is not None,
        )


DIRECT = sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
"""Whether code may be called as a function of Python's own kind, and holds the interpreter."""

_MOVES_AFTER = 1_000_000
"""How many rows a tape plays before straight-line code is built: by then that takes no longer."""

_ROWS_OF_A_CALL = 8
"""A call counts as so many rows more: what it costs by itself."""

_MOST_OPERANDS = 2_000
"""In how large a graph straight-line code is faster; beyond, it leaves the processor's caches.

By measurement (`benchmarks/waiting.py`, d): 0.35 of the tape's time in a chain of 1,000 operations,
as much in 2-16-16-1, and 1.5 of it in 64-32-10.
"""


def worth_moving(graph: Graph) -> bool:
    """Whether straight-line code of a graph is faster than its tape."""
    order = graph.reading.order
    return len(order) <= _MOST_OPERANDS >= sum(len(node.parents) for node in order)


class MovingKernel:
    """A tape, until straight-line code pays; that is built in the background and takes its place.

    Both give the same bits. Rows that come one by one get code for one row, which no lanes slow
    down, beside the tape. A thread that builds does not live on in a forked child, which begins to
    count anew.

    Args:
        tape: The tape.
        graph: What it plays.
        wanted: The leaves whose derivatives it has.
        settle: Puts another kernel in the place of this one.
    """

    def __init__(
        self,
        tape: TapeKernel,
        graph: Graph,
        wanted: Sequence[Value] | None,
        settle: Callable[[Kernel], None],
    ) -> None:
        self._tape, self._graph, self._wanted, self._settle = tape, graph, wanted, settle
        self._begin()
        renew_in_child(self._begin)

    def _begin(self) -> None:
        self._left, self._calls = _MOVES_AFTER, 0

    def __call__(
        self,
        n: int,
        rows: Block,
        data: Doubles,
        outputs: Doubles,
        gradients: Doubles,
        scale: float,
        check: bool,
    ) -> int:
        """Run over the rows."""
        if self._left > 0:
            self._left -= n + _ROWS_OF_A_CALL
            self._calls += 1
            if self._left <= 0:
                with suppress(RuntimeError):  # where no thread can begin any more, the tape stays
                    threading.Thread(target=self._build, name="glassgrad compiles").start()
        return self._tape(n, rows, data, outputs, gradients, scale, check)

    def _build(self) -> None:
        rows_of_calls = (_MOVES_AFTER - self._left) / self._calls - _ROWS_OF_A_CALL
        if rows_of_calls < 2.0:
            one = MachineKernel(self._graph, self._wanted, n_lanes=1)
            self._settle(OneByOneKernel(one, self._tape))
        else:
            self._settle(MachineKernel(self._graph, self._wanted))


class OneByOneKernel:
    """Straight-line code for one row, and a tape for several."""

    def __init__(self, one: MachineKernel, several: TapeKernel) -> None:
        self._one, self._several = one, several
        self.of_one_row = one.of_one_row

    def __call__(
        self,
        n: int,
        rows: Block,
        data: Doubles,
        outputs: Doubles,
        gradients: Doubles,
        scale: float,
        check: bool,
    ) -> int:
        """Run over the rows."""
        kernel = self._one if n == 1 else self._several
        return kernel(n, rows, data, outputs, gradients, scale, check)


def _address(view: Block) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(view)) if len(view) else 0


def _assemble(graph: Graph, wanted: Sequence[Value] | None) -> Assembly:
    """The text for LLVM, for the machine at hand."""
    return Assembly(lower(graph, wanted), len(graph.inputs), lanes())


def llvm_source(graph: Graph, wanted: Sequence[Value] | None) -> str:
    """The text for LLVM, in a single module."""
    assembly = _assemble(graph, wanted)
    (text,) = assembly.modules(over_rows, max(assembly.n_functions, 1))
    return text


def machine_source(graph: Graph, wanted: Sequence[Value] | None) -> str:
    """The machine's own assembly language."""
    assembly = _assemble(graph, wanted)
    return assembly_language(assembly.modules(over_rows), assembly.level)


class PythonKernel:
    """The same in Python, a row after the other."""

    def __init__(self, graph: Graph, wanted: Sequence[Value] | None) -> None:
        source = python_source(graph, wanted, suspects=True)
        namespace: dict[str, Any] = {}
        exec(compile(source, "<compiled graph>", "exec"), namespace)
        self._row = namespace["run"]
        self._width = len(graph.inputs)

    def __call__(
        self,
        n: int,
        rows: Block,
        data: Doubles,
        outputs: Doubles,
        gradients: Doubles,
        scale: float,
        check: bool,
    ) -> int:
        """Run over the rows."""
        width = self._width
        sums = [0.0] * len(gradients)
        for i in range(n):
            row, derivatives, *suspects = self._row(rows[i * width : (i + 1) * width], data)
            if check and not all(map(math.isfinite, *suspects or ((),))):
                return i
            outputs[i::n] = array("d", row)
            for j, derivative in enumerate(derivatives):
                sums[j] += derivative
        for j, derivative in enumerate(sums):
            gradients[j] += derivative * scale
        return -1


def python_source(graph: Graph, wanted: Sequence[Value] | None, *, suspects: bool = False) -> str:
    """The program as Python, see `engine.compiler.listing`."""
    lowered = lower(graph, wanted, whole=PYTHON.whole)
    if not suspects:
        lowered.suspects = []
    return listing(lowered, graph, wanted)

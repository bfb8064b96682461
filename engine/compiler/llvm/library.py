"""The loops of all rows of the table, made once per installation; those of other rows as needed."""

import ctypes
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine import functions, ops, primitive
from engine.compiler import register
from engine.compiler.forks import FORKS_WAIT
from engine.compiler.llvm import drivers, loops, player, writer
from engine.compiler.llvm.kept import kept
from engine.compiler.llvm.machine import engine_of, identity, lanes, object_code
from engine.primitive import Operation

_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Library:
    """Loops in the memory of this process.

    Attributes:
        engine: What holds them there.
        addresses: The address of each, by name.
        rows: The addresses for a row of the table, forward and backward.
    """

    engine: Any
    addresses: Mapping[str, int]
    rows: Mapping[Operation, tuple[int, int]]


@cache
def library() -> Library:
    """The loops of the table, `dot`, `total` and `log_sum_exp` among them, and what plays tapes."""
    with FORKS_WAIT:
        names = {row: (f"forward_{i}", f"backward_{i}") for i, row in enumerate(_rows())}
        own = [loop.name for loop in loops.own(lanes())]
        engine = engine_of([kept(_key(), _make)])
        listed = [
            "run",
            "squares",
            "direct",
            *own,
            *(name for both in names.values() for name in both),
        ]
        addresses = {name: engine.get_function_address(name) for name in listed}
    rows = {row: (addresses[there], addresses[back]) for row, (there, back) in names.items()}
    return Library(engine, addresses, rows)


@cache
def squares() -> Callable[[int, int], float]:
    """The function that adds up the squares of so many numbers from an address on."""
    kind = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p, ctypes.c_int64)
    return kind(library().addresses["squares"])


def _rows() -> Iterator[Operation]:
    """The rows of the table with a fixed number of operands."""
    return (row for row in ops.table() if row.arity is not None)


def _make() -> bytes:
    made = [
        loop
        for i, row in enumerate(_rows())
        for loop in loops.of_rule(row, row.arity or 0, (f"forward_{i}", f"backward_{i}"), lanes())
    ]
    text = loops.module(lanes(), [*made, *loops.own(lanes())], player.player(lanes()))
    return object_code(text, _LEVEL)


def _key() -> bytes:
    """What the loops are made of: the rules, what writes them down, LLVM, and the processor."""
    parts = [identity()]
    for module in (functions, ops, primitive, register, drivers, loops, player, writer):
        spec = module.__spec__
        parts.append(spec.loader.get_data(spec.origin))  # type: ignore[union-attr]
    return b"\0".join(parts)


@cache
def loops_of(op: Operation, n: int) -> tuple[int, int]:
    """The addresses of the loops of a row on n operands, which stay for the process's life."""
    shared = library()
    if n == op.arity and op in shared.rows:
        return shared.rows[op]
    with FORKS_WAIT:
        text = loops.module(lanes(), loops.of_rule(op, n, ("forward", "backward"), lanes()))
        engine = engine_of([object_code(text, _LEVEL, keep=True)])
        _engines.append(engine)
        there, back = map(engine.get_function_address, ("forward", "backward"))
        return there, back


_engines: list[Any] = []

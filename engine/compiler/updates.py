"""A rule on numbers, compiled to run on flat buffers, element by element: an optimizer's step."""

from array import array
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from engine.compiler.kernels import require
from engine.compiler.llvm.assembler import Assembly
from engine.compiler.llvm.drivers import BUFFERS, over_buffers
from engine.compiler.llvm.library import squares
from engine.compiler.llvm.machine import lanes, machine
from engine.compiler.lowering import Lowered
from engine.compiler.register import Program
from engine.numbers import Real, as_float
from engine.text import received

Buffers: TypeAlias = "Sequence[array[float]]"

Rule: TypeAlias = Callable[..., Sequence[Any]]
"""The new numbers of the first buffers, from a number of each buffer and the scalars."""


def elementwise(
    rule: Rule, buffers: int, scalars: int = 0, *, backend: str = "llvm"
) -> Callable[..., None]:
    """Compile a rule on numbers to run on every element of some buffers, in place.

    Args:
        rule: Called with a number of each buffer and the scalars, it returns the new numbers of the
            first buffers, as many as it likes. It is plain arithmetic and `engine.functions`.
        buffers: How many buffers there are.
        scalars: How many numbers there are that are the same for all elements.
        backend: "llvm", machine code, with llvmlite; or "python", a loop.

    Returns:
        A function of the buffers, `array('d')` of one length, and the scalars. What the rule
        calculates has the same bits either way.

    Raises:
        ValueError: For another backend, or more results than buffers.
        ImportError: Where llvmlite is missing; it gives the command that installs it.

    Example:
        >>> def sgd(parameter, gradient, learning_rate):
        ...     return (parameter - learning_rate * gradient,)
        >>> step = elementwise(sgd, buffers=2, scalars=1, backend="python")
        >>> parameters = array("d", [1.0, 2.0, 3.0])
        >>> step([parameters, array("d", [10.0, 20.0, 30.0])], [0.1])
        >>> parameters
        array('d', [0.0, 0.0, 0.0])
    """
    require(backend, ("llvm", "python"))
    run = _machine_loop(rule, buffers, scalars) if backend == "llvm" else _python_loop(rule)

    def apply(on: Buffers, numbers: Sequence[Real] = ()) -> None:
        if len(on) != buffers or len(numbers) != scalars:
            raise ValueError(
                f"this rule takes {buffers} buffers and {scalars} scalars, but got {len(on)} and "
                f"{len(numbers)}"
            )
        for buffer in on:
            if type(buffer) is not array or buffer.typecode != "d" or len(buffer) != len(on[0]):
                raise TypeError(f"the buffers must be array('d') of one length, but got {on!r:.80}")
        run(on, array("d", [as_float(number, "a scalar") for number in numbers]))

    return apply


def _machine_loop(
    rule: Rule, buffers: int, scalars: int
) -> "Callable[[Buffers, array[float]], None]":
    program = Program()
    numbers = [program.leaf("input", i) for i in range(buffers)]
    numbers += [program.leaf("parameter", i) for i in range(scalars)]
    outputs = [program.operand(new) for new in rule(*numbers)]
    if len(outputs) > buffers:
        raise ValueError(f"the rule returns {len(outputs)} numbers for {buffers} buffers")
    assembly = Assembly(Lowered(program, outputs, len(program.instructions)), buffers, lanes())
    made = machine(
        assembly.modules(over_buffers), assembly.level, BUFFERS, assembly.layout.size, keep=True
    )

    def run(on: Buffers, numbers: "array[float]") -> None:
        n = len(on[0]) if on else 0
        addresses = array("Q", [buffer.buffer_info()[0] for buffer in on])
        made.run(n, addresses.buffer_info()[0], numbers.buffer_info()[0], 0)

    return run


def sum_of_squares(numbers: "array[float]", *, backend: str = "llvm") -> float:
    """The sum Σ x², from left to right, without a Python float for each.

    It is finite unless a number is not, or a square leaves the floats.

    Args:
        numbers: An `array('d')`.
        backend: "llvm", with llvmlite; or "python", a loop.

    Returns:
        The sum; the same bits either way.

    Raises:
        TypeError: For anything but an array of doubles.
        ValueError: For another backend.
        ImportError: Where llvmlite is missing.

    Example:
        >>> sum_of_squares(array("d", [3.0, 4.0]), backend="python")
        25.0
    """
    require(backend, ("llvm", "python"))
    if type(numbers) is not array or numbers.typecode != "d":
        raise TypeError(f"the numbers must be an array('d'), but got {received(numbers)}")
    if backend == "llvm":
        address, n = numbers.buffer_info()
        return squares()(address, n)
    out = 0.0
    for x in numbers:
        out += x * x
    return out


def _python_loop(rule: Rule) -> "Callable[[Buffers, array[float]], None]":
    def run(on: Buffers, numbers: "array[float]") -> None:
        for i, row in enumerate(zip(*on, strict=True)):
            for buffer, new in zip(on, rule(*row, *numbers), strict=False):
                buffer[i] = new

    return run

"""`Register`: a number that, instead of calculating, writes down what to calculate.

The rules of `engine.ops`, run on registers, leave their arithmetic behind as a `Program`: a list of
instructions, each with the registers that it reads, in an order in which they can run. What becomes
of the list is for others to say: `engine.compiler.llvm.assembler` makes LLVM of it,
`engine.compiler.listing` Python.

An instruction that is already there is not written a second time, and one on constants alone is
calculated at once. Neither changes a bit of any result.
"""

import math
import operator
from collections.abc import Callable, Collection
from typing import Any, TypeAlias

from engine import functions

Instruction: TypeAlias = tuple[str, int, int]
"""Its name and its one or two operands; what it has no use for is 0.

An operand from 0 on is the place of the instruction that makes it, a negative one is a constant.
The operand of a leaf is its number among the leaves of its name.
"""

LEAVES = {"parameter": 0, "input": 1, "total": 2}
"""The instructions without operands, each with its stage. See `Program.stages`."""

WHOLE: dict[str, Callable[..., float]] = {
    function.__name__: function
    for function in (
        functions.sigmoid,
        functions.softplus,
        functions.normal_cdf,
        functions.tanh_slope,
        functions.sigmoid_slope,
        functions.exp_of_square,
        functions.sign,
        functions.mod,
        functions.floor_divide,
        functions.over_length,
        functions.sinc_derivative,
    )
}
"""What is composed of other instructions, but in a program that is to be read stays whole."""

ON_FLOATS: dict[str, Callable[..., float]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": functions.divide,
    "neg": operator.neg,
    "abs": abs,
    "step": functions.step,
    "maximum": functions.maximum,
    "minimum": functions.minimum,
    "power": functions.power,
    "through": functions.through,
    "less": functions.less,
    "less_equal": functions.less_equal,
    **functions.ELEMENTARY,
    **functions.ELEMENTARY_OF_TWO,
    **WHOLE,
}
"""Every instruction with its meaning."""

BINARY = {
    *("add", "sub", "mul", "div", "maximum", "minimum", "power", "through"),
    *("tanh_slope", "sigmoid_slope", "exp_of_square", "less", "less_equal"),
    *("mod", "floor_divide", "over_length", "sinc_derivative"),
    *functions.ELEMENTARY_OF_TWO,
}
"""The instructions with two operands."""


def operands(instruction: Instruction) -> tuple[int, ...]:
    """The operands of an instruction, as many as it has."""
    name, x, y = instruction
    if name in BINARY:
        return (x, y)
    return () if name in LEAVES else (x,)


class Program:
    """Instructions in the order in which they were written.

    Args:
        whole: Of a program that is to be read, which names of `WHOLE` stay whole; then nothing is
            of stage 0, for parameters are like inputs. None for a program that only runs.

    Attributes:
        instructions: What to do.
        stages: For each instruction when it can be done: 0 once a call, for it depends on the
            parameters alone; 1 once a row; 2 after the rows, for it depends on their totals.
        constants: The constants; operand -1 is the first of them.
        whole: The names that stay whole.
    """

    __slots__ = ("_known", "_pool", "_stage_of", "constants", "instructions", "stages", "whole")

    def __init__(self, *, whole: Collection[str] | None = None) -> None:
        self.whole = whole or ()
        self._stage_of = LEAVES if whole is None else {**LEAVES, "parameter": 1}
        self.instructions: list[Instruction] = []
        self.stages = bytearray()
        self.constants: list[float] = []
        self._known: dict[Instruction, Register] = {}
        self._pool: dict[tuple[float, float], int] = {}

    def leaf(self, name: str, number: int) -> "Register":
        """The register of a leaf: parameter, input or total number so and so."""
        return self._write((name, number, 0), self._stage_of[name])

    def constant(self, number: float) -> int:
        """The operand that stands for a plain number."""
        key = (number, math.copysign(1.0, number))  # 0.0 and -0.0 are equal, and two constants
        if key not in self._pool:
            self._pool[key] = ~len(self.constants)
            self.constants.append(number)
        return self._pool[key]

    def operand(self, number: Any) -> int:
        """The operand that stands for a register of this program, or for a plain number."""
        if isinstance(number, Register):
            return number.place
        return self.constant(float(number))

    def register(self, number: float) -> "Register":
        """A plain number as a register."""
        return Register(self, self.constant(number))

    def emit(self, name: str, x: int, y: int = 0) -> "Register":
        """The register that holds the result of an instruction."""
        binary = name in BINARY
        if x < 0 and (y < 0 or not binary):
            constants = self.constants
            operands = (constants[~x], constants[~y]) if binary else (constants[~x],)
            return self.register(ON_FLOATS[name](*operands))
        stages = self.stages
        stage = stages[x] if x >= 0 else 0
        if binary and y >= 0 and stages[y] > stage:
            stage = stages[y]
        return self._write((name, x, y), stage)

    def _write(self, instruction: Instruction, stage: int) -> "Register":
        register = self._known.get(instruction)
        if register is None:
            register = Register(self, len(self.instructions))
            self._known[instruction] = register
            self.instructions.append(instruction)
            self.stages.append(stage)
        return register


def _unary(name: str) -> Callable[["Register"], "Register"]:
    def method(self: "Register") -> "Register":
        return self.program.emit(name, self.place)

    method.__doc__ = f"Emit `{name}`."
    return method


_Operator: TypeAlias = Callable[["Register", Any], "Register"]


def _binary(name: str) -> tuple[_Operator, _Operator]:
    def method(self: "Register", other: Any) -> "Register":
        if not isinstance(other, Register | float | int):
            return NotImplemented  # type: ignore[no-any-return]
        return self.program.emit(name, self.place, self.program.operand(other))

    def reflected(self: "Register", other: Any) -> "Register":
        if not isinstance(other, float | int):
            return NotImplemented  # type: ignore[no-any-return]
        return self.program.emit(name, self.program.operand(other), self.place)

    method.__doc__ = reflected.__doc__ = f"Emit `{name}`."
    return method, reflected


class Register:
    """A number that is not known yet: the result of an instruction, or a constant.

    It has the operators and methods that `engine.functions` asks of a number; what functions can
    compose of others (`sigmoid`, `softplus`, `reciprocal`) is composed.

    Attributes:
        program: Where the instruction stands.
        place: The operand by which it goes there.

    Example:
        >>> program = Program()
        >>> x = program.leaf("input", 0)
        >>> y = x * x + 2.0
        >>> program.instructions, program.constants
        ([('input', 0, 0), ('mul', 0, 0), ('add', 1, -1)], [2.0])
    """

    __slots__ = ("place", "program")

    def __init__(self, program: Program, place: int) -> None:
        self.program = program
        self.place = place

    __add__, __radd__ = _binary("add")
    __sub__, __rsub__ = _binary("sub")
    __truediv__, __rtruediv__ = _binary("div")
    __pow__, __rpow__ = _binary("power")
    _times, _times_reflected = _binary("mul")
    power = __pow__
    maximum, _ = _binary("maximum")
    minimum, _ = _binary("minimum")
    through, _ = _binary("through")
    less, _ = _binary("less")
    less_equal, _ = _binary("less_equal")
    __neg__ = _unary("neg")
    __abs__ = _unary("abs")
    step = _unary("step")

    def __mul__(self, other: Any) -> "Register":
        """Emit `mul`; times -1 is `neg`, which has the same bits."""
        if isinstance(other, float | int) and other == -1:
            return -self
        return self._times(other)

    def __rmul__(self, other: Any) -> "Register":
        """Emit `mul`, as `__mul__` does."""
        return -self if other == -1 else self._times_reflected(other)

    def by_hand(self, number: float, *others: "Register") -> "Register":
        """A number that was given by hand stands for other rows only if no row has a part in it."""
        if any(x.place >= 0 for x in (self, *others)):
            raise ValueError(
                f"the Value {number!r} was made by hand, without a rule that would give another "
                "row's number, and depends on inputs or parameters; write its function with "
                "@engine.operation, or leave those leaves out of the parameters"
            )
        return self.program.register(number)

    def __pos__(self) -> "Register":
        return self

    def lift(self, number: float) -> "Register":
        """A plain number as a register of the same program."""
        return number if isinstance(number, Register) else self.program.register(number)

    def __getattr__(self, name: str) -> Callable[..., "Register"]:
        """Emit what stays whole; elsewhere there is no such method, and functions compose it."""
        if name not in self.program.whole:
            raise AttributeError(name)
        return lambda *others: self.program.emit(
            name, self.place, *map(self.program.operand, others)
        )

    def __repr__(self) -> str:
        if self.place < 0:
            return f"Register({self.program.constants[~self.place]!r})"
        return f"Register({self.place}: {self.program.instructions[self.place][0]})"

    def _unknown(self, *others: object) -> Any:
        raise TypeError(
            "a rule cannot look at its numbers while it is compiled, for they are not known yet; "
            "write it with the functions of engine.functions (maximum, step, exp, …), without "
            "comparisons, `if` and `math`"
        )

    __bool__ = __float__ = __int__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _unknown
    __hash__ = None  # type: ignore[assignment]


for _name in functions.ELEMENTARY:
    setattr(Register, _name, _unary(_name))
for _name in functions.ELEMENTARY_OF_TWO:
    setattr(Register, _name, _binary(_name)[0])

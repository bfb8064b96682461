"""Text in LLVM's language: straight-line code on one number, or on several abreast, a lane each.

Every lane does what the eager engine does, in the same order, without any licence to reassociate or
to contract, so it has the same bits. Functions such as `exp` are the C library's own, lane by lane.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.compiler.register import BINARY, ON_FLOATS, WHOLE

_OPERATORS = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_INTRINSICS = {"abs": "fabs", "sqrt": "sqrt"}
CALLED = ON_FLOATS.keys() - {
    *WHOLE,
    *_OPERATORS,
    *_INTRINSICS,
    *("neg", "step", "less", "less_equal", "maximum", "minimum", "through"),
}
"""The instructions that are functions of the C library."""


def literal(number: float) -> str:
    """A double as LLVM reads it, every bit of it.

    Example:
        >>> literal(1.0)
        '0x3FF0000000000000'
    """
    return f"0x{struct.pack('>d', number).hex().upper()}"


def vector_type(lanes: int) -> str:
    """The type of so many doubles abreast."""
    return "double" if lanes == 1 else f"<{lanes} x double>"


def helper(name: str, lanes: int) -> str:
    """The name of the function that applies a function of the C library lane by lane."""
    return f"@libm_{name}" if lanes == 1 else f"@{name}_{lanes}"


class Writer:
    """The text of a function of straight-line code, line by line, for a number of lanes."""

    def __init__(self, lanes: int) -> None:
        self.lines: list[str] = []
        self.lanes = lanes
        self.type = vector_type(lanes)
        self.helpers: set[str] = set()
        self._mask = "i1" if lanes == 1 else f"<{lanes} x i1>"
        self._n_temporaries = 0

    def temporary(self) -> str:
        """A name that is not taken yet."""
        self._n_temporaries += 1
        return f"%t{self._n_temporaries}"

    def made(self, instruction: str) -> str:
        """The name of what an instruction makes."""
        name = self.temporary()
        self.lines.append(f"{name} = {instruction}")
        return name

    def constant(self, number: float) -> str:
        """A number in every lane."""
        if self.lanes == 1:
            return literal(number)
        return f"<{', '.join([f'double {literal(number)}'] * self.lanes)}>"

    def splat(self, scalar: str) -> str:
        """The name of a vector with that scalar in every lane."""
        if self.lanes == 1:
            return scalar
        t = self.type
        one = self.made(f"insertelement {t} undef, double {scalar}, i32 0")
        return self.made(
            f"shufflevector {t} {one}, {t} undef, <{self.lanes} x i32> zeroinitializer"
        )

    def address(self, base: str, offset: int) -> str:
        """The name of the address so many bytes behind a base."""
        if offset == 0:
            return base
        return self.made(f"getelementptr i8, ptr {base}, i64 {offset}")

    def load(self, base: str, offset: int, *, scalar: bool = False) -> str:
        """The name of what stands there: a vector or, if scalar, one number in every lane."""
        address = self.address(base, offset)
        if scalar:
            return self.splat(self.made(f"load double, ptr {address}, align 8"))
        return self.made(f"load {self.type}, ptr {address}, align {8 * self.lanes}")

    def store(self, value: str, base: str, offset: int) -> None:
        """Put a vector there."""
        address = self.address(base, offset)
        self.lines.append(f"store {self.type} {value}, ptr {address}, align {8 * self.lanes}")

    def add_to(self, value: str, base: str, offset: int) -> None:
        """Add a vector to the one that stands there."""
        before, after = self.load(base, offset), self.temporary()
        self.calculate(after, "add", before, value)
        self.store(after, base, offset)

    def calculate(self, result: str, name: str, x: str, y: str = "") -> None:
        """Write result = name(x), or name(x, y)."""
        t = self.type
        if name in _OPERATORS:
            line = f"{result} = {_OPERATORS[name]} {t} {x}, {y}"
        elif name == "neg":
            line = f"{result} = fneg {t} {x}"
        elif name in _INTRINSICS:
            suffix = "f64" if self.lanes == 1 else f"v{self.lanes}f64"
            intrinsic = f"@llvm.{_INTRINSICS[name]}.{suffix}"
            self.helpers.add(f"declare {t} {intrinsic}({t})")
            line = f"{result} = call {t} {intrinsic}({t} {x})"
        elif name == "step":
            above = self.made(f"fcmp ogt {t} {x}, {self.constant(0.0)}")
            line = self._select(result, above, self.constant(1.0), self.constant(0.0))
        elif name in ("less", "less_equal"):
            truth = self.made(f"fcmp {'olt' if name == 'less' else 'ole'} {t} {x}, {y}")
            line = self._select(result, truth, self.constant(1.0), self.constant(0.0))
        elif name == "through":
            zero = self.made(f"fcmp oeq {t} {x}, {self.constant(0.0)}")
            product = self.made(f"fmul {t} {x}, {y}")
            line = self._select(result, zero, self.constant(0.0), product)
        elif name in ("maximum", "minimum"):
            first = self.made(f"fcmp {'ogt' if name == 'maximum' else 'olt'} {t} {x}, {y}")
            nan = self.made(f"fcmp uno {t} {x}, {x}")
            either = self.made(f"or {self._mask} {first}, {nan}")
            line = self._select(result, either, x, y)
        else:
            self.helpers.add(name)
            arguments = f"{t} {x}, {t} {y}" if y else f"{t} {x}"
            line = f"{result} = call {t} {helper(name, self.lanes)}({arguments})"
        self.lines.append(line)

    def _select(self, result: str, condition: str, x: str, y: str) -> str:
        return f"{result} = select {self._mask} {condition}, {self.type} {x}, {self.type} {y}"

    def suspect(self, result: str, of: Sequence[str]) -> str:
        """The mask of the lanes where the result is not finite though not all operands are nan."""
        t, size = self.type, self.temporary()
        self.calculate(size, "abs", result)
        mask = self.made(f"fcmp ueq {t} {size}, {self.constant(float('inf'))}")
        if of:
            some = self._any([self.made(f"fcmp ord {t} {x}, {x}") for x in of])
            mask = self.made(f"and {self._mask} {mask}, {some}")
        return mask

    def _any(self, masks: Sequence[str]) -> str:
        """The mask of the lanes that are set in one of these."""
        first, *others = masks
        for mask in others:
            first = self.made(f"or {self._mask} {first}, {mask}")
        return first

    def bits(self, masks: Sequence[str]) -> str:
        """A bit for each lane that is set in one of the masks; a scalar's stands for all lanes."""
        all_ = self._any(masks)
        if self.lanes == 1:
            return self.made(f"sext i1 {all_} to i64")
        bits = self.temporary()
        number = self.made(f"bitcast {self._mask} {all_} to i{self.lanes}")
        self.lines.append(f"{bits} = zext i{self.lanes} {number} to i64")
        return bits


def definitions(needs: Mapping[int, Iterable[str]]) -> Iterator[str]:
    """What has to stand in a module for the helpers that writers of so many lanes need."""
    declared: dict[str, None] = {}
    defined: list[str] = []
    for lanes, names in needs.items():
        for name in sorted(names):
            if name.startswith("declare"):
                declared[name] = None
                continue
            arguments = ["x", "y"] if name in BINARY else ["x"]
            doubles = ", ".join("double" for _ in arguments)
            declared[f"declare double {helper(name, 1)}({doubles}) nounwind"] = None
            if lanes > 1:
                defined += _lane_by_lane(name, lanes, arguments)
    yield from declared
    yield from defined


def _lane_by_lane(name: str, lanes: int, arguments: Sequence[str]) -> Iterator[str]:
    """The function that calls one of the C library for each lane."""
    t = vector_type(lanes)
    parameters = ", ".join(f"{t} %{a}" for a in arguments)
    yield f"define internal {t} {helper(name, lanes)}({parameters}) noinline #0 {{"
    result = "undef"
    for lane in range(lanes):
        for a in arguments:
            yield f"%{a}{lane} = extractelement {t} %{a}, i32 {lane}"
        passed = ", ".join(f"double %{a}{lane}" for a in arguments)
        yield f"%f{lane} = call double {helper(name, 1)}({passed})"
        yield f"%r{lane} = insertelement {t} {result}, double %f{lane}, i32 {lane}"
        result = f"%r{lane}"
    yield f"ret {t} {result}"
    yield "}"

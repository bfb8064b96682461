"""The languages that a listing speaks: what differs between Python, C and JavaScript, and no more.

Each says how an instruction is written, what may be a name, and what stands around the lines. What
a language lacks is defined in front: the few functions that branch are written here or, for
JavaScript, in `page/functions.js`; all others are printed from `engine.functions`.
"""

import keyword
import math
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.compiler.page.scripts import functions_script
from engine.compiler.register import ON_FLOATS, WHOLE


@dataclass(slots=True)
class Function:
    """A function that was written line by line, for its dialect to put a frame around.

    Attributes:
        inputs: The names of its inputs.
        parameters: The names of its parameters.
        lines: The names that it makes, each with an expression; a text alone is a remark.
        outputs: The expressions of its outputs.
        derivatives: The names of its derivatives; None where it has none.
        suspects: The names of numbers that are not finite where the eager engine may raise.
        called: The instructions that it calls by name.
    """

    inputs: Sequence[str]
    parameters: Sequence[str] = ()
    lines: list[str | tuple[str, str]] = field(default_factory=list)
    outputs: Sequence[str] = ()
    derivatives: Sequence[str] | None = None
    suspects: Sequence[str] = ()
    called: set[str] = field(default_factory=set)


_INFIX = {"add": ("+", 1), "sub": ("-", 1), "mul": ("*", 2)}


class Dialect:
    """What a listing needs to know of a language.

    Attributes:
        infix: The instructions that are operators, each with how tightly it binds.
        reserved: The names that are taken from the start.
        whole: The names that stay whole: not where a whole number decides what is to be done.
        alone: Whether what it calls is defined in front, or else comes from the engine.
    """

    alone: bool = True
    whole: Collection[str] = WHOLE.keys() - {"sinc_derivative"}
    infix: Mapping[str, tuple[str, int]] = _INFIX | {"div": ("/", 2)}
    reserved: Collection[str] = ()

    def callee(self, name: str) -> str:
        """What to call for an instruction that is no operator."""
        return name

    def identifier(self, wish: str) -> str:
        """An identifier like this name."""
        raise NotImplementedError

    def number(self, number: float) -> str:
        """A constant."""
        raise NotImplementedError

    def frame(self, function: Function, definitions: Sequence[tuple[str, Function]]) -> str:
        """The source of a function, behind those that it calls."""
        raise NotImplementedError


def _letters(wish: str) -> str:
    """The letters of a name as Python reads them, with `_` for all that is none.

    Python takes names for the same whose NFKC form is: `ϕ` and `φ`, `ﬁ` and `fi` (PEP 3131).
    """
    letters = unicodedata.normalize("NFKC", wish)
    stem = "".join(c if f"_{c}".isidentifier() else "_" for c in letters)
    return stem if stem.isidentifier() else f"v_{stem}"


def _number(number: float, infinity: str, nan: str) -> str:
    if math.isfinite(number):
        return repr(number)
    return nan if number != number else f"{'-' * (number < 0)}{infinity}"


_TAKEN_IN_PYTHON = "inputs parameters run float __debug__ divide"


class Python(Dialect):
    """Python, with the functions of the engine."""

    alone = False
    whole = WHOLE.keys()
    infix = _INFIX  # a quotient may have no result in Python, and has one in IEEE 754
    reserved = frozenset((*_TAKEN_IN_PYTHON.split(), *keyword.kwlist, *ON_FLOATS))

    def callee(self, name: str) -> str:
        """Its name in `engine.functions`."""
        return "divide" if name == "div" else name

    def identifier(self, wish: str) -> str:
        """Any letters that Python takes."""
        return _letters(wish)

    def number(self, number: float) -> str:
        """The shortest text that reads as this number."""
        return repr(number) if math.isfinite(number) else f"float('{number}')"

    def frame(self, function: Function, definitions: Sequence[tuple[str, Function]]) -> str:
        """A function of a row of inputs and the parameters, with the imports that it needs."""
        return "\n".join(self._lines(function))

    def _lines(self, function: Function) -> Iterator[str]:
        imported = sorted(self.callee(name) for name in function.called - {"abs"})
        if imported:
            yield f"from engine.functions import {', '.join(imported)}"
            yield ""
            yield ""
        yield "def run(inputs, parameters):"
        for what, names in (("inputs", function.inputs), ("parameters", function.parameters)):
            if names:
                yield f"    {', '.join(names) if len(names) > 1 else _tuple(names)} = {what}"
        for line in function.lines:
            yield f"    # {line}" if isinstance(line, str) else f"    {line[0]} = {line[1]}"
        returned = [_tuple(function.outputs), _tuple(function.derivatives or ())]
        if function.suspects:
            returned.append(_tuple(function.suspects))
        yield f"    return {', '.join(returned)}"
        yield ""


def _tuple(texts: Sequence[str]) -> str:
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


_BRANCHING_IN_C = {
    "step": "(double x) { return x > 0.0 ? 1.0 : 0.0; }",
    "maximum": "(double x, double y) { return x > y || x != x ? x : y; }",
    "minimum": "(double x, double y) { return x < y || x != x ? x : y; }",
    "less": "(double x, double y) { return x < y ? 1.0 : 0.0; }",
    "less_equal": "(double x, double y) { return x <= y ? 1.0 : 0.0; }",
    "through": "(double x, double y) { return x != 0.0 ? x * y : 0.0; }",
}

_TAKEN_IN_C = """
    inputs parameters outputs derivatives run main linux unix
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while
    alignas alignof and asm bool catch class concept constexpr delete explicit export false friend
    mutable namespace new noexcept not nullptr operator or private protected public requires
    template this throw true try typeid typename using virtual xor
"""


class C(Dialect):
    """C99, with `math.h` and nothing else; a compiler of C++ takes it too."""

    reserved = frozenset((*_TAKEN_IN_C.split(), "fabs", "pow", *ON_FLOATS))

    def callee(self, name: str) -> str:
        """Its name in `math.h`, or that of what is defined in front."""
        return {"abs": "fabs", "power": "pow"}.get(name, name)

    def identifier(self, wish: str) -> str:
        """Letters of ASCII; a leading `_` is the compiler's, and capitals alone are a macro's."""
        stem = "".join(c if c.isascii() else "_" for c in _letters(wish))
        return f"v_{stem}" if stem.startswith("_") or (stem[1:] and stem.isupper()) else stem

    def number(self, number: float) -> str:
        """The shortest text that reads as this number."""
        return _number(number, "INFINITY", "NAN")

    def frame(self, function: Function, definitions: Sequence[tuple[str, Function]]) -> str:
        """A function that reads rows of inputs and parameters and writes into its others."""
        return "\n".join(self._lines(function, definitions))

    def _lines(
        self, function: Function, definitions: Sequence[tuple[str, Function]]
    ) -> Iterator[str]:
        yield "#include <math.h>"
        yield ""
        called = function.called.union(*(each.called for _, each in definitions))
        for name in sorted(called & _BRANCHING_IN_C.keys()):
            yield f"static double {name}{_BRANCHING_IN_C[name]}"
            yield ""
        for name, each in definitions:
            yield f"static double {name}({', '.join(f'double {x}' for x in each.inputs)}) {{"
            yield from self._body(each)
            yield f"    return {each.outputs[0]};"
            yield "}"
            yield ""
        filled = {"outputs": function.outputs}
        if function.derivatives is not None:
            filled["derivatives"] = function.derivatives
        room = ", ".join(f"double *{name}" for name in filled)
        yield f"void run(const double *inputs, const double *parameters, {room}) {{"
        for what, names in (("inputs", function.inputs), ("parameters", function.parameters)):
            for i, name in enumerate(names):
                yield f"    const double {name} = {what}[{i}];"
            if not names:
                yield f"    (void){what};"
        yield from self._body(function)
        for what, texts in filled.items():
            for i, text in enumerate(texts):
                yield f"    {what}[{i}] = {text};"
        yield "}"
        yield ""

    def _body(self, function: Function) -> Iterator[str]:
        for line in function.lines:
            if isinstance(line, str):
                yield f"    /* {line} */"
            else:
                yield f"    const double {line[0]} = {line[1]};"


_TAKEN_IN_JAVASCRIPT = """
    inputs parameters run arguments Infinity Math NaN undefined
    async await break case catch class const continue debugger default delete do else enum eval
    export extends false finally for function if implements import in instanceof interface let new
    null package private protected public return static super switch this throw true try typeof var
    void while with yield
"""


class JavaScript(Dialect):
    """JavaScript, a function without imports."""

    reserved = frozenset((*_TAKEN_IN_JAVASCRIPT.split(), *ON_FLOATS))

    def callee(self, name: str) -> str:
        """Its name in `Math`, or that of what is defined in front."""
        return name if name in WHOLE or functions_script([name]) else f"Math.{name}"

    def identifier(self, wish: str) -> str:
        """Any letters that Python takes, which JavaScript takes too."""
        return _letters(wish)

    def number(self, number: float) -> str:
        """The shortest text that reads as this number."""
        return _number(number, "Infinity", "NaN")

    def frame(self, function: Function, definitions: Sequence[tuple[str, Function]]) -> str:
        """A function of a row of inputs and the parameters."""
        return "\n".join(self._lines(function, definitions))

    def _lines(
        self, function: Function, definitions: Sequence[tuple[str, Function]]
    ) -> Iterator[str]:
        called = function.called.union(*(each.called for _, each in definitions))
        given = functions_script(called)
        if given:
            yield given
            yield ""
        for name, each in definitions:
            yield f"function {name}({', '.join(each.inputs)}) {{"
            yield from self._body(each)
            yield f"  return {each.outputs[0]};"
            yield "}"
            yield ""
        yield "function run(inputs, parameters) {"
        for what, names in (("inputs", function.inputs), ("parameters", function.parameters)):
            if names:
                yield f"  const {_list(names)} = {what};"
        yield from self._body(function)
        yield f"  return [{_list(function.outputs)}, {_list(function.derivatives or ())}];"
        yield "}"
        yield ""

    def _body(self, function: Function) -> Iterator[str]:
        for line in function.lines:
            yield f"  // {line}" if isinstance(line, str) else f"  const {line[0]} = {line[1]};"


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(texts)}]"


PYTHON, C99, JAVASCRIPT = Python(), C(), JavaScript()

"""Who asks a Value for a float: a reader, or a function that knows nothing of gradients.

`float(w)` reads a number; `math.exp(w)` loses a gradient. Both use one slot, `__float__`, so the
instruction at which the caller stands has to tell them apart. Its positions say which expression it
evaluates, and of the names that are loaded there it is seen whether one that asks stands for the
built-in `float`: `float(w)`, `map(float, ws)`, `max(ws, key=float)`; also where it came there by a
dict, an attribute, a `partial` or an iterator, `read["loss"](w)`. A format, `"%.3f" % w`, asks too.
No source is needed for that. Where it cannot be told, as in `choose()(w)`, the warning comes. Where
an interpreter keeps no columns (`-X no_debug_ranges`), any `float` on the line counts as the one
that asks: lines that read numbers are more frequent than lines that do so and lose another.
"""

import dis
import functools
import inspect
import sys
import sysconfig
import warnings
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

_LIBRARIES = (
    *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")},
    str(Path(__file__).parent),
)
_NAMES = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_D")
_INSTEAD = {
    "fsum": "engine.total(values)",
    "fmean": "engine.total(values) / len(values)",
    "sumprod": "engine.dot(weights, inputs)",
    "pow": "w ** exponent",
    "fabs": "abs(w)",
    "Value": "w.detach() for a leaf of its own",
}

_MAPPING = ("map", "apply", "applymap", "transform", "map_elements")
_FAR = sys.maxsize

_warned: dict[tuple[str, int, int], dict[Any, Any]] = {}


class _Site(NamedTuple):
    """What an instruction that may call `__float__` is."""

    asks: bool  # `builtins.float(w)`, `w.__float__()`; `%`, a format if a Value is on its right
    calls: bool
    names: tuple[str, ...]  # whoever is called ends in `__float__`, if one of them is `float`
    function: str  # what is called, as it is written; "" if that is no name
    called: tuple[dis.Instruction, ...]  # the same in instructions
    loaded: tuple[str, ...]  # every name that is loaded before, for an iterator among them
    mapping: tuple[str, ...]  # what is given to `values.map(float)`, where a library maps
    line: int
    column: int


def warn_unless_read(frame: FrameType | None, value: object) -> None:
    """Warn, once per place, where a function makes a plain number of a Value.

    Args:
        frame: That of the caller of `__float__`; None in a thread that runs none.
        value: The Value.
    """
    if frame is not None and not _reads(frame):
        warn_of_loss(frame, value)


def warn_of_loss(frame: FrameType, value: object) -> None:
    """Warn, once per place, that a plain number was made of a Value.

    The place is in the user's code, also where a module of a library stands in between, as
    `statistics` does; and once is as long as the filters of `warnings` stay as they are.

    Args:
        frame: Where it happens.
        value: The Value.
    """
    place: FrameType | None = frame
    while place is not None and place.f_code.co_filename.startswith(_LIBRARIES):
        place = place.f_back
    frame = place or frame
    site = _site(frame.f_code, frame.f_lasti)
    name = site.function.rpartition(".")[2]
    instead = _INSTEAD.get(name, "it with the operators and the functions of engine")
    if callable(getattr(value, name, None)) and not name.startswith("_"):
        instead = f"engine.{name}(w)"
    text = (
        f"{site.function or 'what runs here'} makes a plain number of a Value, through which no "
        f"gradient flows; write {instead}, or w.data to read the number"
    )
    file = frame.f_code.co_filename
    once = _warned.setdefault((file, site.line, site.column), {})
    module = frame.f_globals.get("__name__", file)
    warnings.warn_explicit(text, UserWarning, file, site.line, module, once)
    once[text, UserWarning, site.line] = True  # for a filter that says "always", too


def _reads(frame: FrameType) -> bool:
    """Whether it is a reader who asks for the number."""
    site = _site(frame.f_code, frame.f_lasti)
    if site.asks or any(_is_float(_named(name, frame)) for name in site.names):
        return True
    if _is_float(_evaluated(site.called, frame)):
        return True
    if any(_is_map_of_float(_named(name, frame)) for name in site.loaded):
        return True
    # before Python 3.12 a comprehension is a function, and the iterator was made by its caller
    outer = frame.f_back
    is_inner = ".0" in frame.f_code.co_varnames and not site.calls
    if is_inner and outer is not None and _reads(outer):
        return True
    if frame.f_code.co_filename.startswith(_LIBRARIES):  # such as that of `Series.map(float)`
        while outer is not None and outer.f_code.co_filename.startswith(_LIBRARIES):
            outer = outer.f_back
        if outer is not None:
            names = _site(outer.f_code, outer.f_lasti).mapping
            return any(_is_float(_named(name, outer)) for name in names)
    return False


_NOTHING = object()


def _is_float(thing: object) -> bool:
    """Whether it is the built-in `float`, also in a `partial`."""
    while type(thing) is functools.partial:
        thing = thing.func
    return thing is float


def _is_map_of_float(thing: object) -> bool:
    """Whether it is a `map(float, …)` that was made before."""
    return type(thing) is map and _is_float(thing.__reduce__()[1][0])


def _named(name: str, frame: FrameType) -> object:
    """What a name stands for in a frame."""
    for scope in (frame.f_locals, frame.f_globals, frame.f_builtins):
        if name in scope:
            return scope[name]
    return _NOTHING


def _evaluated(called: tuple[dis.Instruction, ...], frame: FrameType) -> object:
    """What an expression of names, attributes, keys and `partial` stands for; no code runs."""
    stack: list[object] = []
    for i in called:
        if i.opname.startswith(_NAMES):
            stack.append(_named(i.argval, frame))
        elif i.opname in ("LOAD_CONST", "LOAD_SMALL_INT"):
            stack.append(i.argval)
        elif stack and i.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            stack.append(_attribute(stack.pop(), i.argval))
        elif len(stack) > 1 and (i.argrepr == "[]" or i.opname == "BINARY_SUBSCR"):
            key, container = stack.pop(), stack.pop()
            stack.append(_item(container, key))
        elif i.opname == "CALL":
            count = len(stack) - i.arg  # type: ignore[operator]
            is_partial = count == 1 and stack[0] is functools.partial and len(stack) > 1
            stack = [stack[1] if is_partial else _NOTHING]
        elif i.opname != "PRECALL":
            return _NOTHING
    return stack[0] if len(stack) == 1 else _NOTHING


def _attribute(thing: object, name: str) -> object:
    found = inspect.getattr_static(thing, name, _NOTHING)
    return found.__func__ if isinstance(found, staticmethod) else found


def _item(container: object, key: Any) -> object:
    if isinstance(container, dict | list | tuple) and type(container).__getitem__ in _GETTERS:
        with suppress(LookupError, TypeError):
            return container[key]
    return _NOTHING


_GETTERS = (dict.__getitem__, list.__getitem__, tuple.__getitem__)


@lru_cache(maxsize=4096)
def _site(code: CodeType, offset: int) -> _Site:
    """What stands at an offset in a code: found out once, for a loop comes again."""
    instructions = [i for i in dis.get_instructions(code) if i.opname != "PUSH_NULL"]
    # while a Python function runs, its caller may stand in the cache behind the call
    index = sum(i.offset <= offset for i in instructions) - 1
    here = instructions[index]
    calls = here.opname.startswith(("CALL", "PRECALL"))
    start, end = _span(here)
    line, column = start
    if not calls or column < 0:
        start, end = (line, -1), (line, _FAR)
    parts = [i for i in instructions[:index] if start <= _span(i)[0] <= _span(i)[1] <= end]
    called = [i for i in parts if calls and _span(i)[0] == start and _span(i)[1] != end]
    called = [i for i in called if i.opname != "KW_NAMES"]
    callee = [i for i in parts if called and _span(i)[1] <= _span(called[-1])[1]]
    dotted = all(i.opname.startswith("LOAD_") for i in called)
    function = ".".join(str(i.argval) for i in called) if dotted else ""
    names = loaded = [i for i in parts if i.opname.startswith(_NAMES)]
    is_map = calls and bool(called) and called[-1].argval in _MAPPING
    mapping = [i for i in loaded if is_map and i not in callee]
    if column >= 0 and not any(_has_key(code, i) for i in parts):
        mapped = [i for before, i in pairwise(parts) if before.argval == "map"]
        names = [i for i in names if i in mapped or called == [i]]
    asks = function.endswith((".float", ".__float__")) or (
        here.opname == "BINARY_OP" and here.argrepr.startswith("%")
    )
    return _Site(
        asks,
        calls,
        _loaded(names),
        function,
        tuple(callee),
        _loaded(loaded),
        _loaded(mapping),
        line,
        column,
    )


def _loaded(instructions: list[dis.Instruction]) -> tuple[str, ...]:
    """The names that are loaded, by Python 3.13 also two by one instruction."""
    names: list[str] = []
    for i in instructions:
        names += i.argval if isinstance(i.argval, tuple) else (i.argval,)
    return tuple(names)


def _span(instruction: dis.Instruction) -> tuple[tuple[int, int], tuple[int, int]]:
    """Line and column of the first and the last character; -1 for a column that is not known."""
    line, end_line, column, end_column = instruction.positions or (None,) * 4
    return (
        (line or 0, -1 if column is None else column),
        (end_line or line or 0, -1 if end_column is None else end_column),
    )


def _has_key(code: CodeType, instruction: dis.Instruction) -> bool:
    """Whether it loads the names of keywords, `key` among them."""
    if instruction.opname not in ("KW_NAMES", "LOAD_CONST") or instruction.arg is None:
        return False
    names = code.co_consts[instruction.arg]
    return isinstance(names, tuple) and "key" in names

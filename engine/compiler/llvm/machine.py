"""LLVM's text made into machine code of this process, and given back with its object."""

import ctypes
import math
import os
import struct
import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from itertools import permutations
from typing import Any

from engine.compiler.forks import FORKS_WAIT
from engine.compiler.llvm.drivers import ARGUMENTS_SIZE
from engine.compiler.llvm.kept import kept
from engine.compiler.llvm.writer import CALLED
from engine.compiler.register import BINARY, ON_FLOATS


@cache
def llvm() -> Any:
    """The binding of llvmlite, made ready, for those who hold `FORKS_WAIT`."""
    with FORKS_WAIT:
        try:
            from llvmlite import binding
        except ImportError:
            raise ImportError(
                "compiling a graph to machine code needs llvmlite: "
                "pip install 'glassgrad[compile]'; backend=\"python\" does without it"
            ) from None
        if binding.llvm_version_info[0] < 16:  # whose language has typed pointers
            raise ImportError(
                "compiling a graph to machine code needs llvmlite 0.45 or newer: "
                "pip install 'glassgrad[compile]'"
            )
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        for name in CALLED:
            binding.add_symbol(f"libm_{name}", _address(name))
        for name in ("PyObject_GetBuffer", "PyBuffer_Release", "PyBytes_AsString"):
            binding.add_symbol(name, _in_python(name))
        binding.add_symbol("PyLong_FromLongLong", _in_python("PyLong_FromLongLong"))
        return binding


def _in_python(name: str) -> int:
    """The address of a function of Python's interface for C."""
    return ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0


def _address(name: str) -> int:
    """Where the function is that Python's `math` calls itself; if nowhere, a way back to Python.

    A function of that name may be another one, as `gamma` is in some C libraries: it is taken where
    it gives the same bits.
    """
    function = ON_FLOATS[name]
    double, arity = ctypes.c_double, 2 if name in BINARY else 1
    kind = ctypes.CFUNCTYPE(double, *[double] * arity)
    library = ctypes.CDLL("ucrtbase" if os.name == "nt" else getattr(math, "__file__", None))
    try:
        found = kind((_IN_C.get(name, name), library))
    except AttributeError:
        found = None
    if found is None or any(
        repr(found(*x)) != repr(function(*x)) for x in permutations(_SAMPLE, arity)
    ):
        found = kind(function)
        _callbacks.append(found)
    return ctypes.cast(found, ctypes.c_void_p).value or 0


_IN_C = {"power": "pow"}

_SAMPLE = (-2.7, -1.0, -0.3, 1e-9, 0.1, 0.5, 1.7, 2.0, 3.3, 20.0)

_callbacks: list[Any] = []


@cache
def lanes() -> int:
    """How many doubles this machine calculates abreast."""
    with FORKS_WAIT:
        features = llvm().get_host_cpu_features()
    return 8 if features.get("avx512f") else 4 if features.get("avx") else 2


def machine(
    modules: Iterable[str],
    level: int,
    arguments: Mapping[str, str],
    scratch_size: int,
    *,
    keep: bool = False,
) -> "Machine":
    """Machine code of LLVM's text.

    Args:
        modules: The text, with a function `run` in it.
        level: How hard LLVM is to try, from 0 on.
        arguments: What `run` takes, by name the type.
        scratch_size: The bytes of memory that a call needs.
        keep: Whether to look for the object code in the cache folder, and to keep it there.
    """
    # each module for itself, so that a fork need not wait for all of them
    engine = engine_of(object_code(text, level, keep=keep) for text in modules)
    with FORKS_WAIT:
        address = engine.get_function_address("run")
    made = Machine(address, arguments, scratch_size)
    weakref.finalize(made, _give_back, engine).atexit = False
    return made


def engine_of(objects: Iterable[bytes]) -> Any:
    """LLVM's engine with this object code, loaded."""
    with FORKS_WAIT:
        _free_engines()
        # An engine begins with a module that lives as long as it does: an empty one, in the
        # context that is never given back. The text is parsed in one that is, object by object.
        binding = llvm()
        engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _target(0))
    for code in objects:
        with FORKS_WAIT:
            engine.add_object_file(binding.ObjectFileRef.from_data(code))
    with FORKS_WAIT:
        engine.finalize_object()
    return engine


_METH_FASTCALL = 0x80
_P = ctypes.c_void_p


class _MethodDef(ctypes.Structure):
    """What Python's interface for C knows of a function."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("text", ctypes.c_char_p),
    )


class Machine:
    """Machine code and the memory for its calls.

    Args:
        address: Where the function is.
        arguments: What it takes, by name the type.
        scratch_size: The bytes of memory that a call needs.
    """

    def __init__(self, address: int, arguments: Mapping[str, str], scratch_size: int) -> None:
        self._run = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(address)
        letters = {"i64": "q", "ptr": "P", "double": "d"}
        self._pack = struct.Struct("".join(letters[kind] for kind in arguments.values())).pack_into
        self._size = ARGUMENTS_SIZE + scratch_size
        self._free: list[tuple[int, Any, int]] = []
        self._kept: list[Any] = []

    def direct(self, function: int, *arguments: float) -> Callable[[Any, Any], int]:
        """A function of a row and of room for the outputs, which runs with these arguments.

        It is one of Python's own kind and holds the interpreter, so the call has a memory for good.

        Args:
            function: The address of the library's `direct`.
            arguments: As for `run`; of those two any number.
        """
        memory = ctypes.create_string_buffer(self._size + 63)
        address = -(-ctypes.addressof(memory) // 64) * 64
        self._pack(memory, address - ctypes.addressof(memory), *arguments)
        call = struct.pack("PP", ctypes.cast(self._run, ctypes.c_void_p).value, address)
        definition = _MethodDef(b"direct", function, _METH_FASTCALL, None)
        made = ctypes.pythonapi.PyCFunction_NewEx
        made.restype, made.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, _P)
        self._kept += (memory, definition)
        run: Callable[[Any, Any], int] = made(ctypes.addressof(definition), call, None)
        return run

    def run(self, *arguments: float) -> int:
        """Call the function `run` of the text; several threads may.

        The arguments stand before the scratch memory of the call, for to pass a single pointer
        takes a tenth of the time that it takes to pass nine.
        """
        try:
            place = self._free.pop()
        except IndexError:
            memory = ctypes.create_string_buffer(self._size + 63)
            address = -(-ctypes.addressof(memory) // 64) * 64
            place = address, memory, address - ctypes.addressof(memory)
        address, memory, offset = place
        self._pack(memory, offset, *arguments)
        result: int = self._run(address)
        self._free.append(place)
        return result


_given_back: list[Any] = []


def _give_back(engine: Any) -> None:
    """Free the engine now or, where another thread is in LLVM, when the next one is made.

    This may run in any thread at any moment, so it must not wait: the lock that is waited for may
    be held by one that waits for this thread.
    """
    _given_back.append(engine)
    if FORKS_WAIT.acquire(blocking=False):
        try:
            _free_engines()
        finally:
            FORKS_WAIT.release()


def _free_engines() -> None:
    with suppress(IndexError):
        while True:
            _given_back.pop().close()


def _target(level: int) -> Any:
    binding = llvm()
    return binding.Target.from_triple(binding.get_process_triple()).create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=level,
        jit=True,
    )


def assembly_language(modules: Iterable[str], level: int) -> str:
    """The machine's assembly language."""
    with FORKS_WAIT:
        return "\n".join(_translated(text, level, "emit_assembly") for text in modules)


def object_code(text: str, level: int, *, keep: bool = False) -> bytes:
    """The object code of a module; with `keep` from the cache folder, where it is there."""
    if keep:
        key = b"\0".join([identity(), bytes([level]), text.encode()])
        return kept(key, lambda: object_code(text, level))
    with FORKS_WAIT:
        code: bytes = _translated(text, level, "emit_object")
    return code


def identity() -> bytes:
    """The versions and the processor on which object code depends."""
    with FORKS_WAIT:
        binding = llvm()
        import llvmlite

        parts = (
            *(llvmlite.__version__, binding.llvm_version_info, binding.get_process_triple()),
            *(binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()),
        )
        return repr(parts).encode()


def _translated(text: str, level: int, emit: str) -> Any:
    """What the target machine makes of a module."""
    binding, target = llvm(), _target(level)
    context = binding.create_context()
    module = binding.parse_assembly(text, context)
    translated = getattr(target, emit)(module)
    module.close()
    context.close()
    return translated

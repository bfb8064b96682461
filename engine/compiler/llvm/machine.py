"""LLVM's text made into machine code of this process, and given back with its object."""

import ctypes
import math
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from engine.compiler.llvm.drivers import ARGUMENTS_SIZE
from engine.compiler.register import BINARY, ON_FLOATS


@cache
def llvm() -> Any:
    """The binding of llvmlite, made ready."""
    try:
        from llvmlite import binding
    except ImportError:
        raise ImportError(
            "compiling a graph to machine code needs llvmlite: pip install 'glassgrad[compile]'; "
            'backend="python" does without it'
        ) from None
    if binding.llvm_version_info[0] < 16:  # whose language has typed pointers
        raise ImportError(
            "compiling a graph to machine code needs llvmlite 0.45 or newer: "
            "pip install 'glassgrad[compile]'"
        )
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    for name, function in ON_FLOATS.items():
        binding.add_symbol(f"libm_{name}", _address(name, function))
    return binding


def _address(name: str, function: Callable[..., float]) -> int:
    """Where the function is that Python's `math` calls itself; if nowhere, a way back to Python."""
    library = ctypes.CDLL(getattr(math, "__file__", None))
    found = getattr(library, {"power": "pow"}.get(name, name), None)
    if found is None:
        arguments = [ctypes.c_double] * (2 if name in BINARY else 1)
        found = ctypes.CFUNCTYPE(ctypes.c_double, *arguments)(function)
        _callbacks.append(found)
    return ctypes.cast(found, ctypes.c_void_p).value or 0


_callbacks: list[Any] = []


def lanes() -> int:
    """How many doubles this machine calculates abreast."""
    features = llvm().get_host_cpu_features()
    return 8 if features.get("avx512f") else 4 if features.get("avx") else 2


class Machine:
    """Machine code, for as long as this object lives, and the memory for its calls."""

    def __init__(
        self, modules: Iterable[str], level: int, arguments: Mapping[str, str], scratch_size: int
    ) -> None:
        binding = llvm()
        # An engine begins with a module that lives as long as it does: an empty one, in the context
        # that is never given back. The text is parsed in one that is, object by object.
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _target(level))
        for code in _translated(modules, level, "emit_object"):
            self._engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        address = self._engine.get_function_address("run")
        self._run = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(address)
        letters = {"i64": "q", "ptr": "P", "double": "d"}
        self._pack = struct.Struct("".join(letters[kind] for kind in arguments.values())).pack_into
        self._size = ARGUMENTS_SIZE + scratch_size
        self._free: list[tuple[int, Any, int]] = []

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
    return "\n".join(_translated(modules, level, "emit_assembly"))


def _translated(modules: Iterable[str], level: int, emit: str) -> Iterator[Any]:
    """What the target machine makes of each module."""
    binding, target = llvm(), _target(level)
    for text in modules:
        context = binding.create_context()
        module = binding.parse_assembly(text, context)
        translated = getattr(target, emit)(module)
        module.close()
        context.close()
        yield translated

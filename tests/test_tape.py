"""The tape: the bits of eager and of straight-line code, and object code that is safe."""

import math
import os
import random
import struct
import threading
from array import array

import pytest

pytest.importorskip("llvmlite", reason="the tape needs llvmlite")

from engine import Operation, Value, compile, dot, log_sum_exp, record, sum_of_squares, total
from engine.compiler import kernels
from engine.compiler.llvm import kept
from engine.ops import table

HARD = [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, math.inf, -math.inf, math.nan, 1e-300, 1e300, 710.0]


def bits(numbers):
    return [math.isnan(x) or struct.pack("d", x) for x in numbers]


def by(backend, output, inputs, rows):
    """Outputs, derivatives by parameter, and the error, of one backend."""
    compiled = compile(output, inputs, backend=backend)
    leaves = [*compiled.parameters, *inputs]
    for leaf in leaves:
        leaf.grad = 0.0
    try:
        outputs = bits(compiled.backward_rows(rows))
    except FloatingPointError as error:
        return bits(compiled.evaluate(rows)), str(error)
    return outputs, bits(leaf.grad for leaf in leaves)


@pytest.mark.parametrize("row", list(table()), ids=lambda row: row.name)
@pytest.mark.parametrize("n_rows", [1, 3, 70])
def test_every_row_has_the_bits_of_straight_line_code(row, n_rows):
    rng = random.Random(row.name)
    n = 5 if row.arity is None else row.arity
    inputs, w = [Value(1.5 if row.name == "acosh" else 0.5) for _ in range(n)], Value(0.75)
    result = record(row, tuple(inputs))
    for output in (result * w, result.reciprocal()):  # from which an infinite gradient arrives
        for numbers in (lambda: rng.uniform(0.01, 0.99), lambda: rng.choice(HARD)):
            rows = array("d", [numbers() for _ in range(n * n_rows)])
            assert by("tape", output, inputs, rows) == by("llvm", output, inputs, rows)


@pytest.mark.parametrize("n_rows", [1, 5, 64])
@pytest.mark.parametrize(
    "make",
    [
        lambda x, y, w, b: dot([w, b, w], [x, y, x], b),
        lambda x, y, w, b: dot([w, b], [x, y]),
        lambda x, y, w, b: dot([x, y], [w, b], w * b),
        lambda x, y, w, b: dot([x, w], [y, x], x),
        lambda x, y, w, b: dot([w.exp(), b], [x, y], w) * dot([w, b], [w, w]),
        lambda x, y, w, b: dot([x, x], [x, x]) + dot([], [], x) + dot([], []) + total([]),
        lambda x, y, w, b: total([x, w, x, w, b]) * total([y]),
        lambda x, y, w, b: log_sum_exp([x, y, w, x]) + log_sum_exp([w, b]) * log_sum_exp([x]),
        lambda x, y, w, b: total([w**2, b**2]) + w.exp() * b,
        lambda x, y, w, b: x,
    ],
)
def test_what_depends_on_rows_and_what_does_not_meet(make, n_rows):
    rng = random.Random(7)
    x, y, w, b = (Value(rng.uniform(0.1, 2.0)) for _ in range(4))
    rows = array("d", [rng.gauss(0.0, 2.0) for _ in range(2 * n_rows)])
    output = make(x, y, w, b)
    assert by("tape", output, [x, y], rows) == by("llvm", output, [x, y], rows)
    outputs = compile(output, [x, y], backend="tape").evaluate(rows)
    for i, result in enumerate(outputs):
        eager = make(Value(rows[2 * i]), Value(rows[2 * i + 1]), Value(w.data), Value(b.data))
        assert result == eager.data


def test_an_operation_of_ones_own_with_three_operands():
    def rule(x, y, z):
        return x * y * z, (y * z, x * z, x * y)

    volume = Operation("volume", "xyz", rule, arity=3)
    x, y, w = Value(2.0), Value(3.0), Value(5.0)
    compiled = compile(record(volume, (x, y, w)), [x, y], backend="tape")
    assert list(compiled.backward_rows([[2.0, 3.0]] * 9)) == [30.0] * 9
    assert (x.grad, y.grad, w.grad) == (9 * 15.0, 9 * 10.0, 9 * 6.0)


def test_a_sum_of_squares_adds_from_left_to_right():
    rng = random.Random(1)
    numbers = array("d", [rng.gauss(0.0, 10.0 ** rng.randint(-9, 9)) for _ in range(1001)])
    by_hand = 0.0
    for x in numbers:
        by_hand += x * x
    assert [sum_of_squares(numbers, backend=b) for b in ("llvm", "python")] == [by_hand] * 2
    assert sum_of_squares(array("d")) == 0.0
    assert math.isnan(sum_of_squares(array("d", [1.0, math.nan])))
    with pytest.raises(TypeError, match="array"):
        sum_of_squares(array("f", [1.0]))
    with pytest.raises(ValueError, match="backend"):
        sum_of_squares(numbers, backend="tape")


def test_a_tape_moves_to_straight_line_code_and_nobody_sees(monkeypatch):
    monkeypatch.setattr(kernels, "_MOVES_AFTER", 200)
    x, w = Value(0.5), Value(0.3)
    compiled = compile((x * w).tanh() * (x + w).exp(), [x])
    rows = array("d", [i / 50 for i in range(50)])
    seen = []
    for _ in range(8):
        compiled.zero_grad()
        seen.append((bits(compiled.backward_rows(rows, sync=False)), bits(compiled.grad)))
        kinds = [type(kernel).__name__ for kernel in compiled._kernels.values()]
        for thread in threading.enumerate():
            if thread.name == "glassgrad compiles":
                thread.join()
    assert kinds == ["MachineKernel"]
    assert all(result == seen[0] for result in seen)


@pytest.mark.parametrize("several", [False, True])
def test_rows_that_come_one_by_one_get_code_for_one_row(monkeypatch, several):
    monkeypatch.setattr(kernels, "_MOVES_AFTER", 100)
    x, w = Value(0.5), Value(0.3)
    y = (x * w).log() + w**2
    output = [y, x * y] if several else y
    moving, straight = (compile(output, [x], backend=backend) for backend in ("auto", "llvm"))
    rows = [array("d", [0.1 + i / 7]) for i in range(40)]

    def outputs(compiled, row):
        compiled.zero_grad()
        given = compiled.backward_rows(row, sync=False)
        return [*(given if several else (given,)), compiled.grad]

    for i, row in enumerate(rows):
        one, other = outputs(moving, row), outputs(straight, row)
        assert list(map(bits, one)) == list(map(bits, other))
        if i == 20:
            for thread in threading.enumerate():
                if thread.name == "glassgrad compiles":
                    thread.join()
    assert type(moving._kernels["parameters"]).__name__ == "OneByOneKernel"
    assert (moving._one is not None) == kernels.DIRECT
    moving.zero_grad()
    with pytest.raises(FloatingPointError, match="row 0: log"):
        moving.backward_rows(array("d", [-1.0]), sync=False)
    assert list(moving.grad) == [0.0]
    many = array("d", [0.5] * 9)
    one, other = outputs(moving, many), outputs(straight, many)
    assert list(map(bits, one)) == list(map(bits, other))


# Object code in the cache folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    platformdirs = pytest.importorskip("platformdirs")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "of-the-user")
    return tmp_path / "of-the-user" / "machine-code"


class Maker:
    """Makes what is kept, and counts."""

    def __init__(self):
        self.made = 0

    def __call__(self):
        self.made += 1
        return b"code"


def test_object_code_is_made_once_in_a_folder_of_the_user_alone(folder):
    make = Maker()
    assert [kept.kept(b"key", make) for _ in range(3)] == [b"code"] * 3
    assert make.made == 1
    assert kept.kept(b"another key", make) == b"code"
    assert make.made == 2
    if os.name != "nt":
        assert folder.stat().st_mode & 0o077 == 0
        assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}


def spoil(folder, how):
    (path,) = folder.iterdir()
    content = path.read_bytes()
    if how == "damaged":
        path.write_bytes(content[:-1] + b"!")
    elif how == "cut off":
        path.write_bytes(content[:32])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "of another key":
        path.unlink()
        kept.kept(b"another key", lambda: b"other code")
        next(iter(folder.iterdir())).rename(path)
    elif how == "a link":
        elsewhere = folder.parent / "elsewhere"
        path.rename(elsewhere)
        path.symlink_to(elsewhere)
    elif how == "written by others":
        path.chmod(0o666)
    else:
        path.unlink()
        path.mkdir()


HOW = ["damaged", "cut off", "empty", "of another key", "a link", "written by others", "a folder"]


@pytest.mark.skipif(os.name == "nt", reason="permissions and links of POSIX")
@pytest.mark.parametrize("how", HOW)
def test_what_is_not_what_was_written_is_made_anew(folder, how):
    make = Maker()
    kept.kept(b"key", make)
    spoil(folder, how)
    assert kept.kept(b"key", make) == b"code"
    assert make.made == 2
    if how != "a folder":
        assert kept.kept(b"key", make) == b"code"
        assert make.made == 2


@pytest.mark.skipif(os.name == "nt", reason="permissions and links of POSIX")
@pytest.mark.parametrize("how", ["open to others", "a link"])
def test_a_folder_that_is_not_the_users_alone_is_not_used(folder, tmp_path, how):
    make = Maker()
    folder.parent.mkdir()
    if how == "a link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.mkdir()
        folder.chmod(0o777)
    assert [kept.kept(b"key", make) for _ in range(2)] == [b"code"] * 2
    assert make.made == 2
    assert not list(folder.iterdir())

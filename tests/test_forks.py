"""A child of a fork compiles and runs, whatever other threads were doing at that moment."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")

CODE = """
import multiprocessing, os, signal, sys, threading, time
from engine import Value, compile, dot

task, backend = sys.argv[1:]


def recorded(n):
    x, weights = Value(0.5), [Value(0.01 * i) for i in range(n)]
    return dot(weights, [(w * x).tanh() for w in weights]), x


def compiled(n):
    output, x = recorded(n)
    graph = compile(output, [x], backend=backend)
    graph.backward_rows([[1.0], [2.0]])
    return graph


def forever():
    while True:
        if task == "run":
            shared.backward_rows(rows)
            shared.backward_rows(rows, sync=False)
        elif task == "compile":
            compiled(40)


def in_child(_=None):
    signal.alarm(30)  # ends a child that hangs
    return len(shared.backward_rows(rows)) + len(compiled(5).parameters)


rows = [[0.1 * i] for i in range(10)]
shared = compiled(40)
for _ in range(3):
    threading.Thread(target=forever, daemon=True).start()
for i in range(6):
    time.sleep(0.003 * i)
    child = os.fork()
    if child == 0:
        in_child()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map_async(in_child, range(4)).get(60))
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.parametrize("task", ["run", "compile"])
@pytest.mark.parametrize("backend", ["llvm", "tape", "python"])
def test_a_fork_while_other_threads_compile_or_run(task, backend):
    if backend != "python":
        pytest.importorskip("llvmlite")
    done = subprocess.run(
        [sys.executable, "-c", CODE, task, backend], capture_output=True, text=True, timeout=400
    )
    assert done.stdout.split("\n") == [*["0"] * 6, "[15, 15, 15, 15]", ""], done.stderr


NAMING = """
import os, signal, threading
from engine import Value
from engine.reading import Reading

output = Value(2.0, "x").exp()
begun = threading.Event()


class Slow(dict):
    def items(self):
        begun.set()
        threading.Event().wait()  # as far as a fork can tell, for ever


names = Reading(output).names
names._known = Slow()
threading.Thread(target=lambda: names[output], daemon=True).start()
begun.wait()
child = os.fork()
if child == 0:
    signal.alarm(30)
    Reading(output).names[output]
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
os._exit(0)
"""


def test_a_fork_while_another_thread_reads_names():
    done = subprocess.run(
        [sys.executable, "-c", NAMING], capture_output=True, text=True, timeout=99
    )
    assert done.stdout == "0\n", done.stderr

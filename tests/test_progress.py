"""Progress that suits where it is read: a terminal in one line, a file in a few."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nn.common.progress import progress_bar

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
import nn, time
data = nn.datasets.moons(20, seed=0)
nn.fit(nn.MLP(2, [2, 2], seed=0), data.inputs, data.targets, nn.cross_entropy, epochs=300,
       metrics=[nn.accuracy], callbacks=[lambda training: time.sleep(0.002)], compiled=False)
"""


def start(**where):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM], env=environment, **where
    )


def test_a_log_file_has_a_few_reports(tmp_path):
    log = tmp_path / "log.txt"
    with log.open("wb") as file:
        assert start(stderr=file).wait() == 0
    reports = [r for r in log.read_bytes().decode().replace("\r", "\n").split("\n") if r.strip()]
    assert 1 <= len(reports) <= 5
    assert "300/300" in reports[-1]
    for word in ("loss=", "accuracy=", "learning_rate=0.01", "epoch/s"):
        assert word in reports[-1]


def test_a_terminal_has_one_line_that_moves():
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 120))
    process = start(stderr=theirs)
    os.close(theirs)
    seen = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        seen += chunk
    assert process.wait() == 0
    assert seen.count(b"\n") == 1
    assert seen.count(b"\r") > 5
    assert b"300/300" in seen


KILLED = """
import os, signal, time
from nn.common.progress import progress_bar

with progress_bar("before", "step", shown=False):
    pass
reading, writing = os.pipe()
child = os.fork()
if not child:
    with progress_bar("killed", "step", shown=False) as bar, bar.get_lock():
        os.write(writing, b"has the lock")
        time.sleep(60)
os.read(reading, 20)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
with progress_bar("after", "step", 1, shown=False) as bar:
    bar.update()
print("went on", flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_process_that_is_killed_leaves_no_bar_waiting():
    command = [sys.executable, "-c", KILLED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)
    assert done.stdout == "went on\n", done.stderr


def test_a_bar_says_how_far_it_has_come(capsys):
    with progress_bar("training", "epoch", 4, done=2) as bar:
        bar.set_postfix(loss=0.5, refresh=False)
        bar.update()
        bar.update()
    shown = capsys.readouterr().err
    assert "training:  50%" in shown
    assert "4/4" in shown
    assert "loss=0.5" in shown


def test_a_bar_that_is_not_wanted_says_nothing(capsys):
    with progress_bar("training", "epoch", 1, shown=False) as bar:
        bar.update()
    assert capsys.readouterr() == ("", "")

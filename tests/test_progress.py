"""Progress that suits where it is read: a terminal in one line, a file in a few."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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

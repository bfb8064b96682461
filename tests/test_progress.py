import os
import subprocess
import sys

import pytest

from nn.common.progress import progress_bar

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

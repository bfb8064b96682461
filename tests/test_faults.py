"""The campaign of `tests/faults.py`, a small part of it every time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(os.name != "posix", reason="forks")
def test_no_fault_costs_a_file():
    program = [sys.executable, Path(__file__).with_name("faults.py"), "--trials", "1"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.endswith("     0 failed\n"), done.stdout + done.stderr
    assert done.returncode == 0
    assert "    10 Ctrl-C" in done.stdout

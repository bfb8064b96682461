"""The pages for those who come from elsewhere do what they say: their code runs and prints it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").glob("coming-from-*.md"))
BLOCK = re.compile(r"^```python\n(.*?)^```$(?:\n\n^```\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
PROGRAMS = [
    pytest.param(*found.groups(), id=f"{page.stem}-{i}")
    for page in PAGES
    for i, found in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8")))
]


def test_there_are_pages_with_programs():
    assert len(PAGES) >= 2
    assert len(PROGRAMS) >= 6


@pytest.mark.parametrize(("program", "shown"), PROGRAMS)
def test_code_runs_and_prints_what_is_shown(program, shown, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if shown is not None:
        assert [line.rstrip() for line in done.stdout.splitlines()] == shown.splitlines()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_name_of_nn_that_a_page_speaks_of_is_there(page):
    import nn

    text = page.read_text(encoding="utf-8")
    tables = "\n".join(line.split("|")[2] for line in text.splitlines() if line.startswith("| "))
    for name in re.findall(r"\bnn\.(\w+)", tables):
        if page.stem != "coming-from-pytorch" or name != "Module":
            assert hasattr(nn, name), name

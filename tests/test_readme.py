"""The README does what it says: its code runs and prints what it shows, its commands are real."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]
PROGRAMS = [
    (text, BLOCKS[i + 1][1] if i + 1 < len(BLOCKS) and BLOCKS[i + 1][0] == "" else None)
    for i, (language, text) in enumerate(BLOCKS)
    if language == "python"
]


@pytest.mark.parametrize(("program", "shown"), PROGRAMS, ids=range(len(PROGRAMS)))
def test_code_runs_and_prints_what_is_shown(
    program: str, shown: str | None, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if shown is not None:
        assert [line.rstrip() for line in done.stdout.splitlines()] == shown.splitlines()


def test_the_two_commands_install_and_run() -> None:
    assert COMMANDS[0].endswith("&& python -m nn")
    assert COMMANDS[1].endswith("&& python -m pytest")


def test_ci_runs_the_test_command_word_for_word() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert COMMANDS[1] in script


def test_every_extra_that_is_named_exists() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {
        extra
        for file in ("README.md", "CONTRIBUTING.md", ".ci/run", "benchmarks/eager.py")
        for found in re.findall(r"install [^\n`]*?\.\[([\w,]+)\]", (ROOT / file).read_text("utf-8"))
        for extra in found.split(",")
    }
    assert {"all", "test", "lint", "bench"} <= named
    assert named <= set(project["optional-dependencies"])


def test_links_and_pictures_exist() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", TEXT)
    assert len(links) > 12
    assert [link for link in links if not (ROOT / link).exists()] == []

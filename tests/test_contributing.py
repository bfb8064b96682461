"""What CONTRIBUTING.md says of adding an operation, done to the letter to a copy of the package."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import mpmath
import pytest

ROOT = Path(__file__).parent.parent
STEP = re.compile(
    r"`(engine/\w+\.py)`,\s+below the\s+line\s+`([^`]+)`.*?```python\n(.*?)```", re.DOTALL
)

TRIED = """
from engine import Value, backward_steps, compile, draw, explain, forward_steps, gradient

x = Value(8.0, "x")
y = (2.0 * x).cbrt()
y.backward()
(slope,) = gradient(y, [x])
(curvature,) = gradient(slope, [x])
print(y.data, x.grad, slope.data, curvature.data)
explanation = explain(y, x)
assert "cbrt(v1)" in str(explanation), str(explanation)
assert explanation._repr_latex_().startswith("$$")
assert r"\\operatorname{cbrt}" in explanation._repr_markdown_()
assert "∛" in draw(y).source
assert "y = cbrt(v1) = cbrt(16) ≈ 2.52" in [str(step) for step in forward_steps(y)][-1]
assert len(list(backward_steps(y))) == 3
for backend in ("python", "llvm", "tape"):
    compiled = compile(y, [x], backend=backend)
    x.grad = 0.0
    assert compiled.backward(8.0) == y.data
    assert x.grad == slope.data, (backend, x.grad)
assert "cbrt" in compiled.python()
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """A folder with a copy of the package, to which the steps were applied."""
    folder = tmp_path_factory.mktemp("extended")
    shutil.copytree(ROOT / "engine", folder / "engine", ignore=shutil.ignore_patterns("*.pyc"))
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    steps = STEP.findall(text.partition("## How we work")[0])
    assert len(steps) == 4
    for name, below, block in steps:
        path = folder / name
        lines = path.read_text(encoding="utf-8").split("\n")
        (at,) = (i for i, line in enumerate(lines) if line.strip() == below)
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        lines[at + 1 : at + 1] = [
            (indent + line[3:]).rstrip() for line in block.rstrip().split("\n")
        ]
        path.write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_an_operation_that_was_added_to_the_letter_works_everywhere(extended):
    run = subprocess.run(
        [sys.executable, "-c", TRIED],
        cwd=extended,
        env={"PYTHONPATH": str(extended), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    numbers = [float(word) for word in run.stdout.split()]
    x = mpmath.mpf(8)

    def exact(x):
        return mpmath.cbrt(2 * x)

    wanted = [exact(x), *[mpmath.diff(exact, x)] * 2, mpmath.diff(exact, x, 2)]
    assert numbers == pytest.approx([float(number) for number in wanted], rel=1e-14)

"""What the packages show of themselves, and what it costs to import them."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import engine
import nn
from nn.activations import ACTIVATIONS, activation_name

HEAVY = {"matplotlib", "tqdm", "graphviz", "joblib", "filelock", "llvmlite", "numpy"}


@pytest.mark.parametrize("package", ["engine", "nn", "nn.datasets", "nn.plots"])
def test_a_package_shows_the_names_of_its_stub_and_has_them(package):
    module = import_module(package)
    stub = ast.parse(Path(str(module.__file__)).with_suffix(".pyi").read_text(encoding="utf-8"))
    names = [alias.name for line in stub.body for alias in line.names]
    assert dir(module) == sorted(names) == sorted(set(names))
    assert all(getattr(module, name) is not None for name in names)


def test_no_module_beside_the_public_names_bears_one_of_them():
    """The attribute of the package would be one or the other, whichever was imported first."""
    for package in (engine, nn, nn.datasets, nn.plots):
        modules = {path.stem for path in Path(str(package.__file__)).parent.iterdir()}
        shared = modules & set(dir(package))
        assert shared <= {
            "datasets",
            "init",
            "plots",
            "schedules",
            "thresholds",
        }  # which are modules


@pytest.mark.parametrize("imports", ["import nn", "from engine import Value", "import engine"])
def test_an_import_loads_nothing_of_weight(imports):
    code = f"{imports}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not {name.split(".")[0] for name in loaded} & HEAVY
    rooms = ("compiler", "drawing", "explanation", "viewer")
    assert not loaded & {f"engine.{room}" for room in rooms}


def test_each_activation_bears_the_name_of_its_row():
    assert [activation_name(row.function) for row in ACTIVATIONS.values()] == list(ACTIVATIONS)

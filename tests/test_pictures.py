"""The pictures of the README are of what the README says now: python docs/pictures.py."""

import pictures
import pytest
from test_readme import PROGRAMS


@pytest.mark.parametrize("name", pictures.SOURCES)
def test_no_picture_is_stale(name):
    assert pictures.kept(name) == pictures.made_from(name), f"python docs/pictures.py {name}"


def test_the_neuron_is_that_of_the_tour(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    (tour,) = [program for program, _ in PROGRAMS if "neuron.png" in program]
    exec("\n".join(line for line in tour.splitlines() if ".save(" not in line), names)
    assert eval("draw(out).source", names) == pictures.made_from("neuron")


def test_every_picture_of_the_readme_is_made_here():
    shown = set(pictures.re.findall(r"\(docs/([\w-]+)\.png\)", pictures.README))
    assert shown == set(pictures.SOURCES)

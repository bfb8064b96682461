"""The house is as `docs/house.toml` orders it: imports run down, and the picture is of the code."""

import html
import re

import house
import pytest
from test_readme import ROOT

PACKAGES = pytest.mark.parametrize("package", house.FLOORS)


@PACKAGES
def test_every_import_runs_down(package):
    floor = {room: i for i, rooms in enumerate(house.FLOORS[package]) for room in rooms}
    for (room, other), path in house.arrows(package).items():
        if room != "__init__":
            assert (package, other) == ("nn", "engine") or floor[room] < floor[other], (path, other)


@PACKAGES
def test_every_room_has_its_place(package):
    files = (ROOT / package).iterdir()
    rooms = {p.stem for p in files if p.suffix == ".py" or list(p.glob("*.py"))} - {"__init__"}
    assert rooms == {room for floor in house.FLOORS[package] for room in floor}


def test_the_picture_and_the_table_are_of_this_house():
    svg = (ROOT / "docs/house.svg").read_text("utf-8")
    drawn = {html.unescape(title) for title in re.findall(r"<title>(.*?&gt;.*?)</title>", svg)}
    assert drawn == {
        f"{package}.{room}->{package}.{other}"
        for package in house.FLOORS
        for room, other in house.arrows(package)
        if other != "engine"
    }
    assert house.table() in (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_an_import_that_runs_up_is_seen(tmp_path, monkeypatch):
    (tmp_path / "engine").mkdir()
    late = "def f():\n    from engine.drawing import drawing\n"
    (tmp_path / "engine/value.py").write_text(late)
    monkeypatch.setattr(house, "ROOT", tmp_path)
    with pytest.raises(AssertionError):
        test_every_import_runs_down("engine")

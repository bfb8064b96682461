"""The film of a graph: it moves, its layout does not, and it ends as the drawing is."""

import stat
import sys
from itertools import pairwise

import networks
import pytest
from graphs import Network, classic_neuron, needs_graphviz

from engine import Value, animate, backward_steps, forward_steps
from engine.animation import animation as module
from engine.animation.script import script
from engine.drawing.planning import plan
from engine.reading import Reading


def script_of(output, **options):
    (attempt, *_) = plan(Reading(output, differentiate=True, **options), "auto")
    return attempt.sheet, script(attempt.sheet)


def test_each_step_of_both_passes_is_a_step_of_the_film():
    out = classic_neuron()
    _, written = script_of(out)
    computed = [str(step) for step in forward_steps(out) if step.operation]
    assert [step.line for step in written.steps] == [
        *computed,
        "o.grad = 1",
        *map(str, backward_steps(out)),
    ]


def test_a_box_learns_its_data_and_then_each_contribution():
    x = Value(3.0, "x")
    out = x * x + x
    sheet, written = script_of(out)
    (i,) = [i for i, box in enumerate(sheet.folding.boxes) if box.members == [x]]
    says = [look["label"].partition("grad&nbsp;")[2] for look in written.looks[i]]
    numbers = [text.partition('"RIGHT">')[2].partition("<")[0] for text in says]
    assert numbers == ["", "1", "4", "7"]
    assert [step.box for step in written.steps].count(i) == 3


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_a_step_always_has_a_look_to_go_to(name):
    graph = networks.NETWORKS[name]()
    _, written = script_of(graph.output, model=graph.model)
    now = [0] * len(written.looks)
    for step in written.steps:
        now[step.box] += 1
    assert all(last < len(looks) for last, looks in zip(now, written.looks, strict=True))
    for backward in (False, True):
        assert 0 < sum(s.shown for s in written.steps if s.backward == backward) <= 120


@needs_graphviz
def test_the_film_is_a_gif_that_moves_on_a_layout_that_does_not(tmp_path):
    image = pytest.importorskip("PIL.Image")
    chops = pytest.importorskip("PIL.ImageChops")
    film = animate(classic_neuron())
    path = film.save(tmp_path / "backward.gif")
    with image.open(path) as gif:
        assert gif.n_frames > 40
        assert gif.info["loop"] == 0
        frames = []
        for i in range(gif.n_frames):
            gif.seek(i)
            frames.append(gif.convert("RGB"))
    assert len({frame.size for frame in frames}) == 1
    # The legend stands below the boxes; nothing there moves. Above something does at every step.
    width, height = frames[0].size
    legend = [frame.crop((0, int(0.79 * height), width, int(0.94 * height))) for frame in frames]
    assert all(chops.difference(legend[0], one).getbbox() is None for one in legend)
    differing = [a for a, b in pairwise(frames) if a.tobytes() != b.tobytes()]
    assert len(differing) == len(frames) - 1
    assert frames[0].getcolors(1 << 20) != frames[-1].getcolors(1 << 20)


@needs_graphviz
def test_a_notebook_shows_the_film():
    pytest.importorskip("PIL")
    x = Value(3.0, "x")
    bundle = animate(x * x)._repr_mimebundle_()
    assert bundle["image/gif"].startswith("R0lGOD")  # GIF8 in base 64


def test_the_gradients_of_the_graph_stay_as_they_are():
    network = Network([2, 2, 1])
    assert repr(animate(network, [0.5, -1.0])).startswith("Animation(nodes=")
    assert all(parameter.grad == 0.0 for parameter in network.parameters.values())


@needs_graphviz
def test_mp4_goes_through_ffmpeg_where_it_is(tmp_path, monkeypatch):
    pytest.importorskip("PIL")
    x = Value(3.0, "x")
    film, which = animate(x * x), module.shutil.which
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    with pytest.raises(ImportError, match=r"ffmpeg .* save the film as \.gif"):
        film.save(tmp_path / "film.mp4")
    program = tmp_path / "ffmpeg"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nopen(sys.argv[-1], 'wb').write("
        "repr((sys.argv, len(sys.stdin.buffer.read()))).encode())\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(module.shutil, "which", {"ffmpeg": str(program), "dot": which("dot")}.get)
    words, size = eval(film.save(tmp_path / "film.mp4").read_text())
    width, height = map(int, words[words.index("-s") + 1].split("x"))
    assert width % 2 == height % 2 == 0
    assert size == width * height * 3 * sum(count for _, count in film.frames())


def test_wrong_arguments_say_what_was_expected(tmp_path):
    x = Value(1.0, "x")
    with pytest.raises(ValueError, match=r"saved as \.gif or \.mp4, but got 'film\.avi'"):
        animate(x * x).save("film.avi")
    with pytest.raises(ValueError, match="theme must be one of light, dark, print"):
        animate(x * x, theme="night")
    with pytest.raises(ValueError, match="there are 2: take one"):
        animate(Network([2, 2]), [0.5, -1.0])
    with pytest.raises(TypeError, match="output must be a Value"):
        animate(3.0)

"""The forward and the backward pass of a graph as a film, for slides."""

import base64
import io
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.animation.script import Script, script
from engine.animation.stage import Stage
from engine.collector import collector_paused
from engine.drawing.drawing import mimebundle
from engine.drawing.look import Direction, Look, Theme
from engine.drawing.planning import Attempt, Level, plan
from engine.drawing.subject import Model, Row, read
from engine.files import write_whole
from engine.naming import GivenNames, Named
from engine.value import Value

if TYPE_CHECKING:
    from PIL.Image import Image

_PER_SECOND = 20  # frames
_PULSE, _HOLD, _START, _END = 6, 12, 20, 60  # frames of a step on the way, after it; of the ends
_INDENT = 10  # dots before a caption

PILLOW = "A film needs Pillow: pip install 'glassgrad[viz]'"
FFMPEG = (
    "an .mp4 needs the program ffmpeg on the PATH, and there is none: save the film as .gif, or "
    "install the ffmpeg of your system"
)


class Animation:
    """The two passes of a graph as a film, as `animate` made it; a notebook shows it by itself.

    The numbers are those of the moment when it was made.
    """

    def __init__(self, attempt: Attempt, script: Script) -> None:
        self._attempt = attempt
        self._script = script
        self._frames: list[tuple[Image, int]] = []

    def __repr__(self) -> str:
        return f"Animation(nodes={len(self._script.looks)}, steps={len(self._script.steps)})"

    def save(self, path: str | Path) -> Path:
        """Write the film to a file, which is replaced when the new one is whole.

        Args:
            path: A name that ends in .gif, or in .mp4 where there is the program ffmpeg.

        Returns:
            The path.

        Raises:
            ValueError: For another ending.
            ImportError: Where Graphviz, Pillow or ffmpeg is missing, with what to do.
        """
        path = Path(path)
        films = {".gif": self._gif, ".mp4": self._mp4}
        if path.suffix.lower() not in films:
            raise ValueError(f"a film is saved as .gif or .mp4, but got {str(path)!r}")
        write_whole(path, films[path.suffix.lower()]())
        return path

    def frames(self) -> "list[tuple[Image, int]]":
        """The pictures, each with how many twentieths of a second it is seen."""
        if not self._frames:
            try:
                import PIL  # noqa: F401
            except ImportError:
                raise ImportError(PILLOW) from None
            self._frames = list(_frames(Stage(self._attempt, self._script), self._script))
        return self._frames

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        film = {"image/gif": lambda: base64.b64encode(self._gif()).decode("ascii")}
        return mimebundle(film, repr(self), self._attempt.digraph.source, include, exclude)

    def _gif(self) -> bytes:
        frames = self.frames()
        first, *rest = (frame for frame, _ in frames)
        film = io.BytesIO()
        durations = [count * 1000 // _PER_SECOND for _, count in frames]
        first.save(film, "gif", save_all=True, append_images=rest, duration=durations, loop=0)
        return film.getvalue()

    def _mp4(self) -> bytes:
        program = shutil.which("ffmpeg")
        if program is None:
            raise ImportError(FFMPEG)
        frames = self.frames()
        width, height = (side // 2 * 2 for side in frames[0][0].size)  # the format wants it even
        with tempfile.TemporaryDirectory() as folder:
            film = Path(folder) / "film.mp4"
            words = f"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {_PER_SECOND} -i -"
            kind = "-pix_fmt yuv420p -movflags +faststart"
            whole = b"".join(
                frame.crop((0, 0, width, height)).convert("RGB").tobytes() * count
                for frame, count in frames
            )
            done = subprocess.run(
                [program, "-y", "-loglevel", "error", *words.split(), *kind.split(), str(film)],
                input=whole,
                capture_output=True,
            )
            if done.returncode != 0:
                reason = done.stderr.decode(errors="replace").strip()[-500:]
                raise RuntimeError(f"ffmpeg failed with code {done.returncode}: {reason}")
            return film.read_bytes()


@dataclass(slots=True)
class _Scene:
    """What is seen at a moment, above its caption."""

    stage: Stage
    picture: "Image"

    def with_caption(self, i: int, picture: "Image | None" = None) -> "Image":
        """The frame: the picture, and below it the line of a step."""
        shown, caption = picture or self.picture, self.stage.captions[i]
        width = max(shown.width, _INDENT + caption.width)
        frame = shown.crop((0, 0, width, shown.height + caption.height))
        ground = shown.getpixel((0, 0)) or 0
        frame.paste(ground, (shown.width, 0, *frame.size))
        frame.paste(ground, (0, shown.height, *frame.size))
        frame.paste(caption, (_INDENT, shown.height))
        return frame

    def turn(self, box: int, look: int) -> None:
        """A box takes another look."""
        place = self.stage.boxes[box]
        self.picture.paste(self.stage.looks[look].crop(place), place[:2])

    def reach(self, edge: int) -> None:
        """An edge has been gone along."""
        from PIL import Image, ImageDraw

        way = self.stage.edges.get(edge)
        if way:
            mask = Image.new("L", self.picture.size)
            pen = ImageDraw.Draw(mask)
            pen.line(way, 255, 14, "curve")
            for x, y in (way[0], way[-1]):
                pen.ellipse((x - 7, y - 7, x + 7, y + 7), 255)
            self.picture.paste(self.stage.reached, (0, 0), mask)

    def lit(self, edges: Collection[int], box: int | None = None, at: float = -1.0) -> "Image":
        """The picture with something lit: edges, a point on the way along them, a box."""
        from PIL import ImageDraw

        picture = self.picture.copy()
        pen = ImageDraw.Draw(picture)
        for edge in edges:
            way = self.stage.edges.get(edge, [])
            pen.line(way, self.stage.lit, 3, "curve")
            if way and at >= 0.0:
                x, y = way[round(at * (len(way) - 1))]
                pen.ellipse((x - 7, y - 7, x + 7, y + 7), self.stage.lit)
        if box is not None:
            left, top, right, bottom = self.stage.boxes[box]
            pen.rounded_rectangle((left, top, right - 1, bottom - 1), 8, None, self.stage.lit, 4)
        return picture


def _frames(stage: Stage, script: Script) -> "Iterator[tuple[Image, int]]":
    """A point runs along the edges of each step, and the box where it arrives is lit."""
    scene = _Scene(stage, stage.looks[0].copy())
    now = [0] * len(script.looks)
    yield scene.with_caption(0), _START
    for i, step in enumerate(script.steps, 1):
        for moment in range(1, _PULSE) if step.shown and step.edges else ():
            at = moment / _PULSE
            picture = scene.lit(step.edges, at=1.0 - at if step.backward else at)
            yield scene.with_caption(i, picture), 1
        now[step.box] += 1
        scene.turn(step.box, now[step.box])
        for edge in step.edges if step.backward else ():
            scene.reach(edge)
        if step.shown:
            yield scene.with_caption(i, scene.lit(step.edges, step.box)), _HOLD
    for edge in stage.edges:
        scene.reach(edge)
    for box, looks in enumerate(script.looks):
        scene.turn(box, len(looks) - 1)
    yield scene.with_caption(0), _END


@collector_paused()
def animate(
    output: Value | Model,
    row: Row | None = None,
    *,
    level: Level = "auto",
    names: GivenNames = (),
    model: Named | None = None,
    math_labels: bool = False,
    direction: Direction = "auto",
    theme: Theme = "light",
    font_size: float = 11.0,
    legend: bool = True,
) -> Animation:
    """Show the forward and then the backward pass of a graph as a film, on a layout that stays.

    Forward, each box learns its data; backward, each contribution runs along its edge and adds to
    the gradient where it arrives. The backward pass of the film starts with all gradients at zero,
    whatever they are now, and those of the graph stay as they are.

    Args:
        output: The Value at the end of the graph; or a model of one output.
        row: After a model the row, a number for each of its inputs.
        level: As for `draw`; of a pass of more than 120 steps some are taken without being shown.
        names: As for `draw`, as are `model` and `math_labels`.
        model: Whatever has `named_parameters()`.
        math_labels: Whether a name that ends in a number is written as in a book.
        direction: As for `draw`, as are `theme`, `font_size` and `legend`.
        theme: "light", "dark" or "print".
        font_size: The size of the names in points, from 4 to 72.
        legend: Whether there is one.

    Returns:
        The film: `animate(out).save("backward.gif")`.

    Raises:
        TypeError: For anything but a Value or a model.
        ValueError: As `draw`, and for several outputs.

    Example:
        >>> x = Value(3.0, "x")
        >>> animate(x * x)
        Animation(nodes=2, steps=4)
    """
    look = Look(direction, theme, font_size, legend)
    given = () if row is None else (row,)
    reading = read(output, given, names, model, math_labels, differentiate=True)
    if len(reading.outputs) > 1:
        raise ValueError(
            f"a film goes back from one output, but there are {len(reading.outputs)}: take one, "
            "as in animate(model(row)[0], model=model)"
        )
    attempt = plan(reading, level, look=look)[0]
    return Animation(attempt, script(attempt.sheet))

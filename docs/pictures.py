"""Makes the pictures of the README: `python docs/pictures.py`, or with the names of some.

Every picture carries, in a text chunk of its PNG, what it was made from: the graph in the DOT
language, or the program. A test makes that again and compares, for it is the same on every machine,
while the dots depend on fonts.
"""

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

from networks import neuron  # noqa: E402
from PIL import Image, PngImagePlugin  # noqa: E402

from engine import backward_steps, draw, view, write_whole  # noqa: E402

README = (DOCS.parent / "README.md").read_text("utf-8")


def made_from(name: str) -> str:
    """What a picture is made from; where it changes, the picture is stale."""
    return SOURCES[name]()


def kept(name: str) -> str:
    """What the picture that is there was made from; "" where it does not say."""
    with Image.open(DOCS / f"{name}.png") as picture:
        return str(picture.info.get(_KEY, ""))


_KEY = "made from"


def save(name: str) -> None:
    """Make a picture, and say in it what from."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        _MAKERS[name]()
        with Image.open(f"{name}.png") as picture:
            says = PngImagePlugin.PngInfo()
            says.add_itxt(_KEY, made_from(name), zip=True)
            whole = io.BytesIO()
            picture.save(whole, "png", pnginfo=says, optimize=True)
    write_whole(DOCS / f"{name}.png", whole.getvalue())


def _program(containing: str) -> str:
    """The one program or command of the README that contains this."""
    blocks = re.findall(r"^```\w+\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (found,) = [block for block in blocks if containing in block]
    return str(found)


def _neuron() -> str:
    return draw(neuron().output).source


def _steps() -> str:
    return "\n".join([_neuron(), *map(str, backward_steps(neuron().output))])


def _comparisons() -> str:
    return _program("nn.compare(")


def _sweep() -> str:
    return _program("-m nn sweep")


SOURCES: dict[str, Callable[[], str]] = {
    "neuron": _neuron,
    "viewer": _steps,
    "initializers": _comparisons,
    "learning-rates": _comparisons,
    "sweep": _sweep,
}


def _photograph() -> None:
    """The page after its last step, in a browser of 1000 × 500."""
    from selenium import webdriver

    page = view(neuron().output).save("step.html")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for argument in ("headless", "no-sandbox", "hide-scrollbars", "force-device-scale-factor=1.5"):
        options.add_argument(f"--{argument}")
    browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        browser.set_window_size(1000, 640)
        browser.get(page.absolute().as_uri())
        browser.find_element("css selector", "body").send_keys("\ue010")  # the End key
        browser.save_screenshot("viewer.png")
    finally:
        browser.quit()


def _command() -> None:
    from nn.__main__ import main

    main(_sweep().replace("$", "").split()[3:])
    (made,) = Path().rglob("sweep.png")
    made.rename("sweep.png")


_MAKERS: dict[str, Callable[[], object]] = {
    "neuron": lambda: draw(neuron().output).save("neuron.png"),
    "viewer": _photograph,
    "initializers": lambda: exec(_comparisons(), {}),
    "learning-rates": lambda: exec(_comparisons(), {}),
    "sweep": _command,
}


if __name__ == "__main__":
    for name in sys.argv[1:] or SOURCES:
        save(name)
        print(f"saved docs/{name}.png")

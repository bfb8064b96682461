"""Models as files: JSON that holds every parameter to the last bit, and runs nothing."""

import json
import os
from pathlib import Path
from typing import Any

from nn.init import zeros
from nn.layers import ACTIVATIONS, MLP, activation_name

FORMAT = "glassgrad model"
VERSION = 1


def save(model: MLP, path: str | Path, about: dict[str, Any] | None = None) -> None:
    """Write a model to a JSON file: its architecture and its parameters.

    about  what else to keep with it, anything that JSON can hold: names of classes, how the inputs
           were scaled; `load_about` reads it

    The file is written beside its place and moved there when it is whole, so that a crash on the
    way leaves the old one. A parameter that is not finite and an activation without a name are a
    ValueError, an unwritable path an OSError.

    >>> import tempfile
    >>> model = MLP(2, [3, 1], seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, Path(folder) / "model.json")
    ...     same = load(Path(folder) / "model.json")
    >>> same.state_dict() == model.state_dict()
    True
    """
    path = Path(path)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "model": _architecture(model),
        "parameters": model.state_dict(),
        "about": about or {},
    }
    try:
        text = json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False)
    except ValueError:
        raise ValueError(
            "a parameter is not finite, so this model is not worth saving: "
            + ", ".join(n for n, p in model.named_parameters() if p.data - p.data != 0.0)
        ) from None
    neighbour = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with neighbour.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        neighbour.replace(path)
    finally:
        neighbour.unlink(missing_ok=True)


def load(path: str | Path) -> MLP:
    """The model that `save` wrote.

    A file that is truncated, or is not such a model, is a ValueError with the reason; a missing one
    is a FileNotFoundError. Nothing in the file is executed.
    """
    document = _read(Path(path))
    try:
        model = _build(document["model"])
        model.load_state_dict(document["parameters"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path} does not hold a whole model: {error}") from error
    return model


def load_about(path: str | Path) -> dict[str, Any]:
    """What was saved with the model beside its parameters; raises as `load` does."""
    about = _read(Path(path)).get("about", {})
    if not isinstance(about, dict):
        raise ValueError(f"{path} does not hold a whole model: 'about' is {about!r}")
    return about


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a saved model: it is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not a saved model, or a truncated one: {error}") from None
    except RecursionError:
        raise ValueError(f"{path} is not a saved model: it is nested too deeply") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"{path} is not a saved model: it does not say that it is a {FORMAT!r}")
    if document.get("version") != VERSION:
        raise ValueError(
            f"{path} has version {document.get('version')!r} of the format, and this program reads "
            f"version {VERSION}; load it with the program that wrote it"
        )
    return document


def _architecture(model: MLP) -> dict[str, Any]:
    if not isinstance(model, MLP):
        raise TypeError(
            f"only an MLP can be saved, for its architecture is known, but got {model!r}; "
            "of another module, keep state_dict()"
        )
    activations = [activation_name(layer.activation) for layer in model.layers]
    for i, name in enumerate(activations):
        if name not in ACTIVATIONS:
            raise ValueError(
                f"layers.{i} has an activation of your own, {name!r}, which a file cannot hold; "
                f"use one of {', '.join(ACTIVATIONS)}, or keep state_dict()"
            )
    return {
        "class": "MLP",
        "n_inputs": model.layers[0].n_inputs,
        "layer_sizes": [layer.n_outputs for layer in model.layers],
        "activations": activations,
        "initializers": [layer.initializer for layer in model.layers],
        "bias": model.layers[0].bias,
    }


def _build(architecture: dict[str, Any]) -> MLP:
    if architecture["class"] != "MLP":
        raise ValueError(f"the class {architecture['class']!r} is unknown")
    model = MLP(
        architecture["n_inputs"],
        architecture["layer_sizes"],
        activation=architecture["activations"],
        init=zeros,
        bias=architecture["bias"],
    )
    for layer, initializer in zip(model.layers, architecture["initializers"], strict=True):
        layer.initializer = str(initializer)
    return model

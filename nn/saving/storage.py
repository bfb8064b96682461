"""Models as files: JSON that holds every parameter to the last bit, and runs nothing."""

import json
import os
from pathlib import Path
from typing import Any

import engine
from nn.activations import ACTIVATIONS, activation_name
from nn.init import zeros
from nn.layers import MLP, Layer

FORMAT = "glassgrad model"
VERSION = 1


def save(model: MLP, path: str | Path, about: dict[str, Any] | None = None) -> None:
    """Write a model to a JSON file: its architecture and its parameters.

    The file is written beside its place and moved there when it is whole, so that a crash on the
    way leaves the old one.

    Args:
        model: An MLP.
        path: Of the file.
        about: What else to keep with it, anything that JSON can hold: names of classes, how the
            inputs were scaled; `load_about` reads it.

    Raises:
        OSError: If the path cannot be written.
        TypeError: If it is no MLP, or more than one.
        ValueError: If a parameter is not finite, or an activation has no name.

    Example:
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
    _build(document)  # what could not be loaded is not saved
    try:
        text = json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise type(error)(f"about must be what JSON can hold, but {error}") from None
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
    """Read the model that `save` wrote. Nothing in the file is executed.

    Args:
        path: Of the file.

    Raises:
        FileNotFoundError: If it is missing.
        ValueError: If it is truncated, or not such a model; with the reason.
    """
    document = _read(Path(path))
    try:
        return _build(document)
    except KeyError as error:
        raise ValueError(f"{path} does not hold a whole model: {error} is missing") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path} does not hold a whole model: {error}") from error


def load_about(path: str | Path) -> dict[str, Any]:
    """Read what was saved with a model beside its parameters.

    Args:
        path: Of the file.

    Raises:
        FileNotFoundError: If it is missing.
        ValueError: If it is truncated, or not such a model; with the reason.
    """
    about = _read(Path(path)).get("about", {})
    if not isinstance(about, dict):
        raise ValueError(f"{path} does not hold a whole model: 'about' is {about!r}")
    return about


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a saved model: it is not UTF-8 text") from None
    except ValueError as error:
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
    if type(model) is not MLP:
        raise TypeError(
            f"only an MLP itself can be saved, for its architecture is known, but got {model!r}; "
            "of another module, keep state_dict()"
        )
    return {
        "class": "MLP",
        "n_inputs": model.layers[0].n_inputs,
        "layer_sizes": [layer.n_outputs for layer in model.layers],
        "activations": [_known_name(layer) for layer in model.layers],
        "initializers": [layer.initializer for layer in model.layers],
        "bias": model.layers[0].bias,
    }


def _known_name(layer: Layer) -> str:
    """The name that stands for the activation of all neurons of a layer."""
    for neuron in layer.neurons:
        name = activation_name(neuron.activation)
        # a function of your own may be called tanh too, and mean something else
        row, same = ACTIVATIONS.get(name), getattr(engine, name, None)
        known = row is not None and neuron.activation in (row.function, same)
        if not known or neuron.activation is not layer.activation:
            raise ValueError(
                f"{layer.name} has an activation of your own, {name!r}, which a file cannot hold; "
                f"use one of {', '.join(ACTIVATIONS)} for all neurons, or keep state_dict()"
            )
    return name


def _build(document: dict[str, Any]) -> MLP:
    architecture = document["model"]
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
    model.load_state_dict(document["parameters"])
    return model

"""Models as files: JSON that holds every parameter to the last bit, and runs nothing.

What is read is believed in nothing: it may claim any size, so nothing is built before the numbers
have been counted.
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, overload

import engine
from nn.activations import ACTIVATIONS, activation_name
from nn.common.checks import kind, whole
from nn.common.documents import parse_json
from nn.common.text import shown
from nn.init import zeros
from nn.layers import MLP, Layer
from nn.module import Module

FORMAT = "glassgrad model"
VERSION = 1

Kind = TypeVar("Kind")
Own = TypeVar("Own", bound=Module)
_IN_WORDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
_ENTRIES = {"format", "version", "model", "parameters", "about"}
_ARCHITECTURE = {"class", "n_inputs", "layer_sizes", "activations", "initializers", "bias"}


def save(model: Module, path: str | Path, about: dict[str, Any] | None = None) -> None:
    """Write a model to a JSON file: its parameters, and of an MLP its architecture.

    Of a module of your own the file has the name of the class beside the parameters; to load it
    takes a module that you have built.

    An old file is replaced when the new one is whole, so that a crash on the way leaves it.

    Args:
        model: An MLP, or any other module.
        path: Of the file.
        about: What else to keep with it, anything that JSON can hold: names of classes, how the
            inputs were scaled; `load_about` reads it.

    Raises:
        OSError: If the path cannot be written.
        TypeError: If it is no module.
        ValueError: If a parameter is not finite, an activation has no name, or `about` cannot be
            read back.

    Example:
        >>> import tempfile
        >>> model = MLP(2, [3, 1], seed=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(model, Path(folder) / "model.json")
        ...     same = load(Path(folder) / "model.json")
        >>> same.state_dict() == model.state_dict()
        True
    """
    architecture = _architecture(model)
    parameters = model.state_dict()
    document = {
        "format": FORMAT,
        "version": VERSION,
        "model": architecture,
        "parameters": parameters,
        "about": {**_names(model), **(about or {})},
    }
    if type(model) is MLP:
        _build(document)  # what could not be loaded is not saved
    else:
        model.load_state_dict(parameters)  # which are finite, then
    try:
        text = json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False)
        parse_json(text)
        content = f"{text}\n".encode()
    except (TypeError, ValueError, RecursionError) as error:
        wrong = TypeError if isinstance(error, TypeError) else ValueError
        raise wrong(f"about must be what JSON can hold, but {error}") from None
    engine.write_whole(path, content)


@overload
def load(path: str | Path) -> MLP: ...


@overload
def load(path: str | Path, into: Own) -> Own: ...


def load(path: str | Path, into: Module | None = None) -> Module:
    """Read the model that `save` wrote. Nothing in the file is executed.

    Args:
        path: Of the file.
        into: A module of the class that was saved, which gets the parameters; None to have an MLP
            built as the file says.

    Returns:
        The model: the one given, or a new one.

    Raises:
        FileNotFoundError: If it is missing.
        ValueError: If it is truncated, or not such a model; with the reason. The module that was
            given stays as it was.

    Example:
        >>> import tempfile
        >>> class Line(Module):
        ...     def __init__(self):
        ...         self.slope = engine.Value(1.0)
        ...     def __call__(self, row):
        ...         return self.slope * row[0]
        >>> line = Line()
        >>> line.slope.data = 2.5
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(line, Path(folder) / "line.json")
        ...     load(Path(folder) / "line.json", into=Line()).predict([[2.0]])
        [5.0]
    """
    document = _read(Path(path))
    try:
        names = _feature_names(document.get("about"))
        if into is None:
            model: Module = _build(document)
            model.feature_names = names
            return model
        _check_names("the file", document, _ENTRIES)
        saved, given = document["model"]["class"], type(into).__name__
        if saved != given:
            raise ValueError(f"it is of a {shown(saved)}, and into is a {given}")
        into.load_state_dict(_of_kind("parameters", document["parameters"], dict))
        into.feature_names = names
        return into
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
        raise ValueError(f"{path} does not hold a whole model: 'about' is {shown(about)}")
    return about


def _read(path: Path) -> dict[str, Any]:
    try:
        document = parse_json(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a saved model: it is not UTF-8 text") from None
    except ValueError as error:
        raise ValueError(f"{path} is not a saved model, or a truncated one: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"{path} is not a saved model: it does not say that it is a {FORMAT!r}")
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        raise ValueError(
            f"{path} has version {shown(version)} of the format, and this program reads "
            f"version {VERSION}; load it with the program that wrote it"
        )
    return document


def _architecture(model: Module) -> dict[str, Any]:
    if not isinstance(model, Module):
        raise TypeError(f"only a module can be saved, such as an MLP; got {kind(model)}")
    if type(model) is not MLP:
        return {"class": type(model).__name__}
    return {
        "class": "MLP",
        "n_inputs": model.layers[0].n_inputs,
        "layer_sizes": [layer.n_outputs for layer in model.layers],
        "activations": [_known_name(layer) for layer in model.layers],
        "initializers": [layer.initializer for layer in model.layers],
        "bias": model.layers[0].bias,
    }


def _names(model: Module) -> dict[str, Any]:
    """The names of the columns that it was trained on, if it knows them."""
    return {"feature_names": list(model.feature_names)} if model.feature_names else {}


def _feature_names(about: Any) -> tuple[str, ...]:
    """The same, read; none of what somebody else wrote under that name."""
    names = about.get("feature_names") if isinstance(about, dict) else None
    texts = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return tuple(names) if names and texts else ()


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
    _check_names("the file", document, _ENTRIES)
    _of_kind("about", document.get("about", {}), dict)
    parameters = _of_kind("parameters", document["parameters"], dict)
    architecture = _of_kind("model", document["model"], dict)
    if architecture["class"] != "MLP":
        name = shown(architecture["class"])
        raise ValueError(
            f"it is of the class {name}, which is not known here; build one, and load into it: "
            "nn.load(path, into=model)"
        )
    _check_names("model", architecture, _ARCHITECTURE)
    bias = _of_kind("bias", architecture["bias"], bool)
    sizes = [whole("n_inputs", architecture["n_inputs"], at_least=1)]
    for size in _of_kind("layer_sizes", architecture["layer_sizes"], list):
        sizes.append(whole("each of layer_sizes", size, at_least=1))
    initializers = _of_kind("initializers", architecture["initializers"], list)
    for name in _parameter_names(sizes, bias):  # ends at the first one that is not there
        if name not in parameters:
            raise ValueError(f"{name} is missing")
    model = MLP(
        sizes[0],
        sizes[1:],
        activation=_of_kind("activations", architecture["activations"], list),
        init=zeros,
        bias=bias,
    )
    if len(initializers) != len(model.layers):
        raise ValueError(f"{len(model.layers)} layers, but {len(initializers)} initializers")
    for layer, initializer in zip(model.layers, initializers, strict=True):
        layer.initializer = _of_kind("each of initializers", initializer, str)
    model.load_state_dict(parameters)
    return model


def _parameter_names(sizes: list[int], bias: bool) -> Iterator[str]:
    """The names of the parameters of an MLP that is not there yet."""
    for i, (n_inputs, n_outputs) in enumerate(pairwise(sizes)):
        for j in range(n_outputs):
            neuron = f"layers.{i}.neurons.{j}"
            yield from (f"{neuron}.w.{k}" for k in range(n_inputs))
            if bias:
                yield f"{neuron}.b"


def _check_names(what: str, given: dict[str, Any], expected: set[str]) -> None:
    if unexpected := [name for name in given if name not in expected]:
        raise ValueError(f"{shown(unexpected[0])} in {what} is unexpected")


def _of_kind(name: str, value: object, wanted: type[Kind]) -> Kind:
    """Let what has a type of JSON pass."""
    if not isinstance(value, wanted):
        raise ValueError(f"{name} must be {_IN_WORDS[wanted]}; got {kind(value)}")
    return value

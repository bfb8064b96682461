"""Models as files: every bit comes back, a crash leaves the old file, nothing foreign gets in."""

import json
import math
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import engine
from engine import Value
from nn import MLP, Layer, Module, load, load_about, save

finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.json"


@pytest.fixture
def saved(path):
    """A file, and what it holds as a dict."""
    save(MLP(2, [3, 1], seed=0), path, about={"classes": ["a", "b"]})
    return path, json.loads(path.read_text("utf-8"))


def listed(folder):
    return [entry.name for entry in folder.iterdir()]


# Round trips


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(finite, min_size=9, max_size=9))
def test_every_parameter_comes_back_to_the_bit(tmp_path, numbers):
    model = MLP(1, [2, 1, 1], seed=0)
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number
    save(model, tmp_path / "m.json")
    twin = load(tmp_path / "m.json")
    assert [p.data.hex() for p in twin.parameters()] == [x.hex() for x in numbers]


@pytest.mark.parametrize("number", [-0.0, 5e-324, 2.2e-308, 1.7976931348623157e308, 0.1 + 0.2])
def test_the_ends_of_the_floats(path, number):
    model = MLP(1, [1])
    model.layers[0].neurons[0].b.data = number
    save(model, path)
    assert load(path).layers[0].neurons[0].b.data.hex() == number.hex()


@pytest.mark.parametrize(
    "model",
    [
        MLP(2, [3, 1], seed=0),
        MLP(3, [1], bias=False),
        MLP(2, [4, 3, 2], activation=["relu", "gelu", "sigmoid"], init="he_normal(mode='fan_out')"),
        MLP(2, [2, 2], activation=engine.silu, init=lambda fan_in, fan_out, rng: 0.5),
        MLP(2, [2, 2], activation=Value.softplus, output_activation="tanh"),
    ],
    ids=repr,
)
def test_the_architecture_comes_back(path, model):
    save(model, path)
    twin = load(path)
    assert repr(twin) == repr(model)
    assert twin.summary() == model.summary()
    assert twin.state_dict() == model.state_dict()
    row = [0.5] * model.layers[0].n_inputs
    assert [x.data for x in twin.outputs(row)] == [x.data for x in model.outputs(row)]


def test_a_loaded_model_can_be_trained_and_saved_again(saved):
    path, document = saved
    model = load(str(path))
    (model([1.0, 2.0]) ** 2).backward()
    assert any(p.grad for p in model.parameters())
    save(model, path, about=load_about(path))
    assert json.loads(path.read_text("utf-8")) == document


def test_what_is_kept_beside_the_model(path):
    about = {"classes": ["é", "\U0001f33c"], "scale": [0.1, -2.5], "deep": {"none": None}}
    save(MLP(1, [1]), path, about=about)
    assert load_about(path) == about
    save(MLP(1, [1]), path)
    assert load_about(path) == {}


def test_the_file_is_plain_json_that_says_what_it_is(saved):
    path, document = saved
    assert document["format"] == "glassgrad model"
    assert document["version"] == 1
    assert document["model"]["layer_sizes"] == [3, 1]
    assert document["parameters"] == load(path).state_dict()
    assert path.read_bytes().endswith(b"\n")


# What cannot be saved leaves no trace


def tanh(z):
    """Not the one that the name stands for."""
    return 1.7159 * (z * (2 / 3)).tanh()


class Deeper(MLP):
    pass


def model_with(**changes):
    model = MLP(2, [3, 1], seed=0)
    for name, value in changes.items():
        setattr(model, name, value)
    return model


def with_parameter(number):
    model = MLP(2, [3, 1], seed=0)
    model.layers[1].neurons[0].b.data = number
    return model


def with_one_neuron_changed():
    model = MLP(2, [3, 1], seed=0)
    model.layers[0].neurons[2].activation = Value.relu
    return model


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (with_parameter(math.nan), ValueError, "layers.1.neurons.0.b is nan"),
        (with_parameter(-math.inf), ValueError, "layers.1.neurons.0.b is -inf"),
        (MLP(2, [3, 1], lambda z: z * z), ValueError, "layers.0 has an activation of your own, '<"),
        (MLP(2, [3, 1], tanh), ValueError, "layers.0 has an activation of your own, 'tanh', which"),
        (with_one_neuron_changed(), ValueError, "layers.0 has an activation of your own, 'relu'"),
        (model_with(scale=Value(1.0)), ValueError, "scale is unexpected"),
        (None, TypeError, "only a module can be saved, such as an MLP; got the NoneType None"),
    ],
)
def test_what_could_not_be_loaded_is_not_saved(saved, model, error, message):
    path, _ = saved
    before = path.read_bytes()
    with pytest.raises(error, match=re.escape(message)):
        save(model, path)
    assert path.read_bytes() == before
    assert listed(path.parent) == [path.name]


@pytest.mark.parametrize(
    ("about", "error"),
    [({"x": math.nan}, ValueError), ({"x": {1}}, TypeError), ({"x": "\udc80"}, ValueError)],
)
def test_what_json_cannot_hold(path, about, error):
    with pytest.raises(error, match="about must be what JSON can hold, but "):
        save(MLP(1, [1]), path, about=about)
    assert listed(path.parent) == []


# A crash on the way


class FullDiskError(OSError):
    pass


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_crash_leaves_the_old_file_and_nothing_else(saved, monkeypatch, moment):
    path, document = saved

    def fail(*_):
        raise FullDiskError

    monkeypatch.setattr(os, moment, fail)
    with pytest.raises(FullDiskError):
        save(MLP(2, [3, 1], seed=1), path)
    monkeypatch.undo()
    assert json.loads(path.read_text("utf-8")) == document
    assert listed(path.parent) == [path.name]


def test_places_where_no_file_can_be(tmp_path):
    with pytest.raises(IsADirectoryError):
        save(MLP(1, [1]), tmp_path)
    with pytest.raises(FileNotFoundError):
        save(MLP(1, [1]), tmp_path / "no such folder" / "model.json")
    assert listed(tmp_path) == []
    assert [p for p in tmp_path.parent.iterdir() if p.suffix == ".part"] == []


# Files that are no models


def refused(path, message, error=ValueError):
    with pytest.raises(error, match=re.escape(message)) as caught:
        load(path)
    if error is ValueError:
        assert str(path) in str(caught.value)


def test_a_truncated_file_at_every_length(path):
    save(MLP(1, [1], seed=0), path)
    whole = path.read_bytes()
    load(path)
    for length in range(len(whole) - 2):  # the last two bytes are the brace and the line's end
        path.write_bytes(whole[:length])
        refused(path, "is not a saved model, or a truncated one: ")


@pytest.mark.parametrize(
    "text", ["null", "[]", "3", '"glassgrad model"', "{}", '{"format": "onnx"}', '{"version": 1}']
)
def test_foreign_json(path, text):
    path.write_text(text)
    refused(path, "is not a saved model: it does not say that it is a 'glassgrad model'")


@pytest.mark.parametrize("version", [2, 0, None, "1", [1]])
def test_another_version(saved, version):
    path, document = saved
    path.write_text(json.dumps(document | {"version": version}))
    refused(path, f"has version {version!r} of the format, and this program reads version 1")
    with pytest.raises(ValueError, match="has version"):
        load_about(path)


def test_binary_garbage(path):
    path.write_bytes(bytes(range(256)))
    refused(path, "is not UTF-8 text")
    path.write_bytes(b"\x00" * 100)
    refused(path, "is not a saved model, or a truncated one: ")
    path.write_text("[" * 100_000)
    refused(path, "is not a saved model")
    path.write_text("1" * 10_000)
    refused(path, "is not a saved model")


def test_no_file(tmp_path):
    refused(tmp_path / "none.json", "none.json", FileNotFoundError)
    refused(tmp_path, tmp_path.name, IsADirectoryError)


def change(document, way, value):
    """The document with one entry replaced, or removed for `...`."""
    changed = json.loads(json.dumps(document))
    *outer, last = way
    place = changed
    for key in outer:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return changed


BIAS = "layers.0.neurons.1.b"


@pytest.mark.parametrize(
    ("way", "value", "message"),
    [
        (["model"], ..., "'model' is missing"),
        (["model"], 3, "does not hold a whole model"),
        (["parameters"], ..., "'parameters' is missing"),
        (["parameters"], [1.0], "parameters must be an object; got "),
        (["parameters", BIAS], ..., f"{BIAS} is missing"),
        (["parameters", BIAS], "0.5", f"{BIAS} is '0.5', not a finite number"),
        (["parameters", BIAS], None, f"{BIAS} is None, not a finite number"),
        (["parameters", BIAS], True, f"{BIAS} is True, not a finite number"),
        (["parameters", BIAS], math.nan, f"{BIAS} is nan, not a finite number"),
        (["parameters", BIAS], math.inf, f"{BIAS} is inf, not a finite number"),
        (["parameters", BIAS], 10**400, f"{BIAS} is 1"),
        (["parameters", "extra"], 1.0, "extra is unexpected"),
        (["model", "class"], "Transformer", "of the class 'Transformer', which is not known here"),
        (["model", "class"], "x" * 10**5, "the class 'xxxxxxxxxx"),
        (["model", "class"], ..., "'class' is missing"),
        (["model", "n_inputs"], 3, "layers.0.neurons.0.w.2 is missing"),
        (["model", "n_inputs"], 2.0, "n_inputs must be a whole number"),
        (["model", "n_inputs"], ..., "'n_inputs' is missing"),
        (["model", "layer_sizes"], [2, 1], "layers.0.neurons.2.w.0 is unexpected"),
        (["model", "layer_sizes"], [], "an MLP needs at least one layer"),
        (["model", "layer_sizes"], None, "does not hold a whole model"),
        (["model", "layer_sizes"], [0, 1], "each of layer_sizes must be a whole number"),
        (["model", "activations"], ["tanh"], "a list of activations needs one for every layer"),
        (["model", "activations"], ["os.system", "tanh"], "unknown activation 'os.system'"),
        (["model", "activations"], [["tanh"], "tanh"], "an activation is a name"),
        (["model", "initializers"], [], "does not hold a whole model"),
        (["model", "bias"], False, "layers.0.neurons.0.b is unexpected"),
        (["model", "bias"], "yes", "bias must be true or false; got the str 'yes'"),
        (["model", "bias"], 1, "bias must be true or false; got the int 1"),
        (["model", "n_inputs"], True, "n_inputs must be a whole number"),
        (["model", "n_inputs"], 10**9, "layers.0.neurons.0.w.2 is missing"),
        (["model", "layer_sizes"], [10**9, 1], "layers.0.neurons.3.w.0 is missing"),
        (["model", "layer_sizes"], [3, 10**30], "layers.1.neurons.1.w.0 is missing"),
        (["model", "layer_sizes"], [3] + [1] * 10**5, "layers.2.neurons.0.w.0 is missing"),
        (["model", "layer_sizes"], "31", "layer_sizes must be a list; got the str '31'"),
        (["model", "activations"], "tanh", "activations must be a list; got the str 'tanh'"),
        (["model", "initializers"], [1, 2], "each of initializers must be a text; got the int 1"),
        (["model", "dropout"], 0.5, "'dropout' in model is unexpected"),
        (["model"], [], "model must be an object; got the list []"),
        (["extra"], 1, "'extra' in the file is unexpected"),
        (["version"], 1.0, "has version 1.0 of the format"),
        (["version"], True, "has version True of the format"),
    ],
)
def test_a_file_that_was_tampered_with(saved, way, value, message):
    path, document = saved
    path.write_text(json.dumps(change(document, way, value)))
    refused(path, message)


def test_a_claim_costs_nothing(saved):
    """The kernel counts the memory, and a file of a thousand bytes gets next to none."""
    path, document = saved
    path.write_text(json.dumps(change(document, ["model", "layer_sizes"], [10**9, 1])))
    program = (
        "import resource, sys; from nn import load; load(sys.argv[2]);"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: load(sys.argv[1])\n"
        "except ValueError: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    honest = path.with_name("honest.json")
    save(MLP(2, [3, 1]), honest)
    done = subprocess.run(
        [sys.executable, "-c", program, path, honest],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert int(done.stdout) < 10_000  # kilobytes


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"bias": true', '"bias": true, "bias": false', "'bias' stands twice"),
        ('"version": 1', '"version": 1, "version": 1', "'version' stands twice"),
        ('"classes": [', '"classes": ' + "[" * 99, "is nested more than 100 levels deep"),
        ('"classes": [', '"classes": [' + "[" * 10**6, "line 37, column 112 is nested more than"),
        ('"classes": [', '"classes": [' + '{"a":' * 10**5, "is nested more than 100 levels deep"),
        ('"classes": [', '"classes": ["' + '\\"' * 10**6, "Invalid control character at: line"),
        ('"n_inputs": 2', '"n_inputs": ' + "1" * 5000, "Exceeds the limit"),
    ],
)
def test_texts_that_are_made_to_be_hard_to_read(saved, old, new, message):
    path, _ = saved
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    refused(path, message)


def nested(levels):
    made = []
    for _ in range(levels):
        made = [made]
    return made


@pytest.mark.parametrize("about", [{1: "a", "1": "b"}, {"x": nested(200)}, {"x": nested(10**5)}])
def test_what_could_not_be_read_back_is_not_saved(path, about):
    with pytest.raises(ValueError, match="about must be what JSON can hold, but "):
        save(MLP(1, [1]), path, about=about)
    assert listed(path.parent) == []


def test_about_that_is_no_dict(saved):
    path, document = saved
    path.write_text(json.dumps(document | {"about": [1]}))
    with pytest.raises(ValueError, match="'about' is"):
        load_about(path)
    refused(path, "about must be an object; got the list [1]")


def test_nothing_in_a_file_is_executed(saved, tmp_path):
    path, document = saved
    touched = tmp_path / "touched"

    class Trap:
        def __reduce__(self):
            return Path.touch, (touched,)

    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ValueError, match="is not a saved model"):
        load(path)
    call = f"__import__('pathlib').Path({str(touched)!r}).touch()"
    for way, value in ((["activations"], [call, "linear"]), (["initializers"], [call, call])):
        path.write_text(json.dumps(change(document, ["model", *way], value)))
        try:
            load(path)
        except ValueError:
            continue
        assert value[0] in load(path).summary()  # an initializer is kept as a text, and only shown
    assert not touched.exists()


class Bent(Module):
    def __init__(self):
        self.body, self.slopes = Layer(2, 3), [Value(1.0), Value(2.0)]

    def __call__(self, row):
        a, b, c = self.body(row)
        return [a * self.slopes[0] + c, b * self.slopes[1]]


@pytest.mark.parametrize("make", [Bent, lambda: Layer(2, 1), lambda: Deeper(2, [1])])
def test_any_module_is_saved_and_loaded_into_one_that_was_built(tmp_path, make):
    model, path = make(), tmp_path / "model.json"
    save(model, path, about={"for": "a test"})
    other = make()
    assert other.state_dict() != model.state_dict()
    assert load(path, into=other) is other
    assert other.state_dict() == model.state_dict()
    assert load_about(path) == {"for": "a test"}
    with pytest.raises(ValueError, match=r"not known here; build one.*nn\.load\(path, into=model"):
        load(path)


def test_a_module_that_is_not_the_one_that_was_saved_stays(tmp_path):
    path = tmp_path / "model.json"
    save(Bent(), path)
    layer, wider = Layer(2, 1), Bent()
    wider.slopes.append(Value(3.0))
    for other, message in (
        (layer, "of a 'Bent', and into is a Layer"),
        (wider, "slopes.2 is miss"),
    ):
        before = other.state_dict()
        with pytest.raises(ValueError, match=message):
            load(path, into=other)
        assert other.state_dict() == before
    model = Bent()
    model.slopes[0].data = math.nan
    with pytest.raises(ValueError, match=r"slopes\.0 is nan"):
        save(model, path)


def test_a_module_of_the_users_own_predicts_and_compiles():
    model, rows = Bent(), [[0.5, -1.0], [2.0, 0.25]]
    expected = [[value.data for value in model(row)] for row in rows]
    assert model.predict(rows) == expected
    pytest.importorskip("llvmlite")
    columns = model.compile(n_inputs=2).evaluate(rows)
    assert [list(row) for row in zip(*columns, strict=True)] == expected
    with pytest.raises(TypeError, match=r"write compile\(n_inputs\)"):
        model.compile()
    with pytest.raises(TypeError, match="Module cannot be called"):
        Module()([1.0])

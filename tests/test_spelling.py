"""Whoever writes `lr`, or gives something very long, is told what to write, in a few lines."""

import copy
import pickle

import pytest

import nn
from engine import Value, compile, draw, explain, find_nonfinite, gradcheck, log, view
from engine.drawing import rendering
from nn import schedules
from nn.__main__ import main


def model():
    return nn.MLP(1, [1], seed=0)


@pytest.mark.parametrize(
    "call",
    [
        *(lambda kind=kind: kind(model().parameters(), lr=0.5) for kind in
          (nn.SGD, nn.RMSprop, nn.Adam, nn.AdamW)),
        lambda: nn.fit(model(), [[0.0]], [0.0], lr=0.5),
        lambda: nn.diagnose(model(), [[0.0]], [0.0], nn.mse, lr=0.5),
        lambda: nn.compare({"a": lambda s: (m := model(), nn.SGD(m.parameters()))}, [[0]], [0],
                           lr=0.5, progress=False),
        lambda: schedules.constant(lr=0.5),
        lambda: schedules.step_decay(lr=0.5, factor=0.5, every=2),
        lambda: schedules.exponential_decay(lr=0.5, factor=0.5),
        lambda: schedules.cosine(lr=0.5, steps=3),
    ],
)  # fmt: skip
def test_lr_is_called_learning_rate(call):
    with pytest.raises(TypeError, match=r"takes no lr; write .*learning_rate=0\.5"):
        call()


def test_a_learning_rate_of_fit_is_the_optimizers():
    for word in ("lr", "learning_rate"):
        message = (
            rf"fit takes no {word}; write optimizer=Adam\(model\.parameters\(\), learning_rate=0"
        )
        with pytest.raises(TypeError, match=message):
            nn.fit(model(), [[0.0]], [0.0], **{word: 0.5})
    variant = {"a": lambda s: (m := model(), nn.SGD(m.parameters()))}
    with pytest.raises(TypeError, match="fit takes no learning_rate; write optimizer=Adam"):
        nn.compare(variant, [[0]], [0], learning_rate=0.5, progress=False)


@pytest.mark.parametrize("words", [["--lr", "0.1"], ["--lr=0.1"], ["diagnose", "-lr", "0.1"]])
def test_the_command_line_says_how_a_learning_rate_is_written(words, capsys):
    with pytest.raises(SystemExit):
        main(words)
    assert capsys.readouterr().err.rstrip().endswith("; write --learning-rate")


def test_a_rate_is_not_set_under_another_name():
    optimizer = nn.SGD(model().parameters(), learning_rate=0.5)
    with pytest.raises(TypeError, match=r"SGD takes no lr; write learning_rate=0\.1"):
        optimizer.lr = 0.1
    optimizer.learning_rate = 0.1
    assert optimizer.state_dict()["learning_rate"] == 0.1


def test_what_is_told_of_lr_is_copied_and_pickled_as_before():
    optimizer = nn.SGD(model().parameters(), learning_rate=0.5, momentum=0.9)
    for twin in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        assert twin.state_dict() == optimizer.state_dict()
    schedule = schedules.cosine(0.5, steps=3)
    assert pickle.loads(pickle.dumps(schedule)) == copy.copy(schedule) == schedule
    with pytest.raises(TypeError, match="unexpected keyword argument 'rate'"):
        nn.SGD(model().parameters(), rate=0.5)


LONG = "long " * 20_000


def raised(call):
    with pytest.raises((TypeError, ValueError, ArithmeticError, AssertionError)) as caught:
        call()
    return str(caught.value)


def test_a_label_of_a_hundred_thousand_characters_is_never_printed_whole():
    x, w = Value(2.0, LONG), Value(3.0, "w")
    y = (x * w).tanh()
    y.label = LONG
    y.backward()
    python = compile(y, [x], backend="python")
    texts = [
        repr(x),
        str(explain(y, x)),
        draw(y).source,
        draw(y, names=[(f"layers.0.{LONG}", w)]).source,
        python.python(),
        python.source,
        str(find_nonfinite(Value(1e308, LONG) * 10.0)),
        str(find_nonfinite(log(Value(2.0, LONG)) * float("inf"))),
        raised(lambda: log(Value(-1.0, LONG))),
        raised(lambda: 1.0 / Value(0.0, LONG)),
        raised(lambda: gradcheck(lambda a: 2 * a.detach() * a, [Value(1.0, LONG)])),
        raised(lambda: compile(y, [y])),
        raised(lambda: compile(y, [x, x])),
        raised(lambda: copy.copy(y)),
        raised(lambda: draw(y, around=x.detach())),
    ]
    assert max(map(len, texts)) < 10_000
    assert python.evaluate([[2.0]])[0] == y.data
    if rendering.command() is not None:
        short = view((Value(2.0, "x") * w).tanh()).html()
        assert len(view(y).html()) < len(short) + 10_000


@pytest.mark.parametrize(
    "call",
    [
        lambda: Value(LONG),
        lambda: Value(1.0).maximum(LONG),
        lambda: draw(LONG),
        lambda: draw(Value(1.0), level=LONG),
        lambda: compile(Value(1.0), [], backend=LONG),
        lambda: nn.MLP(1, LONG),
        lambda: nn.Neuron(1, activation=LONG),
        lambda: nn.Neuron(1, init=LONG),
        lambda: nn.SGD(LONG),
        lambda: nn.mse([0.0], [LONG]),
        lambda: nn.cross_entropy([[0.0, 1.0]], [LONG]),
        lambda: nn.mse([0.0, 0.0], [[0.0] * 10_000, 0.0]),
        lambda: nn.cross_entropy([[0.0, 1.0]], [[1.0] * 10_000]),
        *(
            lambda name=name: nn.fit(model(), [[0.0]], [0.0], **{"progress": False, name: LONG})
            for name in ("loss", "optimizer", "schedule", "metrics", "validation", "compiled")
        ),
        lambda: nn.fit(model(), [[0.0]], [0.0], lambda o, t: LONG, progress=False),
        lambda: nn.diagnose(model(), [[0.0]], [0.0], LONG),
        lambda: nn.sweep(LONG, {}),
        lambda: nn.sweep(len, LONG),
        lambda: nn.sweep(len, {"a": LONG}),
        lambda: nn.datasets.load_csv("a.csv", task=LONG),
        lambda: nn.datasets.Dataset([[0.0]], [LONG], target_names=("a",)),
        lambda: model().load_state_dict({LONG: 0.0}),
    ],
)
def test_what_was_given_is_never_printed_whole(call):
    assert len(raised(call)) < 700

"""Compiled training does what eager training does: the same numbers, the same ends."""

import math
import random
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import pytest

import nn
from engine import Value
from nn.losses import Loss

pytest.importorskip("llvmlite", reason="compiled training needs llvmlite")

DATA = nn.datasets.moons(60, noise=0.15, seed=3)
SIGNS = [2 * y - 1 for y in DATA.targets]
SHARES = [[0.25, 0.75] if y else [1.0, 0.0] for y in DATA.targets]

LOSSES: dict[str, tuple[Loss, int, list[Any]]] = {
    "mse": (nn.mse, 1, SIGNS),
    "mse of two outputs": (nn.mse, 2, SHARES),
    "mae": (nn.mae, 1, SIGNS),
    "huber": (nn.huber, 1, SIGNS),
    "huber(0.3)": (nn.HuberLoss(0.3), 1, SIGNS),
    "hinge": (nn.hinge, 1, SIGNS),
    "binary_cross_entropy": (nn.binary_cross_entropy, 1, list(DATA.targets)),
    "cross_entropy": (nn.cross_entropy, 2, list(DATA.targets)),
    "cross_entropy of distributions": (nn.cross_entropy, 2, SHARES),
}

OPTIMIZERS: dict[str, Callable[[Iterable[Value]], nn.Optimizer]] = {
    "sgd": lambda p: nn.SGD(p, 0.1),
    "momentum": lambda p: nn.SGD(p, 0.05, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda p: nn.SGD(p, 0.05, momentum=0.8, nesterov=True),
    "rmsprop": lambda p: nn.RMSprop(p, 0.01),
    "rmsprop with momentum": lambda p: nn.RMSprop(p, 0.01, momentum=0.5, weight_decay=0.01),
    "adam": lambda p: nn.Adam(p, 0.02, weight_decay=0.01),
    "adamw": lambda p: nn.AdamW(p, 0.02),
}

SCHEDULES: dict[str, Callable[[int], float] | None] = {
    "none": None,
    "linear": nn.schedules.linear(0.05, 0.0, 12),
    "step_decay": nn.schedules.step_decay(0.05, 0.5, 3),
    "exponential_decay": nn.schedules.exponential_decay(0.05, 0.9),
    "cosine": nn.schedules.cosine(0.05, 12),
    "warmup": nn.schedules.warmup(nn.schedules.constant(0.05), 4),
    "one_cycle": nn.schedules.one_cycle(0.05, 12),
}


def train(compiled: bool, loss: str, optimizer: str, schedule: str = "none", **options: Any) -> Any:
    """The history, the parameters and the optimizer's state of a short training."""
    function, n_outputs, targets = LOSSES[loss]
    model = nn.MLP(2, [5, 4, n_outputs], activation="tanh", seed=1)
    moved = OPTIMIZERS[optimizer](model.parameters())
    options = {"epochs": 3, "batch_size": 16, "progress": False, **options}
    history = nn.fit(
        model, DATA.inputs, targets, loss=function, optimizer=moved,
        schedule=SCHEDULES[schedule], validation=(DATA.inputs[:7], targets[:7]),
        compiled=compiled, **options,
    )  # fmt: skip
    return history, model.state_dict(), moved.state_dict()


def assert_same(compiled: Any, eager: Any) -> None:
    history, parameters, state = compiled
    other_history, other_parameters, other_state = eager
    for name in ("loss", "validation_loss", "learning_rate", "gradient_norm"):
        column, other = getattr(history, name), getattr(other_history, name)
        assert column == pytest.approx(other, rel=1e-9), name
    assert history.metrics == other_history.metrics
    assert parameters == pytest.approx(other_parameters, rel=1e-9, abs=1e-12)
    assert state["steps"] == other_state["steps"]
    for name, column in state["state"].items():
        assert column == pytest.approx(other_state["state"][name], rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_compiled_training_equals_eager_training(loss: str, optimizer: str) -> None:
    compiled, eager = train(True, loss, optimizer), train(False, loss, optimizer)
    assert compiled[0].backend == "compiled"
    assert eager[0].backend == "eager"
    assert len(compiled[0]) == 3
    assert_same(compiled, eager)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_with_every_schedule(schedule: str) -> None:
    compiled, eager = (train(c, "cross_entropy", "adam", schedule) for c in (True, False))
    assert_same(compiled, eager)


def test_full_batch_with_metrics() -> None:
    options = {"batch_size": None, "metrics": {"accuracy": nn.accuracy}}
    compiled, eager = (train(c, "cross_entropy", "sgd", **options) for c in (True, False))
    assert_same(compiled, eager)
    assert set(compiled[0].metrics) == {"accuracy", "validation accuracy"}
    assert compiled[0].loss[0] == eager[0].loss[0]  # to the bit, before any step


def test_the_last_gradients_are_left_in_the_parameters() -> None:
    grads = []
    for compiled in (True, False):
        model = nn.MLP(2, [3, 1], seed=0)
        nn.fit(
            model, DATA.inputs, SIGNS, epochs=2, progress=False, compiled=compiled,
            optimizer=nn.SGD(model.parameters(), 0.1),
        )  # fmt: skip
        grads.append([p.grad for p in model.parameters()])
    assert grads[0] == pytest.approx(grads[1], rel=1e-9)
    assert any(grads[0])


def test_an_optimizer_of_some_parameters_leaves_the_others() -> None:
    results = []
    for compiled in (True, False):
        model = nn.MLP(2, [3, 1], seed=0)
        frozen = [p.data for p in model.layers[0].parameters()]
        nn.fit(
            model, DATA.inputs, SIGNS, epochs=2, progress=False, compiled=compiled,
            optimizer=nn.Adam(model.layers[1].parameters(), 0.1),
        )  # fmt: skip
        assert [p.data for p in model.layers[0].parameters()] == frozen
        results.append(model.state_dict())
    assert results[0] == pytest.approx(results[1], rel=1e-9)


def diverge(compiled: bool, model: nn.MLP, rate: float, **options: Any) -> Any:
    optimizer = nn.SGD(model.parameters(), rate, momentum=0.5)
    with pytest.warns(RuntimeWarning, match="diverged at step") as caught:
        history = nn.fit(
            model, DATA.inputs, SIGNS, optimizer=optimizer, epochs=50, progress=False,
            compiled=compiled, **options,
        )  # fmt: skip
    assert len(caught) == 1
    return history, model.state_dict(), optimizer.state_dict()


@pytest.mark.parametrize("batch_size", [None, 13])
@pytest.mark.parametrize(
    ("activation", "rate"), [("linear", 30.0), ("relu", 1e6), (lambda z: z.exp(), 50.0)]
)
def test_divergence_ends_both_alike(activation: Any, rate: float, batch_size: int | None) -> None:
    compiled, eager = (
        diverge(c, nn.MLP(2, [3, 1], activation=activation, seed=1), rate, batch_size=batch_size)
        for c in (True, False)
    )
    assert compiled[0].diverged
    assert compiled[0].backend == "compiled"
    assert len(compiled[0]) == len(eager[0])
    assert all(math.isfinite(number) for number in compiled[1].values())
    # rounding grows with the numbers, and both print the operation where it began
    words = [history.reason.split(":")[0] for history in (compiled[0], eager[0])]
    assert words[0] == words[1]
    assert compiled[1] == pytest.approx(eager[1], rel=1e-6)


def test_an_interruption_keeps_what_was_reached() -> None:
    calls = 0

    def interrupting(outputs: Any, targets: Any) -> float:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return 0.0

    model = nn.MLP(2, [3, 1], seed=0)
    before = model.state_dict()
    history = nn.fit(
        model, DATA.inputs, SIGNS, metrics=[interrupting], epochs=9, progress=False, compiled=True
    )
    assert history.interrupted
    assert len(history) == 2
    assert model.state_dict() != before


def test_auto_compiles_from_the_first_step_and_says_so() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    history = nn.fit(model, DATA.inputs[:1], SIGNS[:1], epochs=1, progress=False)
    assert history.backend == "compiled"


def test_without_llvmlite_auto_is_eager_and_true_an_error() -> None:
    program = """
import sys
sys.modules["llvmlite"] = None
import nn
data = nn.datasets.xor(50, seed=0)
model = nn.MLP(2, [3, 2], seed=0)
options = dict(loss=nn.cross_entropy, epochs=40, progress=False)
print(nn.fit(model, data.inputs, data.targets, **options).backend)
print(len(model.predict(data.inputs * 20)))
try:
    nn.fit(model, data.inputs, data.targets, compiled=True, **options)
except ImportError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    backend, count, error = done.stdout.splitlines()
    assert backend.startswith("eager: ")
    assert "pip install 'glassgrad[compile]'" in backend
    assert count == "1000"
    assert "pip install 'glassgrad[compile]'" in error


def test_a_loss_of_your_own_runs_eagerly() -> None:
    def own(outputs: Any, targets: Any) -> Value:
        return nn.mse(outputs, targets) + 0.5

    model = nn.MLP(2, [3, 1], seed=0)
    history = nn.fit(model, DATA.inputs, SIGNS, loss=own, epochs=20, progress=False)
    assert history.backend.startswith("eager: the loss is a function of its own")
    with pytest.raises(ValueError, match="not known what it makes of a row"):
        nn.fit(model, DATA.inputs, SIGNS, loss=own, epochs=1, progress=False, compiled=True)


class Bent(nn.Module):
    """A model that decides by `if`, which a recorded graph cannot."""

    def __init__(self) -> None:
        self.left, self.right = Value(0.1), Value(0.2)

    def __call__(self, row: Any) -> Value:
        first = float(row[0])
        return (self.left if first < 0.5 else self.right) * row[1]


def test_a_model_whose_graph_differs_by_row_runs_eagerly() -> None:
    rng = random.Random(0)
    inputs = [[(i % 7) / 7, rng.random()] for i in range(70)]
    targets = [rng.random() for _ in inputs]
    history = nn.fit(Bent(), inputs, targets, epochs=20, progress=False)
    assert history.backend.startswith("eager: on row")
    with pytest.raises(ValueError, match="the function gives"):
        nn.fit(Bent(), inputs, targets, epochs=1, progress=False, compiled=True)


def test_bad_targets_are_named_by_their_row() -> None:
    targets = [*SIGNS[:5], 0.5, *SIGNS[6:]]
    for compiled in (True, False):
        with pytest.raises(ValueError, match="hinge, row 5: a target must be -1 or 1"):
            nn.fit(
                nn.MLP(2, [3, 1], seed=0), DATA.inputs, targets, loss=nn.hinge, epochs=1,
                progress=False, compiled=compiled,
            )  # fmt: skip


def test_the_setting_is_checked() -> None:
    with pytest.raises(ValueError, match="compiled must be True, False"):
        nn.fit(nn.MLP(2, [1]), DATA.inputs, SIGNS, progress=False, compiled="yes")  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_bits() -> None:
    first, second = (train(True, "mse", "adam") for _ in range(2))
    assert first == second


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_predict_has_the_bits_of_calling_row_by_row(n_outputs: int) -> None:
    model = nn.MLP(2, [6, n_outputs], activation="gelu", seed=2)
    rng = random.Random(5)
    rows = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(700)]

    def by_hand() -> list[Any]:
        outputs = [model(row) for row in rows]
        return [o.data if isinstance(o, Value) else [v.data for v in o] for o in outputs]

    assert model.predict(rows[:3]) == by_hand()[:3]
    assert model.predict(rows) == by_hand()
    for parameter in model.parameters():
        parameter.data += 0.25
    assert model.predict(rows) == by_hand()
    model.layers[1].neurons[0].w[0] = Value(3.0)
    assert model.predict(rows) == by_hand()


def test_predict_with_an_activation_that_branches_stays_right() -> None:
    model = nn.MLP(1, [1], activation=[lambda z: z if z > 0 else 0.5 * z], init=nn.init.constant(1))
    rows = [[(i - 400) / 100] for i in range(800)]
    assert model.predict(rows) == [x if x > 0 else 0.5 * x for (x,) in rows]


def test_predict_sees_that_the_activation_of_one_neuron_was_changed() -> None:
    model = nn.MLP(1, [2, 1], seed=0)
    rows = [[(i - 400) / 100] for i in range(800)]
    model.predict(rows)
    model.layers[0].neurons[1].activation = Value.relu
    assert model.predict(rows) == [model(row).data for row in rows]


def test_compile_gives_the_network_as_a_graph_that_follows_its_parameters() -> None:
    model = nn.MLP(3, [4, 2], seed=0)
    compiled = model.compile()
    row = [0.1, -0.4, 2.0]
    assert compiled(*row) == tuple(v.data for v in model.outputs(row))
    model.parameters()[3].data *= 2
    assert compiled(*row) == tuple(v.data for v in model.outputs(row))


def test_a_model_that_has_predicted_is_copied_and_counted_as_before() -> None:
    import copy
    import pickle

    model = nn.MLP(2, [3, 1], seed=0)
    names = [name for name, _ in model.named_parameters()]
    model.predict([[0.1, 0.2]] * 600)
    assert [name for name, _ in model.named_parameters()] == names
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.state_dict() == model.state_dict()
        assert twin.predict([[0.1, 0.2]]) == model.predict([[0.1, 0.2]])


def test_no_warning_without_divergence() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(True, "mse", "sgd")


@pytest.mark.parametrize("compiled", [True, False])
def test_a_step_that_leaves_the_floats_is_undone(compiled: bool) -> None:
    model = nn.MLP(1, [1], seed=0)
    before = model.state_dict()
    optimizer = nn.SGD(model.parameters(), learning_rate=1e308)
    with pytest.warns(RuntimeWarning, match="the optimizer's step made a parameter -?inf"):
        history = nn.fit(
            model, [[1.0], [2.0]], [1e3, 2e3], optimizer=optimizer, epochs=1, progress=False,
            compiled=compiled,
        )  # fmt: skip
    assert history.diverged
    assert model.state_dict() == before


@pytest.mark.parametrize("compiled", [True, False])
def test_validation_rows_of_another_width_are_refused(compiled):
    """With their targets, three rows of 1 number fill as much memory as two rows of 2."""
    model = nn.MLP(2, [3, 1], seed=0)
    with pytest.raises(ValueError, match="validation rows have 1 numbers each, but those to train"):
        nn.fit(
            model,
            [[0.0, 1.0], [1.0, 0.0]],
            [0.0, 1.0],
            validation=([[1.0], [2.0], [3.0]], [0.0, 1.0, 0.0]),
            epochs=1,
            progress=False,
            compiled=compiled,
        )


@pytest.mark.parametrize("compiled", [True, "auto", False])
@pytest.mark.parametrize("row", [0, 50, 99])
def test_an_overflow_before_the_first_step_ends_the_training(row, compiled):
    """Also in the row that is recorded, or in one on which the compiled graph is checked."""
    inputs = [[1.0]] * row + [[2000.0]] + [[1.0]] * (99 - row)
    model = nn.MLP(1, [1, 1], [Value.exp, "linear"], init=lambda fan_in, fan_out, rng: 1.0)
    before = model.state_dict()
    with pytest.warns(RuntimeWarning, match=r"diverged at step 0 .*exp\(2000"):
        history = nn.fit(model, inputs, [0.0] * 100, epochs=10, compiled=compiled, progress=False)
    assert history.diverged
    assert model.state_dict() == before


def test_an_activation_of_ones_own_is_not_compiled_unasked() -> None:
    """At the start every row takes the same branch, so no comparison of rows could tell."""

    def train(**options: Any) -> nn.History:
        start = nn.init.constant(1.0)
        model = nn.MLP(1, [1], activation=[lambda z: z if z > 0 else 0.1 * z], init=start)
        rows = [[1.0 + i / 50] for i in range(50)]
        sgd = nn.SGD(model.parameters(), 0.2)
        return nn.fit(model, rows, [-1.0] * 50, nn.mse, sgd, 20, progress=False, **options)

    unasked = train()
    assert "activation of your own" in unasked.backend
    assert unasked.loss == train(compiled=False).loss
    assert unasked.loss != pytest.approx(train(compiled=True).loss)

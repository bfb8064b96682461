"""Training: `fit` against loops by hand, and all that may end it early or go wrong in it."""

import gc
import io
import math
import os
import random
import re
import subprocess
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pytest

import nn
from engine import Operation, Value, record
from nn import MLP, SGD, Adam, AdamW, History, Module, RMSprop, fit, schedules

RNG = random.Random(8)
INPUTS = [[RNG.uniform(-1, 1), RNG.uniform(-1, 1)] for _ in range(11)]
TARGETS = [math.sin(2 * x) - y for x, y in INPUTS]
HELD_OUT = [[0.5, 0.5], [-0.25, 0.75]], [0.25, -1.0]


def small(seed=0):
    return MLP(2, [3, 1], seed=seed)


def quiet(*arguments, **options):
    """Eagerly: what is compiled has the same numbers but for rounding, see test_passes.py."""
    return fit(*arguments, **{"progress": False, "compiled": False, **options})


def bits(model):
    return [p.data.hex() for p in model.parameters()]


OPTIMIZERS = {
    "SGD": lambda parameters: SGD(parameters, 0.1),
    "momentum": lambda parameters: SGD(parameters, 0.05, momentum=0.9, nesterov=True),
    "RMSprop": lambda parameters: RMSprop(parameters, 0.02),
    "Adam": lambda parameters: Adam(parameters, 0.05, weight_decay=1e-3),
    "AdamW": lambda parameters: AdamW(parameters, 0.05),
}
every_optimizer = pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)


# The same as a loop by hand


@every_optimizer
def test_a_full_batch_has_the_bits_of_the_loop_by_hand(make):
    model, by_hand = small(), small()
    history = quiet(model, INPUTS, TARGETS, optimizer=make(model.parameters()), epochs=6)

    optimizer = make(by_hand.parameters())
    losses, norms = [], []
    for _ in range(6):
        loss = nn.mse([by_hand(row) for row in INPUTS], TARGETS)
        by_hand.zero_grad()
        loss.backward()
        losses.append(loss.data)
        norms.append(math.hypot(*(p.grad for p in by_hand.parameters())))
        optimizer.step()
    assert bits(model) == bits(by_hand)
    assert history.loss == losses
    assert history.gradient_norm == pytest.approx(norms, rel=1e-14)
    assert history.learning_rate == [optimizer.learning_rate] * 6


@pytest.mark.parametrize("batch_size", [1, 4, 11, 50])
@every_optimizer
def test_mini_batches_have_the_bits_of_the_loop_by_hand(make, batch_size):
    model, by_hand = small(), small()
    history = quiet(
        model,
        INPUTS,
        TARGETS,
        optimizer=make(model.parameters()),
        epochs=3,
        batch_size=batch_size,
        seed=5,
    )

    optimizer = make(by_hand.parameters())
    rng, order = random.Random(5), list(range(11))
    for epoch in range(3):
        rng.shuffle(order)
        weighted, norms = 0.0, []
        for start in range(0, 11, batch_size):
            batch = order[start : start + batch_size]
            loss = nn.mse([by_hand(INPUTS[i]) for i in batch], [TARGETS[i] for i in batch])
            by_hand.zero_grad()
            loss.backward()
            optimizer.step()
            weighted += loss.data * len(batch)
            norms.append(math.hypot(*(p.grad for p in by_hand.parameters())))
        assert history.loss[epoch] == pytest.approx(weighted / 11, rel=1e-14)
        assert history.gradient_norm[epoch] == pytest.approx(sum(norms) / len(norms), rel=1e-14)
    assert bits(model) == bits(by_hand)


def test_gradient_descent_on_a_line_is_that_of_arrays():
    x = np.array([[0.0], [1.0], [2.0], [4.0]])
    y = np.array([1.0, 0.0, 3.0, 2.0])
    model = MLP(1, [1], init="constant(0.5)")
    history = quiet(model, x, y, optimizer=SGD(model.parameters(), 0.05), epochs=20)
    w, b, losses = 0.5, 0.0, []
    for _ in range(20):
        error = w * x[:, 0] + b - y
        losses.append(np.mean(error**2))
        w, b = w - 0.05 * 2 * np.mean(error * x[:, 0]), b - 0.05 * 2 * np.mean(error)
    assert history.loss == pytest.approx(losses, rel=1e-12)
    assert [p.data for p in model.parameters()] == pytest.approx([w, b], rel=1e-12)


def test_adam_with_a_learning_rate_of_a_hundredth_unless_told():
    model, told = small(), small()
    quiet(model, INPUTS, TARGETS, epochs=3)
    quiet(told, INPUTS, TARGETS, loss=nn.mse, optimizer=Adam(told.parameters(), 0.01), epochs=3)
    assert bits(model) == bits(told)
    assert len(quiet(model, [[1.0, 2.0]], [0.0])) == 100


def test_arrays_and_lists_give_the_same_bits():
    model, other = small(), small()
    quiet(model, INPUTS, TARGETS, epochs=2, validation=HELD_OUT, batch_size=4)
    arrays = tuple(np.array(part) for part in HELD_OUT)
    quiet(other, np.array(INPUTS), np.array(TARGETS), epochs=2, validation=arrays, batch_size=4)
    assert bits(model) == bits(other)


def test_it_learns_flowers():
    iris = nn.datasets.iris()
    inputs, _ = nn.datasets.standardize(iris.inputs)[:2]
    model = MLP(4, [6, 3], seed=0)
    history = quiet(
        model,
        inputs,
        iris.targets,
        loss=nn.cross_entropy,
        optimizer=Adam(model.parameters(), 0.05),
        epochs=15,
        batch_size=15,
        metrics=[nn.accuracy],
    )
    assert history.metrics["accuracy"][-1] > 0.95
    assert history.loss[-1] < 0.2 * history.loss[0]


# Schedules, validation, metrics


def test_a_schedule_is_asked_at_every_step():
    asked = []

    def schedule(step):
        asked.append(step)
        return 0.1 / (step + 1)

    model, by_hand = small(), small()
    optimizer = SGD(model.parameters(), 7.0)
    history = quiet(
        model, INPUTS, TARGETS, optimizer=optimizer, epochs=2, batch_size=4, schedule=schedule
    )
    assert asked == [0, 1, 2, 3, 4, 5]
    assert history.learning_rate == [0.1 / 3, 0.1 / 6]

    rng, order = random.Random(0), list(range(11))
    for step in range(6):
        if step % 3 == 0:
            rng.shuffle(order)
        batch = order[step % 3 * 4 : step % 3 * 4 + 4]
        by_hand.zero_grad()
        nn.mse([by_hand(INPUTS[i]) for i in batch], [TARGETS[i] for i in batch]).backward()
        for p in by_hand.parameters():
            p.data -= 0.1 / (step + 1) * p.grad
    assert bits(model) == bits(by_hand)


def test_a_schedule_of_the_library():
    model = small()
    schedule = schedules.linear(0.1, 0.0, steps=4)
    history = quiet(model, INPUTS, TARGETS, epochs=5, schedule=schedule)
    assert history.learning_rate == pytest.approx([0.1, 0.075, 0.05, 0.025, 0.0])


def test_a_schedule_that_gives_no_learning_rate():
    with pytest.raises(ValueError, match="learning_rate must be a finite number at least 0"):
        quiet(small(), INPUTS, TARGETS, epochs=1, schedule=lambda step: -1.0)


def test_validation_is_measured_after_each_epoch_and_not_trained_on():
    model, alone = small(), small()
    history = quiet(
        model,
        INPUTS,
        TARGETS,
        epochs=4,
        validation=HELD_OUT,
        metrics={"error": nn.mae, "worst": worst},
    )
    expected = {"validation loss": [], "validation error": [], "validation worst": []}
    for epoch in range(4):
        quiet_epochs = small()
        quiet(quiet_epochs, INPUTS, TARGETS, epochs=epoch + 1)
        errors = [quiet_epochs(row).data - target for row, target in zip(*HELD_OUT, strict=True)]
        expected["validation loss"].append(np.mean(np.square(errors)))
        expected["validation error"].append(np.mean(np.abs(errors)))
        expected["validation worst"].append(np.max(np.abs(errors)))
    assert history.validation_loss == pytest.approx(expected["validation loss"])
    assert history.metrics["validation error"] == pytest.approx(expected["validation error"])
    assert history.metrics["validation worst"] == pytest.approx(expected["validation worst"])
    quiet(alone, INPUTS, TARGETS, epochs=4)
    assert bits(model) == bits(alone)


def worst(outputs, targets):
    return max(abs(o - t) for o, t in zip(outputs, targets, strict=True))


def test_metrics_see_the_outputs_of_the_epoch_in_the_order_of_the_rows():
    seen = []

    def spy(outputs, targets):
        seen.append((outputs, targets))
        return 0.0

    model = small()
    quiet(model, INPUTS, TARGETS, epochs=1, batch_size=11, metrics=[spy])
    outputs, targets = seen[0]
    assert outputs == [small()(row).data for row in INPUTS]
    assert {type(output) for output in outputs} == {float}
    assert targets == TARGETS


def test_metrics_of_several_outputs_are_lists_of_numbers():
    seen = []
    model = MLP(2, [2], seed=0)
    quiet(
        model,
        INPUTS,
        [0, 1] * 5 + [0],
        loss=nn.cross_entropy,
        epochs=1,
        metrics={"spy": lambda outputs, targets: seen.append(outputs[3]) or 1},
    )
    assert seen == [[output.data for output in MLP(2, [2], seed=0)(INPUTS[3])]]


@pytest.mark.parametrize("metrics", [nn.accuracy, "accuracy", ["accuracy"], {"a": 3}])
def test_metrics_that_are_none(metrics):
    with pytest.raises(TypeError, match="function"):
        quiet(small(), INPUTS, TARGETS, epochs=1, metrics=metrics)


# The history


def test_a_number_for_every_epoch():
    history = quiet(small(), INPUTS, TARGETS, epochs=3, validation=HELD_OUT, metrics=[nn.r_squared])
    lists = [history.loss, history.validation_loss, history.learning_rate, history.gradient_norm]
    assert [len(column) for column in lists] == [3] * 4
    assert {name: len(column) for name, column in history.metrics.items()} == {
        "r_squared": 3,
        "validation r_squared": 3,
    }
    assert len(history) == 3
    assert (history.diverged, history.interrupted, history.reason) == (False, False, "")


def test_the_table_of_a_history():
    history = History(
        loss=[0.5, 0.25],
        validation_loss=[0.625, 1e-9],
        metrics={"accuracy": [0.5, 1.0]},
        learning_rate=[0.1, 0.05],
        gradient_norm=[1.0, 123456.789],
        reason="interrupted in epoch 3",
    )
    assert repr(history).splitlines() == [
        "epoch           loss  validation loss       accuracy  learning rate  gradient norm",
        "    1            0.5            0.625            0.5            0.1              1",
        "    2           0.25            1e-09              1           0.05         123457",
        "interrupted in epoch 3",
    ]


def test_a_long_history_is_a_short_table():
    epochs = 1000
    columns = [[float(i) for i in range(epochs)] for _ in range(3)]
    lines = repr(History(columns[0], learning_rate=columns[1], gradient_norm=columns[2]))
    rows = [int(line.split()[0]) for line in lines.splitlines()[1:]]
    assert len(rows) == 10
    assert (rows[0], rows[-1]) == (1, epochs)
    assert rows == sorted(rows)


def test_no_epochs():
    model = small()
    before = bits(model)
    history = quiet(model, INPUTS, TARGETS, epochs=0, validation=HELD_OUT)
    assert (len(history), history.metrics, bits(model)) == (0, {}, before)
    assert bool(history)
    assert repr(history) == "epoch"


# The same bits every time


def test_a_seed_decides_the_order_of_the_rows():
    def run(seed):
        model = small()
        history = quiet(model, INPUTS, TARGETS, epochs=3, batch_size=2, seed=seed)
        return bits(model), history

    assert run(1) == run(1)
    assert run(1)[0] != run(2)[0]


def test_the_global_random_state_is_left_alone():
    random.seed(1)
    expected = random.random()
    random.seed(1)
    quiet(small(), INPUTS, TARGETS, epochs=1, batch_size=2)
    assert random.random() == expected


def test_the_same_bits_in_another_process():
    program = """
from nn import MLP, datasets, fit, hinge
data = datasets.circles(20, seed=1)
model = MLP(2, [4, 1], seed=0)
history = fit(model, data.inputs, [2 * t - 1 for t in data.targets], loss=hinge, epochs=3,
              batch_size=7, progress=False)
print([p.data.hex() for p in model.parameters()], history)
"""
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(runs) == 1
    assert len(runs.pop()) > 100


# Divergence


def diverge(run):
    """The history of a run that must warn, and the text of its warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = run()
    assert [warning.category for warning in caught] == [RuntimeWarning]
    assert caught[0].filename == __file__
    assert history.diverged
    assert str(caught[0].message) == history.reason
    assert repr(history).endswith(history.reason)
    return history


def check_that_it_went_back(make_model, make_optimizer, *, finite=None, **options):
    """Run until it diverges; and again, but ending one epoch before."""
    model = make_model()
    optimizer = make_optimizer(model.parameters())
    history = diverge(lambda: quiet(model, INPUTS, TARGETS, optimizer=optimizer, **options))
    if finite is not None:
        assert len(history) == finite
    shorter, its_model = {**options, "epochs": len(history)}, make_model()
    its_optimizer = make_optimizer(its_model.parameters())
    assert not quiet(its_model, INPUTS, TARGETS, optimizer=its_optimizer, **shorter).diverged
    assert bits(model) == bits(its_model)
    assert optimizer.state_dict() == its_optimizer.state_dict()
    assert all(math.isfinite(p.data) for p in model.parameters())
    return history


@pytest.mark.parametrize("batch_size", [None, 4])
def test_a_learning_rate_that_is_far_too_large(batch_size):
    history = check_that_it_went_back(
        lambda: MLP(2, [1], seed=0),
        lambda parameters: SGD(parameters, 1e6, momentum=0.5),
        epochs=100,
        batch_size=batch_size,
    )
    assert 2 < len(history) < 40
    assert "with a learning rate of 1e+06: " in history.reason
    assert re.search(r"at step \d+ \(epoch \d+\)", history.reason)
    assert "the result exceeds the largest float" in history.reason
    assert "** 2.0" in history.reason
    assert history.reason.endswith("try a smaller learning rate")
    assert all(math.isfinite(loss) for loss in history.loss)


def test_an_operation_that_overflows():
    def loss(outputs, targets):
        return sum(o.exp() - 3.0 * o for o in outputs)

    history = check_that_it_went_back(
        lambda: MLP(2, [1], seed=0), lambda parameters: SGD(parameters, 1e3), loss=loss, epochs=9
    )
    assert "exp(" in history.reason
    assert f"(epoch {len(history) + 1})" in history.reason


def test_logits_beyond_the_largest_float():
    """Infinite logits are an error of log_sum_exp, and no mistake in the targets."""

    class Linear(Module):
        def __init__(self):
            self.w = Value(1.0)

        def __call__(self, row):
            return [self.w * 1e300 * x for x in row]

    model = Linear()
    optimizer = SGD(model.parameters(), 1e-288)
    targets = [0, 1] * 5 + [0]
    history = diverge(
        lambda: quiet(model, INPUTS, targets, loss=nn.cross_entropy, optimizer=optimizer, epochs=9)
    )
    assert len(history) == 1
    assert abs(model.w.data) == pytest.approx(1e-288 * history.gradient_norm[0])
    assert "the data is -inf; it was made by 'mul'" in history.reason


def infinite_from(call):
    """A loss that is infinite from one call on."""
    calls = []

    def loss(outputs, targets):
        calls.append(1)
        value = nn.mse(outputs, targets)
        return value * 1e308 * 1e10 if len(calls) >= call else value

    return loss


def test_a_loss_that_is_infinite():
    model = small()
    history = diverge(
        lambda: quiet(model, INPUTS, TARGETS, loss=infinite_from(3), epochs=9, batch_size=None)
    )
    assert len(history) == 2
    assert "at step 2 (epoch 3) with a learning rate of 0.01: the data is inf" in history.reason
    assert "it was made by 'mul'" in history.reason
    shorter = small()
    quiet(shorter, INPUTS, TARGETS, epochs=2)
    assert bits(model) == bits(shorter)


def test_in_the_first_epoch():
    model = small()
    before = bits(model)
    history = diverge(lambda: quiet(model, INPUTS, TARGETS, loss=infinite_from(1), epochs=9))
    assert (len(history), bits(model)) == (0, before)
    assert "The parameters are those from before the training" in history.reason


def test_in_the_middle_of_an_epoch_the_steps_before_are_undone():
    model = small()
    loss = infinite_from(3 + 3)  # 3 batches an epoch: the last one of the second epoch
    history = diverge(lambda: quiet(model, INPUTS, TARGETS, loss=loss, epochs=9, batch_size=4))
    assert "at step 5 (epoch 2)" in history.reason
    assert "The parameters are those after epoch 1" in history.reason
    shorter = small()
    quiet(shorter, INPUTS, TARGETS, epochs=1, batch_size=4)
    assert bits(model) == bits(shorter)


def test_a_gradient_that_is_no_number():
    broken = Operation("broken", "?", lambda x: (x, (math.nan,)))
    calls = []

    def loss(outputs, targets):
        calls.append(1)
        value = nn.mse(outputs, targets)
        return record(broken, (value,)) if len(calls) == 3 else value

    model, shorter = small(), small()
    optimizer = Adam(model.parameters(), 0.01)
    history = diverge(
        lambda: quiet(model, INPUTS, TARGETS, loss=loss, optimizer=optimizer, epochs=9)
    )
    assert "at step 2 (epoch 3)" in history.reason
    assert "the grad is nan" in history.reason
    its_optimizer = Adam(shorter.parameters(), 0.01)
    quiet(shorter, INPUTS, TARGETS, optimizer=its_optimizer, epochs=2)
    assert bits(model) == bits(shorter)
    assert optimizer.state_dict() == its_optimizer.state_dict()


def test_a_step_to_infinity():
    model = MLP(1, [1], init="constant(1.0)")
    optimizer = SGD(model.parameters(), 1e308)
    history = diverge(lambda: quiet(model, [[100.0]], [0.0], optimizer=optimizer, epochs=3))
    assert "at step 0 (epoch 1)" in history.reason
    assert "the optimizer's step made a parameter -inf" in history.reason
    assert [p.data for p in model.parameters()] == [1.0, 0.0]


def test_a_validation_loss_that_is_infinite():
    model = small()
    before = bits(model)
    held_out = [[1e200, 1e200]], [-1e200]
    history = diverge(lambda: quiet(model, INPUTS, TARGETS, validation=held_out, epochs=3))
    assert (len(history), bits(model)) == (0, before)


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_a_gradient_whose_square_no_float_can_hold_is_no_divergence(size):
    model = MLP(1, [1], init="constant(1.0)", bias=False)
    optimizer = SGD(model.parameters(), 0.0)
    history = quiet(
        model, [[1.0]], [0.0], loss=lambda o, t: o[0] * size, optimizer=optimizer, epochs=2
    )
    assert not history.diverged
    assert history.gradient_norm == [size, size]


def test_parameters_of_the_optimizer_alone_go_back_too():
    def run(epochs):
        model, scale = MLP(2, [1], seed=0), Value(1.0)
        optimizer = SGD([*model.parameters(), scale], 1.0)

        def loss(outputs, targets):
            return nn.mse([scale * output for output in outputs], targets)

        history = quiet(
            model,
            INPUTS,
            TARGETS,
            loss=loss,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=4,
        )
        return history, [p.data for p in optimizer.parameters]

    with pytest.warns(RuntimeWarning, match="training diverged"):
        history, parameters = run(100)
    assert 0 < len(history) < 100
    assert parameters == run(len(history))[1]


# Ctrl-C


def interrupting(function, call):
    """The function, with a Ctrl-C at one of its calls."""
    calls = []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == call:
            raise KeyboardInterrupt
        return function(*arguments)

    return interrupted


class InterruptedModel(Module):
    def __init__(self, call):
        self.inner = small()
        self.calculate = interrupting(self.inner, call)

    def __call__(self, row):
        return self.calculate(row)


@pytest.mark.parametrize(
    "options",
    [
        {"loss": interrupting(nn.mse, 3)},
        {"model": InterruptedModel(2 * 11 + 5)},
        {"metrics": {"error": interrupting(nn.mae, 3)}},
        {"metrics": {"error": nn.mae, "late": interrupting(nn.mse, 6)}, "validation": HELD_OUT},
        {"model": InterruptedModel(3 * 13), "validation": HELD_OUT},
        {"schedule": interrupting(lambda step: 0.01, 3)},
    ],
    ids=["loss", "model", "metric", "validation metric", "validation", "schedule"],
)
def test_ctrl_c_returns_the_history_so_far(options):
    options = dict(options)
    model = options.pop("model", None) or small()
    history = quiet(model, INPUTS, TARGETS, epochs=9, **options)
    assert history.interrupted
    assert not history.diverged
    assert history.reason == "interrupted in epoch 3"
    columns = [history.loss, history.learning_rate, history.gradient_norm]
    columns += history.metrics.values()
    if "validation" in options:
        columns.append(history.validation_loss)
    assert [len(column) for column in columns] == [2] * len(columns)
    assert len(repr(history).splitlines()) == 4


# The garbage collector


@pytest.fixture(params=[True, False], ids=["collecting", "paused by the user"])
def collecting(request):
    was = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if was else gc.disable)()


class UsersError(Exception):
    pass


def failing(*_):
    raise UsersError


def test_the_collector_is_as_before_whatever_happens(collecting):
    quiet(small(), INPUTS, TARGETS, epochs=2, validation=HELD_OUT)
    assert gc.isenabled() is collecting
    for options in (
        {"loss": failing},
        {"metrics": [failing]},
        {"schedule": failing},
        {"loss": interrupting(failing, 2)},
    ):
        with pytest.raises(UsersError):
            quiet(small(), INPUTS, TARGETS, **options)
        assert gc.isenabled() is collecting
    quiet(small(), INPUTS, TARGETS, loss=interrupting(nn.mse, 1))
    assert gc.isenabled() is collecting
    diverge(lambda: quiet(small(), INPUTS, TARGETS, loss=infinite_from(2)))
    assert gc.isenabled() is collecting


def test_the_collector_is_paused_while_a_graph_is_made():
    seen = []

    def loss(outputs, targets):
        seen.append(gc.isenabled())
        return nn.mse(outputs, targets)

    gc.enable()
    quiet(small(), INPUTS, TARGETS, loss=loss, epochs=1, validation=HELD_OUT)
    assert seen == [False, False]


def test_an_error_of_the_users_own_is_not_swallowed():
    def divides(outputs, targets):
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        quiet(small(), INPUTS, TARGETS, metrics=[divides])


# The progress bar


def printed(**options):
    error, out = io.StringIO(), io.StringIO()
    with redirect_stderr(error), redirect_stdout(out):
        fit(small(), INPUTS, TARGETS, epochs=3, **options)
    assert out.getvalue() == ""
    return error.getvalue()


def test_the_bar_shows_loss_and_learning_rate():
    last = printed(schedule=schedules.constant(0.125)).split("\r")[-1]
    loss = quiet(small(), INPUTS, TARGETS, epochs=3, schedule=schedules.constant(0.125)).loss[-1]
    assert "3/3" in last
    assert f"loss={loss:.3g}" in last
    assert "learning_rate=0.125" in last


def test_no_bar():
    assert printed(progress=False) == ""


# Parts of a model, other losses


def test_an_optimizer_of_some_parameters_moves_only_those():
    model = small()
    frozen = [p.data for p in model.layers[0].parameters()]
    head = model.layers[1].parameters()
    before = [p.data for p in head]
    history = quiet(model, INPUTS, TARGETS, optimizer=SGD(head, 0.1), epochs=3)
    assert [p.data for p in model.layers[0].parameters()] == frozen
    assert [p.data for p in head] != before
    assert history.loss[-1] < history.loss[0]


def test_a_loss_of_your_own_with_a_penalty():
    model, by_hand = small(), small()

    def loss(outputs, targets):
        return nn.huber(outputs, targets) + 1e-2 * nn.l2_penalty(model.parameters())

    quiet(model, INPUTS, TARGETS, loss=loss, optimizer=SGD(model.parameters(), 0.1), epochs=2)
    for _ in range(2):
        by_hand.zero_grad()
        outputs = [by_hand(row) for row in INPUTS]
        value = nn.huber(outputs, TARGETS) + 1e-2 * nn.l2_penalty(by_hand.parameters())
        value.backward()
        for p in by_hand.parameters():
            p.data -= 0.1 * p.grad
    assert bits(model) == bits(by_hand)


# What a user gets wrong


@pytest.mark.parametrize("wrong", [0.5, None, [Value(1.0)]])
def test_a_loss_that_gives_no_value(wrong):
    model = small()
    before = bits(model)
    with pytest.raises(TypeError, match="a loss must give a Value, but this one gave the "):
        quiet(model, INPUTS, TARGETS, loss=lambda outputs, targets: wrong)
    assert bits(model) == before


GOOD = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        ([], [], "the training data needs at least one row, but got none"),
        (
            GOOD,
            [0, 1],
            "the training data needs a target for each row, but got 3 rows and 2 targets",
        ),
        ([*GOOD[:2], [0.0, math.nan]], [0, 1, 1], "training inputs, row 2, column 1 must be a f"),
        ([*GOOD[:2], [math.inf, 0.0]], [0, 1, 1], "training inputs, row 2, column 0 must be a f"),
        (
            [[0.0, "1"], *GOOD[:2]],
            [0, 1, 1],
            "training inputs, row 0, column 1 must be a real number; got the str",
        ),
        (
            [GOOD[0], None, GOOD[1]],
            [0, 1, 1],
            "training inputs, row 1 must be a list of numbers; got the N",
        ),
        (
            [GOOD[0], "12", GOOD[1]],
            [0, 1, 1],
            "training inputs, row 1 must be a list of numbers; got the s",
        ),
        (
            [1.0, 2.0, 3.0],
            [0, 1, 1],
            "training inputs, row 0 must be a list of numbers; got the float",
        ),
        ([*GOOD[:2], [0.0]], [0, 1, 1], "training inputs, row 2 has 1 numbers, but row 0 has 2"),
        (GOOD, [0, math.nan, 1], "training targets, row 1 must be a finite number; got nan"),
        (GOOD, [0, 1, None], "training targets, row 2 must be a finite number; got the NoneType"),
        (GOOD, [[0], [1], [math.inf]], "training targets, row 2 must be a finite number; got inf"),
    ],
)
def test_bad_data_is_named_by_its_row(inputs, targets, message):
    model = small()
    before = bits(model)
    error = TypeError if "got the " in message else ValueError
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        quiet(model, inputs, targets)
    held_out = message.replace("training", "validation")
    with pytest.raises(error, match=f"^{re.escape(held_out)}"):
        quiet(model, GOOD, [0, 1, 1], validation=(inputs, targets))
    assert bits(model) == before


def test_a_target_that_does_not_belong_is_named_by_its_row_in_the_data():
    """Also where the rows are shuffled into batches."""
    targets = [0] * 11
    targets[7] = 3
    for batch_size in (None, 1, 4):
        with pytest.raises(ValueError, match=r"^cross_entropy, row 7: a class must be"):
            quiet(
                MLP(2, [2]), INPUTS, targets, loss=nn.cross_entropy, epochs=1, batch_size=batch_size
            )


def test_rows_of_another_width_than_the_model():
    with pytest.raises(ValueError, match=r"^layers\.0 needs 2 inputs, but got 3$"):
        quiet(small(), [[1.0, 2.0, 3.0]], [1.0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": -1}, "epochs must be a whole number at least 0; got -1"),
        (
            {"epochs": 1.5},
            "epochs must be a whole number at least 0; got the float 1.5: pass an int",
        ),
        ({"batch_size": 0}, "batch_size must be a whole number at least 1; got 0"),
        (
            {"batch_size": 2.0},
            "batch_size must be a whole number at least 1; got the float 2.0: pass an int",
        ),
    ],
)
def test_settings_out_of_range(options, message):
    error = TypeError if "got the " in message else ValueError
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        quiet(small(), INPUTS, TARGETS, **options)


@pytest.mark.parametrize("wrong", ["adam", Adam, 0.01])
def test_an_optimizer_that_is_none(wrong):
    with pytest.raises(TypeError, match=r"optimizer must be an optimizer of the model's param"):
        quiet(small(), INPUTS, TARGETS, optimizer=wrong)


def test_an_optimizer_of_an_earlier_model():
    """As when a notebook's cell that makes the model runs again."""
    optimizer = Adam(small().parameters())
    with pytest.raises(ValueError, match=r"none of this model's parameters.* Adam\(model\.par"):
        quiet(small(), INPUTS, TARGETS, optimizer=optimizer)


@pytest.mark.parametrize("wrong", [nn.datasets.xor(4), [HELD_OUT[0]], 0.2])
def test_validation_that_is_no_pair(wrong):
    with pytest.raises(TypeError, match=r"schedule must be a function step -> learning rate.*0\.1"):
        quiet(small(), INPUTS, TARGETS, schedule=0.1)
    with pytest.raises(TypeError, match=r"validation must be a pair \(inputs, targets\); got the"):
        quiet(small(), INPUTS, TARGETS, validation=wrong)


@pytest.mark.parametrize("wrong", ["mse", None, 1.0])
def test_a_loss_that_is_no_function(wrong):
    with pytest.raises(TypeError, match=r"loss must be a function \(outputs, targets\) -> Value; "):
        quiet(small(), INPUTS, TARGETS, loss=wrong)

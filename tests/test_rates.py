"""The learning-rate range test: against the theory of quadratics, and as if it had never run."""

import math
import random

import numpy as np
import pytest

from engine import Value, hessian
from nn import MLP, SGD, Adam, RMSprop, cross_entropy, datasets, fit, learning_rate_range, mse

RNG = np.random.default_rng(0)
INPUTS = (RNG.normal(size=(12, 2)) * [1.0, 2.5]).tolist()
TARGETS = (RNG.normal(size=12) + 1.0).tolist()
MOONS = datasets.moons(20, noise=0.1, seed=0)


def line(seed=0):
    """A linear model, of which the mean squared error is a quadratic."""
    return MLP(2, [1], seed=seed)


def largest_rate(model):
    """2 / λ, of the engine's Hessian by NumPy's eigenvalues."""
    loss = mse([model(row) for row in INPUTS], TARGETS)
    rows = hessian(loss, model.parameters())
    return 2.0 / np.linalg.eigvalsh([[x.data for x in row] for row in rows])[-1]


def quietly(model, inputs=INPUTS, targets=TARGETS, loss=mse, optimizer=None, **settings):
    return learning_rate_range(model, inputs, targets, loss, optimizer, progress=False, **settings)


def everything(model, optimizer):
    """Every bit that training moves."""
    numbers = [(p.data.hex(), p.grad.hex()) for p in model.parameters()]
    return numbers, optimizer.state_dict() if optimizer else None


# Against theory


def test_the_hessian_is_that_of_least_squares():
    design = np.column_stack([INPUTS, np.ones(len(INPUTS))])
    largest = np.linalg.eigvalsh(2 * design.T @ design / len(INPUTS))[-1]
    assert largest_rate(line()) == pytest.approx(2 / largest, rel=1e-12)


def test_fit_converges_just_below_two_over_lambda():
    model = line()
    rate = 0.98 * largest_rate(model)
    history = fit(
        model, INPUTS, TARGETS, optimizer=SGD(model.parameters(), rate), epochs=1500, progress=False
    )
    design = np.column_stack([INPUTS, np.ones(len(INPUTS))])
    solution, *_ = np.linalg.lstsq(design, np.array(TARGETS), rcond=None)
    assert [p.data for p in model.parameters()] == pytest.approx(solution.tolist(), rel=1e-9)
    assert history.loss[-1] == pytest.approx(np.mean((design @ solution - TARGETS) ** 2), rel=1e-12)


def test_fit_diverges_just_above_two_over_lambda():
    model = line()
    rate = 1.05 * largest_rate(model)
    optimizer = SGD(model.parameters(), rate)
    with pytest.warns(RuntimeWarning, match="diverged"):
        history = fit(model, INPUTS, TARGETS, optimizer=optimizer, epochs=8_000, progress=False)
    assert history.diverged
    assert history.loss[-1] > 1e300


@pytest.mark.parametrize("seed", range(4))
def test_the_largest_rate_that_converges_is_two_over_lambda(seed):
    model = line(seed)
    found = quietly(model, low=1e-4, high=10.0, steps=150)
    largest = largest_rate(model)
    spacing = (10.0 / 1e-4) ** (1 / 149)
    assert largest / spacing / 1.01 <= found.largest_stable <= largest * 1.03
    assert found.learning_rates[-1] > 2 * largest  # where the loss blew up tells too late
    assert 0 < found.suggestion <= found.largest_stable


# What was tried


def test_a_small_range_by_hand():
    x = Value(1.0)

    class Point:
        def parameters(self):
            return [x]

        def __call__(self, row):
            return x * row[0]

    found = quietly(
        Point(), [[1.0]], [0.0], low=0.01, high=1.0, steps=3, smoothing=0.5
    )  # x is multiplied by 1 - 2 r: 0.98, 0.8
    assert found.learning_rates == pytest.approx([0.01, 0.1, 1.0])
    losses = [1.0, 0.98**2, (0.98 * 0.8) ** 2]
    assert found.losses == pytest.approx(losses)
    assert found.smoothed == pytest.approx(
        [
            losses[0],
            (losses[0] + 2 * losses[1]) / 3,
            (losses[0] + 2 * losses[1] + 4 * losses[2]) / 7,
        ]
    )
    assert found.suggestion == pytest.approx(0.1)
    assert found.largest_stable == 1.0  # where x goes to and fro between 1 and -1
    assert not found.blew_up


def test_it_stops_when_the_loss_blows_up():
    found = quietly(line(), high=1e6, steps=60)
    assert found.blew_up
    assert len(found.losses) == len(found.smoothed) == len(found.learning_rates) < 50
    assert found.smoothed[-1] > 4 * found.smoothed[0]
    assert max(found.smoothed[:-1]) <= 4 * found.smoothed[0]


def test_it_stops_when_a_number_overflows():
    found = quietly(line(), low=1e200, high=1e300, steps=5)
    assert found.blew_up
    assert (found.suggestion, found.largest_stable) == (None, None)
    assert "try a smaller low" in str(found)


def test_overflowing_logits_are_a_blow_up_too():
    model = MLP(2, [4, 2], activation="relu", seed=0)
    found = quietly(model, MOONS.inputs, MOONS.targets, cross_entropy, low=1.0, high=1e300, steps=4)
    assert found.blew_up


def test_a_training_at_the_suggestion_learns():
    model = MLP(2, [8, 2], seed=0)
    found = quietly(model, MOONS.inputs, MOONS.targets, cross_entropy)
    optimizer = SGD(model.parameters(), found.suggestion)
    history = fit(
        model, MOONS.inputs, MOONS.targets, cross_entropy, optimizer, epochs=50, progress=False
    )
    assert history.loss[-1] < 0.7 * history.loss[0]


def test_batches_are_drawn_from_all_rows_and_by_the_seed():
    seen = []

    def watched(outputs, targets):
        seen.append(list(targets))
        return mse(outputs, targets)

    found = quietly(line(), loss=watched, batch_size=5, steps=6, high=1e-4)
    assert [len(batch) for batch in seen[:6]] == [5, 5, 2, 5, 5, 2]
    for epoch in (seen[:3], seen[3:6]):
        assert sorted(target for batch in epoch for target in batch) == sorted(TARGETS)
    assert seen[0] != seen[3]
    assert quietly(line(), batch_size=5, steps=6, high=1e-4) == found
    assert quietly(line(), batch_size=5, steps=6, high=1e-4, seed=1) != found


def test_what_converges_is_judged_by_the_smoothed_loss_of_the_same_batches():
    settings = {"high": 100.0, "steps": 30, "batch_size": 10, "seed": 5}
    data = datasets.moons(100, noise=0.1, seed=0)
    found = quietly(MLP(2, [6, 2], seed=2), data.inputs, data.targets, cross_entropy, **settings)
    stable = found.learning_rates.index(found.largest_stable)

    def by_hand(rate):
        model, rng, order = MLP(2, [6, 2], seed=2), random.Random(5), list(range(100))
        mean, smoothed = 0.0, []
        for step in range(30):
            if step % 10 == 0:
                rng.shuffle(order)
            batch = order[step % 10 * 10 : step % 10 * 10 + 10]
            outputs = [model(data.inputs[i]) for i in batch]
            loss = cross_entropy(outputs, [data.targets[i] for i in batch])
            model.zero_grad()
            loss.backward()
            for parameter in model.parameters():
                parameter.data -= rate * parameter.grad
            mean = 0.8 * mean + 0.2 * loss.data
            smoothed.append(mean / (1 - 0.8 ** (step + 1)))
        return loss.data, smoothed

    _, smoothed = by_hand(found.learning_rates[stable])
    assert smoothed[-1] <= smoothed[0]
    last, smoothed = by_hand(found.learning_rates[stable + 1])
    assert last <= smoothed[0] < smoothed[-1]  # the last loss alone would tell the contrary


# Afterwards


@pytest.mark.parametrize(
    "make",
    [
        lambda parameters: None,
        lambda parameters: SGD(parameters, 0.25, momentum=0.9),
        lambda parameters: RMSprop(parameters),
        lambda parameters: Adam(parameters),
    ],
    ids=["none", "SGD", "RMSprop", "Adam"],
)
def test_model_and_optimizer_are_as_before_to_the_bit(make):
    model = MLP(2, [4, 2], seed=0)
    optimizer = make(model.parameters())
    if optimizer:
        fit(model, MOONS.inputs, MOONS.targets, cross_entropy, optimizer, epochs=3, progress=False)
    for i, parameter in enumerate(model.parameters()):
        parameter.grad = i / 3
    before = everything(model, optimizer)
    found = quietly(
        model, MOONS.inputs, MOONS.targets, cross_entropy, optimizer, high=1e9, steps=40
    )
    assert found.blew_up
    assert everything(model, optimizer) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_model_and_optimizer_are_as_before_whatever_happens(error):
    model = line()
    optimizer = Adam(model.parameters())
    before = everything(model, optimizer)
    calls = []

    def failing(outputs, targets):
        calls.append(1)
        if len(calls) == 7:
            raise error
        return mse(outputs, targets)

    with pytest.raises(error):
        quietly(model, loss=failing, optimizer=optimizer)
    assert everything(model, optimizer) == before


# As a user meets it


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"low": 0}, "low must be .* above 0; got 0"),
        ({"low": 1.0, "high": 1.0}, "high must be .* above 1; got 1.0"),
        ({"steps": 2}, "steps must be a whole number at least 3; got 2"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"smoothing": 1.0}, "smoothing must be .* below 1; got 1.0"),
        ({"inputs": [], "targets": []}, "the training data needs at least one row"),
    ],
)
def test_wrong_settings_say_what_is_wrong(settings, words):
    with pytest.raises(ValueError, match=words):
        quietly(line(), **settings)


def test_a_model_that_is_broken_already_is_named_so():
    model = line()
    model.parameters()[0].data = math.inf
    with pytest.raises(ValueError, match="not finite before the first step"):
        quietly(model)


def test_it_prints_as_a_sentence():
    text = str(quietly(line()))
    assert "is suggested" in text
    assert "the largest that still converges is" in text
    flat = MLP(2, [2, 1], activation="relu", init="zeros", seed=0)  # of which no weight can move
    assert "never falls" in str(quietly(flat, targets=[0.0] * len(INPUTS)))


def test_a_bar_shows_the_progress(capsys):
    learning_rate_range(line(), INPUTS, TARGETS, steps=3)
    assert "learning rates" in capsys.readouterr().err
    quietly(line(), steps=3)
    assert capsys.readouterr() == ("", "")


def test_the_plot_shows_the_losses_and_both_rates():
    from matplotlib.figure import Figure

    found = quietly(line())
    ax = Figure().add_subplot()
    assert found.plot(ax=ax) is ax
    lines = {drawn.get_label(): drawn for drawn in ax.lines}
    assert lines["smoothed"].get_ydata().tolist() == found.smoothed
    assert lines["loss of a step"].get_xdata().tolist() == found.learning_rates
    assert list(lines[f"suggested: {found.suggestion:.2g}"].get_xdata()) == [found.suggestion] * 2
    assert ax.get_xlabel() == "learning rate"
    quietly(line(), low=1e200, high=1e300, steps=5).plot()  # with infinite losses, and no rate


@pytest.mark.parametrize("shift", [0.1, 3.0, 1e6])
@pytest.mark.parametrize("smoothing", [0.0, 0.8, 0.97])
def test_nothing_is_suggested_where_losses_differ_by_rounding_alone(shift, smoothing):
    """A slope of 0 in the mean, and a fit that is perfect: nothing can be learned."""
    flat = MLP(1, [1], seed=0, bias_init="zeros")
    for parameter in flat.parameters():
        parameter.data = 0.0
    level = learning_rate_range(
        flat, [[1.0], [1.0]], [shift, -shift], steps=40, smoothing=smoothing, progress=False
    )
    assert level.suggestion is None
    perfect = MLP(1, [1], seed=0)
    rows = [[0.1 * i] for i in range(7)]
    w, b = (p.data for p in perfect.parameters())
    targets = [shift * (w * x + b) for (x,) in rows]
    for parameter in perfect.parameters():
        parameter.data *= shift
    noise = learning_rate_range(
        perfect, rows, targets, steps=40, high=0.1, smoothing=smoothing, progress=False
    )
    assert max(noise.losses) < 1e-28 * shift**2
    assert noise.suggestion is None
    assert "never falls" in repr(noise)

"""Comparisons: every variant from every seed, counted and summed up as by hand."""

import math

import pytest

from engine import Value
from nn import MLP, SGD, Adam, accuracy, compare, cross_entropy, datasets, fit
from nn.experiments.comparison import Comparison
from nn.training.history import History

MOONS = datasets.moons(16, noise=0.1, seed=0)


def with_rate(learning_rate):
    def variant(seed):
        model = MLP(2, [4, 2], seed=seed)
        return model, SGD(model.parameters(), learning_rate)

    return variant


def quietly(variants, epochs=4, seeds=(0, 1, 2), **options):
    return compare(
        variants,
        MOONS.inputs,
        MOONS.targets,
        cross_entropy,
        epochs,
        seeds,
        progress=False,
        **options,
    )


def comparison_of(losses, target_loss=1.0):
    """A comparison with these losses; a run that ends with None diverged."""
    histories = {
        name: {
            seed: History(loss=[x for x in column if x is not None], diverged=column[-1:] == [None])
            for seed, column in enumerate(columns)
        }
        for name, columns in losses.items()
    }
    return Comparison(histories, target_loss)


def test_every_history_is_that_of_fit():
    comparison = quietly(
        {"slow": with_rate(0.01), "fast": with_rate(0.3)},
        seeds=[3, 5],
        batch_size=5,
        metrics=[accuracy],
    )
    assert list(comparison.histories) == ["slow", "fast"]
    assert list(comparison.histories["slow"]) == [3, 5]
    model, optimizer = with_rate(0.3)(5)
    alone = fit(
        model,
        MOONS.inputs,
        MOONS.targets,
        cross_entropy,
        optimizer,
        epochs=4,
        batch_size=5,
        metrics=[accuracy],
        seed=5,
        progress=False,
    )
    assert comparison.histories["fast"][5] == alone


def test_five_seeds_unless_others_are_given():
    comparison = compare(
        {"a": with_rate(0.1)}, MOONS.inputs, MOONS.targets, cross_entropy, epochs=1, progress=False
    )
    assert list(comparison.histories["a"]) == [0, 1, 2, 3, 4]


def test_anything_may_be_compared():
    def variant(activation, init, optimizer):
        def make(seed):
            model = MLP(2, [4, 2], activation=activation, init=init, seed=seed)
            return model, optimizer(model.parameters(), 0.05)

        return make

    comparison = quietly(
        {
            "tanh": variant("tanh", "xavier_uniform", SGD),
            "relu": variant("relu", "he_normal", Adam),
        }
    )
    assert all(len(h) == 4 for runs in comparison.histories.values() for h in runs.values())


def test_the_table_by_hand():
    comparison = comparison_of(
        {
            "good": [[3.0, 1.0, 0.5], [2.0, 1.5, 0.25], [1.0, 0.9, 0.75]],
            "slow": [[3.0, 2.9, 2.5], [3.0, 2.5, 1.0], [3.0, 2.9, 2.75]],
            "mixed": [[2.0, 0.5, 0.1], [2.0, None], [None]],
            "same": [[2.0, 2.0, 2.0]],
        }
    )
    assert comparison.final_losses("good") == [0.5, 0.25, 0.75]
    assert comparison.epochs_to_target("good") == [2, 3, 1]
    assert comparison.final_losses("mixed") == [0.1, math.inf, math.inf]
    assert [line.split("  ") for line in squeezed(comparison.table())] == [
        ["variant", "runs", "epochs to 1", "final loss", "diverged"],
        ["good", "3", "2 (1 to 3)", "0.5 (0.25 to 0.75)", "0"],
        ["slow", "3", "never (3 to never)", "2.5 (1 to 2.75)", "0"],
        ["mixed", "3", "never (2 to never)", "diverged (0.1 to diverged)", "2"],
        ["same", "1", "never", "2", "0"],
    ]
    assert str(comparison) == comparison.table()


def squeezed(text):
    """The lines, with two spaces between the columns."""
    return ["  ".join(filter(None, map(str.strip, line.split("  ")))) for line in text.splitlines()]


def test_the_loss_to_reach_is_nine_tenths_of_the_way_unless_given():
    given = quietly({"a": with_rate(0.1)}, target_loss=0.25)
    assert given.target_loss == 0.25
    comparison = quietly({"a": with_rate(0.01), "b": with_rate(0.5), "c": with_rate(1e308)})
    first = sorted(h.loss[0] for name in "ab" for h in comparison.histories[name].values())
    start = (first[2] + first[3]) / 2
    lowest = min(sorted(comparison.final_losses(name))[1] for name in "ab")
    assert comparison.target_loss == pytest.approx(start + 0.9 * (lowest - start))
    assert min(comparison.epochs_to_target("b")) <= 4


def test_a_run_that_diverges_is_told_and_stops_nothing():
    comparison = quietly({"wild": with_rate(1e308), "tame": with_rate(0.1)}, epochs=30)
    assert [h.diverged for h in comparison.histories["wild"].values()] == [True] * 3
    assert [h.diverged for h in comparison.histories["tame"].values()] == [False] * 3
    assert squeezed(comparison.table())[1].endswith("diverged  3")
    only = quietly({"wild": with_rate(1e308)}, epochs=30)
    assert math.isnan(only.target_loss)
    assert only.plot().get_legend() is not None


@pytest.mark.parametrize("raised_in", ["fit", "variant"])
def test_after_an_interruption_the_finished_runs_are_there(raised_in):
    calls = []

    def variant(seed):
        if raised_in == "variant" and seed == 2:
            raise KeyboardInterrupt
        return with_rate(0.1)(seed)

    def loss(outputs, targets):
        calls.append(1)
        if raised_in == "fit" and len(calls) == 10:  # in the second epoch of the third run
            raise KeyboardInterrupt
        return cross_entropy(outputs, targets)

    comparison = compare(
        {"a": variant, "b": variant}, MOONS.inputs, MOONS.targets, loss, epochs=4, progress=False
    )
    assert comparison.interrupted
    assert {name: list(runs) for name, runs in comparison.histories.items()} == {"a": [0, 1]}
    assert comparison.table().endswith("interrupted")


@pytest.mark.parametrize(
    ("variants", "error", "words"),
    [
        ({}, ValueError, "at least; got {}"),
        ([with_rate(0.1)], ValueError, "must be a dict"),
        ({"a": lambda seed: MLP(2, [2])}, TypeError, "'a' must return a model and its optimizer"),
        ({"a": lambda seed: (MLP(2, [2]), 0.1)}, TypeError, "'a' must return a model"),
    ],
)
def test_wrong_variants_are_named(variants, error, words):
    with pytest.raises(error, match=words):
        quietly(variants)


def test_other_wrong_arguments():
    with pytest.raises(ValueError, match="at least one seed"):
        quietly({"a": with_rate(0.1)}, seeds=[])
    with pytest.raises(ValueError, match="epochs must be a whole number at least 1; got 0"):
        quietly({"a": with_rate(0.1)}, epochs=0)
    with pytest.raises(ValueError, match="target_loss must be"):
        quietly({"a": with_rate(0.1)}, target_loss=math.nan)
    with pytest.raises(TypeError, match="compare takes no optimizer"):
        quietly({"a": with_rate(0.1)}, optimizer=None)


def test_a_bar_shows_the_progress(capsys):
    compare({"a": with_rate(0.1)}, MOONS.inputs, MOONS.targets, cross_entropy, epochs=1)
    assert "5/5" in capsys.readouterr().err
    quietly({"a": with_rate(0.1)})
    assert capsys.readouterr() == ("", "")


def test_the_plot_has_all_variants_in_one_picture():
    from matplotlib.figure import Figure

    comparison = comparison_of(
        {
            "good": [[3.0, 1.0, 0.5], [2.0, 1.5, 0.25], [1.0, 0.9, 0.75]],
            "mixed": [[2.0, 0.5, 0.1], [2.0, 4.0, None], [None]],
        }
    )
    ax = Figure().add_subplot()
    assert comparison.plot(ax=ax) is ax
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[:2] == ["good", "mixed (2 of 3 diverged)"]
    good = next(line for line in ax.lines if line.get_label() == "good")
    assert (list(good.get_xdata()), list(good.get_ydata())) == ([1, 2, 3], [2.0, 1.0, 0.5])
    corners = ax.collections[0].get_paths()[0].vertices
    assert {(x, y) for x, y in corners} >= {(1, 1.0), (1, 3.0), (3, 0.25), (3, 0.75)}
    crosses = [line for line in ax.lines if line.get_marker() == "X" and len(line.get_xdata())]
    assert [(list(c.get_xdata()), list(c.get_ydata())) for c in crosses] == [([2], [4.0])]
    assert (ax.get_xlabel(), ax.get_ylabel()[:4]) == ("epoch", "loss")


def test_a_loss_of_ones_own_may_be_negative():
    comparison = compare(
        {"a": with_rate(0.1)},
        MOONS.inputs,
        MOONS.targets,
        lambda outputs, targets: cross_entropy(outputs, targets) - Value(5.0),
        epochs=2,
        progress=False,
    )
    assert comparison.target_loss < 0
    assert comparison.plot().get_yscale() == "linear"

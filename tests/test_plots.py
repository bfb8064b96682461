"""Pictures are tested by what their artists carry: the numbers, the words, the colours."""

import math
import random
import subprocess
import sys
from io import BytesIO
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from PIL import Image

import nn
from engine import Value
from nn import plots
from nn.plots import style

CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def halves(row):
    """Three classes, of which x1 alone tells the first two, and the third never wins."""
    return [Value(-5.0 * row[0]), Value(5.0 * row[0]), Value(-100.0)]


PICTURES = {
    "training_curves": lambda ax: plots.training_curves(
        nn.History(loss=[2.0, 1.0], learning_rate=[0.1, 0.1]), ax=ax
    ),
    "decision_boundary": lambda ax: plots.decision_boundary(
        halves, CORNERS, [0, 1, 2, 1], resolution=5, ax=ax
    ),
    "regression": lambda ax: plots.decision_boundary(
        lambda row: row[0] - row[1], CORNERS, [0.5, -1.0, 1.0, 0.0], resolution=5, ax=ax
    ),
    "confusion": lambda ax: plots.confusion([[2, 1], [0, 3]], ax=ax),
    "digits": lambda ax: plots.digits([[0.0, 1.0, 2.0, 3.0]] * 3, [1, 2, 3], ax=ax),
    "histograms": lambda ax: plots.histograms({"layers.0": [1.0, 2.0, 2.5]}, ax=ax),
    "neuron_line": lambda ax: plots.neuron_line([(1, 1, -1.5)], CORNERS, [0, 0, 0, 1], ax=ax),
}
WITHOUT_LABELS = {"digits"}


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
def test_each_draws_into_the_axes_given_and_returns_it(draw):
    figure = Figure()
    ax = figure.add_subplot(1, 2, 2)
    other = figure.add_subplot(1, 2, 1)
    before = ax.get_position().get_points()
    assert draw(ax) is ax
    assert ax.has_data()
    assert not other.has_data()
    assert np.all(ax.get_position().get_points()[0] >= before[0] - 1e-9)
    figure.savefig(BytesIO())


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
def test_each_makes_a_picture_that_a_notebook_shows_and_pyplot_never_sees(draw):
    settings = dict(plt.rcParams)
    ax = draw(None)
    png, size = ax._repr_png_()
    image = Image.open(BytesIO(png))
    assert image.size == (2 * size["width"], 2 * size["height"])
    assert size["width"] <= 800
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == settings


@pytest.mark.parametrize("name", PICTURES)
def test_each_lies_wholly_on_its_page_with_labels_large_enough_to_read(name):
    ax = PICTURES[name](None)
    figure = ax.figure
    figure.savefig(BytesIO())
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0) >= 0
    assert box.x1 <= width
    assert box.y1 <= height
    if name not in WITHOUT_LABELS:
        lowest = min(figure.axes[: 2 if name == "training_curves" else 1], key=lambda a: a.bbox.y0)
        assert lowest.get_xlabel()
        assert lowest.xaxis.label.get_fontsize() >= 10
        assert all(label.get_fontsize() >= 10 for label in ax.get_xticklabels())


def test_the_same_picture_has_the_same_bytes():
    first, second = (PICTURES["decision_boundary"](None)._repr_png_() for _ in range(2))
    assert first == second


def test_importing_draws_nothing_and_imports_no_matplotlib():
    code = "import sys, nn.plots; print([m for m in sys.modules if m.startswith('matplotlib')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_matplotlib_is_an_error_that_installs_it(monkeypatch):
    for name in ("matplotlib", "matplotlib.axes", "matplotlib.figure", "nn.plots.picture"):
        monkeypatch.setitem(sys.modules, name, None)
    for draw in PICTURES.values():
        with pytest.raises(ImportError, match=r"pip install 'glassgrad\[plot\]'"):
            draw(None)


def test_what_is_no_axes_is_named():
    with pytest.raises(TypeError, match=r"ax must be a matplotlib Axes.*got Figure"):
        plots.confusion([[1]], ax=Figure())


def test_colours_stay_apart_for_deuteranopes():
    """By the matrix of Viénot, Brettel & Mollon (1999), on linear RGB, in CIE Lab."""
    matrix = [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]

    def lab(color):
        linear = [((c + 0.055) / 1.055) ** 2.4 if c > 0.04045 else c / 12.92 for c in to_rgb(color)]
        seen = np.clip(np.array(matrix) @ linear, 0, 1)
        xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]] @ seen
        x, y, z = np.cbrt(np.maximum(xyz / [0.9505, 1.0, 1.089], 0.008856))
        return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])

    seen = [lab(color) for color in style.COLORS]
    for i, one in enumerate(seen):
        for other in seen[:i]:
            assert np.linalg.norm(one - other) > 10  # 2.3 is a difference that one just notices


def test_colours_and_markers_of_forty_classes_differ():
    looks = {(style.color(k), style.marker(k)) for k in range(40)}
    assert len(looks) == 40


# Panels


def test_split_divides_the_place_of_an_axes_and_leaves_its_neighbour_alone():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    place, neighbour = right.get_position(), left.get_position().bounds
    panels = style.split(right, rows=2, columns=2, heights=[3, 1])
    assert panels[0] is right
    assert len(figure.axes) == 5
    assert left.get_position().bounds == neighbour
    upper, lower = panels[0].get_position(), panels[2].get_position()
    assert upper.height == pytest.approx(3 * lower.height)
    assert upper.x0 == pytest.approx(place.x0)
    assert upper.y1 == pytest.approx(place.y1)
    assert panels[3].get_position().x1 == pytest.approx(place.x1)
    assert lower.y0 == pytest.approx(place.y0)


def test_split_works_for_an_axes_placed_by_its_corners():
    ax = Figure().add_axes((0.5, 0.25, 0.25, 0.5))
    upper, lower = style.split(ax, rows=2)
    assert lower.get_position().x0 == pytest.approx(0.5)
    assert lower.get_position().y0 == pytest.approx(0.25)
    assert upper.get_position().y1 == pytest.approx(0.75)


# The training


def trained():
    return nn.History(
        loss=[4.0, 2.0, 1.0],
        validation_loss=[5.0, 2.5, 3.0],
        metrics={"accuracy": [0.5, 0.75, 1.0], "validation accuracy": [0.5, 0.5, 0.75]},
        learning_rate=[0.3, 0.2, 0.1],
        gradient_norm=[3.0, 2.0, 1.0],
    )


def test_training_curves_carry_the_numbers_of_the_history():
    ax = plots.training_curves(trained())
    losses, metrics, rates = ax.figure.axes
    assert [list(line.get_ydata()) for line in losses.lines[:2]] == [[4, 2, 1], [5, 2.5, 3]]
    assert list(losses.lines[0].get_xdata()) == [1, 2, 3]
    assert [list(line.get_ydata()) for line in metrics.lines] == [[0.5, 0.75, 1], [0.5, 0.5, 0.75]]
    assert [list(line.get_ydata()) for line in rates.lines] == [[0.3, 0.2, 0.1]]
    labels = [panel.get_ylabel() for panel in (losses, metrics, rates)]
    assert labels == ["loss", "accuracy", "learning\nrate"]
    assert [panel.get_xlabel() for panel in (losses, metrics, rates)] == ["", "", "epoch"]


def test_the_least_validation_loss_is_marked():
    ax = plots.training_curves(trained())
    (x,), (y,) = ax.lines[2].get_data()
    assert (x, y) == (2, 2.5)
    assert "2.5 in epoch 2" in ax.get_legend().get_texts()[2].get_text()


def test_a_loss_over_powers_of_ten_is_logarithmic_and_one_with_zero_is_not():
    assert plots.training_curves(nn.History(loss=[1.0, 1e-4])).get_yscale() == "log"
    assert plots.training_curves(nn.History(loss=[1.0, 0.5])).get_yscale() == "linear"
    assert plots.training_curves(nn.History(loss=[1.0, 0.0])).get_yscale() == "linear"
    assert plots.training_curves(nn.History(loss=[1.0, -5.0])).get_ylim()[0] < -5.0


@pytest.mark.parametrize("losses", [[], [1.0], [1.0, 8.0]])
def test_a_training_that_diverged_says_in_which_epoch(losses):
    ax = plots.training_curves(nn.History(loss=losses, diverged=True))
    assert [text.get_text() for text in ax.texts] == [f"diverged in epoch {len(losses) + 1}"]
    ax.figure.savefig(BytesIO())
    ax = plots.training_curves(nn.History(loss=losses, interrupted=True))
    assert ax.texts[0].get_text().startswith("interrupted")


def test_a_history_plots_itself():
    history = trained()
    ax = Figure().add_subplot()
    assert history.plot(ax=ax) is ax
    assert list(history.plot().lines[0].get_ydata()) == history.loss


# The decision boundary


def region(ax, x, y):
    """The colour of the picture at a point of the plane."""
    (image,) = ax.images
    left, right, low, high = image.get_extent()
    pixels = image.get_array()
    row = int((y - low) / (high - low) * pixels.shape[0])
    column = int((x - left) / (right - left) * pixels.shape[1])
    return pixels[row, column].tolist()


def test_regions_have_the_colours_of_the_classes_and_the_line_lies_between_them():
    def model(row):  # the boundary is x1 = 0.25
        return [Value(0.0), Value(8.0 * (row[0] - 0.25))]

    # 13 points from -0.1 to 1.1: 0.0 and 1.0 are among them
    ax = plots.decision_boundary(model, CORNERS, [0, 0, 1, 1], ["left", "right"], resolution=13)
    for x, k in ((0.0, 0), (1.0, 1)):
        p = 1 / (1 + math.exp(-8.0 * abs(x - 0.25)))
        depth = 0.5 * (2 * p - 1)  # half of the class's colour where p is 1, white where it is 1/2
        expected = [(1 - depth) + depth * c for c in to_rgb(style.color(k))]
        assert region(ax, x, 0.5) == pytest.approx(expected)
    assert ax.images[0].origin == "lower"
    (lines,) = ax.collections[:1]
    points = np.concatenate([path.vertices for path in lines.get_paths()])
    assert points[:, 0].tolist() == pytest.approx([0.25] * len(points), abs=0.02)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["left", "right"]


def points_of(ax):
    """The rows drawn, under the colour of their class."""
    return {
        tuple(c.get_facecolor()[0]): c.get_offsets().tolist()
        for c in ax.collections
        if len(c.get_offsets()) and c.get_label()[0] != "_"
    }


def test_every_row_is_a_point_in_the_colour_and_shape_of_its_class():
    ax = plots.decision_boundary(halves, CORNERS, [0, 1, 2, 1], resolution=5)
    assert points_of(ax) == {
        to_rgba(style.color(0)): [[0, 0]],
        to_rgba(style.color(1)): [[0, 1], [1, 1]],
        to_rgba(style.color(2)): [[1, 0]],
    }
    assert ax.get_xlabel() == "x1"
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["class 0", "class 1", "class 2"]


def test_predict_is_asked_once_for_all_200_times_200_points():
    calls = []

    class Compiled:
        def predict(self, rows):
            calls.append(len(rows))
            return [[x, y] for x, y in rows]

        def __call__(self, row):
            raise AssertionError("predict is there")

    ax = plots.decision_boundary(Compiled(), CORNERS, [0, 1, 0, 1])
    assert calls == [40_000]
    assert ax.images[0].get_array().shape == (200, 200, 3)


def test_predict_and_calls_give_the_same_picture_whatever_predict_returns():
    model = nn.MLP(2, [3, 2], seed=0)

    class Predicting:
        def __init__(self, convert):
            self.convert = convert

        def predict(self, rows):
            return self.convert([[out.data for out in model(row)] for row in rows])

    called = plots.decision_boundary(model, CORNERS, [0, 1, 1, 0], resolution=7)
    for convert in (list, np.array):
        asked = plots.decision_boundary(Predicting(convert), CORNERS, [0, 1, 1, 0], resolution=7)
        assert np.array_equal(asked.images[0].get_array(), called.images[0].get_array())


@pytest.mark.parametrize(
    ("targets", "slope", "offset", "logits", "boundary"),
    [
        ([0, 1, 0, 1], 4.0, -3.0, None, 0.75),  # a logit
        ([-1, 1, -1, 1], 2.0, -1.5, None, 0.75),  # a margin
        ([0, 1, 0, 1], 0.5, 0.15, None, 0.7),  # from 0 to 1 everywhere: a probability
        ([0, 1, 0, 1], 2.0, -0.9, False, 0.7),  # a probability that overshoots
        ([0, 1, 0, 1], 0.5, 0.15, True, None),  # a logit that is nowhere 0
    ],
)
def test_one_output_tells_two_classes_apart(targets, slope, offset, logits, boundary):
    ax = plots.decision_boundary(
        lambda row: Value(slope * row[1] + offset), CORNERS, targets, logits=logits, resolution=41
    )
    lines = [c for c in ax.collections if c.get_label()[0] == "_"]
    if boundary is None:
        assert not lines
    else:
        heights = np.concatenate([path.vertices for path in lines[0].get_paths()])[:, 1]
        assert heights == pytest.approx(boundary, abs=0.01)
    sign = 2 * np.array(targets).clip(0, 1) - 1
    assert len(points_of(ax)) == len(set(sign))
    if min(targets) < 0:
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        assert labels == ["class -1", "class 1"]


def test_a_regression_shares_its_colours_between_output_and_targets():
    ax = plots.decision_boundary(
        lambda row: row[0] - row[1], CORNERS, [0.0, 0.5, 3.0, -2.0], resolution=13
    )
    (image,), (points,) = ax.images, ax.collections
    assert image.get_clim() == points.get_clim() == (-2.0, 3.0)
    at = np.linspace(-0.1, 1.1, 13)
    assert np.asarray(image.get_array()) == pytest.approx(np.subtract.outer(at, at).T)
    assert image.origin == "lower"
    assert list(points.get_array()) == [0.0, 0.5, 3.0, -2.0]
    assert "output" in ax.figure.axes[1].get_ylabel()


def test_hundreds_of_rows_in_logits_of_any_size_are_drawn():
    ax = plots.decision_boundary(
        lambda row: [1e4 * row[0], -1e4 * row[0]], CORNERS, [[0, 1], [1, 0], [0, 1], [1, 0]],
        resolution=4,
    )  # fmt: skip
    assert np.isfinite(ax.images[0].get_array()).all()
    ax = plots.decision_boundary(lambda row: 1e6 * row[0], CORNERS, [0, 1, 0, 1], resolution=4)
    assert np.isfinite(ax.images[0].get_array()).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((halves, [[1.0]], [0]), "rows of two inputs, but row 0 has 1"),
        ((halves, CORNERS, [0, 1]), "a target for each row"),
        ((halves, [], []), "needs at least one row, but got none"),
        ((halves, [[0, math.nan]], [0]), "must be a finite number"),
        ((halves, CORNERS, [0, 1, 2, 3]), "classes 0 to 2, but got"),
        ((halves, CORNERS, [0.5, 1, 2, 3]), "classes 0 to 2, but got"),
    ],
)
def test_data_that_cannot_be_drawn_over_a_boundary(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.decision_boundary(*arguments)


@pytest.mark.parametrize("names", [{"class_names": ["a"]}, {"feature_names": ["a", "b", "c"]}])
def test_names_must_be_as_many_as_what_they_name(names):
    with pytest.raises(ValueError, match="names, but got"):
        plots.decision_boundary(halves, CORNERS, [0, 1, 2, 1], resolution=2, **names)
    with pytest.raises(ValueError, match="names, but got"):
        plots.neuron_line([(1, 1, 1)], CORNERS, [0, 1, 0, 1], **names)


def test_the_inputs_bear_their_names():
    ax = plots.decision_boundary(
        halves, CORNERS, [0, 1, 2, 1], feature_names=["length (cm)", "width (cm)"], resolution=2
    )
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("length (cm)", "width (cm)")


def test_a_resolution_of_one_point_is_none():
    with pytest.raises(ValueError, match="at least 2"):
        plots.decision_boundary(halves, CORNERS, [0, 1, 2, 1], resolution=1)


# The confusion matrix


def test_confusion_shows_counts_shares_and_names():
    counts = [[3, 1, 0], [0, 0, 0], [0, 2, 2]]
    ax = plots.confusion(counts, ["setosa", "versicolor", "virginica"])
    assert [int(text.get_text()) for text in ax.texts] == [n for row in counts for n in row]
    shares = ax.images[0].get_array().tolist()
    assert shares == [[0.75, 0.25, 0], [0, 0, 0], [0, 0.5, 0.5]]
    places = {text.get_position(): text for text in ax.texts}
    assert places[1, 0].get_text() == "1"  # in the second column of the first row
    assert places[1, 0].get_color() == style.WRONG
    assert places[0, 0].get_color() != style.WRONG
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "setosa", "versicolor", "virginica"
    ]  # fmt: skip
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


@pytest.mark.parametrize("counts", [[], [[1, 2]], [[1], [2]]])
def test_confusion_wants_a_square(counts):
    with pytest.raises(ValueError, match="as many columns as rows"):
        plots.confusion(counts)


def test_confusion_wants_a_name_for_each_class():
    with pytest.raises(ValueError, match="2 classes need as many names, but got 1"):
        plots.confusion([[1, 0], [0, 1]], ["cat"])


# Digits


def test_digits_lie_the_right_way_up_and_the_wrong_one_is_marked():
    data = nn.datasets.digits()
    ax = plots.digits(data.inputs[:12], data.targets[:12], [*data.targets[:11], 5], columns=5)
    assert len(ax.images) == 12
    assert ax.images[3].get_array().ravel().tolist() == data.inputs[3]
    left, right, bottom, top = ax.images[3].get_extent()
    assert right - left == 1
    assert bottom > top
    assert ax.yaxis_inverted()
    assert [text.get_text() for text in ax.texts[:3]] == [str(k) for k in data.targets[:3]]
    assert ax.texts[11].get_text() == f"5, is {data.targets[11]}"
    marked = [line.get_color() == style.WRONG for line in ax.lines]
    assert marked == [False] * 11 + [True]
    columns = {image.get_extent()[0] for image in ax.images}
    assert len(columns) == 5


def test_images_with_negative_pixels_are_white_at_zero():
    ax = plots.digits([[-3.0, 0.0, 1.0, 2.0]])
    assert ax.images[0].get_clim() == (-3.0, 3.0)
    assert ax.images[0].cmap(0.5)[:3] == pytest.approx((1, 1, 1), abs=0.05)
    assert plots.digits([[0.0, 1.0, 2.0, 16.0]]).images[0].get_clim() == (0.0, 16.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "no image"),
        (([[1.0, 2.0]],), "a square number"),
        (([[1.0] * 4, [1.0] * 9],), "image 1 has 9"),
        (([[1.0] * 4], [1, 2]), "1 images need as many targets, but got 2"),
        (([[1.0] * 4], [1], []), "as many predictions, but got 0"),
        (([[1.0] * 4], None, None, 0), "columns must be"),
    ],
)
def test_digits_that_cannot_be_drawn(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.digits(*arguments)


# Histograms


def heights(ax):
    """Of each layer's bins, in the same unit, and the edges."""
    feet = [patch.get_data().baseline for patch in ax.patches]
    return [
        np.array(patch.get_data().values) - foot
        for patch, foot in zip(ax.patches, feet, strict=True)
    ], ax.patches[0].get_data().edges


def test_histograms_count_what_is_in_each_bin_from_the_first_layer_down():
    rng = random.Random(0)
    layers = {"a": [rng.gauss(0, 1) for _ in range(500)], "b": [rng.random() for _ in range(50)]}
    ax = plots.histograms(layers, "activation")
    (first, second), edges = heights(ax)
    for drawn, values in ((first, layers["a"]), (second, layers["b"])):
        counts = [
            sum(low <= x < high or (x == high == edges[-1]) for x in values)
            for low, high in pairwise(edges)
        ]
        assert drawn / drawn.max() == pytest.approx(np.array(counts) / max(counts))
    assert ax.patches[0].get_data().baseline > ax.patches[1].get_data().baseline
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_yticks()[0] > ax.get_yticks()[1]
    assert ax.get_xlabel() == "activation"
    assert [text.get_text() for text in ax.texts] == [
        f"std {np.std(layers['a']):.2g}", f"std {np.std(layers['b']):.2g}"
    ]  # fmt: skip


def test_logarithmic_histograms_show_magnitudes_and_count_the_zeros():
    ax = plots.histograms({"a": [0.0, 1e-6, -1e-3, 1.0]}, "gradient", logarithmic=True)
    assert ax.get_xscale() == "log"
    (drawn,), edges = heights(ax)
    assert (edges[0], edges[-1]) == pytest.approx((1e-6, 1.0))
    assert np.count_nonzero(drawn) == 3
    assert ax.get_xlabel() == "|gradient|"
    assert "25% are 0" in ax.texts[0].get_text()


def test_extreme_layers_are_drawn_too():
    for logarithmic in (False, True):
        for numbers in ([0.0], [2.0, 2.0], [math.nan, 1.0, -math.inf], [math.nan]):
            ax = plots.histograms({"a": numbers}, logarithmic=logarithmic)
            ax.figure.savefig(BytesIO())
            wild = sum(not math.isfinite(x) for x in numbers)
            assert (f"{wild} not finite" in ax.texts[0].get_text()) == (wild > 0)


def test_histograms_of_nothing_are_an_error():
    with pytest.raises(ValueError, match="at least one layer"):
        plots.histograms({})
    with pytest.raises(ValueError, match=r"layers\.1 has no numbers"):
        plots.histograms({"layers.0": [1.0], "layers.1": []})


# A neuron's line


@pytest.mark.parametrize("moment", [(1, 1, -1.5), (-2, 1, 0.3), (3, 0, -1), (0, -0.1, 0.05)])
def test_the_line_is_where_the_weighted_sum_is_zero_and_the_shade_where_it_is_above(moment):
    w1, w2, b = moment
    ax = plots.neuron_line([moment], CORNERS, [0, 0, 0, 1])
    (line,) = ax.lines
    for x, y in line.get_xydata():
        assert w1 * x + w2 * y + b == pytest.approx(0, abs=1e-9)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    length = np.linalg.norm(np.diff(line.get_xydata(), axis=0))
    assert length > math.hypot(right - left, high - low)
    (shade,) = ax.patches
    for x, y in [(0.1, 0.2), (0.9, 0.1), (0.3, 0.8), (1.1, 1.1), (0.45, 0.55), (-0.2, -0.2)]:
        assert shade.get_path().contains_point((x, y)) == (w1 * x + w2 * y + b > 0)


def test_earlier_lines_are_paler_and_a_neuron_without_weights_has_none():
    ax = plots.neuron_line([(0, 0, 1), (1, 0, 0), (1, 0, -0.25), (1, 0, -0.5)], CORNERS, [0] * 4)
    assert [line.get_xdata()[0] for line in ax.lines] == pytest.approx([0.0, 0.25, 0.5])
    alphas = [line.get_alpha() for line in ax.lines]
    assert alphas == sorted(alphas)
    assert alphas[0] < alphas[1] < alphas[2] == 1
    assert not plots.neuron_line([(0.0, 0.0, 1.0)], CORNERS, [0] * 4).lines
    assert not plots.neuron_line([(1e-200, 0.0, 1e200)], CORNERS, [0] * 4).lines


def test_of_many_snapshots_the_first_and_the_last_are_among_the_twenty_drawn():
    ax = plots.neuron_line([(1, 0, -i / 1000) for i in range(1001)], CORNERS, [-1, -1, 1, 1])
    ends = [line.get_xdata()[0] for line in ax.lines]
    assert len(ends) == 20
    assert (ends[0], ends[-1]) == pytest.approx((0.0, 1.0))
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["class -1", "class 1", "z = 0, before", "z = 0", "z > 0"]


@pytest.mark.parametrize(
    ("snapshots", "targets", "message"),
    [
        ([], [0] * 4, r"snapshots must be three numbers each, .*; got \[\]"),
        ([(1, 2)], [0] * 4, r"snapshots must be three numbers each, \(w1, w2, b\); got "),
        (
            [(1, 2, math.inf)],
            [0] * 4,
            "snapshots, row 0, column 2 must be a finite number; got inf",
        ),
        ([(1, 2, 3)], [0.5] * 4, "targets must be classes"),
    ],
)
def test_lines_that_cannot_be_drawn(snapshots, targets, message):
    with pytest.raises(ValueError, match=message):
        plots.neuron_line(snapshots, CORNERS, targets)


def test_snapshots_are_a_list_of_them():
    with pytest.raises(TypeError, match="snapshots, row 0 must be a list of numbers; got the int"):
        plots.neuron_line((1, 2, 3), CORNERS, [0] * 4)

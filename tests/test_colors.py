import math

import pytest

from engine.drawing.colors import BLACK, WHITE, Scale, fill


def luminance(color):
    """Relative luminance, WCAG 2.1."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("number", [1.0, -1.0, 0.1, -0.1, 0.0, math.inf, math.nan])
def test_black_text_is_legible_on_every_fill(number):
    contrast = (luminance(fill(Scale(0.01, 1.0), number)) + 0.05) / (luminance(BLACK) + 0.05)
    assert contrast > 6.0


def test_a_grey_print_shows_the_size():
    scale = Scale.of([1e-4, 1.0])
    for sign in (1.0, -1.0):
        shades = [luminance(fill(scale, sign * size)) for size in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)]
        assert shades == sorted(shades, reverse=True)
        assert shades[0] - shades[-1] > 0.3


def test_the_signs_part_by_hue_and_zero_is_white():
    scale = Scale(0.01, 1.0)
    red, blue = (int(fill(scale, -1.0)[i : i + 2], 16) for i in (1, 5))
    assert red > blue
    red, blue = (int(fill(scale, 1.0)[i : i + 2], 16) for i in (1, 5))
    assert blue > red
    assert fill(scale, 0.0) == WHITE


def test_the_scale_leaves_out_what_is_not_finite():
    assert Scale.of([math.inf, math.nan, 0.0]) is None
    assert Scale.of([1e-300, 1.0, math.inf]) == Scale(1e-6, 1.0)


def test_the_smallest_gradients_have_a_scale():
    assert 0.0 <= Scale.of([5e-324, 1e-322]).position(5e-323) <= 1.0

"""Small problems drawn from a seed: two dimensions that a picture can show, and a curve to fit."""

import math
import random

from nn.common.checks import real, whole
from nn.datasets.dataset import Dataset


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Draw two half circles that reach into each other, the upper one class 0, the lower class 1.

    With t in equal steps from 0 to pi, the upper moon is (cos t, sin t) and the lower one
    (1 - cos t, 1/2 - sin t); Gaussian noise is added to both coordinates, and the rows are
    shuffled.

    Args:
        n: The rows of both moons together, 2 or more.
        noise: The standard deviation of the noise, 0 or more.
        seed: To draw from; the same arguments give the same bits.

    Raises:
        TypeError: If an argument is no number of its kind.
        ValueError: If one is out of its range.

    Example:
        >>> moons(200)
        Dataset('moons': 200 rows, 2 features, 2 classes)

    Source:
        The shape that scikit-learn made popular as make_moons.
    """
    rng = _generator(n, 2, noise, seed)
    upper, lower = _shares(n, 2)
    points = [(math.cos(t), math.sin(t), 0) for t in _steps(0.0, math.pi, upper)]
    points += [(1 - math.cos(t), 0.5 - math.sin(t), 1) for t in _steps(0.0, math.pi, lower)]
    source = f"moons(n={n}, noise={noise}, seed={seed})"
    return _in_the_plane(points, ("upper", "lower"), noise, rng, source)


def circles(n: int = 100, noise: float = 0.1, seed: int = 0, factor: float = 0.5) -> Dataset:
    """Draw a circle around another: the outer one of radius 1 is class 0, the inner one class 1.

    Each has its points at equal angles, r (cos t, sin t), r = 1 outside and r = `factor` inside;
    Gaussian noise is added to both coordinates, and the rows are shuffled.

    Args:
        n: The rows of both circles together, 2 or more.
        noise: The standard deviation of the noise, 0 or more.
        seed: To draw from; the same arguments give the same bits.
        factor: The inner radius, between 0 and 1.

    Raises:
        TypeError: If an argument is no number of its kind.
        ValueError: If one is out of its range.

    Example:
        >>> circles(60, noise=0.05)
        Dataset('circles': 60 rows, 2 features, 2 classes)

    Source:
        The shape that scikit-learn made popular as make_circles.
    """
    rng = _generator(n, 2, noise, seed)
    real("factor", factor, above=0, below=1)
    points = []
    for number, (radius, share) in enumerate(zip((1.0, factor), _shares(n, 2), strict=True)):
        for step in range(share):
            angle = 2 * math.pi * step / share
            points.append((radius * math.cos(angle), radius * math.sin(angle), number))
    source = f"circles(n={n}, noise={noise}, seed={seed}, factor={factor})"
    return _in_the_plane(points, ("outer", "inner"), noise, rng, source)


def spirals(
    n: int = 100, noise: float = 0.02, seed: int = 0, turns: float = 1.0, classes: int = 2
) -> Dataset:
    """Draw spiral arms wound around each other, an arm a class.

    Arm k of K is r (cos t, sin t) with t = 2 pi (turns r + k / K), and r in equal steps up to 1,
    the centre left out. Along a ray, neighbouring arms are 1 / (turns K) apart. Gaussian noise is
    added to both coordinates, and the rows are shuffled.

    Args:
        n: The rows of all arms together, at least one for each class.
        noise: The standard deviation of the noise, 0 or more.
        seed: To draw from; the same arguments give the same bits.
        turns: How often an arm goes around the centre, more than 0.
        classes: The number of arms, 2 or more.

    Raises:
        TypeError: If an argument is no number of its kind.
        ValueError: If one is out of its range.

    Example:
        >>> spirals(300, classes=3)
        Dataset('spirals': 300 rows, 2 features, 3 classes)

    Source:
        After K. J. Lang and M. J. Witbrock, "Learning to tell two spirals apart", Proceedings of
        the 1988 Connectionist Models Summer School.
    """
    whole("classes", classes, at_least=2)
    rng = _generator(n, classes, noise, seed)
    real("turns", turns, above=0)
    points = []
    for number, share in enumerate(_shares(n, classes)):
        for step in range(1, share + 1):
            radius = step / share
            angle = 2 * math.pi * (turns * radius + number / classes)
            points.append((radius * math.cos(angle), radius * math.sin(angle), number))
    source = f"spirals(n={n}, noise={noise}, seed={seed}, turns={turns}, classes={classes})"
    return _in_the_plane(points, tuple(f"arm {k}" for k in range(classes)), noise, rng, source)


def xor(n: int = 100, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Draw the truth table of "either, not both", over and over, with noise on its inputs.

    The corners (0, 0), (0, 1), (1, 0), (1, 1) come in turn; the class of (a, b) is a xor b.
    Gaussian noise is added to both coordinates.

    Args:
        n: The rows, 4 or more.
        noise: The standard deviation of the noise, 0 or more.
        seed: To draw from; the same arguments give the same bits.

    Raises:
        TypeError: If an argument is no number of its kind.
        ValueError: If one is out of its range.

    Example:
        >>> table = xor(4, noise=0)
        >>> list(zip(table.inputs, table.targets))
        [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]

    Source:
        The function that no single layer can compute: M. Minsky and S. Papert, Perceptrons (1969).
    """
    rng = _generator(n, 4, noise, seed)
    inputs, targets = [], []
    for number in range(n):
        a, b = number % 4 // 2, number % 2
        inputs.append([a + rng.gauss(0.0, noise), b + rng.gauss(0.0, noise)])
        targets.append(a ^ b)
    source = f"xor(n={n}, noise={noise}, seed={seed})"
    return Dataset(inputs, targets, ("x1", "x2"), ("0", "1"), "xor", source)


def sine(n: int = 100, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Draw a period of the sine to fit a curve to: y = sin x + noise.

    x goes in equal steps from -pi to pi, in ascending order; the noise on y is Gaussian.

    Args:
        n: The rows, 2 or more.
        noise: The standard deviation of the noise, 0 or more.
        seed: To draw from; the same arguments give the same bits.

    Raises:
        TypeError: If an argument is no number of its kind.
        ValueError: If one is out of its range.

    Example:
        >>> data = sine(5, noise=0)
        >>> data
        Dataset('sine': 5 rows, 1 feature, regression)
        >>> [round(y, 3) for y in data.targets]
        [-0.0, -1.0, 0.0, 1.0, 0.0]
    """
    rng = _generator(n, 2, noise, seed)
    inputs = [[x] for x in _steps(-math.pi, math.pi, n)]
    targets = [math.sin(x) + rng.gauss(0.0, noise) for (x,) in inputs]
    return Dataset(inputs, targets, ("x",), (), "sine", f"sine(n={n}, noise={noise}, seed={seed})")


def _in_the_plane(
    points: list[tuple[float, float, int]],
    target_names: tuple[str, ...],
    noise: float,
    rng: random.Random,
    source: str,
) -> Dataset:
    rng.shuffle(points)
    inputs = [[x + rng.gauss(0.0, noise), y + rng.gauss(0.0, noise)] for x, y, _ in points]
    targets = [number for _, _, number in points]
    return Dataset(inputs, targets, ("x1", "x2"), target_names, source.partition("(")[0], source)


def _shares(n: int, classes: int) -> list[int]:
    """Deal n rows out to the classes, the first ones getting what is left over."""
    return [n // classes + (number < n % classes) for number in range(classes)]


def _steps(low: float, high: float, n: int) -> list[float]:
    """Give n numbers in equal steps, both ends included."""
    return [low + (high - low) * step / max(n - 1, 1) for step in range(n)]


def _generator(n: int, least: int, noise: float, seed: int) -> random.Random:
    """Check what all five have in common, and return the generator to draw from."""
    whole("n", n, at_least=least)
    real("noise", noise, at_least=0)
    return random.Random(whole("seed", seed))

"""Points at which a row of the table is hard: tails, kinks, ends of the domain and beyond."""

import itertools
import math

ONE = [0.0, 1e-320, 1e-20, 1e-8, 0.11, 0.46, 0.7, 1.0, 1.3, 2.0, 2.9, 5.5, 17.0, 26.4, 37.4]
ONE += [300.0, 700.0, 709.7, 745.0, 1e16, 1e300, math.inf]
ONE = [*ONE, *(-x for x in ONE), math.nan]
FEW = [0.0, -0.0, 0.7, -1.3, 2.0, -3.0, 25.5, 1e-8, 1e300, math.inf, -math.inf, math.nan]
MANY = [(3.0,), (0.7, -1.3, 2.9, 1e-8, -37.0), (0.6, -2.0, 1e3, 0.5), (1e-20, 1.0)]
MANY += [(math.inf, 1.0, 2.0), (math.nan, 1.0), (-math.inf, -math.inf), (1e300,) * 7]


def hard_points(row):
    """Points for as many operands as the row has; where it takes any number, of several lengths."""
    if row.arity == 1:
        return [(x,) for x in ONE]
    return MANY if row.arity is None else list(itertools.product(FEW, repeat=row.arity))


def agree(ours, theirs, ulps=8):
    """Whether two numbers are the same but for the last digits, or the same inf or nan."""
    if not math.isfinite(theirs):
        return ours == theirs or (math.isnan(ours) and math.isnan(theirs))
    return abs(ours - theirs) <= ulps * math.ulp(theirs)


def read_by_javascript(numbers):
    """The numbers as texts that JavaScript's `Number` reads, also those that JSON lacks."""
    return [repr(x).replace("inf", "Infinity").replace("nan", "NaN") for x in numbers]

"""Who asks for a float: readers in peace, functions that lose a gradient with a warning."""

import array
import builtins
import cmath
import functools
import heapq
import math
import statistics
import struct
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from test_readme import ROOT

from engine import Constant, Value

READERS = [
    *["float(w)", "int(w)", "round(w)", "round(w, 3)", "f'{w:.3f}'", "format(w, 'e')"],
    *["'{:.3f}'.format(w)", "'%.3f' % w", "'%d' % w", "math.floor(w)", "math.ceil(w)"],
    *["math.trunc(w)", "alias(w)", "(lambda f: f(w))(float)", "dict(loss=float(w))"],
    *["builtins.float(w)", "w.__float__()"],
    *["list(map(float, ws))", "[*map(float, ws)]", "[x for x in map(float, ws)]"],
    *[
        "sum(x for x in map(float, ws))",
        "dict(zip('ab', map(float, ws)))",
        "print(*map(float, ws))",
    ],
    *["readers['f'](w)", "readers['all'][0](w)", "partial(float)(w)", "as_number(w)"],
    *["list(mapped)", "[x for x in mapped]", "sum(mapped)", "statistics.fmean(list(mapped))"],
    *["pd.Series(ws).map(float).sum()", "pd.Series(ws).apply(float).sum()", "box.read(w)"],
    *["list(ThreadPoolExecutor(1).map(float, ws))", "heapq.nlargest(1, map(float, ws))"],
    *["np.fromiter(mapped, float).sum()", "functools.reduce(max, mapped)", "math.fsum(mapped)"],
    *["[float(v) for v in ws]", "math.exp(float(w))", "np.fromiter(map(float, ws), float).sum()"],
]
OTHERS = [
    *["max(ws, key=float)", "sorted(ws, key=float)", "f'{w}'", "math.exp(Constant(1.0))"],
    *["w < np.float64(3.0)", "np.float64(3.0) * w", "np.array(ws) * 2", "list(map(abs, ws))"],
]
LOSERS = {
    "math.exp(w)": r"math\.exp makes .*; write engine\.exp\(w\), or w\.data to read",
    "math.tanh(w)": r"math\.tanh makes .*; write engine\.tanh\(w\)",
    "math.exp(w + float(w))": r"math\.exp makes",
    "tanh(w)": r"tanh makes .*; write engine\.tanh\(w\)",
    "float.__new__(float, w)": r"float\.__new__ makes .*; write it with the operators",
    "math.pow(w, 2)": r"math\.pow makes .*; write w \*\* exponent",
    "math.fsum(ws)": r"math\.fsum makes .*; write engine\.total\(values\)",
    "statistics.fmean(ws)": r"statistics\.fmean makes .*; write engine\.total\(values\) / len",
    "np.float64(w)": r"np\.float64 makes .*; write it with the operators and the functions",
    "np.array(ws, dtype=float)": r"np\.array makes",
    "np.asarray(ws, float)": r"np\.asarray makes",
    "array.array('d', ws)": r"array\.array makes",
    "struct.pack('d', w)": r"struct\.pack makes",
    "complex(w)": r"complex makes",
    "cmath.exp(w)": r"cmath\.exp makes .*; write engine\.exp\(w\)",
    "list(map(math.exp, ws))": r"list makes",
    "[math.exp(v) for v in ws]": r"math\.exp makes",
    "(lambda f: f(w))(math.exp)": r"f makes",
    "losers['e'](w)": "what runs here makes",
    "partial(math.exp)(w)": "what runs here makes",
    "choose()(w)": "what runs here makes",
    "pd.Series(ws).map(math.exp)": "makes a plain number",
    "pd.Series(ws).astype(float)": "makes a plain number",
    "list(mapped_exp)": "list makes",
    "zeros.__setitem__(0, w)": r"zeros\.__setitem__ makes",
    "Value(w)": r"Value makes .*; write w\.detach\(\) for a leaf of its own",
}
NAMES = {
    **{module.__name__: module for module in (array, builtins, cmath, math, statistics, struct)},
    **{"np": np, "Value": Value, "Constant": Constant, "alias": float, "tanh": math.tanh},
    **{"readers": {"f": float, "all": [float]}, "as_number": partial(float), "pd": pd},
    **{"losers": {"e": math.exp}, "choose": lambda: float, "box": SimpleNamespace(read=float)},
    **{"heapq": heapq, "functools": functools, "ThreadPoolExecutor": ThreadPoolExecutor},
    "partial": partial,
}


def names():
    w = Value(0.75, "w")
    return {**NAMES, **iterators([w, w * 2.0]), "w": w, "ws": [w, w * 2.0], "zeros": np.zeros(2)}


def iterators(ws):
    return {"mapped": map(float, ws), "mapped_exp": map(math.exp, ws)}


@pytest.mark.parametrize("source", READERS)
def test_a_reader_gets_the_number_in_peace(source):
    assert eval(source, names()) == eval(
        source, {**NAMES, **iterators([0.75, 1.5]), "w": 0.75, "ws": [0.75, 1.5]}
    )


@pytest.mark.parametrize("source", OTHERS)
def test_what_loses_nothing_says_nothing(source):
    eval(source, names())


@pytest.mark.parametrize("source", LOSERS)
def test_what_loses_a_gradient_says_so_and_what_to_write(source):
    with pytest.warns(UserWarning, match=LOSERS[source]):
        eval(source, names())


def test_an_assignment_into_an_array_of_floats_warns():
    zeros, w = np.zeros(3), Value(2.0)
    with pytest.warns(UserWarning, match="what runs here makes a plain number of a Value"):
        zeros[1] = w
    assert zeros[1] == 2.0


def test_a_leaf_and_a_recorded_value_warn_alike_and_a_constant_does_not():
    for value in (Value(1.0), Value(1.0) * 2.0):
        with pytest.warns(UserWarning, match="no gradient flows"):
            math.sin(value)
    math.sin(Constant(1.0))


def test_a_place_warns_once_and_another_again():
    w = Value(1.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            math.exp(w) + math.exp(w)  # two columns
            math.cos(w)
            statistics.fmean([w, w])
            statistics.fmean([w])
    line = sys._getframe().f_lineno - 2
    assert [(c.lineno, c.filename) for c in caught] == [
        (line + n, __file__) for n in (-2, -2, -1, 0, 1)
    ]


def test_a_warning_that_is_an_error_is_one_each_time():
    for _ in range(2):
        with pytest.raises(UserWarning, match="no gradient flows"):
            math.exp(Value(1.0))


WITHOUT_SOURCE = """
import math, warnings
from engine import Value
w = Value(1.0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    read = float(w)
    lost = math.exp(w)
print(len(caught), caught[0].lineno)
"""


@pytest.mark.parametrize("options", [[], ["-X", "no_debug_ranges"]])
def test_no_source_and_no_columns_are_needed(options):
    ran = subprocess.run(
        [sys.executable, *options, "-c", WITHOUT_SOURCE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == ["1", "8"]

"""Random programs: straight-line arithmetic that runs on any numbers, for graphs with shared nodes.

A program knows neither Values nor arrays. `Program.run` is given the numbers and the elementary
functions to calculate with, so the same program makes a graph of Values, an autograd trace and a
plain float.
"""

import math
from dataclasses import dataclass

import autograd.numpy as anp
import hypothesis.strategies as st
import mpmath

import engine

# Each instruction takes the functions, then its operands. All are smooth, and defined everywhere.
INSTRUCTIONS = {
    "sum": lambda f, x, y: x + y,
    "difference": lambda f, x, y: x - 1.5 * y,
    "product": lambda f, x, y: x * y,
    "quotient": lambda f, x, y: x / (1.5 + y * y),
    "reflected": lambda f, x, y: 1.0 - 2.0 / (2.5 + f.cos(x)) + 0.3**y,
    "square": lambda f, x: x**2,
    "cube": lambda f, x: 0.1 * x**3,
    "root": lambda f, x: (1.0 + x * x) ** 0.5,
    # not to the power 0, where the second derivative of HIPS autograd 1.9 is wrong
    "power": lambda f, x, y: (1.5 + f.sin(x)) ** (1.25 + f.tanh(y)),
    "negative": lambda f, x: -x,
    "exponential": lambda f, x: f.exp(f.sin(x)),
    "logarithm": lambda f, x: f.log(1.25 + x * x),
    "tangent": lambda f, x: f.tanh(x),
    "sigmoid": lambda f, x: f.sigmoid(x),
    "softplus": lambda f, x: f.softplus(x),
    "arc": lambda f, x: f.atan(x),
}


class AutogradFunctions:
    """The elementary functions of HIPS autograd."""

    exp, log, sin, cos, tanh, atan = anp.exp, anp.log, anp.sin, anp.cos, anp.tanh, anp.arctan

    @staticmethod
    def sigmoid(x):
        return 1.0 / (1.0 + anp.exp(-x))

    @staticmethod
    def softplus(x):
        return anp.logaddexp(0.0, x)


class FloatFunctions:
    """The elementary functions of `math`."""

    exp, log, sin, cos, tanh, atan = math.exp, math.log, math.sin, math.cos, math.tanh, math.atan

    @staticmethod
    def sigmoid(x):
        return 1.0 / (1.0 + math.exp(-x))

    @staticmethod
    def softplus(x):
        return math.log1p(math.exp(x))


class MpmathFunctions:
    """The elementary functions of mpmath."""

    exp, log, sin, cos, tanh = mpmath.exp, mpmath.log, mpmath.sin, mpmath.cos, mpmath.tanh
    atan = mpmath.atan

    @staticmethod
    def sigmoid(x):
        return 1 / (1 + mpmath.exp(-x))

    @staticmethod
    def softplus(x):
        return mpmath.log(1 + mpmath.exp(x))


@dataclass(frozen=True)
class Program:
    """Instructions on a growing list of numbers, of which the first are the inputs."""

    inputs: int
    instructions: tuple[tuple[str, tuple[int, ...]], ...]

    def run(self, numbers, functions):
        """Every number that the program calculates; the last is its output."""
        numbers = list(numbers)
        for name, operands in self.instructions:
            operation = INSTRUCTIONS[name]
            numbers.append(operation(functions, *(numbers[i] for i in operands)))
        return numbers

    def on_values(self, values):
        return self.run(values, engine)[-1]

    def on_autograd(self, numbers):
        return self.run(numbers, AutogradFunctions)[-1]


@st.composite
def programs(draw, max_instructions=10):
    """A program and the numbers to run it on, none of which grows beyond a hundred."""
    point = draw(st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=3))
    numbers, instructions = list(point), []
    for _ in range(draw(st.integers(1, max_instructions))):
        name = draw(st.sampled_from(sorted(INSTRUCTIONS)))
        arity = INSTRUCTIONS[name].__code__.co_argcount - 1
        # the newest number is always used, so that all of them lead to the output; any other one
        # may be taken again, and again
        others = st.integers(0, len(numbers) - 1)
        operands = (len(numbers) - 1, *(draw(others) for _ in range(arity - 1)))
        result = INSTRUCTIONS[name](FloatFunctions, *(numbers[i] for i in operands))
        if abs(result) < 100.0:
            numbers.append(result)
            instructions.append((name, operands))
    return Program(len(point), tuple(instructions)), point

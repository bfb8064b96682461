"""A scalar autograd engine that you can see through.

>>> from engine import Value
>>> x = Value(2.0, label="x")
>>> y = x * x + 3 * x
>>> y.backward()
>>> x.grad
7.0
"""

from engine.calculus import gradient, hessian, jacobian
from engine.checking import GradcheckError, find_nonfinite, gradcheck
from engine.compiler import CompiledGraph, compile, elementwise
from engine.drawing import Drawing, draw
from engine.elementary import (
    atan,
    cos,
    cosh,
    elu,
    erf,
    erfc,
    exp,
    expm1,
    gelu,
    leaky_relu,
    log,
    log1p,
    maximum,
    minimum,
    relu,
    selu,
    sigmoid,
    silu,
    sin,
    sinh,
    softplus,
    sqrt,
    tan,
    tanh,
)
from engine.explanation import Explanation, explain
from engine.ops import Operation
from engine.stepping import BackwardStep, ForwardStep, backward_steps, forward_steps
from engine.value import Constant, Value, dot, log_sum_exp, record, total
from engine.viewer import Viewer, view

__all__ = [
    "BackwardStep",
    "CompiledGraph",
    "Constant",
    "Drawing",
    "Explanation",
    "ForwardStep",
    "GradcheckError",
    "Operation",
    "Value",
    "Viewer",
    "atan",
    "backward_steps",
    "compile",
    "cos",
    "cosh",
    "dot",
    "draw",
    "elementwise",
    "elu",
    "erf",
    "erfc",
    "exp",
    "explain",
    "expm1",
    "find_nonfinite",
    "forward_steps",
    "gelu",
    "gradcheck",
    "gradient",
    "hessian",
    "jacobian",
    "leaky_relu",
    "log",
    "log1p",
    "log_sum_exp",
    "maximum",
    "minimum",
    "record",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "tan",
    "tanh",
    "total",
    "view",
]

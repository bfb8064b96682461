"""Neurons, layers and networks on the engine's Values, and what it takes to train them.

>>> from nn import MLP
>>> model = MLP(2, [16, 16, 1], seed=0)
>>> loss = (model([1.0, -1.0]) - 1.0) ** 2
>>> loss.backward()
>>> len(model.parameters())
337
"""

from nn import datasets, init, plots, schedules
from nn.diagnostics import FlowReport, diagnose
from nn.experiments import Comparison, compare
from nn.exporting import to_torch_state_dict
from nn.layers import MLP, Layer, Neuron
from nn.losses import (
    Loss,
    binary_cross_entropy,
    cross_entropy,
    hinge,
    huber,
    l2_penalty,
    mae,
    mse,
)
from nn.metrics import accuracy, confusion_matrix, r_squared
from nn.module import Module
from nn.optim import SGD, Adam, AdamW, Optimizer, RMSprop
from nn.propagation import SignalPropagation, signal_propagation
from nn.range_test import LearningRateRange, learning_rate_range
from nn.storage import load, load_about, save
from nn.sweep_results import SweepResults
from nn.sweeps import sweep
from nn.training import History, fit

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "Comparison",
    "FlowReport",
    "History",
    "Layer",
    "LearningRateRange",
    "Loss",
    "Module",
    "Neuron",
    "Optimizer",
    "RMSprop",
    "SignalPropagation",
    "SweepResults",
    "accuracy",
    "binary_cross_entropy",
    "compare",
    "confusion_matrix",
    "cross_entropy",
    "datasets",
    "diagnose",
    "fit",
    "hinge",
    "huber",
    "init",
    "l2_penalty",
    "learning_rate_range",
    "load",
    "load_about",
    "mae",
    "mse",
    "plots",
    "r_squared",
    "save",
    "schedules",
    "signal_propagation",
    "sweep",
    "to_torch_state_dict",
]

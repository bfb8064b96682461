"""The networks of the gallery are what they say, and the sick ones are sick."""

import networks
import pytest

import nn
from engine.reading import Reading


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_every_network_is_differentiated_and_the_same_each_time(name):
    first, second = networks.NETWORKS[name](), networks.NETWORKS[name]()
    assert Reading(first.output, model=first.model).differentiated
    assert repr(first.output.data) == repr(second.output.data)


@pytest.mark.parametrize(
    ("name", "illness"),
    [
        ("saturated", "Saturation"),
        ("dead", "Dead units"),
        ("vanishing", "Vanishing gradients"),
        ("exploding", "Exploding gradients"),
    ],
)
def test_the_sick_are_sick(name, illness):
    data = nn.datasets.moons(20)
    model = networks.NETWORKS[name]().model
    report = nn.diagnose(model, data.inputs, [2 * t - 1 for t in data.targets], nn.mse)
    assert illness in "\n".join(report.findings)

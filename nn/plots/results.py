"""What pictures ask of the results that they draw; whatever has it can be drawn.

Results know the pictures, for `plot()` draws them; so no picture knows a class of results.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol


class Training(Protocol):
    """A number for every epoch in each of the lists, and how it ended."""

    loss: list[float]
    validation_loss: list[float]
    metrics: dict[str, list[float]]
    learning_rate: list[float]
    diverged: bool
    interrupted: bool


class Variants(Protocol):
    """A training for each seed of each variant, and the loss that all try to reach."""

    @property
    def histories(self) -> Mapping[str, Mapping[int, Training]]:
        """The trainings by variant and by seed."""

    @property
    def target_loss(self) -> float:
        """The loss to reach; not finite if there is none."""


class Rates(Protocol):
    """Learning rates, the loss that each began with, and what is concluded of them."""

    @property
    def learning_rates(self) -> list[float]:
        """Those tried, ascending."""

    @property
    def losses(self) -> list[float]:
        """The loss of the step with each of them."""

    @property
    def smoothed(self) -> list[float]:
        """The same, smoothed."""

    @property
    def suggestion(self) -> float | None:
        """The rate to begin with, if one was found."""

    @property
    def largest_stable(self) -> float | None:
        """The largest rate that converges, if one was found."""


class Run(Protocol):
    """One of many runs: its settings, how it ended, and its results by name, None for a failure."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What it ran with, by name."""

    @property
    def diverged(self) -> bool:
        """Whether a number was no longer finite."""

    @property
    def failed(self) -> bool:
        """Whether it has no results."""

    def number(self, name: str) -> float | None:
        """Give the result of this name, or None for a failure."""


class Runs(Protocol):
    """Many runs, and the name of the result that is meant where none is given."""

    def __iter__(self) -> Iterator[Run]:
        """Go through the runs."""

    def value_name(self, value: str | None) -> str:
        """Give the name of the result that is meant."""


class LayerNumbers(Protocol):
    """The activations of a layer and the gradients of its weighted sums, all in one list."""

    @property
    def name(self) -> str:
        """The way to the layer."""

    @property
    def a(self) -> Iterable[float]:
        """Its activations."""

    @property
    def z_gradient(self) -> Iterable[float]:
        """The gradients of its weighted sums."""


class Layers(Protocol):
    """A row for each layer, the output's last."""

    @property
    def rows(self) -> Sequence[LayerNumbers]:
        """One for each layer."""


class Variances(Protocol):
    """A number for each layer, as measured and as predicted."""

    @property
    def measured(self) -> list[float]:
        """What the network had."""

    @property
    def predicted(self) -> list[float]:
        """What the theory says."""


class Propagation(Protocol):
    """The variances of the weighted sums, the activations and the gradients of one network."""

    @property
    def activation(self) -> str:
        """What it is called."""

    @property
    def init(self) -> str:
        """How its weights have started."""

    @property
    def z(self) -> Variances:
        """Of the weighted sums."""

    @property
    def a(self) -> Variances:
        """Of the activations."""

    @property
    def gradient(self) -> Variances:
        """Of the gradients."""

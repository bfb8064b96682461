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
    def histories(self) -> Mapping[str, Mapping[int, Training]]: ...
    @property
    def target_loss(self) -> float: ...


class Rates(Protocol):
    """Learning rates, the loss that each began with, and what is concluded of them."""

    @property
    def learning_rates(self) -> list[float]: ...
    @property
    def losses(self) -> list[float]: ...
    @property
    def smoothed(self) -> list[float]: ...
    @property
    def suggestion(self) -> float | None: ...
    @property
    def largest_stable(self) -> float | None: ...


class Run(Protocol):
    """One of many runs: its settings, how it ended, and its results by name, None for a failure."""

    @property
    def settings(self) -> Mapping[str, Any]: ...
    @property
    def diverged(self) -> bool: ...
    @property
    def failed(self) -> bool: ...
    def number(self, name: str) -> float | None: ...


class Runs(Protocol):
    """Many runs, and the name of the result that is meant where none is given."""

    def __iter__(self) -> Iterator[Run]: ...
    def value_name(self, value: str | None) -> str: ...


class LayerNumbers(Protocol):
    """The activations of a layer and the gradients of its weighted sums, all in one list."""

    @property
    def name(self) -> str: ...
    @property
    def a(self) -> Iterable[float]: ...
    @property
    def z_gradient(self) -> Iterable[float]: ...


class Layers(Protocol):
    """A row for each layer, the output's last."""

    @property
    def rows(self) -> Sequence[LayerNumbers]: ...


class Variances(Protocol):
    """A number for each layer, as measured and as predicted."""

    @property
    def measured(self) -> list[float]: ...
    @property
    def predicted(self) -> list[float]: ...


class Propagation(Protocol):
    """The variances of the weighted sums, the activations and the gradients of one network."""

    @property
    def activation(self) -> str: ...
    @property
    def init(self) -> str: ...
    @property
    def z(self) -> Variances: ...
    @property
    def a(self) -> Variances: ...
    @property
    def gradient(self) -> Variances: ...

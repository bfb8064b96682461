"""Callbacks that many trainings want: to stop in time, and to slow down where nothing improves.

A callback is a function of the `Training`, called after each epoch, or an object with methods such
as `on_epoch_end`. These two are nothing but that, and an example of how to write another.
"""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

from nn.common.checks import real, whole
from nn.common.text import shown
from nn.metrics import HIGHER_IS_BETTER
from nn.training.history import History
from nn.training.run import Training


@dataclass
class _Watch:
    """What both share: the best of what is watched, and for how long there was none better."""

    keeps_off_parameters: ClassVar[bool] = True  # but for snapshots
    watch: str = "validation loss"
    patience: int = 10
    least: float = 0.0
    maximize: bool | None = None
    best: float = field(default=math.nan, init=False)
    best_epoch: int = field(default=0, init=False)
    waited: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.patience = whole("patience", self.patience, at_least=1)
        self.least = real("least", self.least, at_least=0)
        if self.maximize is None:
            name = self.watch.removeprefix("validation ")
            if name not in ("loss", "gradient norm", *HIGHER_IS_BETTER):
                raise ValueError(
                    f"of {shown(self.watch)} it is not known whether more is better: say "
                    "maximize=True or maximize=False"
                )
            self.maximize = name in HIGHER_IS_BETTER

    def on_train_begin(self, training: Training) -> None:
        """Forget an earlier training."""
        self.best, self.best_epoch, self.waited = math.nan, 0, 0

    def improved(self, history: History) -> bool:
        """Look at the last epoch, and say whether it is the best so far."""
        columns = history.columns()
        if self.watch not in columns:
            raise ValueError(
                f"{type(self).__name__} watches {shown(self.watch)}, but this training has "
                f"{', '.join(columns)}; give fit validation= or metrics= for it"
            )
        value = columns[self.watch][-1]
        gain = value - self.best if self.maximize else self.best - value
        if math.isnan(self.best) or gain > self.least:
            self.best, self.best_epoch, self.waited = value, len(history), 0
            return True
        self.waited += 1
        return False

    def state_dict(self) -> dict[str, Any]:
        """Give what the next epochs depend on, ready for JSON."""
        return {"best": self.best, "best_epoch": self.best_epoch, "waited": self.waited}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict()` gave."""
        self.best, self.best_epoch, self.waited = (
            state[name] for name in ("best", "best_epoch", "waited")
        )


@dataclass
class EarlyStopping(_Watch):
    """Stop where nothing improves any more; the best parameters come back.

    They come back however the training ends, with the optimizer as it was at that epoch.

    Args:
        watch: A column of the history: "loss", "validation loss", a metric such as
            "validation accuracy".
        patience: So many epochs without improvement end the training, at least 1.
        least: An epoch must be better by more than this to count as better.
        maximize: Whether more is better; None where that is known, as of losses and nn's metrics.

    Attributes:
        best: The best number of what is watched.
        best_epoch: The epoch of it, from 1.

    Raises:
        ValueError: Of a metric of your own, without `maximize`.

    Example:
        >>> from nn import MLP, fit
        >>> stopping = EarlyStopping("loss", patience=2, least=1.0)  # as no epoch is better by 1
        >>> rows = [[0.0], [1.0]], [0.0, 1.0]
        >>> history = fit(MLP(1, [1], seed=0), *rows, callbacks=[stopping], progress=False)
        >>> history.reason
        'stopped after epoch 3: the loss was best in epoch 1, whose parameters are back'

    Source:
        Prechelt, "Early Stopping - But When?" (1998).
    """

    _kept: Any = field(default=None, init=False, repr=False)
    _training: Training | None = field(default=None, init=False, repr=False)

    def on_train_begin(self, training: Training) -> None:
        """Forget an earlier training."""
        super().on_train_begin(training)
        self._kept, self._training = None, training

    def on_epoch_end(self, training: Training) -> None:
        """Keep the best parameters, and stop after `patience` epochs that were not."""
        if self.improved(training.history):
            self._kept = training.snapshot()
        elif self.waited >= self.patience:
            training.stop(
                f"stopped after epoch {training.epoch}: the {self.watch} was best in epoch "
                f"{self.best_epoch}, whose parameters are back"
            )

    def on_train_end(self, training: Training) -> None:
        """Bring the best parameters back."""
        if self._kept is not None:
            training.restore(self._kept)
        self._kept = self._training = None

    def state_dict(self) -> dict[str, Any]:
        """Give what the next epochs depend on, ready for JSON."""
        kept = None
        if self._kept is not None and self._training is not None:
            kept = self._training.written(self._kept)
        return {**super().state_dict(), "kept": kept}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict()` gave, in a training that has begun."""
        super().load_state_dict(state)
        if state["kept"] is not None and self._training is not None:
            self._kept = self._training.read(state["kept"])


@dataclass
class ReduceOnPlateau(_Watch):
    """Lower the learning rate where nothing improves any more.

    Args:
        watch: As of `EarlyStopping`.
        patience: After so many epochs without improvement, and again after as many more.
        least: As of `EarlyStopping`.
        maximize: As of `EarlyStopping`.
        factor: What the rate is multiplied by, above 0 and below 1.
        minimum: The rate does not go below it.

    Raises:
        ValueError: Of numbers out of range, and of a metric of your own without `maximize`.

    Example:
        >>> from nn import MLP, SGD, fit
        >>> model = MLP(1, [1], seed=0)
        >>> slower = ReduceOnPlateau("loss", patience=2, least=1.0, factor=0.5)
        >>> history = fit(
        ...     model, [[0.0], [1.0]], [0.0, 1.0], optimizer=SGD(model.parameters(), 0.1),
        ...     epochs=6, callbacks=[slower], progress=False,
        ... )
        >>> history.learning_rate
        [0.1, 0.1, 0.1, 0.05, 0.05, 0.025]
    """

    factor: float = 0.1
    minimum: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.factor = real("factor", self.factor, above=0, below=1)
        self.minimum = real("minimum", self.minimum, at_least=0)

    def on_train_begin(self, training: Training) -> None:
        """Forget an earlier training."""
        super().on_train_begin(training)
        if training.loop.schedule is not None:
            raise ValueError(
                "a schedule sets the learning rate at every step, so that ReduceOnPlateau cannot; "
                "leave one of them out"
            )

    def on_epoch_end(self, training: Training) -> None:
        """Lower the rate after `patience` epochs that were not better."""
        if not self.improved(training.history) and self.waited >= self.patience:
            self.waited = 0
            rate = training.optimizer.learning_rate
            training.optimizer.learning_rate = max(min(rate, self.minimum), rate * self.factor)

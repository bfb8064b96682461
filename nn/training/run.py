"""`Training`: a training that is under way, as callbacks see it, and the epoch that it repeats."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from nn.common.checks import is_finite, kind
from nn.common.models import Model
from nn.metrics import Scores
from nn.optim import Optimizer
from nn.training.epochs import Data, Epoch
from nn.training.history import History
from nn.training.loop import Loop
from nn.training.passes import DivergenceError, Step

Metric: TypeAlias = Callable[[Sequence[Scores], Sequence[Any]], float]

EVENTS = ("on_train_begin", "on_epoch_begin", "on_step_end", "on_epoch_end", "on_train_end")
"""What a callback may be told of, by the name of its method."""


@dataclass(slots=True)
class Training:
    """A training that is under way: what `fit` gives to its callbacks.

    Attributes:
        model: What is trained. A callback may read its parameters and change their numbers.
        optimizer: It takes the steps; a callback may set its learning rate.
        history: What was seen in the epochs that are done.
        epochs: How many there shall be in all.
        reason: Why it ends early; "" if it does not.
    """

    model: Model
    optimizer: Optimizer
    history: History
    epochs: int
    loop: Loop
    held_out: Data | None
    metrics: Mapping[str, Metric]
    callbacks: Mapping[str, list[Callable[["Training"], object]]]
    reason: str = field(default="", init=False)
    _shown: bool = field(default=False, init=False)  # whether the Values have the numbers

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return len(self.history)

    @property
    def steps(self) -> int:
        """How many steps are done."""
        return self.loop.taken

    def stop(self, reason: str) -> None:
        """End the training after the epoch that is under way.

        Args:
            reason: For `history.reason`.
        """
        self.reason = reason

    def snapshot(self) -> Any:
        """Remember all that a step moves, the parameters and the optimizer, for `restore`."""
        if self._shown:
            self.loop.passes.pull()
        return self.loop.passes.snapshot()

    def restore(self, snapshot: Any) -> None:
        """Go back to a snapshot.

        Args:
            snapshot: As `snapshot()` gave it.
        """
        self.loop.passes.restore(snapshot)
        if self._shown:
            self.loop.passes.push()

    def written(self, snapshot: Any) -> dict[str, Any]:
        """Give a snapshot as JSON can hold it, to the last bit.

        Args:
            snapshot: As `snapshot()` gave it.
        """
        passes, now = self.loop.passes, self.snapshot()
        passes.restore(snapshot)
        passes.push()
        numbers = [parameter.data for parameter in self._leaves()]
        state = self.optimizer.state_dict()
        passes.restore(now)
        passes.push()
        return {"parameters": numbers, "optimizer": state}

    def read(self, written: Mapping[str, Any]) -> Any:
        """Give the snapshot that `written` made JSON of.

        Args:
            written: What a file held.

        Raises:
            ValueError: If it does not fit the model or the optimizer.
        """
        passes, now = self.loop.passes, self.snapshot()
        numbers, leaves = written["parameters"], list(self._leaves())
        if len(numbers) != len(leaves) or not all(map(is_finite, numbers)):
            raise ValueError(f"it needs {len(leaves)} finite parameters")
        self.optimizer.load_state_dict(written["optimizer"])
        for parameter, number in zip(leaves, numbers, strict=True):
            parameter.data = number
        passes.pull()
        snapshot = passes.snapshot()
        passes.restore(now)
        passes.push()
        return snapshot

    def _leaves(self) -> Iterable[Any]:
        """The parameters of the model, and those that the optimizer alone has."""
        return dict.fromkeys([*self.model.parameters(), *self.optimizer.parameters])

    def tell(self, event: str) -> None:
        """Call the callbacks of an event, which see the parameters and may change them."""
        told = self.callbacks[event]
        self._shown = not all(map(_keeps_off, told))
        if self._shown:
            self.loop.passes.push()
        for callback in told:
            callback(self)
        if self._shown:
            self.loop.passes.pull()
        self._shown = False

    def run(self, epoch: Epoch) -> None:
        """Take the steps of an epoch; where numbers are no longer finite, go back, and say why."""
        passes, done = self.loop.passes, len(self.history)
        if epoch.fresh is not None:
            passes.feed(*epoch.fresh)
        self.tell("on_epoch_begin")
        before = passes.snapshot()
        try:
            steps = list(self._steps(epoch.batches))
            validation = None if self.held_out is None else passes.measure(*self.held_out)
        except ArithmeticError as error:
            reason = (
                f"training diverged at step {self.loop.taken} (epoch {done + 1}) with a learning "
                f"rate of {self.loop.optimizer.learning_rate:g}: {error}. The parameters are those "
                f"{f'after epoch {done}' if done else 'from before the training'}; "
                "try a smaller learning rate"
            )
            passes.restore(before)
            raise DivergenceError(reason) from None
        self._note(epoch.targets, steps, validation)
        self.tell("on_epoch_end")

    def _steps(self, batches: list[list[int]]) -> Iterator[Step]:
        for step in self.loop.steps(batches):
            yield step
            self.tell("on_step_end")

    def _note(
        self,
        targets: Sequence[Any],
        steps: list[Step],
        validation: tuple[float, list[Scores]] | None,
    ) -> None:
        """Write an epoch into the history, all of it or, when a metric is interrupted, nothing."""
        rows, history = len(targets), self.history
        loss = norm = 0.0
        outputs: dict[int, Scores] = {}
        for step in steps:
            loss += step.loss * (len(step.batch) / rows)
            norm += step.gradient_norm
            if self.metrics:
                outputs.update(zip(step.batch, step.outputs(), strict=True))
        in_order = [outputs[i] for i in range(rows)] if self.metrics else []
        measured: dict[str, float] = {}
        for name, metric in self.metrics.items():
            measured[name] = float(metric(in_order, targets))
            if self.held_out is not None and validation is not None:
                measured[f"validation {name}"] = float(metric(validation[1], self.held_out[1]))
        history.loss.append(loss)
        history.gradient_norm.append(norm / len(steps))
        history.learning_rate.append(self.loop.optimizer.learning_rate)
        for name, value in measured.items():
            history.metrics.setdefault(name, []).append(value)
        if validation is not None:
            history.validation_loss.append(validation[0])


def _keeps_off(callback: Callable[[Training], object]) -> bool:
    """Whether a callback says that it reads and changes no parameter, which saves time."""
    return getattr(getattr(callback, "__self__", None), "keeps_off_parameters", False)


def by_event(callbacks: Any) -> dict[str, list[Callable[[Training], object]]]:
    """Sort callbacks by what they are to be told of.

    Args:
        callbacks: Functions, which are told of the end of each epoch, and objects with methods
            named as `EVENTS`.

    Raises:
        TypeError: For what is neither, or has a method of another name that begins with `on_`.

    Example:
        >>> class Printer:
        ...     def on_train_begin(self, training):
        ...         print("it begins")
        >>> by_event([Printer()])["on_train_begin"][0](None)
        it begins
    """
    if callable(callbacks) or not isinstance(callbacks, Iterable):
        raise TypeError(f"callbacks must be a list of them; got {kind(callbacks)}")
    told: dict[str, list[Callable[[Training], object]]] = {event: [] for event in EVENTS}
    for callback in callbacks:
        methods = [name for name in dir(callback) if name.startswith("on_")]
        unknown = [name for name in methods if name not in EVENTS]
        if unknown or (not methods and not callable(callback)) or isinstance(callback, type):
            said = f"has {unknown[0]}" if unknown else f"is {kind(callback)}"
            raise TypeError(
                f"a callback is a function of the training, or an object with {', '.join(EVENTS)}; "
                f"this one {said}"
            )
        for name in methods:
            told[name].append(getattr(callback, name))
        if not methods:
            told["on_epoch_end"].append(callback)
    return told

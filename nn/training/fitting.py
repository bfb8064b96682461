"""`fit`: the training loop, which watches what it does."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeAlias

from nn.common.checks import kind, whole
from nn.common.models import LossFunction, Model
from nn.common.progress import progress_bar
from nn.common.rows import check_rows
from nn.common.spelling import spelled_out
from nn.common.text import shown
from nn.losses import mse
from nn.metrics import Scores
from nn.optim import Adam, Optimizer
from nn.training.history import History
from nn.training.loop import Loop, batches
from nn.training.passes import DivergenceError, Step, choose_pass

Metric: TypeAlias = Callable[[Sequence[Scores], Sequence[Any]], float]
Data: TypeAlias = tuple[list[list[float]], Sequence[Any]]
"""Rows of inputs, and a target for each."""


@spelled_out("optimizer=Adam(model.parameters(), learning_rate={})")
def fit(
    model: Model,
    inputs: Sequence[Sequence[float]],
    targets: Sequence[Any],
    loss: LossFunction = mse,
    optimizer: Optimizer | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    schedule: Callable[[int], float] | None = None,
    validation: tuple[Sequence[Sequence[float]], Sequence[Any]] | None = None,
    metrics: Mapping[str, Metric] | Sequence[Metric] = (),
    seed: int = 0,
    progress: bool = True,
    compiled: bool | Literal["auto"] = "auto",
) -> History:
    """Train a model on rows of inputs and their targets, and return what was seen on the way.

    A loss or a gradient that is no longer finite, or an operation that overflows, ends the
    training: parameters and optimizer go back to what they were after the last finite epoch,
    `history.diverged` is True, and a RuntimeWarning says at which step, with which learning rate
    and in which operation it began. Ctrl-C ends it early, and the history so far comes back.

    Args:
        model: Anything with `parameters()` that gives outputs when called with a row.
        inputs: The rows, each a sequence of finite numbers: lists, an array, a tensor, a DataFrame.
        targets: One for each row, as the loss wants them.
        loss: (outputs, targets) -> Value, such as those of `nn.losses`.
        optimizer: Made of the model's parameters, all or some; None for Adam with learning rate
            0.01.
        epochs: How often to go through all rows, at least 0.
        batch_size: Rows for each step, in an order that is shuffled for each epoch; None for all
            rows at once, in the order given.
        schedule: step -> learning rate, steps counted from 0; None to leave the optimizer's as it
            is.
        validation: Inputs and targets to measure on after each epoch, and not to train on.
        metrics: Functions (outputs, targets) -> float of plain numbers, by name or with their own.
        seed: For the order of the rows: the same seed gives the same bits every time.
        progress: Whether to show a bar with the loss and the learning rate.
        compiled: Whether to record one row, compile it, and train on machine code: True, False, or
            "auto" for where llvmlite is there, model and loss allow it, and the rows are so many
            that it pays; `history.backend` says which way it went. The numbers agree to rounding.
            A loss that is not one of `nn.losses` cannot be compiled, nor a model whose graph
            differs from row to row, as an `if` on a Value makes it (that is looked for on 32 rows,
            before the first step). "auto" leaves activations of your own eager, for with other
            weights they may decide otherwise.

    Returns:
        A number for every epoch and for everything that was watched.

    Raises:
        ValueError: For empty data, lengths that differ, numbers that are not finite (it names the
            row), settings out of range, an optimizer of another model, and with `compiled=True`
            for what cannot be compiled.
        TypeError: For a loss, schedule, metric, optimizer or validation that is none.

    Example:
        >>> from nn import MLP, SGD
        >>> line = MLP(1, [1], seed=0)
        >>> inputs, targets = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
        >>> optimizer = SGD(line.parameters(), learning_rate=0.2)
        >>> history = fit(line, inputs, targets, optimizer=optimizer, epochs=200, progress=False)
        >>> round(line([3.0]).data, 6)
        7.0
    """
    data = check_rows("training", inputs, targets)
    held_out = _held_out(validation, len(data[0][0]))
    epochs = whole("epochs", epochs, at_least=0)
    if batch_size is not None:
        batch_size = whole("batch_size", batch_size, at_least=1)
    metrics = _named(metrics)
    _check_functions(loss, schedule)
    optimizer = _suited(optimizer, model)
    n_rows = len(data[0])
    passes, backend = choose_pass(compiled, model, loss, optimizer, *data, n_rows * epochs)
    history = History(backend=backend)
    training = _Training(Loop(passes, optimizer, schedule), data[1], held_out, metrics, history)
    with progress_bar("training", "epoch", epochs, shown=progress) as bar:
        try:
            for dealt in islice(batches(n_rows, batch_size, seed), epochs):
                training.epoch(dealt)
                rate = optimizer.learning_rate
                bar.set_postfix(loss=history.loss[-1], learning_rate=rate, refresh=False)
                bar.update()
        except DivergenceError as error:
            history.diverged, history.reason = True, str(error)
        except KeyboardInterrupt:
            history.interrupted = True
            history.reason = f"interrupted in epoch {len(history) + 1}"
        finally:
            passes.finish()
    if history.diverged:
        warnings.warn(history.reason, RuntimeWarning, stacklevel=3)  # of the decorator too
    return history


@contextmanager
def divergence_told_elsewhere() -> Iterator[None]:
    """Silence the warning that `fit` gives of a training that diverged."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "training diverged", RuntimeWarning)
        yield


@dataclass(frozen=True, slots=True)
class _Training:
    """What an epoch needs, and the history that it goes into."""

    loop: Loop
    targets: Sequence[Any]
    held_out: Data | None
    metrics: Mapping[str, Metric]
    history: History

    def epoch(self, batches: list[list[int]]) -> None:
        """Take the steps of an epoch; where numbers are no longer finite, go back, and say why."""
        passes, done = self.loop.passes, len(self.history)
        before = passes.snapshot()
        try:
            steps = list(self.loop.steps(batches))
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
        self._note(steps, validation)

    def _note(self, steps: list[Step], validation: tuple[float, list[Scores]] | None) -> None:
        """Write an epoch into the history, all of it or, when a metric is interrupted, nothing."""
        rows, history = len(self.targets), self.history
        loss = norm = 0.0
        outputs: dict[int, Scores] = {}
        for step in steps:
            loss += step.loss * (len(step.batch) / rows)
            norm += step.gradient_norm
            outputs.update(zip(step.batch, step.outputs, strict=True))
        in_order = [outputs[i] for i in range(rows)]
        measured: dict[str, float] = {}
        for name, metric in self.metrics.items():
            measured[name] = float(metric(in_order, self.targets))
            if self.held_out is not None and validation is not None:
                measured[f"validation {name}"] = float(metric(validation[1], self.held_out[1]))
        history.loss.append(loss)
        history.gradient_norm.append(norm / len(steps))
        history.learning_rate.append(self.loop.optimizer.learning_rate)
        for name, value in measured.items():
            history.metrics.setdefault(name, []).append(value)
        if validation is not None:
            history.validation_loss.append(validation[0])


# What `fit` is given


def _held_out(validation: Any, width: int) -> Data | None:
    """The rows to measure on, which are as long as those to train on."""
    if validation is None:
        return None
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        raise TypeError(f"validation must be a pair (inputs, targets); got {kind(validation)}")
    rows, targets = check_rows("validation", *validation)
    if len(rows[0]) != width:
        raise ValueError(
            f"the validation rows have {len(rows[0])} numbers each, but those to train on "
            f"have {width}"
        )
    return rows, targets


def _named(metrics: Mapping[str, Metric] | Sequence[Metric]) -> dict[str, Metric]:
    """The metrics by name: the one given, or their own."""
    if callable(metrics) or isinstance(metrics, str):
        raise TypeError(f"metrics must be a list or a dict of functions; got {shown(metrics)}")
    if not isinstance(metrics, Mapping):
        metrics = {getattr(metric, "__name__", repr(metric)): metric for metric in metrics}
    for name, metric in metrics.items():
        if not callable(metric):
            raise TypeError(f"a metric must be a function (outputs, targets) -> float; got {name}")
    return dict(metrics)


def _check_functions(loss: object, schedule: object) -> None:
    if not callable(loss):
        raise TypeError(f"loss must be a function (outputs, targets) -> Value; got {shown(loss)}")
    if schedule is not None and not callable(schedule):
        raise TypeError(
            f"schedule must be a function step -> learning rate, such as those of nn.schedules; "
            f"got {shown(schedule)}"
        )


def _suited(optimizer: Optimizer | None, model: Model) -> Optimizer:
    """The optimizer, which moves some of the model's parameters at least."""
    if optimizer is None:
        return Adam(model.parameters(), learning_rate=0.01)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            "optimizer must be an optimizer of the model's parameters, such as "
            f"Adam(model.parameters()); got {shown(optimizer)}"
        )
    if not {id(p) for p in model.parameters()} & {id(p) for p in optimizer.parameters}:
        raise ValueError(
            "the optimizer moves none of this model's parameters, perhaps those of an earlier "
            f"model; make a new one, such as {type(optimizer).__name__}(model.parameters())"
        )
    return optimizer

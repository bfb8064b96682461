"""`fit`: the training loop, which watches what it does, and `History`, what it has seen."""

import gc
import math
import random
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from tqdm.auto import tqdm

from engine import Value, find_nonfinite
from nn._checks import real, whole
from nn.losses import Outputs, RowError, mse
from nn.metrics import Scores
from nn.optim import Adam, Optimizer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LossFunction: TypeAlias = Callable[[Sequence[Outputs], Sequence[Any]], Value]
Metric: TypeAlias = Callable[[Sequence[Scores], Sequence[Any]], float]


class Model(Protocol):
    """What `fit` asks of a model; every `Module` that can be called is one."""

    def parameters(self) -> list[Value]: ...

    def __call__(self, inputs: Any, /) -> Outputs: ...


@dataclass
class History:
    """What `fit` has seen: a number for every epoch in each of its lists.

    loss             the mean over the rows, as they were trained on
    validation_loss  after the epoch; empty without validation data
    metrics          by name; those of the validation data as "validation ...", after the epoch
    learning_rate    that of the epoch's last step
    gradient_norm    the length of the gradient, √Σ(∂loss/∂p)², in the mean over the epoch's steps
    diverged         whether training ended because a number was no longer finite
    interrupted      whether it was ended by hand, with Ctrl-C
    reason           why it ended early, in words; "" if it did not
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    learning_rate: list[float] = field(default_factory=list)
    gradient_norm: list[float] = field(default_factory=list)
    diverged: bool = False
    interrupted: bool = False
    reason: str = ""

    def __len__(self) -> int:
        """The number of epochs."""
        return len(self.loss)

    def __bool__(self) -> bool:
        """A history counts as true, also one that ended in its first epoch."""
        return True

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw losses, metrics and learning rate over the epochs: `nn.plots.training_curves`."""
        from nn.plots import training_curves  # here, for the pictures look at histories

        return training_curves(self, ax=ax)

    def __repr__(self) -> str:
        columns = {"loss": self.loss, "validation loss": self.validation_loss, **self.metrics}
        columns |= {"learning rate": self.learning_rate, "gradient norm": self.gradient_norm}
        columns = {name: column for name, column in columns.items() if column}
        lines = ["  ".join(["epoch", *(f"{name:>13}" for name in columns)])]
        for epoch in _spread(len(self), 10):
            cells = [f"{columns[name][epoch]:>{max(13, len(name))}.6g}" for name in columns]
            lines.append("  ".join([f"{epoch + 1:>5}", *cells]))
        return "\n".join([*lines, *([self.reason] if self.reason else [])])


def _spread(n: int, most: int) -> list[int]:
    """At most so many of the numbers 0 to n - 1, evenly spread, first and last included."""
    if n <= most:
        return list(range(n))
    return sorted({round(i * (n - 1) / (most - 1)) for i in range(most)})


class _DivergenceError(Exception):
    """A number that is no longer finite, and in which operation it began."""


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
) -> History:
    """Train a model on rows of inputs and their targets, and return what was seen on the way.

    model       anything with `parameters()` that gives outputs when called with a row
    inputs      the rows, each a sequence of finite numbers
    targets     one for each row, as the loss wants them
    loss        (outputs, targets) -> Value, such as those of `nn.losses`
    optimizer   made of the model's parameters, all or some; None for Adam with learning rate 0.01
    epochs      how often to go through all rows, at least 0
    batch_size  rows for each step, in an order that is shuffled for each epoch; None for all rows
                at once, in the order given
    schedule    step -> learning rate, steps counted from 0; None to leave the optimizer's as it is
    validation  inputs and targets to measure on after each epoch, and not to train on
    metrics     functions (outputs, targets) -> float of plain numbers, by name or with their own
    seed        for the order of the rows: the same seed gives the same bits every time
    progress    whether to show a bar with the loss and the learning rate

    A loss or a gradient that is no longer finite, or an operation that overflows, ends the
    training: parameters and optimizer go back to what they were after the last finite epoch,
    `history.diverged` is True, and a RuntimeWarning says at which step, with which learning rate
    and in which operation it began. Ctrl-C ends it early, and the history so far comes back. Empty
    data, lengths that differ, and numbers that are not finite are a ValueError that names the row.

    >>> from nn import MLP, SGD
    >>> line = MLP(1, [1], seed=0)
    >>> inputs, targets = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> optimizer = SGD(line.parameters(), learning_rate=0.2)
    >>> history = fit(line, inputs, targets, optimizer=optimizer, epochs=200, progress=False)
    >>> round(line([3.0]).data, 6)
    7.0
    """
    rows, targets = check_rows("training", inputs, targets)
    held_out = None if validation is None else check_rows("validation", *_pair(validation))
    epochs = whole("epochs", epochs, at_least=0)
    size = len(rows) if batch_size is None else whole("batch_size", batch_size, at_least=1)
    named = _named(metrics)
    if not callable(loss):
        raise TypeError(f"loss must be a function (outputs, targets) -> Value; got {loss!r}")
    if optimizer is None:
        optimizer = Adam(model.parameters(), learning_rate=0.01)
    else:
        _check_optimizer(optimizer, model)
    order = list(range(len(rows)))
    rng = random.Random(seed)
    history = History()
    step = 0
    with tqdm(total=epochs, desc="training", unit="epoch", disable=not progress) as bar:
        try:
            for epoch in range(epochs):
                before = _snapshot(model, optimizer)
                seen = _Epoch(len(rows))
                try:
                    if batch_size is not None:
                        rng.shuffle(order)
                    for start in range(0, len(order), size):
                        batch = order[start : start + size]
                        if schedule is not None:
                            optimizer.learning_rate = schedule(step)
                        with _collector_paused():
                            _step(model, loss, optimizer, rows, targets, batch, seen)
                        step += 1
                    if held_out is not None:
                        with _collector_paused():
                            seen.validate(model, loss, *held_out)
                except (_DivergenceError, ArithmeticError) as error:
                    history.diverged = True
                    history.reason = (
                        f"training diverged at step {step} (epoch {epoch + 1}) with a learning "
                        f"rate of {optimizer.learning_rate:g}: {error}. The parameters are those "
                        f"{f'after epoch {epoch}' if epoch else 'from before the training'}; "
                        "try a smaller learning rate"
                    )
                    _restore(before, optimizer)
                    warnings.warn(history.reason, RuntimeWarning, stacklevel=2)
                    break
                seen.close(history, named, targets, held_out, optimizer.learning_rate)
                bar.set_postfix(
                    loss=history.loss[-1], learning_rate=optimizer.learning_rate, refresh=False
                )
                bar.update()
        except KeyboardInterrupt:
            history.interrupted = True
            history.reason = f"interrupted in epoch {len(history) + 1}"
    return history


def _check_optimizer(optimizer: Optimizer, model: Model) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            "optimizer must be an optimizer of the model's parameters, such as "
            f"Adam(model.parameters()); got {optimizer!r}"
        )
    if not {id(p) for p in model.parameters()} & {id(p) for p in optimizer.parameters}:
        raise ValueError(
            "the optimizer moves none of this model's parameters, perhaps those of an earlier "
            f"model; make a new one, such as {type(optimizer).__name__}(model.parameters())"
        )


def _pair(validation: Any) -> Any:
    if isinstance(validation, tuple | list) and len(validation) == 2:
        return validation
    raise TypeError(
        f"validation must be a pair (inputs, targets); got the {type(validation).__name__} "
        f"{validation!r}"
    )


def _named(metrics: Mapping[str, Metric] | Sequence[Metric]) -> dict[str, Metric]:
    """The metrics by name: the one given, or their own."""
    if callable(metrics) or isinstance(metrics, str):
        raise TypeError(f"metrics must be a list or a dict of functions; got {metrics!r}")
    if not isinstance(metrics, Mapping):
        metrics = {getattr(metric, "__name__", repr(metric)): metric for metric in metrics}
    for name, metric in metrics.items():
        if not callable(metric):
            raise TypeError(f"a metric must be a function (outputs, targets) -> float; got {name}")
    return dict(metrics)


class _Epoch:
    """The numbers of one epoch while it runs."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.loss = 0.0
        self.norm = 0.0
        self.steps = 0
        self.outputs: dict[int, Scores] = {}
        self.validation_loss: float | None = None
        self.validation_outputs: list[Scores] = []

    def add(self, batch: list[int], outputs: list[Outputs], loss: float, norm: float) -> None:
        self.loss += loss * (len(batch) / self.rows)
        self.norm += norm
        self.steps += 1
        self.outputs.update(zip(batch, map(_plain, outputs), strict=True))

    def validate(
        self, model: Model, loss: LossFunction, rows: list[list[float]], targets: Sequence[Any]
    ) -> None:
        outputs, value = _forward(model, loss, rows, targets, range(len(rows)))
        self.validation_loss = value.data
        self.validation_outputs = [_plain(output) for output in outputs]

    def close(
        self,
        history: History,
        metrics: Mapping[str, Metric],
        targets: Sequence[Any],
        held_out: tuple[list[list[float]], Sequence[Any]] | None,
        learning_rate: float,
    ) -> None:
        """Write the epoch into the history, all of it or, when a metric is interrupted, nothing."""
        outputs = [self.outputs[i] for i in range(self.rows)]
        measured: dict[str, float] = {}
        for name, metric in metrics.items():
            measured[name] = float(metric(outputs, targets))
            if held_out is not None:
                value = float(metric(self.validation_outputs, held_out[1]))
                measured[f"validation {name}"] = value
        history.loss.append(self.loss)
        history.gradient_norm.append(self.norm / self.steps)
        history.learning_rate.append(learning_rate)
        for name, value in measured.items():
            history.metrics.setdefault(name, []).append(value)
        if self.validation_loss is not None:
            history.validation_loss.append(self.validation_loss)


def _forward(
    model: Model,
    loss: LossFunction,
    rows: list[list[float]],
    targets: Sequence[Any],
    batch: Sequence[int],
) -> tuple[list[Outputs], Value]:
    """The outputs for the rows of a batch, and their loss, which is finite."""
    outputs = [model(rows[i]) for i in batch]
    try:
        value = loss(outputs, [targets[i] for i in batch])
    except ValueError as error:
        for output in outputs:  # such as log_sum_exp(inf): it went wrong before the loss
            for number in [output] if isinstance(output, Value) else output:
                _check_finite(number)
        if isinstance(error, RowError):
            raise RowError(error.name, batch[error.row], error.reason) from None
        raise
    if not isinstance(value, Value):
        raise TypeError(
            f"a loss must give a Value, but this one gave the {type(value).__name__} {value!r}"
        )
    _check_finite(value)
    return outputs, value


def _step(
    model: Model,
    loss: LossFunction,
    optimizer: Optimizer,
    rows: list[list[float]],
    targets: Sequence[Any],
    batch: list[int],
    seen: _Epoch,
) -> None:
    """One step of the optimizer, on the rows of the batch."""
    outputs, value = _forward(model, loss, rows, targets, batch)
    optimizer.zero_grad()
    value.backward()
    norm = _length([parameter.grad for parameter in optimizer.parameters])
    if not math.isfinite(norm) and (found := find_nonfinite(value)):
        raise _DivergenceError(str(found))
    optimizer.step()
    for parameter in optimizer.parameters:
        if not math.isfinite(parameter.data):
            raise _DivergenceError(f"the optimizer's step made a parameter {parameter.data!r}")
    seen.add(batch, outputs, value.data, norm)


def _length(gradient: list[float]) -> float:
    """√Σ g², from left to right; where squares leave the range of floats, by way of hypot."""
    square = 0.0
    for number in gradient:
        square += number * number
    return math.sqrt(square) if 0.0 < square < math.inf else math.hypot(*gradient)


def _check_finite(value: Value) -> None:
    if not math.isfinite(value.data):
        raise _DivergenceError(str(find_nonfinite(value)))


def _plain(output: Outputs) -> Scores:
    return output.data if isinstance(output, Value) else [value.data for value in output]


def _snapshot(model: Model, optimizer: Optimizer) -> tuple[dict[Any, float], dict[str, Any]]:
    """The number of every parameter of either, and the optimizer's state."""
    parameters = [*model.parameters(), *optimizer.parameters]
    return {parameter: parameter.data for parameter in parameters}, optimizer.state_dict()


def _restore(snapshot: tuple[dict[Any, float], dict[str, Any]], optimizer: Optimizer) -> None:
    numbers, state = snapshot
    for parameter, number in numbers.items():
        parameter.data = number
    optimizer.load_state_dict(state)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without the cyclic garbage collector: it would walk a graph that has no cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def check_rows(
    what: str, inputs: Sequence[Sequence[float]], targets: Sequence[Any]
) -> tuple[list[list[float]], list[Any]]:
    """The rows as lists of floats and the targets as a list, or the ValueError that names the row.

    >>> check_rows("training", [[1, 2], [3, float("nan")]], [0, 1])
    Traceback (most recent call last):
        ...
    ValueError: training inputs, row 1, column 1 must be a finite number; got nan
    """
    if len(inputs) != len(targets):
        raise ValueError(
            f"the {what} data needs a target for each row, but has {len(inputs)} rows of inputs "
            f"and {len(targets)} targets"
        )
    if len(inputs) == 0:
        raise ValueError(f"the {what} data is empty")
    rows: list[list[float]] = []
    for i, row in enumerate(inputs):
        if not hasattr(row, "__iter__") or isinstance(row, str):
            raise ValueError(f"{what} inputs, row {i} must be a list of numbers; got {row!r}")
        rows.append([real(f"{what} inputs, row {i}, column {j}", x) for j, x in enumerate(row)])
        if len(rows[i]) != len(rows[0]):
            raise ValueError(
                f"{what} inputs, row {i} has {len(rows[i])} numbers, but row 0 has {len(rows[0])}"
            )
    for i, target in enumerate(targets):
        for number in target if hasattr(target, "__iter__") else [target]:
            real(f"{what} targets, row {i}", number)
    return rows, list(targets)

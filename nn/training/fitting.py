"""`fit`: the training loop, which watches what it does."""

import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from nn.common.checks import whole
from nn.common.models import LossFunction, Model
from nn.common.rows import check_rows
from nn.losses import mse
from nn.metrics import Scores
from nn.optim import Adam, Optimizer
from nn.training.history import History
from nn.training.passes import DivergenceError, choose_pass

Metric: TypeAlias = Callable[[Sequence[Scores], Sequence[Any]], float]


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
    compiled    whether to record one row, compile it, and train on machine code: True, False, or
                "auto" for where llvmlite is there, model and loss allow it, and the rows are so
                many that it pays; `history.backend` says which way it went. The numbers agree to
                rounding. A loss that is not one of `nn.losses` cannot be compiled, nor a model
                whose graph differs from row to row, as an `if` on a Value makes it (that is looked
                for on 32 rows, before the first step): with True, that is a ValueError.
                "auto" leaves activations of your own eager, for with other weights they may decide
                otherwise

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
    if held_out is not None and len(held_out[0][0]) != len(rows[0]):
        raise ValueError(
            f"the validation rows have {len(held_out[0][0])} numbers each, but those to train on "
            f"have {len(rows[0])}"
        )
    epochs = whole("epochs", epochs, at_least=0)
    size = len(rows) if batch_size is None else whole("batch_size", batch_size, at_least=1)
    named = _named(metrics)
    if not callable(loss):
        raise TypeError(f"loss must be a function (outputs, targets) -> Value; got {loss!r}")
    if schedule is not None and not callable(schedule):
        raise TypeError(
            f"schedule must be a function step -> learning rate, such as those of nn.schedules; "
            f"got {schedule!r}"
        )
    if optimizer is None:
        optimizer = Adam(model.parameters(), learning_rate=0.01)
    else:
        _check_optimizer(optimizer, model)
    from tqdm.auto import tqdm

    passes, backend = choose_pass(
        compiled, model, loss, optimizer, rows, targets, len(rows) * epochs
    )
    history = History(backend=backend)
    order = list(range(len(rows)))
    rng = random.Random(seed)
    step = 0
    with tqdm(total=epochs, desc="training", unit="epoch", disable=not progress) as bar:
        try:
            for epoch in range(epochs):
                before = passes.snapshot()
                seen = _Epoch(len(rows))
                try:
                    if batch_size is not None:
                        rng.shuffle(order)
                    for start in range(0, len(order), size):
                        batch = order[start : start + size]
                        if schedule is not None:
                            optimizer.learning_rate = schedule(step)
                        seen.add(batch, *passes.step(batch))
                        step += 1
                    if held_out is not None:
                        seen.validation = passes.measure(*held_out)
                except (DivergenceError, ArithmeticError) as error:
                    history.diverged = True
                    history.reason = (
                        f"training diverged at step {step} (epoch {epoch + 1}) with a learning "
                        f"rate of {optimizer.learning_rate:g}: {error}. The parameters are those "
                        f"{f'after epoch {epoch}' if epoch else 'from before the training'}; "
                        "try a smaller learning rate"
                    )
                    passes.restore(before)
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
        finally:
            passes.finish()
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
        self.validation: tuple[float, list[Scores]] | None = None

    def add(self, batch: list[int], loss: float, outputs: list[Scores], norm: float) -> None:
        self.loss += loss * (len(batch) / self.rows)
        self.norm += norm
        self.steps += 1
        self.outputs.update(zip(batch, outputs, strict=True))

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
            if held_out is not None and self.validation is not None:
                value = float(metric(self.validation[1], held_out[1]))
                measured[f"validation {name}"] = value
        history.loss.append(self.loss)
        history.gradient_norm.append(self.norm / self.steps)
        history.learning_rate.append(learning_rate)
        for name, value in measured.items():
            history.metrics.setdefault(name, []).append(value)
        if self.validation is not None:
            history.validation_loss.append(self.validation[0])

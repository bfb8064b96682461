"""`fit`: the training loop, which watches what it does."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from nn.common.checks import kind, whole
from nn.common.models import LossFunction, Model
from nn.common.progress import progress_bar
from nn.common.rows import check_columns, check_rows, column_names
from nn.common.spelling import spelled_out
from nn.common.text import shown
from nn.losses import mse
from nn.module import Module
from nn.optim import Adam, Optimizer
from nn.training.checkpoint import Checkpoint
from nn.training.epochs import Batches, Data, Epoch, batches_of, rows_in_batches
from nn.training.history import History
from nn.training.loop import Loop
from nn.training.passes import Clip, DivergenceError, choose_pass
from nn.training.run import Metric, Training, by_event
from nn.training.weights import ClassWeights, weigh


@spelled_out("optimizer=Adam(model.parameters(), learning_rate={})")
def fit(
    model: Model,
    inputs: Sequence[Sequence[float]] | Batches,
    targets: Sequence[Any] | None = None,
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
    *,
    callbacks: Sequence[Any] = (),
    clip: Clip | None = None,
    row_weights: Sequence[float] | None = None,
    class_weights: ClassWeights | None = None,
    steps: int | None = None,
    checkpoint: str | Path | None = None,
) -> History:
    """Train a model on rows of inputs and their targets, and return what was seen on the way.

    A loss or a gradient that is no longer finite, or an operation that overflows, ends the
    training: parameters and optimizer go back to what they were after the last finite epoch,
    `history.diverged` is True, and a RuntimeWarning says at which step, with which learning rate
    and in which operation it began. Ctrl-C ends it early, and the history so far comes back.

    Args:
        model: Anything with `parameters()` that gives outputs when called with a row.
        inputs: The rows, each a sequence of finite numbers: lists, an array, a tensor, a DataFrame,
            whose column names stay with the model.
            Without targets an iterable of batches, each a pair (inputs, targets), that is gone
            through once an epoch.
        targets: One for each row, as the loss wants them.
        loss: (outputs, targets) -> Value, such as those of `nn.losses`.
        optimizer: Made of the model's parameters, all or some; None for Adam with learning rate
            0.01.
        epochs: How often to go through all rows, at least 0.
        batch_size: Rows for each step, in an order that is shuffled for each epoch; None for all
            rows at once, in the order given.
        schedule: step -> learning rate, steps counted from 0; None to leave the optimizer's as it
            is. `nn.schedules.by_epoch` makes one that counts epochs.
        validation: Inputs and targets to measure on after each epoch, and not to train on.
        metrics: Functions (outputs, targets) -> float of plain numbers, by name or with their own.
        seed: For the order of the rows: the same seed gives the same bits every time.
        progress: Whether to show a bar with losses, metrics and learning rate, epochs a second and
            the time left; where it goes to a file, a report every half minute.
        compiled: Whether to record one row, compile it, and train on machine code: True, False, or
            "auto" for where llvmlite is there, and model and loss allow it; `history.backend` says
            which way it went. The numbers agree to rounding.
            A loss that is not one of `nn.losses` cannot be compiled, nor a model whose graph
            differs from row to row, as an `if` on a Value makes it (that is looked for on 32 rows,
            before the first step). "auto" leaves activations of your own eager, for with other
            weights they may decide otherwise.
        callbacks: Functions that are called after each epoch, and objects with any of the methods
            `on_train_begin`, `on_epoch_begin`, `on_step_end`, `on_epoch_end`, `on_train_end`, such
            as `EarlyStopping` and `ReduceOnPlateau`. Each is given the training: its `model`,
            `optimizer` and `history`, and `stop(reason)`.
        clip: gradients -> gradients, before each step: `clip_norm(1.0)`, `clip_value(0.5)`, or a
            function of your own. The history has the length from before.
        row_weights: How much each row counts, at least 0; the loss is Σ wᵢ lossᵢ / Σ wᵢ.
        class_weights: The same by class, or "balanced": each class as much as every other.
        steps: Of an epoch, where batches come from an iterator that ends late or never.
        checkpoint: A file for the training. Where it is there, the training goes on from it, to the
            bits that it had come to without a break; one that was stopped or has diverged is over.
            It is written every few seconds between two epochs, and at the end; Ctrl-C goes back to
            the last whole epoch.

    Returns:
        A number for every epoch and for everything that was watched.

    Raises:
        ValueError: For empty data, lengths that differ, numbers that are not finite (it names the
            row), settings out of range, an optimizer of another model, with `compiled=True`
            for what cannot be compiled, and a checkpoint that is of something else.
        TypeError: For a loss, schedule, metric, callback, optimizer or validation that is none.

    Example:
        >>> from nn import MLP, SGD
        >>> line = MLP(1, [1], seed=0)
        >>> inputs, targets = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
        >>> optimizer = SGD(line.parameters(), learning_rate=0.2)
        >>> history = fit(line, inputs, targets, optimizer=optimizer, epochs=200, progress=False)
        >>> round(line([3.0]).data, 6)
        7.0
    """
    epochs = whole("epochs", epochs, at_least=0)
    if batch_size is not None:
        batch_size = whole("batch_size", batch_size, at_least=1)
    metrics = _named(metrics)
    told = by_event(callbacks)
    _check_functions(loss, schedule, clip)
    if targets is None:
        weights = (row_weights, class_weights, checkpoint, batch_size)
        if any(each is not None for each in weights):
            raise ValueError(
                "an iterable of batches has no row_weights, class_weights, batch_size or "
                "checkpoint, for these need all rows; give inputs and targets"
            )
        rows, course = batches_of(inputs, steps)
        trained = rows
    else:
        if steps is not None:
            raise ValueError("steps is for an iterable of batches; rows have batch_size")
        rows = check_rows("training", inputs, targets)
        loss, weighted = weigh(loss, rows[1], row_weights, class_weights)
        trained = rows[0], weighted
        course = rows_in_batches(rows[1], batch_size, seed)
    held_out = _held_out(validation, len(rows[0][0]))
    names = column_names(inputs)
    if validation is not None:
        check_columns("the validation table", names, validation[0])
    optimizer = _suited(optimizer, model)
    passes, backend = choose_pass(compiled, model, loss, optimizer, *trained, bool(metrics), clip)
    history = History(backend=backend)
    loop = Loop(passes, optimizer, schedule)
    training = Training(model, optimizer, history, epochs, loop, held_out, metrics, told)
    if isinstance(model, Module):
        model.feature_names = names
    kept = None
    if checkpoint is not None:
        settings = {"rows": len(rows[0]), "batch_size": batch_size, "seed": seed}
        kept = Checkpoint(checkpoint, settings, callbacks)
    _run(training, course, kept, progress)
    if history.diverged:
        warnings.warn(history.reason, RuntimeWarning, stacklevel=3)  # of the decorator too
    return history


def _run(
    training: Training, course: Iterator[Epoch], kept: Checkpoint | None, progress: bool
) -> None:
    """Train, epoch by epoch, whatever may end it."""
    history, passes = training.history, training.loop.passes
    training.tell("on_train_begin")
    if kept is not None:
        kept.load(training)
    left = islice(course, training.epoch, training.epochs)
    with progress_bar(
        "training", "epoch", training.epochs, done=training.epoch, shown=progress
    ) as bar:
        try:
            for epoch in () if kept is not None and kept.ended else left:
                history.interrupted, history.reason = False, ""
                if kept is not None:
                    kept.mark(training)
                training.run(epoch)
                if kept is not None:
                    kept.save_now_and_then(training)
                if progress:
                    bar.set_postfix(_last(history), refresh=False)
                bar.update()
                if training.reason:
                    history.reason = training.reason
                    break
        except DivergenceError as error:
            history.diverged, history.reason = True, str(error)
        except KeyboardInterrupt:
            if kept is not None:
                kept.go_back(training)
            history.interrupted = True
            history.reason = f"interrupted in epoch {len(history) + 1}"
        finally:
            passes.push()
    if kept is not None and not kept.ended:
        kept.save(training)
    training.tell("on_train_end")
    passes.push()


@contextmanager
def divergence_told_elsewhere() -> Iterator[None]:
    """Silence the warning that `fit` gives of a training that diverged."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "training diverged", RuntimeWarning)
        yield


def _last(history: History) -> dict[str, float]:
    """What the bar shows of the last epoch."""
    columns = {**history.columns(), "gradient norm": []}
    return {name.replace(" ", "_"): column[-1] for name, column in columns.items() if column}


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


def _check_functions(loss: object, schedule: object, clip: object) -> None:
    if not callable(loss):
        raise TypeError(f"loss must be a function (outputs, targets) -> Value; got {shown(loss)}")
    if schedule is not None and not callable(schedule):
        raise TypeError(
            f"schedule must be a function step -> learning rate, such as those of nn.schedules; "
            f"got {shown(schedule)}"
        )
    if clip is not None and not callable(clip):
        raise TypeError(
            "clip must be a function of the gradients, such as nn.clip_norm(1.0); "
            f"got {shown(clip)}"
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

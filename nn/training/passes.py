"""The two ways through a model: eagerly, Value by Value, or compiled, with several rows abreast.

`fit` drives either. A pass knows the model, the loss and the optimizer; it takes a step on the rows
of a batch, measures other rows, and can go back to a snapshot of everything that a step moves.
"""

import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeAlias

import engine
from engine import Value, collector_paused, find_nonfinite
from nn.common.models import LossFunction, Model, Outputs, as_list, checked_loss
from nn.common.text import shown
from nn.layers import MLP, has_own_activations, is_plain
from nn.losses import Loss, RowError, is_own_loss
from nn.metrics import Scores
from nn.optim import Optimizer

Clip: TypeAlias = Callable[[Sequence[float]], Iterable[float]]
"""Gradients, a number for each parameter -> those that the optimizer shall see."""


class DivergenceError(ArithmeticError):
    """A number that is no longer finite, and in which operation it began."""


class NotCompilableError(ValueError):
    """Why a model with this loss runs eagerly only."""


class Step(NamedTuple):
    """What a step has seen.

    Attributes:
        batch: The rows that it was taken on.
        loss: Their loss before the step.
        outputs: Gives what the model gave for each of them before the step.
        gradient_norm: The length of the gradient, √Σ(∂loss/∂p)².
    """

    batch: Sequence[int]
    loss: float
    outputs: Callable[[], list[Scores]]
    gradient_norm: float


class Pass(Protocol):
    """What the training loop drives.

    A number that is no longer finite is an ArithmeticError that says where it began.
    """

    def step(self, batch: Sequence[int]) -> Step:
        """Take a step of the optimizer on these rows."""

    def measure(
        self, rows: list[list[float]], targets: Sequence[Any]
    ) -> tuple[float, list[Scores]]:
        """Give the loss and the outputs of other rows."""

    def snapshot(self) -> Any:
        """Everything that a step moves."""

    def restore(self, snapshot: Any) -> None:
        """Go back to a snapshot."""

    def feed(self, rows: list[list[float]], targets: Sequence[Any]) -> None:
        """Take other rows to make steps on."""

    def push(self) -> None:
        """Write the numbers that the steps have come to into the parameters."""

    def pull(self) -> None:
        """Read the parameters, which others may have changed."""


@dataclass(slots=True)
class _EagerPass:
    """Through Values, each of which can be looked at."""

    model: Model
    loss: LossFunction
    optimizer: Optimizer
    rows: list[list[float]]
    targets: Sequence[Any]
    clip: Clip | None = None

    def step(self, batch: Sequence[int]) -> Step:
        with collector_paused():
            outputs, value, norm = self.backward(batch)
            if self.clip is not None:
                leaves = self.optimizer.parameters
                clipped = self.clip([leaf.grad for leaf in leaves])
                for leaf, gradient in zip(leaves, clipped, strict=True):
                    leaf.grad = gradient
            self.optimizer.step()
            _check_parameters([parameter.data for parameter in self.optimizer.parameters])
            scores = [_plain(output) for output in outputs]
            return Step(batch, value.data, lambda: scores, norm)

    def backward(self, batch: Sequence[int]) -> tuple[list[Outputs], Value, float]:
        """Give outputs, loss, and the length of the gradient, which the parameters then have."""
        outputs, value = self._forward(self.rows, self.targets, batch)
        self.optimizer.zero_grad()
        value.backward()
        norm = _length([parameter.grad for parameter in self.optimizer.parameters])
        if not math.isfinite(norm) and (found := find_nonfinite(value)):
            raise DivergenceError(str(found))
        return outputs, value, norm

    def measure(
        self, rows: list[list[float]], targets: Sequence[Any]
    ) -> tuple[float, list[Scores]]:
        with collector_paused():
            outputs, value = self._forward(rows, targets, range(len(rows)))
            return value.data, [_plain(output) for output in outputs]

    def _forward(
        self, rows: list[list[float]], targets: Sequence[Any], batch: Sequence[int]
    ) -> tuple[list[Outputs], Value]:
        """The outputs for the rows of a batch, and their loss, which is finite."""
        outputs = [self.model(rows[i]) for i in batch]
        try:
            value = checked_loss(self.loss(outputs, [targets[i] for i in batch]))
        except ValueError as error:
            for output in outputs:  # such as log_sum_exp(inf): it went wrong before the loss
                for number in as_list(output):
                    _check_finite(number)
            if isinstance(error, RowError):
                raise RowError(error.name, batch[error.row], error.reason) from None
            raise
        _check_finite(value)
        return outputs, value

    def snapshot(self) -> tuple[dict[Any, float], dict[str, Any]]:
        parameters = [*self.model.parameters(), *self.optimizer.parameters]
        return {parameter: parameter.data for parameter in parameters}, self.optimizer.state_dict()

    def restore(self, snapshot: tuple[dict[Any, float], dict[str, Any]]) -> None:
        numbers, state = snapshot
        for parameter, number in numbers.items():
            parameter.data = number
        self.optimizer.load_state_dict(state)

    def feed(self, rows: list[list[float]], targets: Sequence[Any]) -> None:
        self.rows, self.targets = rows, targets

    def push(self) -> None:
        """The parameters are where they are."""

    pull = push


class _CompiledPass:
    """Through machine code, which is made of the graph of one row.

    The loss must be a `Loss`, for of that it is known what it makes of one row, and that it is the
    mean over the rows. The parameters and the optimizer's state move in flat buffers; the Values
    get their numbers in `push`.
    """

    CHECKED_ROWS = 32
    """On so many rows, spread over the data, the compiled graph is compared with the model.

    A network of the library's own layers, activations and losses decides nothing by its numbers.
    """

    def __init__(self, eager: _EagerPass, scored: bool) -> None:
        if not isinstance(eager.loss, Loss):
            raise NotCompilableError(
                "the loss is a function of its own, of which it is not known what it makes of a row"
            )
        self.eager, self.model = eager, eager.model
        self.loss, self.optimizer = eager.loss, eager.optimizer
        rows = eager.rows
        inputs = [Value(number, f"x{j}") for j, number in enumerate(rows[0])]
        self.n_inputs = len(inputs)
        self.n_outputs = len(as_list(self.model(inputs)))
        self.n_scored = self.n_outputs if scored else 0
        self._lay_out(rows, eager.targets)
        target = array("d", self.pieces[0])[self.n_inputs :]
        leaves = [*inputs, *(Value(number, f"t{j}") for j, number in enumerate(target))]
        self.compiled = engine.compile(
            self._record(*leaves),
            leaves,
            parameters=self.optimizer.parameters,  # type: ignore[arg-type]
            seeds=[1.0] + [0.0] * self.n_scored,
        )
        if not (is_plain(self.model) and is_own_loss(self.loss)):
            self._check(len(rows))
        self.updates = [_Update(group) for group in self.optimizer.groups]
        self.compiled.pull()

    def _lay_out(self, rows: list[list[float]], targets: Sequence[Any]) -> None:
        """The numbers of all rows one behind the other, and each row's by itself."""
        self.pieces = self._encoded(rows, targets)
        self.block = array("d", b"".join(self.pieces))

    def feed(self, rows: list[list[float]], targets: Sequence[Any]) -> None:
        self.eager.feed(rows, targets)
        self._lay_out(rows, targets)

    def _check(self, n_rows: int) -> None:
        """Compare the compiled graph with the model on some rows."""
        last, steps = n_rows - 1, self.CHECKED_ROWS - 1
        sample = sorted({i * last // steps for i in range(steps + 1)})
        try:
            self.compiled.check(self._record, self._rows(sample))
        except ValueError as error:
            raise NotCompilableError(str(error)) from None

    def _record(self, *leaves: Value) -> list[Value]:
        """The loss of one row, and the outputs that are asked for."""
        outputs = as_list(self.model(list(leaves[: self.n_inputs])))
        loss = self.loss.row(outputs, list(leaves[self.n_inputs :]))
        return [loss, *outputs[: self.n_scored]]

    def _encoded(self, rows: list[list[float]], targets: Sequence[Any]) -> list[bytes]:
        """Inputs and target of every row, one behind the other: doubles, as bytes."""
        pieces = []
        classes: dict[Any, list[Any]] = {}  # few, with many rows each
        own = is_own_loss(self.loss)
        for i, (row, target) in enumerate(zip(rows, targets, strict=True)):
            encoded = classes.get(target) if type(target) is int else None
            try:
                if encoded is None:
                    encoded = self.loss.encode(target, self.n_outputs)
            except ValueError as error:
                raise RowError(self.loss.name, i, str(error)) from None
            except TypeError as error:
                raise TypeError(f"{self.loss.name}, row {i}: {error}") from None
            if own and type(target) is int:
                classes[target] = encoded
            pieces.append(array("d", [*row, *encoded]).tobytes())
        return pieces

    def _rows(self, batch: Sequence[int]) -> "array[float]":
        """The rows of a batch, one behind the other."""
        if len(batch) == len(self.pieces) and all(map(int.__eq__, batch, range(len(batch)))):
            return self.block
        return array("d", b"".join([self.pieces[i] for i in batch]))

    def step(self, batch: Sequence[int]) -> Step:
        compiled = self.compiled
        compiled.zero_grad()
        try:
            losses, *outputs = compiled.backward_rows(
                self._rows(batch), reduction="mean", sync=False
            )
        except FloatingPointError as error:
            raise self._divergence(batch, error) from None
        loss, norm = _mean(losses), math.sqrt(engine.sum_of_squares(compiled.grad))
        if not 0.0 < norm < math.inf:  # squares may leave the floats
            norm = math.hypot(*compiled.grad)
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise self._divergence(batch)
        self._move()
        if not math.isfinite(engine.sum_of_squares(compiled.data)):  # or one leaves the floats
            _check_parameters(compiled.data)
        return Step(batch, loss, partial(_scores, outputs), norm)

    def _move(self) -> None:
        """Take the optimizer's step, group after group."""
        data, gradient = self.compiled.data, self.compiled.grad
        if self.eager.clip is not None:
            gradient = array("d", self.eager.clip(gradient))
        if len(self.updates) == 1:
            self.updates[0](data, gradient)
            return
        start = 0
        for update in self.updates:
            group = slice(start, start + update.size)
            moved = data[group]
            update(moved, gradient[group])
            data[group] = moved
            start = group.stop

    def _divergence(self, batch: Sequence[int], error: Exception | None = None) -> Exception:
        """What the eager engine says of these rows, for it knows the operation."""
        self.compiled.push()
        try:
            with collector_paused():
                self.eager.backward(batch)
        except ArithmeticError as found:
            return found
        return DivergenceError(str(error or "the gradient is longer than the largest float"))

    def measure(
        self, rows: list[list[float]], targets: Sequence[Any]
    ) -> tuple[float, list[Scores]]:
        losses, *outputs = self.compiled.evaluate(
            array("d", b"".join(self._encoded(rows, targets))), sync=False
        )
        loss = _mean(losses)
        if not math.isfinite(loss):
            self.compiled.push()
            return self.eager.measure(rows, targets)
        return loss, _scores(outputs)

    def snapshot(self) -> tuple[list[bytes], list[tuple[int, float]]]:
        groups = self.optimizer.groups
        numbers = [buffer.tobytes() for buffer in self._buffers()]
        return numbers, [(group.steps, group.learning_rate) for group in groups]

    def restore(self, snapshot: tuple[list[bytes], list[tuple[int, float]]]) -> None:
        numbers, counts = snapshot
        for buffer, old in zip(self._buffers(), numbers, strict=True):
            memoryview(buffer).cast("B")[:] = old
        for group, (steps, learning_rate) in zip(self.optimizer.groups, counts, strict=True):
            group.steps, group.learning_rate = steps, learning_rate

    def _buffers(self) -> "list[array[float]]":
        """Everything that a step moves: the parameters, and the optimizer's state."""
        states = [buffer for update in self.updates for buffer in update.state]
        return [self.compiled.data, *states]

    def push(self) -> None:
        self.compiled.push()

    def pull(self) -> None:
        self.compiled.pull()


class _Update:
    """An optimizer's step on flat buffers, by machine code."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer, self.size = optimizer, len(optimizer.parameters)
        self.state = list(optimizer.state.values())
        n_scalars = len(optimizer.scalars(1))
        self.update = engine.elementwise(self._rule, len(self.state) + 2, n_scalars)

    def __call__(self, data: "array[float]", gradient: "array[float]") -> None:
        optimizer = self.optimizer
        scalars = optimizer.scalars(optimizer.steps + 1)
        self.update([data, *self.state, gradient], scalars)
        optimizer.steps += 1

    def _rule(self, data: Any, *others: Any) -> tuple[Any, ...]:
        """The optimizer's formula on an element: of the state, then the gradient; the scalars."""
        n = len(self.state)
        state, gradient, scalars = others[:n], others[n], others[n + 1 :]
        moved, state = self.optimizer.rule(data, gradient, state, *scalars)
        return moved, *state


def choose_pass(
    compiled: bool | str,
    model: Model,
    loss: LossFunction,
    optimizer: Optimizer,
    rows: list[list[float]],
    targets: Sequence[Any],
    scored: bool = False,
    clip: Clip | None = None,
) -> tuple[Pass, str]:
    """Choose the pass that was asked for; unasked the compiled one, where it can be.

    Args:
        compiled: True, False, or "auto".
        model: What is trained.
        loss: (outputs, targets) -> Value.
        optimizer: It moves the model's parameters.
        rows: The inputs of all rows to train on.
        targets: One for each row.
        scored: Whether anybody asks for the outputs, besides the loss.
        clip: gradients -> the gradients that the optimizer shall see.

    Returns:
        The pass; and which it is, and why, in words.

    Raises:
        ValueError: With `compiled=True`, where model and loss cannot be compiled.
        ImportError: With `compiled=True`, where llvmlite is missing.
    """
    if compiled not in (True, False, "auto"):
        raise ValueError(f'compiled must be True, False or "auto"; got {shown(compiled)}')
    eager, backend = _EagerPass(model, loss, optimizer, rows, targets, clip), "eager"
    if compiled == "auto" and isinstance(model, MLP) and not has_own_activations(model.layers):
        backend = "eager: an activation of your own may decide by `if`; compiled=True if none does"
    elif compiled:
        try:
            with collector_paused():
                return _CompiledPass(eager, scored), "compiled"
        except (ImportError, NotCompilableError, ArithmeticError) as error:
            # of an overflow at the start training tells where it was, and ends
            if compiled is True and not isinstance(error, ArithmeticError):
                raise
            backend = f"eager: {error}"
    return eager, backend


def _check_parameters(numbers: Sequence[float]) -> None:
    """Raise unless the optimizer's step has left every parameter finite."""
    for number in numbers:
        if not math.isfinite(number):
            raise DivergenceError(f"the optimizer's step made a parameter {number!r}")


def _check_finite(value: Value) -> None:
    if not math.isfinite(value.data):
        raise DivergenceError(str(find_nonfinite(value)))


def _plain(output: Outputs) -> Scores:
    return output.data if isinstance(output, Value) else [value.data for value in output]


def _scores(columns: "list[array[float]]") -> list[Scores]:
    """The outputs by row, of a column for each."""
    if len(columns) == 1:
        return list(columns[0])
    return [list(row) for row in zip(*columns, strict=True)]


def _mean(numbers: "array[float]") -> float:
    """From left to right, as `total` adds them."""
    result = numbers[0]
    for number in numbers[1:]:
        result += number
    return result / len(numbers)


def _length(gradient: list[float]) -> float:
    """√Σ g², from left to right; where squares leave the range of floats, by way of hypot."""
    square = 0.0
    for number in gradient:
        square += number * number
    return math.sqrt(square) if 0.0 < square < math.inf else math.hypot(*gradient)

"""Optimizers: they read every parameter's `.grad` and write its `.data`.

The first half of this module is the formulas. Each is one pure function on numbers, in plain
arithmetic and `sqrt`: a parameter, its gradient and its state go in, with the scalars that differ
from step to step (the learning rate, the bias corrections); the new parameter and the new state
come out. No formula branches on its numbers, only on settings that are fixed when the optimizer is
made, so it runs on any kind of number: on floats here, or on the registers of compiled code.

The second half is what an optimizer keeps: the parameters, the settings, and one flat array of
doubles for each name of the state, aligned with the parameters.

Formulas, defaults and the order of operations are PyTorch 2's.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import repeat
from typing import Any

from engine import sqrt
from nn.common.checks import check_state, kind, real
from nn.common.parameters import Parameter, checked_leaves, entry_problem, flat, marks
from nn.common.spelling import SpelledOut
from nn.common.text import counted, shown

Number = Any  # whatever has the arithmetic operators
Rule = Callable[..., tuple[Number, tuple[Number, ...]]]


def sgd(
    parameter: Number,
    gradient: Number,
    state: tuple[Number, ...],
    learning_rate: Number,
    *,
    momentum: float,
    nesterov: bool,
    weight_decay: float,
) -> tuple[Number, tuple[Number, ...]]:
    """Take one step of gradient descent, the formula of `SGD`.

    Args:
        parameter: The parameter.
        gradient: Its gradient.
        state: The velocity, where there is momentum.
        learning_rate: That of the step.
        momentum: A setting, as of `SGD`.
        nesterov: A setting.
        weight_decay: A setting.

    Returns:
        The new parameter and the new state.

    Example:
        >>> sgd(1.0, 0.5, (2.0,), 0.25, momentum=0.5, nesterov=False, weight_decay=0.0)
        (0.625, (1.5,))
    """
    if weight_decay:
        gradient = gradient + weight_decay * parameter
    if not momentum:
        return parameter - learning_rate * gradient, ()
    (velocity,) = state
    velocity = momentum * velocity + gradient
    direction = gradient + momentum * velocity if nesterov else velocity
    return parameter - learning_rate * direction, (velocity,)


def rmsprop(
    parameter: Number,
    gradient: Number,
    state: tuple[Number, ...],
    learning_rate: Number,
    *,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
) -> tuple[Number, tuple[Number, ...]]:
    """Take one step along the gradient over the root of its mean square, the formula of `RMSprop`.

    Args:
        parameter: The parameter.
        gradient: Its gradient.
        state: The mean square, and the velocity where there is momentum.
        learning_rate: That of the step.
        alpha: A setting, as of `RMSprop`.
        eps: A setting.
        weight_decay: A setting.
        momentum: A setting.

    Returns:
        The new parameter and the new state.

    Example:
        >>> rmsprop(1.0, 2.0, (4.0,), 0.5, alpha=0.5, eps=2.0, weight_decay=0.0, momentum=0.0)
        (0.75, (4.0,))
    """
    if weight_decay:
        gradient = gradient + weight_decay * parameter
    square = alpha * state[0] + (1.0 - alpha) * (gradient * gradient)
    size = sqrt(square) + eps
    if not momentum:
        return parameter - learning_rate * gradient / size, (square,)
    velocity = momentum * state[1] + gradient / size
    return parameter - learning_rate * velocity, (square, velocity)


def adam(
    parameter: Number,
    gradient: Number,
    state: tuple[Number, ...],
    learning_rate: Number,
    mean_correction: Number,
    root_correction: Number,
    *,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
    decoupled: bool,
) -> tuple[Number, tuple[Number, ...]]:
    """Take one step along the mean over the root of the mean square, the formula of `Adam`.

    Args:
        parameter: The parameter.
        gradient: Its gradient.
        state: The mean gradient and the mean square.
        learning_rate: That of the step.
        mean_correction: `1 - beta1**t` at step t, counted from 1.
        root_correction: `sqrt(1 - beta2**t)`.
        betas: A setting, as of `Adam`.
        eps: A setting.
        weight_decay: A setting.
        decoupled: Whether the decay shrinks the parameter itself and stays out of the means, as of
            `AdamW`.

    Returns:
        The new parameter and the new state.

    Example:
        >>> settings = dict(betas=(0.5, 0.5), eps=2.0, weight_decay=0.0, decoupled=False)
        >>> adam(1.0, 4.0, (0.0, 16.0), 0.5, 0.5, 2.0, **settings)
        (0.5, (2.0, 16.0))
    """
    beta1, beta2 = betas
    mean, square = state
    if weight_decay and decoupled:
        parameter = parameter * (1.0 - learning_rate * weight_decay)
    elif weight_decay:
        gradient = gradient + weight_decay * parameter
    mean = beta1 * mean + (1.0 - beta1) * gradient
    square = beta2 * square + (1.0 - beta2) * (gradient * gradient)
    size = sqrt(square) / root_correction + eps
    return parameter - learning_rate / mean_correction * mean / size, (mean, square)


class Optimizer(SpelledOut):
    """What all optimizers share; make a `SGD`, `RMSprop`, `Adam` or `AdamW`.

    A gradient of 0 is a gradient like any other: weight decay, momentum and means go on.

    Args:
        parameters: The leaves to move, such as `model.parameters()`.
        learning_rate: Of the next step, a finite number at least 0.
        formula: (parameter, gradient, state, *scalars, **settings) -> new parameter, new state.
        settings: What is fixed when the optimizer is made.
        state_names: What is kept for each parameter.

    Attributes:
        parameters: The leaves.
        rule: The formula with the settings filled in.
        state: For each name one flat array of doubles aligned with `parameters`; the arrays stay
            the same objects for the optimizer's life.
        steps: The steps taken.

    Raises:
        TypeError: If something is no parameter, or a setting no number.
        ValueError: If a number is out of its range, or parameters are none, not leaves or given
            twice.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        learning_rate: float,
        formula: Rule,
        settings: dict[str, Any],
        state_names: tuple[str, ...],
    ) -> None:
        self.parameters = checked_leaves(parameters)
        self.learning_rate = learning_rate
        self.rule = partial(formula, **settings)
        self.state = {name: array("d", [0.0]) * len(self.parameters) for name in state_names}
        self.steps = 0
        self._settings = settings

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step, a finite number at least 0, to be set any time."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._learning_rate = real("learning_rate", value, at_least=0)

    @property
    def groups(self) -> tuple["Optimizer", ...]:
        """The optimizers that move the parameters, in their order: this one."""
        return (self,)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that were fixed when the optimizer was made (a copy)."""
        return dict(self._settings)

    def scalars(self, step: int) -> tuple[float, ...]:
        """Give what `rule` takes after the state, alike for all parameters.

        Args:
            step: Counted from 1.
        """
        return (self._learning_rate,)

    def step(self) -> None:
        """Move every parameter once, by `rule`; all of them or, after an error, none."""
        rule, columns = self.rule, tuple(self.state.values())
        scalars = self.scalars(self.steps + 1)
        states = zip(*columns, strict=True) if columns else repeat(())
        moved = [
            rule(parameter.data, parameter.grad, state, *scalars)
            for parameter, state in zip(self.parameters, states, strict=False)
        ]
        for index, (parameter, (data, state)) in enumerate(
            zip(self.parameters, moved, strict=True)
        ):
            parameter.data = data
            for column, number in zip(columns, state, strict=True):
                column[index] = number
        self.steps += 1

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0."""
        for parameter in self.parameters:
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Give everything that the next steps depend on, apart from the parameters, ready for JSON.

        The numbers keep every bit on the way through JSON. The parameters are the model's to save;
        here they stand by their labels or numbers, so that another order is noticed.
        """
        return {
            "optimizer": type(self).__name__,
            "learning_rate": self._learning_rate,
            "steps": self.steps,
            "settings": {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in self._settings.items()
            },
            "parameters": marks(self.parameters),
            "state": {name: column.tolist() for name, column in self.state.items()},
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict()` of an optimizer with the same settings gave.

        Args:
            state_dict: As `state_dict()` returned it; the learning rate is taken over.

        Raises:
            TypeError: If it is no dict.
            ValueError: If the class, a setting, a name, the number or the order of parameters
                differs, or an entry is no number; it lists all that is wrong, and the optimizer
                stays as it was.
        """
        given, own = flat(state_dict), flat(self.state_dict())
        if isinstance(given, Mapping) and "parameters" not in given:  # as version 0.1 wrote it
            del own["parameters"]
        check_state(self, own, given, entry_problem)
        self.learning_rate = given["learning_rate"]
        self.steps = int(given["steps"])
        for name, column in self.state.items():
            column[:] = array("d", given[f"state.{name}"])

    def __repr__(self) -> str:
        options = {"learning_rate": self._learning_rate, **self._settings}
        listed = ", ".join(f"{name}={value!r}" for name, value in options.items())
        return f"{type(self).__name__}({counted(len(self.parameters), 'parameter')}, {listed})"


class SGD(Optimizer):
    """Gradient descent, with momentum where asked for.

    Formula, at parameter p with gradient g and learning rate r, where v starts at 0:

        g = g + weight_decay * p
        v = momentum * v + g
        p = p - r * v                        (with nesterov: p - r * (g + momentum * v))

    Args:
        parameters: The leaves to move, such as `model.parameters()`.
        learning_rate: At least 0. 0.001 is PyTorch's cautious default; small networks often take
            0.01 to 0.5.
        momentum: From 0 (plain descent: no v) to 1.
        nesterov: Whether to step along where the momentum leads; it needs some.
        weight_decay: At least 0: the gradient of `weight_decay / 2 * p**2` is added.

    Raises:
        TypeError: If something is no parameter, or a setting no number.
        ValueError: If a number is out of its range, `nesterov` is without momentum, or parameters
            are none, not leaves or given twice.

    Example:
        >>> from types import SimpleNamespace
        >>> w = SimpleNamespace(data=1.0, grad=0.5)         # a Value, in real use
        >>> optimizer = SGD([w], learning_rate=0.5, momentum=0.5)
        >>> optimizer.step(); w.data
        0.75
        >>> optimizer.step(); w.data                        # v is 0.75 by now
        0.375

    Source:
        Polyak (1964) for momentum; Sutskever, Martens, Dahl and Hinton, "On the importance of
        initialization and momentum in deep learning" (2013) for Nesterov's in this form.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        learning_rate: float = 1e-3,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        settings = {
            "momentum": real("momentum", momentum, at_least=0, at_most=1),
            "nesterov": bool(nesterov),
            "weight_decay": real("weight_decay", weight_decay, at_least=0),
        }
        if nesterov and not momentum:
            raise ValueError("nesterov needs a momentum above 0, such as momentum=0.9")
        names = ("momentum",) if momentum else ()
        super().__init__(parameters, learning_rate, sgd, settings, names)


class RMSprop(Optimizer):
    """Steps along the gradient over the root of its mean square, so that all have a similar size.

    Formula, at parameter p with gradient g and learning rate r, where s and v start at 0:

        g = g + weight_decay * p
        s = alpha * s + (1 - alpha) * g**2
        v = momentum * v + g / (sqrt(s) + eps)
        p = p - r * v

    Args:
        parameters: The leaves to move, such as `model.parameters()`.
        learning_rate: At least 0.
        alpha: From 0 to below 1: how long the mean remembers.
        eps: Above 0: it keeps the quotient finite where the gradients have been 0.
        weight_decay: At least 0.
        momentum: From 0 to 1.

    Raises:
        TypeError: If something is no parameter, or a setting no number.
        ValueError: If a number is out of its range, or parameters are none, not leaves or given
            twice.

    Example:
        >>> from types import SimpleNamespace
        >>> w = SimpleNamespace(data=1.0, grad=1000.0)      # a Value, in real use
        >>> RMSprop([w], learning_rate=0.5, alpha=0.75).step()
        >>> round(w.data, 6)                                # 1 - 0.5 / sqrt(1 - 0.75)
        0.0

    Source:
        Tieleman and Hinton, "Lecture 6.5 - rmsprop", Neural Networks for Machine Learning (2012).
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        learning_rate: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        settings = {
            "alpha": real("alpha", alpha, at_least=0, below=1),
            "eps": real("eps", eps, above=0),
            "weight_decay": real("weight_decay", weight_decay, at_least=0),
            "momentum": real("momentum", momentum, at_least=0, at_most=1),
        }
        names = ("square", "momentum") if momentum else ("square",)
        super().__init__(parameters, learning_rate, rmsprop, settings, names)


class Adam(Optimizer):
    """Steps along the mean gradient over the root of the mean square, both freed of their bias.

    Formula, at parameter p with gradient g, learning rate r and step t = 1, 2, ..., where m and s
    start at 0:

        g = g + weight_decay * p
        m = beta1 * m + (1 - beta1) * g
        s = beta2 * s + (1 - beta2) * g**2
        p = p - r * (m / (1 - beta1**t)) / (sqrt(s / (1 - beta2**t)) + eps)

    Args:
        parameters: The leaves to move, such as `model.parameters()`.
        learning_rate: At least 0.
        betas: How long the two means remember, each from 0 to below 1.
        eps: Above 0.
        weight_decay: At least 0.

    Raises:
        TypeError: If something is no parameter, or a setting no number.
        ValueError: If a number is out of its range, or parameters are none, not leaves or given
            twice.

    Example:
        >>> from types import SimpleNamespace
        >>> w = SimpleNamespace(data=1.0, grad=1000.0)      # a Value, in real use
        >>> Adam([w], learning_rate=0.25).step()
        >>> round(w.data, 6)                                # the first step is as long as the rate
        0.75

    Source:
        Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1.
    """

    _formula: Rule = staticmethod(partial(adam, decoupled=False))

    def __init__(
        self,
        parameters: Iterable[Parameter],
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        if not isinstance(betas, Sequence) or isinstance(betas, str):
            raise TypeError(f"betas must be two numbers, such as (0.9, 0.999); got {kind(betas)}")
        if len(betas) != 2:
            raise ValueError(f"betas must be two numbers, such as (0.9, 0.999); got {shown(betas)}")
        beta1, beta2 = (real("each of betas", beta, at_least=0, below=1) for beta in betas)
        settings = {
            "betas": (beta1, beta2),
            "eps": real("eps", eps, above=0),
            "weight_decay": real("weight_decay", weight_decay, at_least=0),
        }
        super().__init__(parameters, learning_rate, self._formula, settings, ("mean", "square"))

    def scalars(self, step: int) -> tuple[float, ...]:
        """Give the learning rate, and the two corrections of the bias.

        Args:
            step: Counted from 1.
        """
        beta1, beta2 = self._settings["betas"]
        return (self.learning_rate, 1.0 - beta1**step, sqrt(1.0 - beta2**step))


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters themselves and stays out of the means.

    Formula: that of `Adam`, without the first line, and before the last one

        p = p * (1 - r * weight_decay)

    so that each weight decays at the same pace, however large its gradients are.

    Args:
        parameters: The leaves to move, such as `model.parameters()`.
        learning_rate: At least 0.
        betas: How long the two means remember, each from 0 to below 1.
        eps: Above 0.
        weight_decay: At least 0.

    Raises:
        TypeError: If something is no parameter, or a setting no number.
        ValueError: If a number is out of its range, or parameters are none, not leaves or given
            twice.

    Example:
        >>> from types import SimpleNamespace
        >>> w = SimpleNamespace(data=1.0, grad=0.0)         # a Value, in real use
        >>> AdamW([w], learning_rate=0.5, weight_decay=0.5).step()
        >>> w.data
        0.75

    Source:
        Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2.
    """

    _formula: Rule = staticmethod(partial(adam, decoupled=True))

    def __init__(
        self,
        parameters: Iterable[Parameter],
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, learning_rate, betas, eps, weight_decay)


class Groups(Optimizer):
    """Several optimizers as one: learning rates, decays or whole methods by group of parameters.

    The learning rate is that of the first group. To set it, as a schedule does, sets those of the
    others in proportion.

    Args:
        optimizers: Each of parameters of its own; the first with a learning rate above 0.

    Attributes:
        parameters: Those of all groups, one group after the other.

    Raises:
        TypeError: If something is no optimizer.
        ValueError: If there are none, two move the same parameter, or the first one's learning rate
            is 0.

    Example:
        >>> from nn import MLP
        >>> model = MLP(2, [8, 8, 1], seed=0)
        >>> body = [p for layer in model.layers[:-1] for p in layer.parameters()]
        >>> optimizer = Groups(
        ...     AdamW(body, 0.001, weight_decay=0.1), SGD(model.layers[-1].parameters(), 0.1)
        ... )
        >>> optimizer.learning_rate = 0.002
        >>> [round(group.learning_rate, 6) for group in optimizer.groups]
        [0.002, 0.2]
    """

    def __init__(self, *optimizers: Optimizer) -> None:
        for optimizer in optimizers:
            if not isinstance(optimizer, Optimizer):
                raise TypeError(
                    "Groups takes optimizers, such as Groups(SGD(a, 0.1), SGD(b, 0.01)); "
                    f"got {kind(optimizer)}"
                )
        self.parameters = checked_leaves([p for each in optimizers for p in each.parameters])
        self._groups = optimizers
        first = real("the learning rate of the first group", optimizers[0].learning_rate, above=0)
        self._shares = [each.learning_rate / first for each in optimizers]

    @property
    def groups(self) -> tuple[Optimizer, ...]:
        """The optimizers that move the parameters, in their order."""
        return tuple(part for each in self._groups for part in each.groups)

    @property
    def learning_rate(self) -> float:
        """That of the first group; to set it sets the others in proportion."""
        return self._groups[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        value = real("learning_rate", value, at_least=0)
        for each, share in zip(self._groups, self._shares, strict=True):
            each.learning_rate = value * share

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of each group, by its number."""
        return {str(i): each.settings for i, each in enumerate(self._groups)}

    def step(self) -> None:
        """Move the parameters of every group once."""
        for each in self._groups:
            each.step()

    def state_dict(self) -> dict[str, Any]:
        """Give the states of the groups, by their numbers."""
        return {str(i): each.state_dict() for i, each in enumerate(self._groups)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict()` of the same groups gave.

        Args:
            state_dict: As `state_dict()` returned it.

        Raises:
            TypeError: If it is no dict.
            ValueError: If it is one of other groups; no group before the wrong one stays moved.
        """
        own = self.state_dict()
        check_state(self, own, state_dict, lambda *_: None)
        try:
            for i, each in enumerate(self._groups):
                each.load_state_dict(state_dict[str(i)])
        except (TypeError, ValueError):
            for i, each in enumerate(self._groups):
                each.load_state_dict(own[str(i)])
            raise

    def __repr__(self) -> str:
        return f"Groups({', '.join(map(repr, self._groups))})"

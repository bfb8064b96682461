"""`signal_propagation`: how far a signal and its gradient get through a deep network at its start.

The papers on initialization each derive, for a kind of activation, by what factor a layer changes
the variance of the signal and of the gradient. This measures the same in a network that is made so,
and sets what the paper predicts beside it.
"""

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from engine import Value
from nn import init as initializers
from nn.activations import ActivationLike, activation_name
from nn.common.checks import real, whole
from nn.common.text import text_table
from nn.init import Initializer
from nn.inspection.flow import std
from nn.inspection.layerwise import inspected
from nn.layers import MLP

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAR = 1e3
"""So far from 0 the kin of relu are straight lines."""


@dataclass(frozen=True, slots=True)
class Variances:
    """The variances of one quantity, a number for each layer.

    Attributes:
        measured: As they were measured.
        predicted: As the theory has them.
    """

    measured: list[float]
    predicted: list[float]


@dataclass(frozen=True, slots=True, repr=False)
class SignalPropagation:
    """What `signal_propagation` measured: printed, it is a table; `plot` draws it.

    Attributes:
        activation: The activation, in words.
        init: The initializer, in words.
        theory: The paper that the predictions are of.
        z: The `Variances` of the weighted sums.
        a: Those of the activations.
        gradient: Those of ∂L/∂z.
    """

    activation: str
    init: str
    theory: str
    z: Variances
    a: Variances
    gradient: Variances

    @property
    def depth(self) -> int:
        """The number of layers."""
        return len(self.z.measured)

    def __repr__(self) -> str:
        table = [["layer", *(head for name in _HEADS for head in (name, "theory"))]]
        for i in range(self.depth):
            numbers = [
                f"{x[i]:.3g}"
                for variances in (self.z, self.a, self.gradient)
                for x in (variances.measured, variances.predicted)
            ]
            table.append([str(i + 1), *numbers])
        head = f"{self.activation} with {self.init}, theory: {self.theory}"
        return f"{head}\n\n{text_table(table, left=0)}"

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw it, measured and predicted; `nn.plots.signal_propagation` draws several at once.

        Args:
            ax: The matplotlib axes to draw on; None for new ones.

        Returns:
            The axes.
        """
        from nn.plots.flow import signal_propagation

        return signal_propagation([self], ax=ax)


_HEADS = ("Var z", "Var a", "Var ∂L/∂z")


def signal_propagation(
    activation: ActivationLike,
    init: str | Initializer,
    depth: int = 20,
    width: int = 64,
    rows: int = 256,
    input_std: float = 1.0,
    seed: int = 0,
) -> SignalPropagation:
    """Send random signals through a deep network, forward and backward, and measure the variances.

    Backward, each row brings gradients ∂L/∂a from N(0, 1) to the last layer. A variance is taken
    over all rows and neurons of a layer. Measured are

        z = Σ w a      a = f(z)      ∂L/∂z = f'(z) ∂L/∂a

    The prediction takes n for the width and Var w for the variance of the initializer (where it
    does not know its own, that of the weights drawn). It goes forward from E[a₀²] = input_std²,
    backward from Var ∂L/∂a = 1 after the last layer:

        Var z = n Var w E[a²] of the layer before
        Var ∂L/∂a = n Var w Var ∂L/∂z of the layer after

    assuming weights and signals that are independent, weights of mean 0, and biases of 0. What the
    activation does to the variance depends on the paper.

    The linear regime (LeCun et al., 1998, section 4.6, forward; Glorot & Bengio, 2010, equations 5
    and 6, both ways): f is taken for its tangent f'(0) z, as holds for tanh near 0, and exactly for
    linear.

        Var a = E[a²] = f'(0)² Var z              Var ∂L/∂z = f'(0)² Var ∂L/∂a

    Rectifiers (He et al., 2015, equations 7 to 15): f has the slope r for z > 0 and s for z < 0,
    and z is as often above 0 as below. With relu, r = 1 and s = 0, and this is exact: it halves.

        E[a²] = (r² + s²) / 2 · Var z             Var ∂L/∂z = (r² + s²) / 2 · Var ∂L/∂a

    A rectifier's activations have a mean, so Var a is less than E[a²]: for normal z, which is all
    that the paper does not assume, it is E[a²] - (r - s)² / 2π · Var z.

    Rectifiers are those that `nn.init.auto` takes for such: relu and leaky_relu, and elu, gelu,
    silu and softplus for what they are far from 0. For selu the factor is 1, LeCun's premise of an
    activation that keeps the variance, which is right at 1 alone (Klambauer et al., 2017). All
    others are taken for linear, also where the premise is wrong: sigmoid has f'(0) = 1/4, but a
    mean of 1/2. Then measurement and theory part, which is what there is to see.

    Args:
        activation: Of every layer, also the last: a name, or any callable on a Value.
        init: How the weights start; biases are 0.
        depth: The number of layers.
        width: The number of inputs, and of neurons in each layer.
        rows: How many inputs to send through, each number from N(0, input_std²).
        input_std: The standard deviation of the inputs.
        seed: For weights, inputs and gradients.

    Returns:
        The variances, measured and predicted.

    Raises:
        ValueError: For sizes below 1, and an input_std that is not above 0.

    Example:
        >>> he = signal_propagation("relu", "he_normal", depth=3, width=8, rows=4)
        >>> [round(variance, 12) for variance in he.z.predicted]
        [2.0, 2.0, 2.0]
        >>> xavier = signal_propagation("relu", "xavier_normal", depth=3, width=8, rows=4)
        >>> xavier.z.predicted, xavier.gradient.predicted
        ([1.0, 0.5, 0.25], [0.125, 0.25, 0.5])

    Source:
        LeCun et al. (1998), Glorot & Bengio (2010), He et al. (2015), Klambauer et al. (2017), as
        above.
    """
    depth, width = whole("depth", depth, at_least=1), whole("width", width, at_least=1)
    n_rows = whole("rows", rows, at_least=1)
    input_std = real("input_std", input_std, above=0)
    rng = Random(seed)
    model = MLP(width, [width] * depth, [activation] * depth, init=init, seed=rng.getrandbits(64))
    inputs = [[rng.gauss(0.0, input_std) for _ in range(width)] for _ in range(n_rows)]
    gradients = [[rng.gauss(0.0, 1.0) for _ in range(width)] for _ in range(n_rows)]
    flows = inspected(model, n_rows).flow(inputs, gradients)
    initializer = initializers.get(init, activation=activation)
    theory = _theory(model.layers[0].activation)
    n_var_w = width * _weight_variance(initializer, model)
    z, a, gradient = theory.predict(depth, n_var_w, input_std)
    return SignalPropagation(
        activation=activation_name(model.layers[0].activation),
        init=initializers.describe(initializer),
        theory=theory.paper,
        z=Variances([_variance(flow.z) for flow in flows], z),
        a=Variances([_variance(flow.a) for flow in flows], a),
        gradient=Variances([_variance(flow.z_gradient) for flow in flows], gradient),
    )


@dataclass(frozen=True, slots=True)
class _Theory:
    """What a layer's activation does to variances: the factors on Var z, and on Var ∂L/∂a.

    paper    where it is from
    passes   E[a²] / Var z, and Var ∂L/∂z / Var ∂L/∂a
    spreads  Var a / Var z
    """

    paper: str
    passes: float
    spreads: float

    def predict(
        self, depth: int, n_var_w: float, input_std: float
    ) -> tuple[list[float], list[float], list[float]]:
        """The variances of z, a and ∂L/∂z for each layer; n_var_w is n Var w."""
        z: list[float] = []
        mean_square = input_std**2
        for _ in range(depth):
            z.append(n_var_w * mean_square)
            mean_square = self.passes * z[-1]
        gradient = [self.passes]
        for _ in range(depth - 1):
            gradient.append(self.passes * n_var_w * gradient[-1])
        return z, [self.spreads * variance for variance in z], gradient[::-1]


def _theory(activation: Callable[[Value], Value]) -> _Theory:
    """The theory whose premise fits the activation best: that of the initializer that suits it."""
    suited = initializers.auto(activation_name(activation))
    if isinstance(suited, initializers.he_normal):
        right, left = _slope(activation, FAR), _slope(activation, -FAR)
        passes = (right**2 + left**2) / 2
        return _Theory("He et al. (2015)", passes, passes - (right - left) ** 2 / math.tau)
    if isinstance(suited, initializers.lecun_normal):
        return _Theory("LeCun et al. (1998)", 1.0, 1.0)
    passes = _slope(activation, 0.0) ** 2
    return _Theory("Glorot & Bengio (2010)", passes, passes)


def _weight_variance(initializer: Initializer, model: MLP) -> float:
    """What the initializer says, or, where it does not know, that of the weights drawn."""
    if hasattr(initializer, "variance"):
        return float(initializer.variance(model.layers[0].n_inputs, model.layers[0].n_outputs))
    neurons = [neuron for layer in model.layers for neuron in layer.neurons]
    return _variance(array("d", [w.data for neuron in neurons for w in neuron.w]))


def _slope(activation: Callable[[Value], Value], at: float) -> float:
    """The derivative, from the engine."""
    z = Value(at)
    activation(z).backward()
    return z.grad


def _variance(numbers: "array[float]") -> float:
    return std(numbers) ** 2

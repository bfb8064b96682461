"""The largest learning rate with which gradient descent converges, calculated and then tried.

On a quadratic loss with the Hessian H, a step of size r multiplies the distance to the minimum by
I - r H: along the eigenvector of the eigenvalue λ by 1 - r λ. All of these factors are between -1
and 1, and so every start converges, exactly if r is below 2 / λ for the greatest eigenvalue.

The mean squared error of a linear model is such a loss. `engine.hessian` gives its H, and repeated
multiplication the greatest eigenvalue (von Mises & Pollaczek-Geiringer, 1929).
"""

import math
import warnings

from engine import Value, hessian
from nn import MLP, SGD, History, fit, learning_rate_range, mse

INPUTS = [[-1.0, 2.0], [0.5, 1.0], [1.0, -3.0], [2.0, 0.5], [-2.0, -1.0]]
TARGETS = [3.0, -1.0, 0.5, 2.0, -2.0]


def main() -> None:
    model = MLP(2, [1], seed=0)
    loss = mse([model(row) for row in INPUTS], TARGETS)
    largest = 2.0 / greatest_eigenvalue(hessian(loss, model.parameters()))
    print(f"2 / λ is {largest:.6f}")
    for factor in (0.95, 1.05):
        history = train(factor * largest)
        print(f"fit with {factor} of it: {history.reason or f'a loss of {history.loss[-1]:.6f}'}")
    print(learning_rate_range(model, INPUTS, TARGETS, progress=False))


def greatest_eigenvalue(matrix: list[list[Value]], steps: int = 1000) -> float:
    """Of a symmetric matrix without negative eigenvalues, by power iteration."""
    numbers = [[value.data for value in row] for row in matrix]
    vector = [1.0] * len(numbers)
    for _ in range(steps):
        product = [math.fsum(h * v for h, v in zip(row, vector, strict=True)) for row in numbers]
        length = math.hypot(*product)
        vector = [x / length for x in product]
    return length


def train(learning_rate: float) -> History:
    """Gradient descent on all rows, from always the same start."""
    model = MLP(2, [1], seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that it diverged is what we want to see
        optimizer = SGD(model.parameters(), learning_rate)
        return fit(model, INPUTS, TARGETS, optimizer=optimizer, epochs=5_000, progress=False)


if __name__ == "__main__":
    main()

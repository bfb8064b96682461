"""`nn.MLPClassifier` beside scikit-learn's: accuracy on rows held out, and the time to train.

Both stand behind a StandardScaler, with the same sizes, rate, batches and stopping, on the same
stratified splits, one for each seed. Run it with `python benchmarks/estimators.py`.
"""

import argparse
import statistics
import time
import warnings
from typing import Any

import sklearn.datasets as sets
import sklearn.neural_network
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nn

DATA = {
    "iris": sets.load_iris,
    "digits": sets.load_digits,
    "wine": sets.load_wine,
    "breast cancer": sets.load_breast_cancer,
    "two moons": lambda return_X_y: sets.make_moons(300, noise=0.2, random_state=0),  # noqa: N803
}


def trained(classifier: Any, parts: list[Any]) -> tuple[float, float]:
    """Accuracy and seconds of one training."""
    train, test, its_classes, other_classes = parts
    pipeline = make_pipeline(StandardScaler(), classifier)
    start = time.perf_counter()
    pipeline.fit(train, its_classes)
    seconds = time.perf_counter() - start
    return pipeline.score(test, other_classes), seconds


def main() -> None:
    """Print a line for each data set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=0.01)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    sizes, rate = (options.hidden,), options.learning_rate
    print(f"{options.seeds} seeds, {options.hidden} hidden neurons, learning rate {rate}")
    print(f"{'':14}{'accuracy':>9}{'sklearn':>9}{'difference':>12}{'seconds':>9}{'sklearn':>9}")
    for name, load in DATA.items():
        inputs, classes = load(return_X_y=True)
        ours, theirs = [], []
        for seed in range(options.seeds):
            parts = train_test_split(
                inputs, classes, test_size=0.3, random_state=seed, stratify=classes
            )
            mine = nn.MLPClassifier(sizes, learning_rate=rate, random_state=seed)
            other = sklearn.neural_network.MLPClassifier(
                sizes, learning_rate_init=rate, random_state=seed
            )
            ours.append(trained(mine, parts))
            theirs.append(trained(other, parts))
        columns = [list(zip(*each, strict=True)) for each in (ours, theirs)]
        (a, s), (b, t) = columns
        gain = [x - y for x, y in zip(a, b, strict=True)]
        spread = statistics.stdev(gain) / len(gain) ** 0.5 if len(gain) > 1 else 0.0
        print(
            f"{name:14}{statistics.mean(a):9.4f}{statistics.mean(b):9.4f}"
            f"{statistics.mean(gain):+8.4f}±{spread:.3f}"
            f"{statistics.median(s):9.3f}{statistics.median(t):9.3f}"
        )


if __name__ == "__main__":
    main()

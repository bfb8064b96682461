"""Scikit-learn's doorway: an `MLP` and its training as estimators, for pipelines and grid searches.

Rows are taken as they are; to bring columns to one scale is a step of the pipeline before.
"""

from typing import Any, Literal, Self

try:
    import numpy as np
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.preprocessing import LabelEncoder
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        "nn.MLPClassifier and nn.MLPRegressor need scikit-learn: "
        "pip install 'glassgrad[estimators]'"
    ) from error

from nn.activations import ActivationLike
from nn.init import InitializerLike
from nn.layers import MLP
from nn.losses import Loss, cross_entropy, mse
from nn.optim import Adam
from nn.training.callbacks import EarlyStopping
from nn.training.fitting import fit


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What both share."""

    def __init__(
        self,
        hidden_layer_sizes: tuple[int, ...] = (100,),
        activation: ActivationLike = "relu",
        *,
        init: InitializerLike = "auto",
        learning_rate: float = 0.001,
        weight_decay: float = 0.0001,
        epochs: int = 200,
        batch_size: int | Literal["auto"] = "auto",
        patience: int | None = 10,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.init = init
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.random_state = random_state

    def _fit(self, x: Any, y: Any, n_outputs: int, loss: Loss, weights: Any) -> None:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        sizes = [int(size) for size in np.atleast_1d(self.hidden_layer_sizes)]
        self.model_ = MLP(
            x.shape[1], [*sizes, n_outputs], self.activation, init=self.init, seed=seed
        )
        parameters = self.model_.parameters()
        optimizer = Adam(parameters, self.learning_rate, weight_decay=self.weight_decay)
        patience = self.patience
        self.history_ = fit(
            self.model_,
            x,
            y,
            loss,
            optimizer,
            self.epochs,
            min(200, len(x)) if self.batch_size == "auto" else self.batch_size,
            seed=seed,
            progress=False,
            callbacks=[EarlyStopping("loss", patience, least=1e-4)] if patience else [],
            row_weights=weights,
        )
        self.n_iter_ = len(self.history_)

    def _outputs(self, x: Any) -> Any:
        check_is_fitted(self)
        x = validate_data(self, x, reset=False, dtype=np.float64)
        return np.array(self.model_.predict(x), dtype=np.float64)


class MLPClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """A multilayer perceptron that tells classes apart, as an estimator of scikit-learn.

    It minimizes the cross-entropy with `Adam`, and ends when the loss falls no more.

    Args:
        hidden_layer_sizes: The number of neurons of each hidden layer.
        activation: Of the hidden layers, as of `MLP`.
        init: How the weights start, as of `MLP`.
        learning_rate: Of `Adam`.
        weight_decay: Of `Adam`.
        epochs: How often to go through all rows at most, at least 1.
        batch_size: Rows for each step; "auto" for 200, or all if they are fewer.
        patience: So many epochs without a loss better by 1e-4 end the training; None for never.
        random_state: Of weights and batches: an int, a RandomState, or None.

    Attributes:
        classes_: The classes, sorted.
        model_: The `MLP`, to look into.
        history_: The `History` of the training.
        n_iter_: How many epochs it took.
        n_features_in_: How many columns there were.
        feature_names_in_: Their names, where they came with a DataFrame.

    Raises:
        ImportError: Without scikit-learn: `pip install 'glassgrad[estimators]'`.

    Example:
        >>> from nn.datasets import iris
        >>> flowers = iris()
        >>> classifier = MLPClassifier((8,), learning_rate=0.05, epochs=50, random_state=0)
        >>> classifier.fit(flowers.inputs, flowers.targets).predict([[5.1, 3.5, 1.4, 0.2]])
        array([0])
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Train on rows and their classes.

        Args:
            X: Rows of numbers.
            y: A class for each, a number or a word.
            sample_weight: How much each row counts; None for all alike.
        """
        x, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        encoder = LabelEncoder()
        y = encoder.fit_transform(y)
        self.classes_ = encoder.classes_
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, x)
        n_classes = len(self.classes_)
        self._fit(x, y, max(n_classes, 2), cross_entropy, sample_weight)
        return self

    def decision_function(self, X: Any) -> Any:  # noqa: N803
        """Give the logits; of two classes their difference, for the second one.

        Args:
            X: Rows of numbers.
        """
        logits = self._outputs(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        """Give the probability of each class, in the order of `classes_`.

        Args:
            X: Rows of numbers.
        """
        logits = self._outputs(X)[:, : len(self.classes_)]
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> Any:  # noqa: N803
        """Give the most probable class of each row.

        Args:
            X: Rows of numbers.
        """
        shares = self.predict_proba(X)
        return self.classes_[shares.argmax(axis=1)]


class MLPRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """A multilayer perceptron that predicts numbers, as an estimator of scikit-learn.

    It minimizes the mean squared error with `Adam`, and ends when the loss falls no more. Targets
    are brought to mean 0 and standard deviation 1 for the training, and predictions back.

    Args:
        hidden_layer_sizes: As of `MLPClassifier`.
        activation: As of `MLPClassifier`.
        init: As of `MLPClassifier`.
        learning_rate: As of `MLPClassifier`.
        weight_decay: As of `MLPClassifier`.
        epochs: As of `MLPClassifier`.
        batch_size: As of `MLPClassifier`.
        patience: As of `MLPClassifier`.
        random_state: As of `MLPClassifier`.

    Attributes:
        model_: The `MLP`, whose outputs are standardized targets.
        history_: As of `MLPClassifier`.
        n_iter_: As of `MLPClassifier`.
        n_features_in_: As of `MLPClassifier`.
        feature_names_in_: As of `MLPClassifier`.

    Raises:
        ImportError: Without scikit-learn: `pip install 'glassgrad[estimators]'`.

    Example:
        >>> rows = [[x / 10] for x in range(20)]
        >>> regressor = MLPRegressor((), learning_rate=0.1, patience=None, random_state=0)
        >>> _ = regressor.fit(rows, [3 * x + 1 for (x,) in rows])
        >>> print(round(regressor.predict([[3.0]])[0], 1))
        10.0
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Train on rows and their targets.

        Args:
            X: Rows of numbers.
            y: A number for each, or several.
            sample_weight: How much each row counts; None for all alike.
        """
        x, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, x)
        self._mean = np.average(y, axis=0, weights=sample_weight)
        spread = np.sqrt(np.average((y - self._mean) ** 2, axis=0, weights=sample_weight))
        self._scale = np.where(spread > 0, spread, 1.0)
        n_outputs = 1 if y.ndim == 1 else y.shape[1]
        self._fit(x, (y - self._mean) / self._scale, n_outputs, mse, sample_weight)
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        """Give the prediction for each row.

        Args:
            X: Rows of numbers.
        """
        outputs = self._outputs(X)
        return outputs.reshape(len(outputs), *np.shape(self._mean)) * self._scale + self._mean

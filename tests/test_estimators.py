"""Scikit-learn's doorway, by scikit-learn's own checks of an estimator."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import nn


@parametrize_with_checks(
    [nn.MLPClassifier((10,), learning_rate=0.02), nn.MLPRegressor((10,), learning_rate=0.02)]
)
def test_the_checks_of_an_estimator(estimator, check):
    check(estimator)


def test_words_names_of_columns_and_copies():
    iris = load_iris(as_frame=True)
    words = iris.target_names[iris.target]
    made = nn.MLPClassifier((8,), learning_rate=0.05, epochs=60, random_state=3)
    classifier = clone(made).fit(iris.data, words)
    assert classifier.classes_.tolist() == sorted(iris.target_names)
    assert classifier.score(iris.data, words) > 0.9
    assert classifier.feature_names_in_.tolist() == iris.feature_names
    with pytest.raises(ValueError, match="feature names"):
        classifier.predict(iris.data[iris.feature_names[::-1]])
    shares = classifier.predict_proba(iris.data)
    assert np.allclose(shares.sum(axis=1), 1.0)
    assert (classifier.decision_function(iris.data).argmax(1) == shares.argmax(1)).all()
    same = pickle.loads(pickle.dumps(classifier))
    assert (same.predict_proba(iris.data) == shares).all()
    again = clone(classifier).fit(iris.data, words)
    assert (again.predict_proba(iris.data) == shares).all()


def test_in_a_pipeline_and_a_grid_search():
    inputs, classes = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), nn.MLPClassifier((6,), epochs=40, random_state=0))
    grid = {"mlpclassifier__learning_rate": [1e-6, 0.05]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(inputs, classes)
    assert search.best_params_ == {"mlpclassifier__learning_rate": 0.05}
    assert search.best_score_ > 0.9


def test_a_regression_with_several_targets_of_any_size():
    inputs, targets = load_diabetes(return_X_y=True)
    regressor = make_pipeline(
        StandardScaler(), nn.MLPRegressor((8,), learning_rate=0.01, epochs=30, random_state=0)
    )
    assert cross_val_score(regressor, inputs, targets, cv=3).mean() > 0.4
    both = np.c_[targets, 1e6 - 1e4 * targets]
    assert regressor.fit(inputs, both).predict(inputs).shape == both.shape
    assert regressor.score(inputs, both) > 0.5


def test_the_model_is_one_to_look_into():
    inputs, classes = load_iris(return_X_y=True)
    classifier = nn.MLPClassifier((4,), epochs=5, random_state=0).fit(inputs, classes)
    assert isinstance(classifier.model_, nn.MLP)
    assert len(classifier.history_) == classifier.n_iter_ == 5

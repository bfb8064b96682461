"""Data to learn from: two measured sets, five drawn from a seed, names, and what a CSV file holds.

A network wants lists of numbers; a user wants to know where the numbers come from. `Dataset` holds
both. Everything here is plain lists, so that a row can be printed, changed and fed to a model by
hand. `train_test_split` and `standardize` prepare the lists for training.

>>> train, test = train_test_split(iris(), seed=0)
>>> train_inputs, standardizer = standardize(train.inputs)
>>> test_inputs = standardizer(test.inputs)
"""

from nn.datasets.csv_files import load_csv, load_inputs
from nn.datasets.dataset import Dataset
from nn.datasets.drawn import circles, moons, sine, spirals, xor
from nn.datasets.measured import digits, iris, names
from nn.datasets.preparation import Standardizer, standardize, train_test_split

__all__ = [
    "Dataset",
    "Standardizer",
    "circles",
    "digits",
    "iris",
    "load_csv",
    "load_inputs",
    "moons",
    "names",
    "sine",
    "spirals",
    "standardize",
    "train_test_split",
    "xor",
]

"""Data to learn from: two measured sets, five drawn from a seed, names, and what a CSV file holds.

A network wants lists of numbers; a user wants to know where the numbers come from. `Dataset` holds
both. Everything here is plain lists, so that a row can be printed, changed and fed to a model by
hand. `train_test_split` and `standardize` prepare the lists for training.

>>> train, test = train_test_split(iris(), seed=0)
>>> train_inputs, standardizer = standardize(train.inputs)
>>> test_inputs = standardizer(test.inputs)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

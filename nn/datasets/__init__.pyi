from .csv_files import load_csv as load_csv, load_inputs as load_inputs
from .dataset import Dataset as Dataset
from .drawn import circles as circles, moons as moons, sine as sine, spirals as spirals, xor as xor
from .measured import digits as digits, iris as iris, names as names
from .preparation import (
    Standardizer as Standardizer,
    standardize as standardize,
    train_test_split as train_test_split,
)

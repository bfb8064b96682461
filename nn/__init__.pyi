from . import datasets as datasets, init as init, plots as plots, schedules as schedules
from .estimators import MLPClassifier as MLPClassifier, MLPRegressor as MLPRegressor
from .experiments.comparison import Comparison as Comparison, compare as compare
from .experiments.rates import (
    LearningRateRange as LearningRateRange,
    learning_rate_range as learning_rate_range,
)
from .experiments.search import (
    random_settings as random_settings,
    successive_halving as successive_halving,
)
from .experiments.sweep_results import SweepResults as SweepResults
from .experiments.sweeps import sweep as sweep
from .inspection.diagnostics import FlowReport as FlowReport, diagnose as diagnose
from .inspection.propagation import (
    SignalPropagation as SignalPropagation,
    signal_propagation as signal_propagation,
)
from .layers import MLP as MLP, Layer as Layer, Neuron as Neuron
from .losses import (
    CrossEntropyLoss as CrossEntropyLoss,
    HuberLoss as HuberLoss,
    Loss as Loss,
    binary_cross_entropy as binary_cross_entropy,
    cross_entropy as cross_entropy,
    hinge as hinge,
    huber as huber,
    l2_penalty as l2_penalty,
    mae as mae,
    mse as mse,
)
from .metrics import (
    accuracy as accuracy,
    confusion_matrix as confusion_matrix,
    r_squared as r_squared,
)
from .module import Module as Module
from .optim import (
    SGD as SGD,
    Adam as Adam,
    AdamW as AdamW,
    Groups as Groups,
    Optimizer as Optimizer,
    RMSprop as RMSprop,
)
from .playing.page import Playground as Playground, playground as playground
from .saving.exporting import to_torch_state_dict as to_torch_state_dict
from .saving.storage import load as load, load_about as load_about, save as save
from .training.callbacks import (
    EarlyStopping as EarlyStopping,
    ReduceOnPlateau as ReduceOnPlateau,
)
from .training.clipping import clip_norm as clip_norm, clip_value as clip_value
from .training.fitting import fit as fit
from .training.history import History as History
from .training.run import Training as Training

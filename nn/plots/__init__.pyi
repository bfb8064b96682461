from .boundary import decision_boundary as decision_boundary
from .curves import training_curves as training_curves
from .distributions import histograms as histograms
from .experiments import (
    comparison as comparison,
    heatmap as heatmap,
    learning_rates as learning_rates,
)
from .flow import layer_flow as layer_flow, signal_propagation as signal_propagation
from .images import digits as digits
from .lines import neuron_line as neuron_line
from .matrix import confusion as confusion

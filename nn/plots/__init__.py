"""Pictures of data, models and trainings (`pip install 'glassgrad[plot]'`).

Each function draws into the Axes given as `ax`, or into a new one, and returns it. A notebook shows
a new one by itself when it is the last expression of a cell; `ax.figure.savefig("loss.png")` saves
it, and `ax=plt.gca()` puts it in pyplot's window. Importing this package draws nothing and imports
no matplotlib.
"""

from nn.plots.boundary import decision_boundary
from nn.plots.curves import training_curves
from nn.plots.distributions import histograms
from nn.plots.experiments import comparison, heatmap, learning_rates
from nn.plots.flow import layer_flow, signal_propagation
from nn.plots.images import digits
from nn.plots.lines import neuron_line, neuron_movie
from nn.plots.matrix import confusion

__all__ = [
    "comparison",
    "confusion",
    "decision_boundary",
    "digits",
    "heatmap",
    "histograms",
    "layer_flow",
    "learning_rates",
    "neuron_line",
    "neuron_movie",
    "signal_propagation",
    "training_curves",
]

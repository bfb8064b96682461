"""Pictures of data, models and trainings (`pip install 'glassgrad[plot]'`).

Each function draws into the Axes given as `ax`, or into a new one, and returns it. A notebook shows
a new one by itself when it is the last expression of a cell; `ax.figure.savefig("loss.png")` saves
it, and `ax=plt.gca()` puts it in pyplot's window. Importing this package draws nothing and imports
no matplotlib.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

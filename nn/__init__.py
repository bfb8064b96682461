"""Neurons, layers and networks on the engine's Values, and what it takes to train them.

>>> from nn import MLP
>>> model = MLP(2, [16, 16, 1], seed=0)
>>> loss = (model([1.0, -1.0]) - 1.0) ** 2
>>> loss.backward()
>>> len(model.parameters())
337

The names stand in `__init__.pyi`; each is imported when it is first asked for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""A scalar autograd engine that you can see through.

>>> from engine import Value
>>> x = Value(2.0, label="x")
>>> y = x * x + 3 * x
>>> y.backward()
>>> x.grad
7.0
"""

import lazy_loader

# The names stand in `__init__.pyi`. The module of each is imported when it is first asked for, so
# that `from engine import Value` waits for neither Graphviz nor the compiler.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

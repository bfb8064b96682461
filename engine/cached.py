"""A property that is calculated when it is asked for, and kept.

`functools.cached_property` of Python 3.11 holds a lock meanwhile, one for all objects of a class. A
fork copies it as it stands, and the child would wait for a thread that it has not.
"""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class cached_property(Generic[T]):  # noqa: N801, it is called as the one of functools
    """As that of `functools` since Python 3.12: two threads may both calculate, neither waits.

    Args:
        method: What calculates it, from the object.

    Example:
        >>> class Circle:
        ...     radius = 2.0
        ...
        ...     @cached_property
        ...     def area(self) -> float:
        ...         return 3.14 * self.radius**2
        >>> circle = Circle()
        >>> circle.area, vars(circle)
        (12.56, {'area': 12.56})
    """

    def __init__(self, method: Callable[[Any], T]) -> None:
        self.method = method
        self.__doc__ = method.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object, owner: type) -> Self | T:
        if instance is None:
            return self
        result = vars(instance)[self.name] = self.method(instance)
        return result

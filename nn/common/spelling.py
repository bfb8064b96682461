"""What other libraries call `lr` is a `learning_rate` here; whoever writes `lr` is told so."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, Self, TypeVar

from nn.common.text import shown

Given = ParamSpec("Given")
Result = TypeVar("Result")


class SpelledOut:
    """A class that takes a learning rate.

    Raises:
        TypeError: If it is given as `lr`.
    """

    __slots__ = ()

    def __new__(cls, *arguments: Any, **settings: Any) -> Self:
        """Look at the names before `__init__` takes what is given."""
        _check(cls.__name__, settings, "learning_rate={}")
        return super().__new__(cls)

    def __setattr__(self, name: str, value: object) -> None:
        """A rate set under the other name would change nothing."""
        _check(type(self).__name__, {name: value}, "learning_rate={}")
        super().__setattr__(name, value)


def spelled_out(
    remedy: str,
) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Make a decorator for a function, by which `lr` is a TypeError.

    So is `learning_rate`, where the function takes none, for then it belongs elsewhere.

    Args:
        remedy: What to write, with {} for what was given.
    """

    def decorated(function: Callable[Given, Result]) -> Callable[Given, Result]:
        taken = "learning_rate" in signature(function).parameters

        @wraps(function)
        def checked(*arguments: Given.args, **settings: Given.kwargs) -> Result:
            _check(function.__name__, settings, remedy)
            if not taken:
                _check(function.__name__, settings, remedy, "learning_rate")
            return function(*arguments, **settings)

        return checked

    return decorated


def _check(name: str, settings: dict[str, Any], remedy: str, word: str = "lr") -> None:
    if word in settings:
        raise TypeError(f"{name} takes no {word}; write {remedy.format(shown(settings[word]))}")

"""What counts as a plain number, and as what it counts."""

from typing import SupportsFloat, TypeAlias

from engine.text import received

Real: TypeAlias = SupportsFloat
"""A plain number: int, float, bool, a NumPy scalar, anything with `__float__`."""


def as_float(number: object, what: str = "Value") -> float:
    """The number as a Python float.

    Args:
        number: An int, a float, a bool, a NumPy scalar, anything with `__float__`.
        what: Who asks, for the error.

    Returns:
        The float.

    Raises:
        TypeError: For a string, a complex number, None, an array of several numbers; and for a
            recorded Value, whose gradient would end here.
        OverflowError: For an int beyond the floats.

    Example:
        >>> as_float(3), as_float(True)
        (3.0, 1.0)
        >>> as_float("3")
        Traceback (most recent call last):
            ...
        TypeError: Value needs a real number, but got the str '3'
    """
    if type(number) is float:
        return number
    if getattr(number, "parents", ()):
        raise TypeError(
            f"{what} needs a real number, but got the recorded {number!r}, whose gradient would "
            "end here; write .data for its number, or .detach() for a leaf with it"
        )
    kind = getattr(getattr(number, "dtype", None), "kind", None)
    if getattr(number, "shape", ()) == () and kind not in ("m", "M"):  # dates and times
        # float() would drop the imaginary part of a NumPy complex64, read a string in an array, and
        # take what a mask hides for a number
        scalar = number.tolist() if hasattr(number, "tolist") else number
        if getattr(scalar, "parents", ()):  # in an array of objects
            return as_float(scalar, what)
        if not isinstance(scalar, str | bytes | bytearray | complex):
            try:
                return float(scalar)  # type: ignore[arg-type]
            except TypeError:
                pass
            except OverflowError:
                raise OverflowError(
                    f"{what} needs a number within the floats, but got {received(number)}"
                ) from None
    raise TypeError(f"{what} needs a real number, but got {received(number)}")

"""When a network is worth compiling: one rule for everything that could also run it eagerly."""

COMPILE_FROM = 600
"""From how many rows, each counted every time that it goes through, compiling pays.

By measurement (`benchmarks/training.py`, e), compiling takes as long as 200 to 620 rows do eagerly,
from 2-16-16-1 to 64-128-64-10, for both grow with the graph. For networks of a few neurons it is
700 to 2200 rows, but those take a fraction of a second either way.
"""


def why_eager(visits: float, own_activations: bool) -> str:
    """Say why a network should rather run eagerly; nothing where it should be compiled.

    Args:
        visits: The rows that will go through the network, each counted every time.
        own_activations: Whether all its activations are the library's own. Those of a user may
            decide by `if`, which a compiled graph does not.

    Returns:
        The reason in words, or "".

    Example:
        >>> why_eager(599, own_activations=True)
        'fewer than 600 rows in all'
        >>> why_eager(600, own_activations=True)
        ''
    """
    if visits < COMPILE_FROM:
        return f"fewer than {COMPILE_FROM} rows in all"
    if not own_activations:
        return "an activation of your own may decide by `if`; compiled=True if none does"
    return ""

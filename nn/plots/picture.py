"""An Axes that a notebook shows by itself; apart, for it is a subclass and needs matplotlib."""

import struct
from io import BytesIO

from matplotlib.axes import Axes


class Picture(Axes):
    """A matplotlib Axes that, as the last expression of a cell, shows the Figure that it is on."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """The Figure at twice its resolution, for sharp screens, and its size in pixels."""
        file = BytesIO()
        # without the version of the software: the same picture has the same bytes
        self.figure.canvas.print_figure(
            file, format="png", dpi=2 * self.figure.dpi, metadata={"Software": None}
        )
        png = file.getvalue()
        width, height = struct.unpack(">II", png[16:24])
        return png, {"width": width // 2, "height": height // 2}

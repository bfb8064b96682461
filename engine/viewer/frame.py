"""The page within a notebook: live in a frame, or still where frames are taken away."""

import base64
import html

from engine.viewer.picture import Picture

_PIXELS = 4 / 3  # a point
_CONTROLS = 155  # pixels below the picture
_TALLEST = 560
# One of the two is seen: the still picture where there is no frame, wherever readers put the frame.
_ONE_OF_BOTH = ".glassgrad:has(iframe) img{display:none}"


def frame(page: str, pictures: list[Picture], text: str) -> str:
    """The HTML of a page that may run its script and nothing else, and of its first picture."""
    height = min(_TALLEST, max(picture.height for picture in pictures) * _PIXELS + _CONTROLS)
    srcdoc = page.replace("&", "&amp;").replace("'", "&#39;")
    still = base64.b64encode(pictures[0].svg.encode()).decode()
    return (
        f'<div class="glassgrad"><style>{_ONE_OF_BOTH}</style>'
        f'<iframe title="glassgrad" sandbox="allow-scripts" srcdoc=\'{srcdoc}\' '
        f'style="display:block;width:100%;height:{height:.0f}px;border:0"></iframe>'
        f'<img alt="{html.escape(text)}" src="data:image/svg+xml;base64,{still}" '
        'style="max-width:100%;height:auto"></div>'
    )

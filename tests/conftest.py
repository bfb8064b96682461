"""What all tests share: a browser, and how the property tests search.

They try the same examples every time in CI, fresh ones elsewhere.
"""

import os

from browsing import browser as browser  # for all tests that open pages
from hypothesis import settings

settings.register_profile("default", deadline=None, max_examples=60)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

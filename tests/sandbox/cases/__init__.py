"""The cases a reader of threads has to get right, each built into a world by one function.

`x`, `x_faults`, `bluesky` and `mastodon` hold the builders; every builder answers a `Case`. One case to a world:
they share their authors, and some of them suspend or rename theirs.
"""

from . import bluesky, mastodon, x, x_faults
from .case import Case

__all__ = ["Case", "bluesky", "mastodon", "x", "x_faults"]

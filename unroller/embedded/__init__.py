"""PostgreSQL and Valkey out of Python wheels, for whoever names no servers of their own.

One keeper process for each data folder owns both servers (`keeper`). Whoever uses them holds a shared lock
(`holding`), which the kernel drops however the user ends; the keeper leaves when nobody holds it any more.
"""

from .errors import EmbeddedError
from .holding import ensure, leave, mend
from .place import Urls
from .programs import client_folders

__all__ = ["EmbeddedError", "Urls", "client_folders", "ensure", "leave", "mend"]

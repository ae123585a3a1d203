"""A web process to measure, as a real one is started."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.processes import Web


@contextmanager
def serving(**environment: str) -> Iterator[int]:
    """The port of a web server that runs meanwhile."""
    web = Web(0, TRUSTED_PROXIES="127.0.0.1", **environment)
    try:
        yield web.port
    finally:
        web.kill()

"""What tests of several sources' parts share."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.sources.loopback import Loopback, Serve


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers, and stops them after the test."""
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(Loopback(script))

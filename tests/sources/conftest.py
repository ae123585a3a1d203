"""What tests of several sources' parts share."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.sources.following_reading import Onlooker
from tests.sources.keyless_reading import Visitor
from tests.sources.loopback import Loopback, Serve


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers, and stops them after the test."""
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(Loopback(script))


@pytest.fixture(scope="module")
def keyless_world() -> Iterator[Visitor]:
    """The outside world of one module's tests."""
    with Visitor() as visitor:
        yield visitor


@pytest.fixture
def visitor(keyless_world: Visitor) -> Iterator[Visitor]:
    """Reads threads off the sandbox; every test leaves good weather behind."""
    yield keyless_world
    keyless_world.calm()


@pytest.fixture
def onlooker() -> Iterator[Onlooker]:
    """Follows people of a world of its own."""
    with Onlooker() as running:
        yield running

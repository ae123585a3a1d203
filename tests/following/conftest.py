"""The ground of following: a site that is not in a hurry, and somebody who writes."""

import pytest
from pytest_django import Settings

from tests.following.looking import QUIET
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.sandbox.x.model import Person


@pytest.fixture(autouse=True)
def ten_minutes(sandbox: Sandbox, settings: Settings) -> None:
    """The sandbox is in more of a hurry than these tests."""
    settings.FOLLOW_QUIET_SECONDS = QUIET.total_seconds()


@pytest.fixture
def ana(world: World) -> Person:
    return world.x.person("ana")

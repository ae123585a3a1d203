"""What tests of compliance share."""

import pytest

from tests.sandbox.world import World


@pytest.fixture
def lively(world: World) -> None:
    """Bluesky's stream tells something at once, so that nobody has to wait for the present."""
    world.bluesky.events.is_lively = True

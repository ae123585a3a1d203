"""Our app at the pretend X, and somebody who has an account there."""

import pytest
from pytest_django import Settings

from tests.accounts.x.crossing import CALLBACK
from tests.sandbox import Sandbox, World
from tests.sandbox.x.model import Person


@pytest.fixture
def app(world: World, sandbox: Sandbox, settings: Settings) -> None:
    """Our app is registered at X by its exact address, and its keys are set."""
    world.x.sign_in.app.callbacks.append(f"http://testserver{CALLBACK}")
    keys = {"client_id": settings.X_CLIENT_ID, "secret": settings.X_CLIENT_SECRET}
    settings.SOCIALACCOUNT_PROVIDERS = {"x": {"APPS": [keys]}}


@pytest.fixture
def ada(world: World, app: None) -> Person:
    return world.x.person("ada", name="Ada Lovelace")

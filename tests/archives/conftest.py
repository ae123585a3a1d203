"""Archives lie in a folder of the test."""

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.follows import a_reader
from tests.thread_files import own_place


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.BILLING_ENABLED = True
    settings.DATA_DIR = tmp_path
    return own_place(tmp_path, settings)


@pytest.fixture
def ana() -> User:
    """Reads for free."""
    return a_reader("ana")

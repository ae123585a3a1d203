"""Alice pays."""

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.follows import a_reader
from tests.marking import BREAD, said
from unroller.models import Thread


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    """Plans differ."""
    settings.BILLING_ENABLED = True


@pytest.fixture
def alice(db: None) -> User:
    return a_reader("alice", premium=True)


@pytest.fixture
def thread(db: None) -> Thread:
    return said(BREAD)

"""Alice pays, bob does not, charlie is a stranger."""

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.api.calling import Program
from tests.follows import a_reader


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    """Plans differ."""
    settings.BILLING_ENABLED = True


@pytest.fixture
def alice(db: None) -> User:
    return a_reader("alice", premium=True)


@pytest.fixture
def program(alice: User) -> Program:
    """Alice's; it reads and writes."""
    return Program(alice)


@pytest.fixture
def stranger(db: None) -> Program:
    """Charlie's, who pays, too, and has nothing to do with alice."""
    return Program(a_reader("charlie", premium=True))

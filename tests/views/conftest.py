"""Who looks at the pages: bob, who reads for free, or alice, who pays."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.follows import a_reader
from tests.threads import a_thread
from unroller.models import Thread


@pytest.fixture
def billing(settings: Settings) -> None:
    """Plans differ."""
    settings.BILLING_ENABLED = True


@pytest.fixture
def bob(client: Client) -> User:
    """Signed in, and reads for free."""
    person = a_reader("bob")
    client.force_login(person)
    return person


@pytest.fixture
def alice(client: Client) -> User:
    """Signed in, and a member."""
    person = a_reader("alice", premium=True)
    client.force_login(person)
    return person


@pytest.fixture
def thread() -> Thread:
    """Of nine posts."""
    return a_thread(9)

"""The ground under tests about patrons."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.processes import Worker
from tests.sandbox.patreon.network import Patreon
from tests.sandbox.server import Sandbox


@pytest.fixture
def patreon(sandbox: Sandbox, settings: Settings) -> Patreon:
    """The pretend Patreon, its keys in the settings, and billing switched on. Webhooks are brought by hand."""
    settings.BILLING_ENABLED = True
    return sandbox.world.patreon


@pytest.fixture
def patron_worker(sandbox: Sandbox, patreon: Patreon, transactional_db: None) -> Iterator[Worker]:
    """A real Celery worker for money on this test's database, Redis and sandbox."""
    running = Worker({**sandbox.env(), "BILLING_ENABLED": "true"}, queues="billing")
    yield running
    running.kill()

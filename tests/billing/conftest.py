"""The ground under tests about money."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings
from time_machine import TimeMachineFixture

from accounts.models import User
from tests.accounts.signing import a_person
from tests.billing.ground import Money, set_up
from tests.processes import Worker
from tests.sandbox.server import Sandbox


@pytest.fixture
def money(sandbox: Sandbox, settings: Settings) -> Money:
    """The pretend Stripe with our prices, and billing switched on."""
    stripe = sandbox.world.stripe
    settings.BILLING_ENABLED = True
    settings.STRIPE_SECRET_KEY = stripe.secret_key
    settings.STRIPE_WEBHOOK_SECRETS = (stripe.webhook_secret,)
    settings.STRIPE_API_URL = sandbox.urls()["stripe"]
    return set_up(stripe)


@pytest.fixture
def billing_worker(sandbox: Sandbox, money: Money, transactional_db: None) -> Iterator[Worker]:
    """A real Celery worker for money, on this test's database, Redis and sandbox."""
    running = Worker({**sandbox.env(), "BILLING_ENABLED": "true"}, queues="billing")
    yield running
    running.kill()


@pytest.fixture
def later(money: Money, time_machine: TimeMachineFixture) -> Callable[..., None]:
    """`later(days=31)`: it is then, for us and for the pretend Stripe, which does what was due.

    The test begins on the first of a long month before another one, since a month is what people pay for.
    """
    now = datetime.now(UTC)
    begins = (datetime(year, month, 1, 12, tzinfo=UTC) for year in (now.year, now.year + 1) for month in (7, 12))
    time_machine.move_to(next(day for day in begins if day > now))

    def go(**how_long: float) -> None:
        time_machine.move_to(datetime.now(UTC) + timedelta(**how_long))
        money.stripe.tick()

    return go


@pytest.fixture
def alice(db: None) -> User:
    """Who pays."""
    return a_person("alice@example.com")


@pytest.fixture
def bob(db: None) -> User:
    """Who does not."""
    return a_person("bob@example.com")


@pytest.fixture
def charlie(db: None) -> User:
    """A stranger."""
    return a_person("charlie@example.com")

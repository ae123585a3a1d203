"""The ground under every test: the outside world on loopback, an empty Redis, a real worker.

Mail goes to `django.core.mail.outbox` (pytest-django puts Django's memory backend there) wherever a test does not ask
for `post_office`: with it, this process sends over real SMTP to the sandbox, as every worker process does anyway.
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from accounts import bans, limits
from tests.processes import Worker
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller import hosts, networks, store

READ: dict[str, Callable[[str], object]] = {
    "FETCH_ALLOW_HOSTS": lambda value: frozenset(value.split(",")),
    "WEBHOOK_ALLOW_HOSTS": lambda value: frozenset(value.split(",")),
    "FOLLOW_QUIET_SECONDS": int,
    "STRIPE_WEBHOOK_SECRETS": lambda value: tuple(value.split(",")),
}
"""How a setting that is no text is read from the sandbox's environment."""


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name their static files by fingerprint, as on a real site."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The test cluster need not survive a power cut, so it need not wait for the disk."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off")


@pytest.fixture
def world() -> World:
    """The pretend networks' state: tests build people and posts in it."""
    return World()


@pytest.fixture
def sandbox(world: World, settings: Settings) -> Iterator[Sandbox]:
    """The pretend networks over real HTTP; the settings point there.

    Afterwards every call of Stripe's API must have been one that the installed package's types allow, unless the test
    said `world.stripe.requests.expect_problems()`.
    """
    with Sandbox(world) as running:
        for name, value in running.env().items():
            setattr(settings, name, READ.get(name, str)(value))
        smtp = urlsplit(running.urls()["smtp"])
        settings.EMAIL_HOST, settings.EMAIL_PORT = smtp.hostname, smtp.port
        networks.sources.cache_clear()
        networks.http.cache_clear()
        networks.webhooks.cache_clear()
        yield running
        networks.http().close()
        networks.webhooks().close()
    networks.sources.cache_clear()
    networks.http.cache_clear()
    networks.webhooks.cache_clear()
    assert world.stripe.requests.problems() == []


@pytest.fixture
def post_office(sandbox: Sandbox, settings: Settings) -> PostOffice:
    """Mail is really sent, and arrives here."""
    settings.EMAIL_BACKEND = "accounts.backends.Smtp"
    return sandbox.world.post


@pytest.fixture(autouse=True)
def empty_redis() -> None:
    """Nothing of the test before is left in this process's Redis database; operators ordered nothing."""
    store.client().flushdb()
    limits.BOARD.hold({})
    bans.BOARD.hold(())
    hosts.BOARD.hold(hosts.Hosts(frozenset(), frozenset()))


@pytest.fixture
def worker(sandbox: Sandbox, transactional_db: None) -> Iterator[Worker]:
    """A real Celery worker process on this test's database, Redis and sandbox."""
    running = Worker(sandbox.env())
    yield running
    running.kill()

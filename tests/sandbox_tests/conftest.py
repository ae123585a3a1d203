"""A world, a running sandbox, and one client for each of its servers; nothing of Django or Redis."""

import ssl
from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox import Sandbox, World


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """The pretend networks have no static files."""


@pytest.fixture(autouse=True)
def empty_redis() -> None:
    """The pretend networks use no Redis."""


@pytest.fixture(scope="session")
def verify() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than most tests."""
    return ssl.create_default_context()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with Sandbox(world) as running:
        yield running


@pytest.fixture
def x(sandbox: Sandbox, verify: ssl.SSLContext) -> Iterator[httpx.Client]:
    """The X API, with the right token."""
    env = sandbox.env()
    headers = {"Authorization": f"Bearer {env['X_BEARER_TOKEN']}"}
    with httpx.Client(base_url=f"{env['X_API_URL']}/2", headers=headers, timeout=10, verify=verify) as client:
        yield client


@pytest.fixture
def appview(sandbox: Sandbox, verify: ssl.SSLContext) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.env()['BLUESKY_APPVIEW_URL']}/xrpc", timeout=10, verify=verify) as client:
        yield client


@pytest.fixture
def one(world: World, sandbox: Sandbox, verify: ssl.SSLContext) -> Iterator[httpx.Client]:
    """Mastodon host one."""
    with httpx.Client(base_url=world.mastodon.one.base, timeout=10, verify=verify) as client:
        yield client


@pytest.fixture
def two(world: World, sandbox: Sandbox, verify: ssl.SSLContext) -> Iterator[httpx.Client]:
    """Mastodon host two."""
    with httpx.Client(base_url=world.mastodon.two.base, timeout=10, verify=verify) as client:
        yield client


@pytest.fixture
def media(world: World, sandbox: Sandbox, verify: ssl.SSLContext) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=world.ground.addresses.media, timeout=10, verify=verify) as client:
        yield client

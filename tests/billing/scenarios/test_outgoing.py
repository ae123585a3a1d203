"""What we ask of Stripe is what the installed package declares, or the test that asked it fails."""

import inspect
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from billing.gateway.client import asking
from billing.gateway.errors import Refused
from tests.conftest import sandbox
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World


def test_s52_one_wrong_parameter_fails_the_test_that_sent_it(world: World, settings: Settings) -> None:
    """Here the fixture `sandbox` is run by hand: what it does after a test can otherwise not be seen in one."""
    fixture: Iterator[Sandbox] = inspect.unwrap(sandbox)(world, settings)
    next(fixture)
    with asking() as api:
        api.v1.customers.create(params={"email": "alice@example.com"})
    assert world.stripe.requests.problems() == []
    with pytest.raises(Refused), asking() as api:
        api.raw_request("post", "/v1/customers", mail="alice@example.com")
    assert world.stripe.requests.problems() == ["POST /v1/customers: unknown parameter mail"]
    with pytest.raises(AssertionError, match="POST /v1/customers: unknown parameter mail"):
        next(fixture)

"""PostgreSQL is away: pages say that they will be back."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from tests.processes import free_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def nobody_there() -> Iterator[None]:
    """The database's port, where nobody listens any more."""
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = str(free_port())
    yield
    connection.close()
    connection.settings_dict["PORT"] = port


@pytest.mark.usefixtures("nobody_there")
def test_a_page_that_needs_the_database_asks_to_come_back() -> None:
    answer = Client(raise_request_exception=False).get("/recent")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "try again in a minute" in answer.text


def test_with_it_the_page_is_there() -> None:
    assert Client().get("/recent").status_code == 200

"""`POST /read`: a page says that somebody looked at it."""

from http import HTTPStatus

import pytest
from django.test import Client
from limits import RateLimitItemPerMinute
from pytest_django import DjangoAssertNumQueries

from accounts import limits
from tests.threads import a_thread
from unroller.actions import counting
from unroller.models import ReadersOfDay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


def counted() -> list[int]:
    counting.write_down()
    return list(ReadersOfDay.objects.values_list("readers", flat=True))


def test_charlie_counts_without_an_account(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    thread = a_thread(2)
    with django_assert_num_queries(1):
        answer = client.post("/read", {"thread": f"x/{thread.path}"})
    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert not answer.cookies
    assert counted() == [1]


@pytest.mark.parametrize("about", [{}, {"thread": ""}, {"thread": "x"}, {"thread": "x/nowhere"}, {"thread": "x/\0"}])
def test_nonsense_counts_for_nothing(client: Client, about: dict[str, str]) -> None:
    assert client.post("/read", about).status_code == HTTPStatus.NO_CONTENT
    assert counted() == []


def test_other_sites_do_not_count(client: Client) -> None:
    thread = a_thread(2)
    answer = client.post("/read", {"thread": f"x/{thread.path}"}, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert counted() == []


def test_one_address_is_believed_so_often_a_minute(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READS", limits.Limit("read", RateLimitItemPerMinute(3)))
    thread = a_thread(2)
    for number in range(9):
        client.post("/read", {"thread": f"x/{thread.path}"}, headers={"User-Agent": f"Robot {number}"})
    assert counted() == [3]

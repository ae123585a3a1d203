"""`manage.py compliance`."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.threads import a_thread
from unroller.models import Sweep, Thread, Vanished

pytestmark = pytest.mark.django_db


def said() -> str:
    out = io.StringIO()
    call_command("compliance", stdout=out)
    return out.getvalue()


def gone(path: str, **values: Any) -> None:
    done = {"done_at": timezone.now(), "outcome": "removed"}
    Vanished.objects.create(**{"source": "mastodon", "path": path, "reason": "deleted", "by": "look", **done, **values})


def test_an_empty_site_has_nothing_to_say() -> None:
    assert "Bluesky: 0 threads held" in said()


def test_it_says_what_is_held_what_is_due_and_what_vanished() -> None:
    for number in range(3):
        a_thread(1, first=10 * number + 1, source="mastodon")
    Thread.objects.filter(path="1").update(look_at=timezone.now() - timedelta(hours=1))
    Thread.objects.filter(path="11").update(look_at=timezone.now() + timedelta(hours=1))
    for path in ("a", "b"):
        gone(path)
    gone("c", done_at=None, outcome="")
    gone("d", reason="suspended")
    Vanished.objects.filter(path="d").update(seen_at=timezone.now() - timedelta(days=31))
    Sweep.objects.create(look="mastodon", due_at=timezone.now(), error="Unreachable", failures=2)
    text = said()
    assert "Mastodon: 3 threads held" in text
    assert "due           2, of them never looked at 1" in text
    assert "to be done    1" in text
    assert "deleted: removed 2" in text
    assert "suspended" not in text
    assert "not yet; trouble: Unreachable, 2 in a row" in text


def test_it_asks_three_questions_of_the_database(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    gone("a")
    with django_assert_num_queries(3):
        said()

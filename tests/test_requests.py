"""What becomes of readers' requests when threads become parts of others."""

import pytest
from django.utils import timezone

from tests.follows import a_reader
from tests.threads import a_pile, a_thread, stored
from unroller.actions import requests
from unroller.models import Mention, Request, Thread

pytestmark = pytest.mark.django_db


def test_requests_for_a_part_lead_to_the_whole_once_for_each_reader() -> None:
    bob, alice = a_reader("bob"), a_reader("alice")
    first, second = a_thread(3, first=1), a_thread(3, first=10)
    for user, thread in ((bob, first), (bob, second), (alice, second)):
        Request.objects.create(user=user, thread=thread, link="https://x.com/maralind/status/1")
    Mention.objects.create(source="x", key="1", asker_id="7", written_at=timezone.now(), thread=second)
    requests.inherit(first, [second])
    assert {(row.user, row.thread) for row in Request.objects.filter(thread=first)} == {(bob, first), (alice, first)}
    second.delete()
    assert Mention.objects.get().thread == first


def test_a_thread_that_grows_keeps_its_requests() -> None:
    thread = a_thread(3)
    Request.objects.create(user=a_reader("bob"), thread=thread, link="https://x.com/maralind/status/1")
    stored(a_pile(5))
    assert Request.objects.get().thread == Thread.objects.get()

"""`POST <thread>/refresh`."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.threads import a_thread
from unroller.models import Job, Thread

pytestmark = pytest.mark.django_db


def test_charlie_forces_a_refresh_and_watches_it(client: Client) -> None:
    thread = a_thread(3)
    response = client.post("/thread/x/1/refresh")
    job = Job.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/unroll/{job.id}")
    assert (job.why, job.thread, job.key) == (Job.Why.REFRESH, thread, "1")


def test_two_readers_share_one_refresh(client: Client) -> None:
    a_thread(3)
    first, second = (client.post("/thread/x/1/refresh") for _ in range(2))
    assert first["Location"] == second["Location"]


def test_a_thread_that_was_just_refreshed_says_when_again(client: Client) -> None:
    thread = a_thread(3)
    ended = timezone.now() - timedelta(minutes=1)
    Job.objects.create(source="x", key="1", thread=thread, why=Job.Why.REFRESH, state=Job.State.DONE, finished_at=ended)
    response = client.post("/thread/x/1/refresh")
    assert response.status_code == 429
    assert f"{ended + timedelta(minutes=5):%H:%M} UTC" in response.content.decode()
    assert Job.objects.count() == 1


def test_one_visitor_cannot_refresh_everything(client: Client) -> None:
    for first in range(100, 2300, 100):
        a_thread(1, first=first)
    answers = [client.post(f"/thread/x/{first}/refresh").status_code for first in range(100, 2300, 100)]
    assert answers == [303] * 20 + [429] * 2


def test_asking_for_the_rest_of_a_cut_thread_is_a_job_of_its_own_kind(client: Client) -> None:
    a_thread(3)
    Thread.objects.update(reasons=["cap"])
    client.post("/thread/x/1/refresh", {"more": "1"})
    assert Job.objects.get().why == Job.Why.MORE


def test_only_post_starts_a_refresh(client: Client) -> None:
    a_thread(3)
    assert client.get("/thread/x/1/refresh").status_code == 405
    assert not Job.objects.exists()


def test_another_site_cannot_start_one(client: Client) -> None:
    a_thread(3)
    response = client.post("/thread/x/1/refresh", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403


def test_a_thread_that_is_not_here_is_404(client: Client) -> None:
    assert client.post("/thread/x/404/refresh").status_code == 404
    a_thread(3)
    assert client.post("/thread/x/2/refresh").status_code == 404
    assert Thread.objects.count() == 1

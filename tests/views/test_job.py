"""`GET /unroll/<job>`."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.threads import a_thread
from unroller.models import Job

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def a_job(**values: object) -> Job:
    return Job.objects.create(**({"source": "x", "key": "5"} | values))


def test_charlie_sees_how_many_posts_there_are_so_far(client: Client) -> None:
    job = a_job(state=Job.State.RUNNING, posts_seen=37)
    page = client.get(f"/unroll/{job.id}")
    assert page.status_code == 200
    assert b"37 posts so far" in page.content
    assert b'http-equiv="refresh"' in page.content
    assert "no-store" in page["Cache-Control"]


def test_htmx_gets_the_moving_part_alone(client: Client) -> None:
    job = a_job(state=Job.State.RUNNING, posts_seen=2)
    page = client.get(f"/unroll/{job.id}", headers=HTMX).content
    assert b"2 posts so far" in page
    assert b"<html" not in page


def test_a_finished_job_leads_to_the_linked_post(client: Client) -> None:
    job = a_job(state=Job.State.DONE, landing="/thread/x/1#post-5", thread=a_thread(5))
    response = client.get(f"/unroll/{job.id}")
    assert (response.status_code, response["Location"]) == (303, "/thread/x/1#post-5")
    assert client.get(f"/unroll/{job.id}", headers=HTMX)["HX-Redirect"] == "/thread/x/1#post-5"


def test_a_refresh_says_what_it_found(client: Client) -> None:
    outcome = {"added": 2, "edited": 1, "removed": 0}
    values = {"why": Job.Why.REFRESH, "outcome": outcome, "landing": "/thread/x/1", "thread": a_thread(3)}
    page = client.get(f"/unroll/{a_job(state=Job.State.DONE, **values).id}")
    assert page.status_code == 200
    assert b"2 posts added" in page.content
    assert b"1 edited" in page.content
    assert b'href="/thread/x/1"' in page.content


def test_a_refresh_that_found_nothing_says_so(client: Client) -> None:
    values = {"why": Job.Why.REFRESH, "outcome": {"added": 0, "edited": 0, "removed": 0}, "landing": "/thread/x/1"}
    page = client.get(f"/unroll/{a_job(state=Job.State.DONE, thread=a_thread(3), **values).id}")
    assert b"othing" in page.content


def test_a_failure_is_one_sentence_and_a_way_on(client: Client) -> None:
    job = a_job(state=Job.State.FAILED, error="Gone", sentence="This post does not exist.", detail="Traceback secret")
    page = client.get(f"/unroll/{job.id}").content
    assert b"This post does not exist." in page
    assert b'action="/unroll"' in page
    assert b"secret" not in page
    assert b'http-equiv="refresh"' not in page


def test_waiting_for_a_network_says_until_when(client: Client) -> None:
    until = (timezone.now() + timedelta(hours=1)).replace(minute=7)
    job = a_job(state=Job.State.QUEUED, not_before=until, sentence="X asks us to wait before reading more.")
    page = client.get(f"/unroll/{job.id}").content.decode()
    assert "X asks us to wait before reading more." in page
    assert f"{until:%H}:07" in page


def test_a_job_that_never_was_is_404(client: Client) -> None:
    assert client.get(f"/unroll/{uuid4()}").status_code == 404
    assert client.get("/unroll/not-a-uuid").status_code == 404


def test_the_progress_page_asks_one_query(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    job = a_job(state=Job.State.RUNNING, created_at=datetime.now(UTC))
    with django_assert_num_queries(1):
        client.get(f"/unroll/{job.id}", headers=HTMX)

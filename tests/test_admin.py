"""The admin: what an operator can find and do; nobody else gets in."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.operating import an_operator
from tests.threads import a_thread
from unroller.models import Chain, DataExport, Follow, Job, Lookup, Notification, Thread, Watch

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


MODELS = ["thread", "author", "job", "watch", "follow", "notification", "lookup", "dataexport"]


@pytest.mark.parametrize("model", MODELS)
def test_charlie_and_bob_do_not_get_in(client: Client, model: str) -> None:
    assert client.get(f"/admin/unroller/{model}/").status_code == 302
    client.force_login(User.objects.create_user("bob@example.org"))
    assert client.get(f"/admin/unroller/{model}/").status_code == 302


def test_its_pages_bear_the_name_of_the_site(operator: Client) -> None:
    page = operator.get("/admin/").content.decode()
    assert f"{settings.SITE_NAME}, for its operators" in page
    assert "Django" not in page
    assert 'rel="icon"' in page, "else browsers ask for one that is not there"


@pytest.mark.parametrize("model", ["thread", "author", "job"])
def test_lists_are_searchable(operator: Client, model: str) -> None:
    thread = a_thread(3)
    Job.objects.create(source="x", key="1", thread=thread, state=Job.State.FAILED, error="Gone", detail="mara: gone")
    response = operator.get(f"/admin/unroller/{model}/", {"q": "mara"})
    assert response.status_code == 200
    assert b"/change/" in response.content
    assert b"0 results" in operator.get(f"/admin/unroller/{model}/", {"q": "zzz"}).content


def test_a_failed_job_shows_why(operator: Client) -> None:
    job = Job.objects.create(source="x", key="1", state=Job.State.FAILED, error="Broken", detail="Traceback: a bug")
    assert b"Traceback: a bug" in operator.get(f"/admin/unroller/job/{job.id}/change/").content


def test_a_failed_job_can_be_tried_again(operator: Client) -> None:
    job = Job.objects.create(source="x", key="1", link="https://x.com/a/status/1", state=Job.State.FAILED)
    operator.post("/admin/unroller/job/", {"action": "try_again", "_selected_action": [str(job.id)]})
    assert Job.objects.get(state=Job.State.QUEUED).link == job.link


def test_a_thread_can_be_fetched_again_and_removed(operator: Client) -> None:
    thread = a_thread(3)
    operator.post("/admin/unroller/thread/", {"action": "fetch_again", "_selected_action": [thread.id]})
    assert Job.objects.get().why == Job.Why.REFRESH
    sure = {"action": "remove", "_selected_action": [thread.id], "post": "yes", "reason": "threats"}
    operator.post("/admin/unroller/thread/", sure)
    assert Thread.objects.get().document is None
    assert operator.get("/thread/x/1").status_code == 410


def test_nothing_is_edited_by_hand(operator: Client) -> None:
    thread = a_thread(3)
    operator.post(f"/admin/unroller/thread/{thread.id}/change/", {"title": "Forged"})
    thread.refresh_from_db()
    assert thread.title != "Forged"


def test_accounts_are_made_with_an_address(operator: Client) -> None:
    form = {"email": "new@example.org", "password1": "a long password", "password2": "a long password"}
    assert operator.post("/admin/accounts/user/add/", form).status_code == 302
    assert User.objects.filter(email="new@example.org").exists()
    assert operator.post("/admin/accounts/user/add/", form | {"email": "NEW@example.org"}).status_code == 200


@pytest.mark.parametrize("model", ["watch", "follow", "notification", "lookup", "dataexport"])
def test_what_is_known_of_readers_is_shown_and_not_edited(operator: Client, model: str) -> None:
    bob, thread = User.objects.create_user("bob@example.org"), a_thread(3)
    Watch.objects.create(author=thread.author, due_at=timezone.now())
    Follow.objects.create(user=bob, author=thread.author)
    Notification.objects.create(user=bob, thread=thread, due_at=timezone.now())
    Lookup.objects.create(user=bob, text="@maralind", source="x", key="maralind")
    DataExport.objects.create(user=bob)
    found = operator.get(f"/admin/unroller/{model}/", {"q": "bob" if model != "watch" else "mara"})
    assert b"0 results" not in found.content
    assert b"results" in found.content or b"1 result" in found.content
    assert operator.get(f"/admin/unroller/{model}/add/").status_code == 403


def test_an_author_who_asks_is_left_alone_until_they_ask_otherwise(operator: Client) -> None:
    author = a_thread(3).author
    Chain.objects.create(author=author, root="1", keys=["1", "2"], replies=1, quiet_at=timezone.now())
    operator.post("/admin/unroller/author/", {"action": "opt_out", "_selected_action": [author.id]})
    author.refresh_from_db()
    assert author.opted_out
    assert not Chain.objects.exists()
    operator.post("/admin/unroller/author/", {"action": "opt_in", "_selected_action": [author.id]})
    author.refresh_from_db()
    assert not author.opted_out

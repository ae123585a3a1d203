"""`GET` and `POST /unroll`."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from billing.models import Grant
from billing.plans import FREE, Limit
from tests.accounts.signing import a_person, sign_in
from tests.threads import a_thread
from unroller.models import Job

pytestmark = pytest.mark.django_db

LINK = "https://x.com/maralind/status/1700000000000000001"


def test_charlie_pastes_a_link_and_is_sent_to_the_progress_page(client: Client) -> None:
    response = client.post("/unroll", {"url": f"look at this: {LINK}?s=20 "})
    job = Job.objects.get()
    assert response.status_code == 303
    assert response["Location"] == f"/unroll/{job.id}"
    assert (job.source, job.key) == ("x", "1700000000000000001")


def test_the_same_link_twice_is_one_job(client: Client) -> None:
    first = client.post("/unroll", {"url": LINK})
    second = client.post("/unroll", {"url": "1700000000000000001"})
    assert first["Location"] == second["Location"]
    assert Job.objects.count() == 1


def test_a_thread_that_is_here_opens_at_once_at_the_linked_post(client: Client) -> None:
    a_thread(4)
    response = client.post("/unroll", {"url": "https://twitter.com/whoever/status/3/photo/1"})
    assert response.status_code == 303
    assert response["Location"] == "/thread/x/1#post-3"
    assert not Job.objects.exists()


def test_get_fills_the_form_and_starts_nothing(client: Client) -> None:
    response = client.get("/unroll", {"url": LINK})
    assert response.status_code == 200
    page = response.content.decode()
    assert LINK in page
    assert "Press Unroll to fetch this thread." in page
    assert "<button autofocus" in page
    assert "autofocus" not in client.get("/unroll").content.decode()
    assert not Job.objects.exists()


def test_a_bookmark_opens_a_thread_that_is_here(client: Client) -> None:
    thread = a_thread(4)
    response = client.get("/unroll", {"text": "look: https://x.com/whoever/status/3"})
    assert (response.status_code, response["Location"]) == (303, "/thread/x/1#post-3")
    thread.private = True
    thread.save()
    assert client.get("/unroll", {"url": "https://x.com/whoever/status/3"}).status_code == 200
    assert not Job.objects.exists()


def test_a_bookmark_on_any_other_page_says_so(client: Client) -> None:
    response = client.get("/unroll", {"url": "https://example.com/"})
    assert response.status_code == 422
    assert "This is not a link to a post" in response.content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "hello",
        "javascript:alert(1)",
        "https://x.com/maralind",
        "https://bsky.app/profile/alice.example",
        "https://example.com/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "\x00\x01\x02",
        "https://x.com/a/status/" + "9" * 400,
        "x" * 10_000,
        "🧵" * 300,
        "https://[::1",
        "https://x.com/a/status/١٢٣",
    ],
)
def test_bad_input_is_answered_by_one_sentence_and_starts_nothing(client: Client, text: str) -> None:
    response = client.post("/unroll", {"url": text})
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert b"Traceback" not in response.content
    assert not Job.objects.exists()


def test_without_the_field_it_is_bad_input_too(client: Client) -> None:
    assert client.post("/unroll").status_code == 422


def test_what_was_typed_is_shown_again_as_text(client: Client) -> None:
    page = client.post("/unroll", {"url": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert(1)" not in page


def test_another_site_cannot_send_the_form(client: Client) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert client.post("/unroll", {"url": LINK}, headers=headers).status_code == 403
    assert not Job.objects.exists()


def test_our_own_pages_and_tools_without_a_browser_can(client: Client) -> None:
    for headers in ({"Origin": "http://testserver"}, {"Sec-Fetch-Site": "same-origin"}, {}):
        assert client.post("/unroll", {"url": LINK}, headers=headers).status_code == 303


def test_new_unrolls_are_limited_and_threads_that_are_here_are_not(client: Client, settings: Settings) -> None:
    settings.UNROLLS_AN_HOUR = 2
    a_thread(2)
    answers = [client.post("/unroll", {"url": f"170000000000000000{number}"}).status_code for number in range(3)]
    assert answers == [303, 303, 429]
    assert client.post("/unroll", {"url": "https://x.com/a/status/2"}).status_code == 303
    assert client.post("/unroll", {"url": "1700000000000000009"}, REMOTE_ADDR="192.0.2.7").status_code == 303


def test_plans_say_how_many_and_members_are_counted_by_their_account(client: Client, settings: Settings) -> None:
    settings.BILLING_ENABLED = True
    alice = a_person("alice@example.com")
    sign_in(client, alice.email)
    Grant.objects.create(user=alice, starts_at=timezone.now(), reason="pays")
    posts = [str(1700000000000000000 + number) for number in range(FREE.limit(Limit.UNROLLS) + 1)]
    assert {client.post("/unroll", {"url": post}).status_code for post in posts} == {303}
    guest = Client()
    answers = [guest.post("/unroll", {"url": str(int(post) + 1000)}).status_code for post in posts]
    assert answers == [303] * FREE.limit(Limit.UNROLLS) + [429]


def test_a_job_already_open_does_not_count_against_the_limit(client: Client, settings: Settings) -> None:
    settings.UNROLLS_AN_HOUR = 1
    assert client.post("/unroll", {"url": LINK}).status_code == 303
    assert client.post("/unroll", {"url": LINK}).status_code == 303


def test_our_own_address_of_a_thread_opens_it(client: Client, settings: Settings) -> None:
    a_thread(3)
    response = client.post("/unroll", {"url": f"{settings.SITE_URL}/thread/x/2#post-2"})
    assert response["Location"] == "/thread/x/1#post-2"

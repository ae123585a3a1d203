"""Addresses that take forms alone, opened as if they were pages."""

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db

ADDRESS = "/my-authors/unfollow"
HERE = "http://testserver"


@pytest.mark.parametrize("address", ["/library/do", ADDRESS, "/personal/place"])
def test_they_say_so_to_whoever_is_signed_in(client: Client, bob: User, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "This is not a page" in answer.content.decode()
    assert 'href="/"' in answer.content.decode()


def test_they_say_so_to_guests_and_pages_take_no_strange_methods(client: Client) -> None:
    assert "This is not a page" in client.get("/personal/place").content.decode()
    answer = client.delete("/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert "This is not a page" in answer.content.decode()


def test_programs_get_their_own_answer(client: Client) -> None:
    assert "This is not a page" not in client.delete("/api/v1/me").content.decode()


@pytest.mark.parametrize(
    ("referer", "around"),
    [
        (f"{HERE}/private-links?page=2", "/private-links%3Fpage%3D2"),
        ("https://evil.example/private-links", "/account/tokens/1/revoke"),
        ("", "/account/tokens/1/revoke"),
    ],
)
def test_whoever_signs_in_for_a_form_comes_back_to_its_page(client: Client, referer: str, around: str) -> None:
    answer = client.post("/account/tokens/1/revoke", headers={"Referer": referer} if referer else {})
    assert answer["Location"] == f"/accounts/login/?next={around}"


@pytest.mark.parametrize("address", ["/contact", "/authors-rights/ask", "/practice"])
def test_a_form_that_is_out_of_date_is_answered_by_a_page_of_ours(address: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(address, {"text": "Written long ago."})
    assert answer.status_code == 403
    assert "This form is out of date" in answer.content.decode()
    assert 'id="main"' in answer.content.decode()

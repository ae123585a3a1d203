"""`/contact`: anybody writes to us, robots do not, and the answer comes by mail."""

from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from limits import RateLimitItemPerDay
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import limits
from accounts.models import Letter
from tests.follows import a_reader
from tests.operating import address, an_operator, listed
from unroller.actions import contact
from unroller.forms.contact import stamp
from unroller.models import ContactMessage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


@pytest.fixture(autouse=True)
def operators(settings: Settings) -> None:
    settings.CONTACT_EMAIL = "us@site.example"


def fields(**changes: str) -> dict[str, str]:
    """A message by somebody who took their time."""
    with time_machine.travel(timezone.now() - timedelta(minutes=1)):
        begun = stamp()
    given = {"email": "ida@example.org", "subject": "A question", "text": "Where is the harbour?", "begun": begun}
    return given | changes


def test_charlie_writes_and_is_thanked(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        client.get("/contact?about=/thread/x/1")
    answer = client.post("/contact", fields(about="/thread/x/1"))
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert "a person will read it" in client.get("/contact").content.decode()
    message = ContactMessage.objects.get()
    assert (message.email, message.subject, message.about) == ("ida@example.org", "A question", "/thread/x/1")
    letter = Letter.objects.get()
    assert letter.to == "us@site.example"
    for words in (letter.text, letter.html):
        assert "Where is the harbour?" in words
        assert "ida@example.org" in words
        assert f"/admin/unroller/contactmessage/{message.pk}/change/" in words


def test_it_is_kept_where_no_address_is_set(client: Client, settings: Settings) -> None:
    settings.CONTACT_EMAIL = ""
    client.post("/contact", fields())
    assert ContactMessage.objects.count() == 1
    assert not Letter.objects.exists()


def test_a_reader_need_not_type_their_address(client: Client) -> None:
    bob = a_reader("bob")
    client.force_login(bob)
    assert f'value="{bob.email}"' in client.get("/contact").content.decode()
    client.post("/contact", fields())
    assert ContactMessage.objects.get().user == bob


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": ""}, "We need an address to answer to."),
        ({"email": "nobody"}, "valid email address"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "valid email address"),
        ({"subject": " "}, "say what it is about"),
        ({"text": ""}, "still empty"),
        ({"text": "x" * 10_001}, "at most 10000 characters"),
        ({"begun": "forged"}, "open for too long"),
        ({"begun": ""}, "open for too long"),
    ],
)
def test_what_cannot_be_sent_is_said_and_what_was_written_stays(
    client: Client, changes: dict[str, str], sentence: str
) -> None:
    answer = client.post("/contact", fields(**changes))
    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in page
    assert "A question" in page or "subject" in changes
    assert not ContactMessage.objects.exists()


def test_a_form_that_comes_back_at_once_is_a_robots(client: Client) -> None:
    answer = client.post("/contact", fields(begun=stamp()))
    assert "faster than people write" in answer.content.decode()
    assert not ContactMessage.objects.exists()


def test_who_fills_in_the_hidden_field_is_thanked_and_forgotten(client: Client) -> None:
    assert client.post("/contact", fields(website="https://spam.example")).status_code == HTTPStatus.SEE_OTHER
    assert not ContactMessage.objects.exists()


def test_one_address_writes_so_often_a_day(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONTACTS", limits.Limit("contact", RateLimitItemPerDay(1)))
    client.post("/contact", fields())
    answer = client.post("/contact", fields(text="Once more"))
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "Once more" in answer.content.decode()
    assert ContactMessage.objects.count() == 1


def test_a_subject_is_one_line_of_a_mail(client: Client) -> None:
    client.post("/contact", fields(subject="Hello\r\nBcc: everybody@example.org"))
    for letter in Letter.objects.all():
        assert "\n" not in letter.subject
        assert "\r" not in letter.subject


def test_an_operator_answers_by_mail_once(client: Client, settings: Settings) -> None:
    message = contact.write("ida@example.org", "A question", "Where is the <b>harbour</b>?")
    Letter.objects.all().delete()
    operator = an_operator(client)
    place = f"{address(ContactMessage)}{message.pk}/change/"
    assert operator.post(place, {"answer": "Behind the church."}).status_code == HTTPStatus.FOUND
    letter = Letter.objects.get()
    assert (letter.to, letter.subject) == ("ida@example.org", "Re: A question")
    for words in (letter.text, letter.html):
        assert "Behind the church." in words
    assert "&lt;b&gt;harbour" in letter.html
    operator.post(place, {"answer": "Twice"})
    assert Letter.objects.count() == 1
    assert ContactMessage.objects.get().answer == "Behind the church."


def test_two_operators_send_one_answer() -> None:
    message = contact.write("ida@example.org", "A question", "Where?")
    contact.answer(message, "Here.")
    with pytest.raises(contact.AlreadyAnswered):
        contact.answer(message, "There.")


def test_the_admins_list_asks_the_same_for_few_and_many(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    operator = an_operator(client)
    contact.write("ida@example.org", "First", "…")
    with django_assert_num_queries(5):
        assert "First" in listed(operator, ContactMessage)
    for number in range(20):
        contact.write("ida@example.org", f"Number {number}", "…")
    with django_assert_num_queries(5):
        listed(operator, ContactMessage)


def test_what_was_answered_goes_after_a_while() -> None:
    with time_machine.travel(timezone.now() - contact.KEPT - timedelta(minutes=1)):
        contact.answer(contact.write("ida@example.org", "Old", "…"), "Yes.")
        contact.write("ida@example.org", "Old and open", "…")
    contact.answer(contact.write("ida@example.org", "New", "…"), "No.")
    assert contact.tidy() == 1
    assert set(ContactMessage.objects.values_list("subject", flat=True)) == {"Old and open", "New"}


def test_who_mends_a_form_that_came_back_need_not_wait_again(client: Client) -> None:
    refused = client.post("/contact", fields(text=""))
    assert "The message is still empty." in refused.content.decode()
    begun = refused.content.decode().partition('name="begun" value="')[2].partition('"')[0]
    assert client.post("/contact", fields(begun=begun)).status_code == HTTPStatus.SEE_OTHER

"""A thread to a friend: what the mail says, who can end it, and that nobody learns anything about an address."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.follows import a_reader
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.world import World
from tests.sending.post import a_sender, send
from tests.threads import a_thread
from unroller.actions import mailing, parcels, recommending, threads
from unroller.actions.refusals import Refused
from unroller.core.errors import Gone
from unroller.models import Parcel, Recommendation, Refusal, Thread

pytestmark = pytest.mark.django_db

FRIEND = "dora@example.org"


@pytest.fixture
def bob() -> User:
    return a_sender()


def sent(user: User, thread: Thread, address: str = FRIEND, note: str = "") -> list[EmailMultiAlternatives]:
    """The mails that come of asking."""
    recommending.ask(user, thread, address, note=note)
    for parcel in Parcel.objects.all():
        assert send(parcel) is None
    return [mail for mail in django_mail.outbox if isinstance(mail, EmailMultiAlternatives)]


def html(mail: EmailMultiAlternatives) -> str:
    return str(mail.alternatives[0][0])


def test_the_mail_says_who_sent_what_and_how_to_end_it(bob: User, settings: Settings) -> None:
    settings.CONTACT_EMAIL = "help@unroller.example"
    thread = a_thread(3, text="About the sea.\n\nIt is wide.")
    (mail,) = sent(bob, thread, note="Read <b>this</b>,\nit is about us.")
    assert mail.to == [FRIEND]
    assert mail.from_email == settings.DEFAULT_FROM_EMAIL
    assert mail.reply_to == ["help@unroller.example"]
    assert mail.subject == "Bob sends you a thread: About the sea"
    for words in (mail.body, html(mail)):
        assert "Bob" in words
        assert "bob@example.com" not in words
        assert "Mara Lindqvist" in words
        assert "It is wide." in words
        assert "http://localhost:8000/thread/x/1" in words
        assert "This is post 3." not in words
    assert "Read <b>this</b>" in mail.body
    assert "Read &lt;b&gt;this&lt;/b&gt;,<br>it is about us." in html(mail)


def test_the_friend_can_refuse_by_one_click(bob: User) -> None:
    (mail,) = sent(bob, a_thread(3))
    address = mail.extra_headers["List-Unsubscribe"].strip("<>")
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in mail.body
    assert address in html(mail)
    assert FRIEND not in address
    assert recommending.read(address.rpartition("/")[2]) == recommending.digest(FRIEND)


def test_a_sender_without_a_name_is_a_reader(bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(name="")
    (mail,) = sent(bob, a_thread(3))
    assert mail.subject.startswith("A reader sends you a thread")


@pytest.mark.parametrize(
    "note", ["https://evil.example/a", "look: evil.example", "mail me@evil.example", "http://10.0.0.1:80/x?y"]
)
def test_nothing_in_the_line_or_in_a_name_can_be_clicked(bob: User, note: str) -> None:
    User.objects.filter(pk=bob.pk).update(name=f"Bob {note}")
    (mail,) = sent(bob, a_thread(3), note=note)
    for words in (mail.subject, mail.body, html(mail)):
        assert note not in words
        assert "evil.example" not in words
        assert "10.0" not in words
    assert note in mail.body.replace(recommending.JOINER, "")


def test_nothing_of_the_address_stays(bob: User) -> None:
    thread = a_thread(3)
    sent(bob, thread)
    assert not Parcel.objects.exists()
    row = Recommendation.objects.get()
    assert (row.thread, row.address_digest) == (thread, recommending.digest(FRIEND))


def test_a_thread_goes_to_a_friend_once(bob: User) -> None:
    thread = a_thread(3)
    assert len(sent(bob, thread)) == 1
    for address in (FRIEND, FRIEND.upper(), "dora+news@example.org"):
        with pytest.raises(Refused, match="already"):
            recommending.ask(bob, thread, address, note="")
    assert len(sent(bob, a_thread(2, first=50))) == 2


def test_a_friend_who_refused_gets_nothing_and_the_member_is_not_told(bob: User) -> None:
    recommending.refuse(recommending.digest("DORA+x@example.org"))
    assert sent(bob, a_thread(3)) == []
    assert Recommendation.objects.count() == 1


def test_a_refusal_counts_for_mail_that_is_on_its_way(bob: User) -> None:
    recommending.ask(bob, a_thread(3), FRIEND, note="")
    recommending.refuse(recommending.digest(FRIEND))
    assert send(Parcel.objects.get()) is None
    assert django_mail.outbox == []


def test_a_refusal_outlives_whoever_sent_the_mail(bob: User) -> None:
    (mail,) = sent(bob, a_thread(3))
    bob.delete()
    token = mail.extra_headers["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    digest = recommending.read(token)
    assert digest is not None
    recommending.refuse(digest)
    assert sent(a_reader("ann", premium=True), a_thread(2, first=50)) == [mail]


def test_a_token_of_another_key_is_good_while_the_key_is_known(settings: Settings) -> None:
    token = recommending.token(recommending.digest(FRIEND))
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert recommending.read(token) == recommending.digest(FRIEND)
    settings.SECRET_KEY_FALLBACKS = []
    assert recommending.read(token) is None


@pytest.mark.parametrize("change", ["removed", "private", "gone"])
def test_a_thread_that_is_no_longer_public_is_not_sent(bob: User, change: str) -> None:
    thread = a_thread(3)
    recommending.ask(bob, thread, FRIEND, note="")
    parcel = Parcel.objects.get()
    if change == "removed":
        threads.remove(thread, Gone())
    elif change == "private":
        Thread.objects.update(private=True)
    else:
        bob.delete()
    assert send(parcel) is None
    assert django_mail.outbox == []


def test_a_member_sends_twenty_a_day(bob: User) -> None:
    for number in range(20):
        recommending.ask(bob, a_thread(1, first=number * 10 + 1), f"friend{number}@example.org", note="")
    with pytest.raises(Refused, match="20 threads"):
        recommending.ask(bob, a_thread(1, first=900), "one-more@example.org", note="")
    assert Parcel.objects.count() == 20
    recommending.ask(a_reader("ann", premium=True), a_thread(1, first=900), "one-more@example.org", note="")


def test_a_friend_gets_five_a_day_from_everybody_and_nobody_is_told(bob: User) -> None:
    thread = a_thread(3)
    for number in range(7):
        recommending.ask(a_reader(f"reader{number}", premium=True), thread, FRIEND, note="")
    assert (Parcel.objects.count(), Recommendation.objects.count()) == (5, 7)


def test_an_address_that_is_none_is_not_written_to_for_a_year(bob: User, world: World, post_office: PostOffice) -> None:
    world.faults.add("smtp", "error", status=550, path="RCPT", times=1)
    recommending.ask(bob, a_thread(3), FRIEND, note="")
    assert send(Parcel.objects.get()) is None
    recommending.ask(bob, a_thread(2, first=50), FRIEND, note="")
    assert send(Parcel.objects.get()) is None
    assert post_office.total == 0
    with time_machine.travel(timezone.now() + timedelta(days=366), tick=True):
        parcels.tidy()
        assert not Refusal.objects.exists()
        assert not Recommendation.objects.exists()


def test_a_refusal_is_never_tidied_away(bob: User) -> None:
    recommending.refuse(recommending.digest(FRIEND))
    with time_machine.travel(timezone.now() + timedelta(days=4_000), tick=True):
        parcels.tidy()
    assert recommending.is_refused(recommending.digest(FRIEND))


def test_a_mail_server_that_is_away_loses_nothing(bob: User, settings: Settings, post_office: PostOffice) -> None:
    recommending.ask(bob, a_thread(3), FRIEND, note="")
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    parcel = send(Parcel.objects.get())
    assert parcel is not None
    assert parcel.attempts == 0
    settings.EMAIL_PORT = port
    with time_machine.travel(timezone.now() + mailing.AWAY * 2, tick=True):
        assert send(parcel) is None
    assert post_office.total == 1

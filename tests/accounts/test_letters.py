"""Letters: each goes out once, whatever the mail server, the workers and the clock do."""

import uuid

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts import mail
from accounts.actions import letters
from accounts.models import Letter, MailStopped, User
from tests.accounts.letters import counts, later, outcomes, write, write_to_many
from tests.processes import Worker, until
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_letter_arrives_and_its_words_are_forgotten(post_office: PostOffice) -> None:
    mail.send("login_code", "bob@example.com", {"code": "ABC-123"})
    assert letters.deliver_due() == 1
    (arrived,) = post_office.mails("bob@example.com")
    assert "ABC-123" in arrived.text
    assert "ABC-123" in arrived.html
    letter = Letter.objects.get()
    assert (letter.outcome, letter.subject, letter.text, letter.html) == (Letter.Outcome.SENT, "", "", "")
    assert letters.deliver_due() == 0


def test_a_worker_hears_the_bell(sandbox: Sandbox) -> None:
    worker = Worker(sandbox.env(), queues="letters")
    worker.start()
    try:
        mail.send("login_code", "bob@example.com", {"code": "ABC-123"})
        until(lambda: sandbox.world.post.total == 1, what="letter arrived")
    finally:
        worker.kill()


def test_many_letters_go_over_one_connection_with_one_write_for_each(post_office: PostOffice, world: World) -> None:
    write(letters.BATCH * 2)
    with CaptureQueriesContext(connection) as queries:
        assert letters.deliver_due() == letters.BATCH * 2
    updates = [query for query in queries if query["sql"].startswith("UPDATE")]
    assert len(updates) == letters.BATCH * 2 + 2 + 1  # each letter, each batch, and the late ones
    assert len(world.log.of("smtp", "^CONNECT")) == 1
    assert [each.subject for each in post_office.mails()[:3]] == ["Letter 0", "Letter 1", "Letter 2"]


def test_while_the_server_is_away_all_wait_a_minute_and_go_out_then(post_office: PostOffice, world: World) -> None:
    write(3)
    world.faults.add("smtp", "close", path="CONNECT")
    assert letters.deliver_due() == 0
    assert letters.deliver_due() == 0  # not yet
    assert len(world.log.of("smtp", "^CONNECT")) == 1
    with later(minutes=1, seconds=1):
        assert letters.deliver_due() == 3
    assert counts(post_office) == [1, 1, 1]


def test_a_letter_at_which_the_server_always_vanishes_holds_up_nobody(post_office: PostOffice, world: World) -> None:
    world.faults.add("smtp", "close", path="END odd@", times=FOR_EVER)
    write(2, to="odd@example.com")
    write_to_many(5)
    minutes = 0
    while post_office.total < 5:
        minutes += 2
        assert minutes <= 6
        with later(minutes=minutes):
            letters.deliver_due()
    assert sorted(counts(post_office)) == [0, 0, 1, 1, 1, 1, 1]


def test_a_server_that_vanishes_after_taking_a_letter_gets_the_same_one_again(
    post_office: PostOffice, world: World
) -> None:
    write(3)
    world.faults.add("smtp", "keep-and-close", path="END", skip=1)
    assert letters.deliver_due() == 1
    with later(minutes=2):
        assert letters.deliver_due() == 2
    assert sorted(counts(post_office)) == [1, 1, 2]


def test_a_server_that_vanishes_without_taking_a_letter_gets_each_once(post_office: PostOffice, world: World) -> None:
    write(3)
    world.faults.add("smtp", "close", path="END", skip=1)
    letters.deliver_due()
    with later(minutes=2):
        letters.deliver_due()
    assert counts(post_office) == [1, 1, 1]


def test_a_letter_that_is_put_off_waits_longer_each_time_and_holds_up_nobody(
    post_office: PostOffice, world: World
) -> None:
    world.faults.add("smtp", "error", path="RCPT busy@", times=3, status=450)
    write(to="busy@example.com")
    write()
    waits = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            letters.deliver_due()
            busy = Letter.objects.get(to="busy@example.com")
            assert busy.not_before is not None
            assert "450" in busy.error
            waits.append(busy.not_before - timezone.now())
            clock.move_to(busy.not_before)
        letters.deliver_due()
    assert waits == list(letters.BACKOFF[:3])
    assert outcomes() == {Letter.Outcome.SENT}
    assert [each.recipients[0] for each in post_office.mails()] == ["bob@example.com", "busy@example.com"]


def test_an_address_that_does_not_exist_is_told_to_the_account(post_office: PostOffice, world: World) -> None:
    bob = User.objects.create_user("Bob@example.com")
    world.faults.add("smtp", "error", path="RCPT bob@", status=550)
    write(to="bob@example.com")
    letters.deliver_due()
    bob.refresh_from_db()
    assert bob.mail_stopped == MailStopped.BOUNCED
    assert bob.mail_stopped_at is not None
    letter = Letter.objects.get()
    assert (letter.outcome, letter.text) == (Letter.Outcome.REFUSED, "")
    assert "5.1.1" in letter.error


def test_a_refusal_that_is_about_us_stops_nobodys_mail(post_office: PostOffice, world: World) -> None:
    bob = User.objects.create_user("bob@example.com")
    world.faults.add("smtp", "error", path="RCPT bob@", status=554)
    write()
    letters.deliver_due()
    bob.refresh_from_db()
    assert (bob.mail_stopped, outcomes()) == ("", {Letter.Outcome.REFUSED})


@pytest.mark.parametrize(("name", "outcome"), [("note", "refused"), ("login_code", "sent")])
def test_a_stopped_address_gets_only_what_its_owner_asked_for_just_now(
    post_office: PostOffice, name: str, outcome: str
) -> None:
    User.objects.create_user("bob@example.com", mail_stopped=MailStopped.COMPLAINED)
    write(to="Bob@Example.com", name=name)
    letters.deliver_due()
    assert outcomes() == {outcome}
    assert post_office.total == (outcome == "sent")


@pytest.mark.parametrize(
    ("name", "minutes", "outcome"),
    [("login_code", 14, "sent"), ("login_code", 16, "expired"), ("note", 16, "sent"), ("note", 24 * 60 + 1, "expired")],
)
def test_a_letter_that_is_of_no_use_any_more_is_not_sent(
    post_office: PostOffice, name: str, minutes: int, outcome: str
) -> None:
    write(name=name)
    with later(minutes=minutes):
        letters.deliver_due()
    letter = Letter.objects.get()
    assert (letter.outcome, letter.text) == (outcome, "")


def test_a_letter_that_cannot_be_written_holds_up_nobody(post_office: PostOffice) -> None:
    bad, good = write(2)
    Letter.objects.filter(id=bad.id).update(subject="two\nlines")
    assert letters.deliver_due() == 1
    assert post_office.mails()[0].subject == good.subject
    bad.refresh_from_db()
    assert bad.outcome == Letter.Outcome.REFUSED


def test_settled_letters_are_deleted_after_a_month(post_office: PostOffice) -> None:
    write()
    letters.deliver_due()
    write(to="waits@example.com")
    with later(days=29):
        assert letters.tidy() == 0
    with later(days=31):
        assert letters.tidy() == 1
    assert Letter.objects.get().to == "waits@example.com"


def test_a_message_id_is_the_rows_own(post_office: PostOffice, settings: Settings) -> None:
    settings.SITE_URL = "https://wool.example"
    (letter,) = write()
    letters.deliver_due()
    assert post_office.mails()[0].message_id == f"<{uuid.UUID(str(letter.id))}@wool.example>"

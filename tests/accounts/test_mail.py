"""From three templates to a mail: one line, plain text, HTML, and headers that nobody else writes."""

import uuid
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template import TemplateDoesNotExist
from pytest_django import Settings

from accounts import mail
from accounts.models import Letter, User

MESSAGE_ID = uuid.UUID("00000000-0000-4000-8000-000000000001")


@pytest.fixture(autouse=True)
def note(tmp_path: Path, settings: Settings) -> Path:
    """A mail of these tests, and the folder of its templates."""
    folder = tmp_path / "emails"
    folder.mkdir()
    (folder / "note.subject.txt").write_text("{{ who }} says\n   hello\n")
    (folder / "note.txt").write_text(
        '{% extends "emails/base.txt" %}{% block body %}{{ who }}\n{% if who %}\n\n\n{% endif %}Bye.{% endblock %}'
    )
    (folder / "note.html").write_text('{% extends "emails/base.html" %}{% block body %}<p>{{ who }}</p>{% endblock %}')
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    return folder


def written(who: str, **headers: str) -> EmailMultiAlternatives:
    return mail.message("note", "bob@example.com", {"who": who}, message_id=MESSAGE_ID, headers=headers)


def test_a_mail_has_text_and_html_and_the_sites_name(settings: Settings) -> None:
    settings.SITE_NAME, settings.SITE_URL = "Wool", "https://wool.example"
    message = written("Ada")
    html = str(message.alternatives[0][0])
    assert message.subject == "Ada says hello"
    for words in (str(message.body), html):
        assert "Ada" in words
        assert "Wool" in words
        assert "https://wool.example/" in words


def test_plain_text_is_not_escaped_and_html_is() -> None:
    message = written("Q & <b>A</b>")
    assert message.subject == "Q & <b>A</b> says hello"
    assert str(message.body).startswith("Q & <b>A</b>\n")
    assert "<p>Q &amp; &lt;b&gt;A&lt;/b&gt;</p>" in str(message.alternatives[0][0])


def test_plain_text_has_no_rows_of_empty_lines() -> None:
    assert str(written("Ada").body).startswith("Ada\n\nBye.\n\n--\n")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0", "\x85", "\u2028", "\x0b"])
def test_a_subject_stays_one_line_whatever_a_name_holds(end: str) -> None:
    message = written(f"Ada{end}Bcc: all@example.com")
    assert message.subject == "Ada Bcc: all@example.com says hello"
    assert message.message()["Bcc"] is None


def test_a_long_subject_is_cut() -> None:
    subject = str(written("word " * 100).subject)
    assert len(subject) <= mail.LONGEST_SUBJECT
    assert subject.endswith("…")


def test_emoji_that_are_joined_stay_whole() -> None:
    assert str(written("👩‍👩‍👧").subject).startswith("👩‍👩‍👧 says")


def test_the_same_id_makes_the_same_mail(settings: Settings) -> None:
    settings.SITE_URL = "https://wool.example:8443"
    first, second = written("Ada").message(), written("Ada").message()
    assert first["Message-ID"] == second["Message-ID"] == f"<{MESSAGE_ID}@wool.example>"


def test_machines_are_told_that_a_machine_wrote_it() -> None:
    assert written("Ada").message()["Auto-Submitted"] == "auto-generated"


def test_a_caller_adds_headers() -> None:
    message = written("Ada", **{"List-Unsubscribe": "<https://wool.example/u>"}).message()
    assert message["List-Unsubscribe"] == "<https://wool.example/u>"


def test_answers_go_to_the_contact_when_there_is_one(settings: Settings) -> None:
    settings.CONTACT_EMAIL = ""
    assert written("Ada").message()["Reply-To"] is None
    settings.CONTACT_EMAIL = "us@wool.example"
    message = written("Ada")
    assert message.message()["Reply-To"] == "us@wool.example"
    assert "us@wool.example" in str(message.body)


@pytest.mark.django_db
def test_a_letter_is_kept_in_the_callers_transaction() -> None:
    bob = User.objects.create_user("bob@example.com")
    with transaction.atomic():
        mail.send("note", bob.email, {"who": "Ada"}, user=bob)
        transaction.set_rollback(True)
    assert not Letter.objects.exists()


@pytest.mark.django_db
def test_a_letter_is_the_same_mail_at_every_try() -> None:
    letter = mail.send("note", "bob@example.com", {"who": "Ada"})
    kept = Letter.objects.get()
    first, second = mail.message_of(letter).message(), mail.message_of(kept).message()
    assert first["Message-ID"] == second["Message-ID"]
    assert str(letter.id) in first["Message-ID"]
    assert first["Date"] == second["Date"]
    assert abs(parsedate_to_datetime(first["Date"]) - letter.created_at).total_seconds() < 1


@pytest.mark.django_db
def test_a_name_without_templates_is_a_mistake() -> None:
    with pytest.raises(TemplateDoesNotExist):
        mail.send("nonsense", "bob@example.com", {})


EMAILS = Path(__file__).resolve().parent.parent.parent / "templates" / "emails"
NAMES = sorted(path.name.removesuffix(".subject.txt") for path in EMAILS.glob("*.subject.txt"))


@pytest.mark.parametrize("name", NAMES)
def test_every_mail_has_three_templates_in_the_sites_frame(name: str) -> None:
    for kind in ("txt", "html"):
        assert (EMAILS / f"{name}.{kind}").read_text().startswith(f'{{% extends "emails/base.{kind}" %}}')


@pytest.mark.parametrize("path", sorted(EMAILS.glob("*.html")), ids=lambda path: path.name)
def test_a_mail_loads_nothing_and_runs_nothing(path: Path) -> None:
    markup = path.read_text().lower()
    for word in ("<img", "<script", "<link", "<iframe", "url(", "@import", " src=", " onclick"):
        assert word not in markup


def test_every_letter_that_is_asked_for_exists() -> None:
    assert set(NAMES) >= mail.ASKED_FOR

"""The one door out for e-mail: three templates become a letter that waits in a row, or a mail to be sent now.

`emails/<name>.subject.txt`, `.txt` and `.html`; the last two extend `emails/base.txt` and `emails/base.html`, which
have the blocks `body` and `footer`. Nothing is escaped in the first two: they are plain text, whatever a value holds.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template import Context, Engine
from django.utils import timezone
from django.utils.text import Truncator

from accounts.bell import ring
from accounts.models import Letter, User

LONGEST_SUBJECT = 200
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
TURNS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls of direction: one that nothing closes would turn around what stands beside it."""
ASKED_FOR = frozenset({"account_already_exists", "email_confirmation", "login_code", "unknown_account"})
"""Letters that somebody waits for in front of a screen: they go to stopped addresses too, and are of no use later."""
LIFETIME, LIFETIME_ASKED_FOR = timedelta(days=1), timedelta(minutes=15)


class Words(NamedTuple):
    """What a mail says: one line, plain text, and HTML."""

    subject: str
    text: str
    html: str


def send(name: str, to: str, context: Mapping[str, Any], *, user: User | None = None) -> Letter:
    """Keep a letter in the caller's transaction; a worker sends it after the commit.

    `user` is whose letter it is, if anybody's. Raises TemplateDoesNotExist for a name without templates.
    """
    words = rendered(name, context)
    letter = Letter.objects.create(name=name, user=user, to=to, **words._asdict())
    transaction.on_commit(lambda: ring("accounts.deliver"), robust=True)
    return letter


def message(
    name: str, to: str, context: Mapping[str, Any], *, message_id: UUID, headers: Mapping[str, str] | None = None
) -> EmailMultiAlternatives:
    """The mail itself, for what waits in rows of its own. The same `message_id` makes it the same mail."""
    return _message(rendered(name, context), to, message_id=message_id, written_at=timezone.now(), headers=headers)


def message_of(letter: Letter) -> EmailMultiAlternatives:
    """The mail that a letter is, at every try the same."""
    words = Words(letter.subject, letter.text, letter.html)
    return _message(words, letter.to, message_id=letter.id, written_at=letter.created_at)


def rendered(name: str, context: Mapping[str, Any]) -> Words:
    """The words of a mail. Raises TemplateDoesNotExist."""
    engine = Engine.get_default()
    values = {
        **context,
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "CONTACT_EMAIL": settings.CONTACT_EMAIL,
    }
    subject = engine.get_template(f"emails/{name}.subject.txt").render(Context(values, autoescape=False))
    text = engine.get_template(f"emails/{name}.txt").render(Context(values, autoescape=False))
    html = engine.get_template(f"emails/{name}.html").render(Context(values))
    return Words(_one_line(subject), _tidy(text), html.strip() + "\n")


def _message(
    words: Words,
    to: str,
    *,
    message_id: UUID,
    written_at: datetime,
    headers: Mapping[str, str] | None = None,
) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        words.subject,
        words.text,
        to=[to],
        reply_to=[settings.CONTACT_EMAIL] if settings.CONTACT_EMAIL else None,
        headers={
            "Message-ID": f"<{message_id}@{urlsplit(settings.SITE_URL).hostname}>",
            "Date": format_datetime(written_at),
            "Auto-Submitted": "auto-generated",
            **(headers or {}),
        },
    )
    mail.attach_alternative(words.html, "text/html")
    return mail


def _one_line(text: str) -> str:
    """A subject: without line breaks and what else could end a header, or turn it around, and not too long."""
    return Truncator(" ".join(TURNS.sub("", CONTROLS.sub(" ", text)).split())).chars(LONGEST_SUBJECT)


def _tidy(text: str) -> str:
    """Plain text without the empty lines that template tags leave behind."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"

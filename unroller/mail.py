"""The mails about threads, one function for each."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts import mail
from accounts.mail import message
from accounts.models import Letter, User
from unroller.core.names import file_name
from unroller.kept import Room
from unroller.models import Author, Case, Claim, ContactMessage, LibraryExport, Parcel, Report, Shelf, Thread
from unroller.printing import BLANK_ADDRESS, Edition

COPIES_END = "copies_end"
WAITING = "waiting"
MOST_THREADS = 50
"""In one mail. The rest is counted: My Authors has them all."""
MOST_NAMES = 3
"""In a subject."""
MOST_EDITIONS = 200
"""Kept by a press; digests are rarely alike."""
BLANK_MESSAGE, BLANK_ALL = uuid4(), uuid4()
BLANKS = tuple(uuid4() for _ in range(MOST_THREADS))
"""For each author in a mail, where the token goes that ends the mail about them."""


class Group(NamedTuple):
    """The new threads of one author, the newest first. `token` ends the mail about them."""

    author: Author
    token: UUID
    threads: tuple[Thread, ...]


class Shown(NamedTuple):
    """A thread as a mail shows it."""

    text: str
    html: SafeString


class Press:
    """Makes many mails. Whatever several readers get alike is made once: a thread, and the whole of a mail."""

    def __init__(self) -> None:
        self._shown: dict[tuple[int, int], Shown] = {}
        self._editions: dict[object, Edition] = {}

    def new_threads(
        self, to: str, groups: tuple[Group, ...], *, message_id: UUID, stop_all: UUID
    ) -> EmailMultiAlternatives:
        """What is new from authors whom a reader follows. `stop_all` ends all mail of this kind.

        The one button that mail programs show (RFC 8058) stops what the mail is about: one author, or all of it.
        """
        about = tuple((thread.pk, thread.version) for group in groups for thread in group.threads)
        edition = self._editions.get(about)
        if edition is None:
            if len(self._editions) >= MOST_EDITIONS:
                self._editions.clear()
            edition = self._editions[about] = self._new_threads(groups)
        tokens = zip(BLANKS, (group.token for group in groups), strict=False)
        return edition.copy(to, {BLANK_MESSAGE: message_id, BLANK_ALL: stop_all, **dict(tokens)})

    def _new_threads(self, groups: tuple[Group, ...]) -> Edition:
        single = groups[0].author if len(groups) == 1 else None
        count = sum(len(group.threads) for group in groups)
        context = {
            "count": count,
            "unshown": count - min(count, MOST_THREADS),
            "groups": self._groups(groups),
            "single": single,
            "first": groups[0].threads[0],
            "named": [group.author for group in groups[:MOST_NAMES]],
            "unnamed": max(0, len(groups) - MOST_NAMES),
            "stop_all": stop_address(BLANK_ALL),
        }
        headers = {
            "List-Unsubscribe": f"<{stop_address(BLANKS[0] if single else BLANK_ALL)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": f"New threads <new-threads.{urlsplit(settings.SITE_URL).hostname}>",
        }
        made = message("new_threads", BLANK_ADDRESS, context, message_id=BLANK_MESSAGE, headers=headers)
        return Edition(made, (BLANK_MESSAGE, BLANK_ALL, *BLANKS[: len(groups)]))

    def _groups(self, groups: tuple[Group, ...]) -> list[dict[str, object]]:
        """As many as a mail holds, with blanks for their tokens."""
        room = MOST_THREADS
        found: list[dict[str, object]] = []
        for blank, group in zip(BLANKS, groups, strict=False):
            threads = [self._show(thread) for thread in group.threads[:room]]
            room -= len(threads)
            if threads:
                found.append({"author": group.author, "stop": stop_address(blank), "threads": threads})
        return found

    def _show(self, thread: Thread) -> Shown:
        key = (thread.pk, thread.version)
        if key not in self._shown:
            context = {"thread": thread, "SITE_URL": settings.SITE_URL}
            text, html = (render_to_string(f"emails/_new_thread.{kind}", context).strip() for kind in ("txt", "html"))
            self._shown[key] = Shown(text, SafeString(html))  # nosec B703  # rendered with escaping
        return self._shown[key]


def stop_address(token: UUID) -> str:
    """Where mail is stopped: by its button, and by the button of mail programs."""
    return settings.SITE_URL + reverse("stop-mail", args=[token])


def library_ready(export: LibraryExport, *, parts: int, days: int) -> Letter:
    """A library as files can be taken: its first part, or all of it. Kept in the caller's transaction."""
    context = {
        "export": export,
        "parts": parts,
        "left_out": len(export.left_out),
        "days": days,
        "url": settings.SITE_URL + reverse("library-exports"),
    }
    return mail.send("library_ready", export.user.email, context, user=export.user)


def copies_end(user: User, room: Room) -> Letter:
    """Premium has ended, and what was kept goes soon. Kept in the caller's transaction."""
    context = {"room": room, "url": settings.SITE_URL + reverse("premium")}
    return mail.send(COPIES_END, user.email, context, user=user)


def thread_for_you(parcel: Parcel, thread: Thread, *, sender: str, note: str, token: str) -> EmailMultiAlternatives:
    """A thread that a reader sends to a friend. `sender` is their name, or nothing; `token` lets the friend refuse."""
    refuse = settings.SITE_URL + reverse("refuse-mail", args=[token])
    context = {"thread": thread, "sender": sender, "note": note, "refuse": refuse}
    headers = _one_click(refuse)
    return message("thread_for_you", parcel.to, context, message_id=parcel.pk, headers=headers)


def for_kindle(parcel: Parcel, thread: Thread, *, name: str, book: bytes) -> EmailMultiAlternatives:
    """A thread as a book, `name` being its file's. Only who looks why it came back reads the words of this mail."""
    mail = message("for_kindle", parcel.to, {"thread": thread}, message_id=parcel.pk)
    return _with_book(mail, name, book)


def weekly_book(
    parcel: Parcel, threads: Sequence[Thread], *, title: str, book: bytes, shelf: Shelf
) -> EmailMultiAlternatives:
    """The weekly book, to a mailbox or to a Kindle."""
    is_kindle = shelf.weekly == Shelf.Weekly.KINDLE
    stop = settings.SITE_URL + reverse("stop-weekly", args=[shelf.stop_token])
    context = {
        "title": title,
        "threads": threads,
        "sentence": parcel.sentence,
        "plain": parcel.plain,
        "stop": stop,
        "is_kindle": is_kindle,
    }
    mail = message("weekly_book", parcel.to, context, message_id=parcel.pk, headers=_one_click(stop))
    name = file_name(settings.SITE_NAME, parcel.created_at, title="weekly", ending="epub")
    return _with_book(mail, name, book) if is_kindle else _attached(mail, name, book)


def _one_click(address: str) -> dict[str, str]:
    """The button that mail programs show (RFC 8058)."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _with_book(mail: EmailMultiAlternatives, name: str, book: bytes) -> EmailMultiAlternatives:
    """To a Kindle: from the address that its owner approved."""
    mail.from_email = settings.KINDLE_FROM
    return _attached(mail, name, book)


def _attached(mail: EmailMultiAlternatives, name: str, book: bytes) -> EmailMultiAlternatives:
    mail.attach(name, book, "application/epub+zip")
    return mail


def contact_message(message: ContactMessage) -> Letter:
    """A visitor wrote to us: for the operators."""
    url = settings.SITE_URL + reverse("admin:unroller_contactmessage_change", args=[message.pk])
    return mail.send("contact_message", settings.CONTACT_EMAIL, {"message": message, "url": url})


def waiting(*, wishes: int, messages: int, reports: int) -> Letter:
    """So many wait for an operator."""
    context = {
        "total": wishes + messages + reports,
        "reports": reports,
        "reports_url": settings.SITE_URL + reverse("admin:unroller_case_changelist"),
        "wishes": wishes,
        "messages": messages,
        "wishes_url": settings.SITE_URL + reverse("admin:unroller_claim_changelist") + "?turn=ours",
        "messages_url": settings.SITE_URL
        + reverse("admin:unroller_contactmessage_changelist")
        + "?answered_at__isempty=1",
    }
    return mail.send(WAITING, settings.CONTACT_EMAIL, context)


def contact_answer(message: ContactMessage) -> Letter:
    """Our answer to what somebody wrote."""
    context = {"message": message, "url": settings.SITE_URL + reverse("contact")}
    return mail.send("contact_answer", message.email, context, user=message.user)


def author_asked(row: Claim, secret: str) -> Letter:
    """An author without an account asks for something: their code, and the address of their page."""
    url = settings.SITE_URL + reverse("asked-as-author", args=[secret])
    return mail.send("author_asked", row.email, {"claim": row, "url": url})


def author_wish_done(row: Claim) -> Letter:
    """What an author asked for is done."""
    return mail.send(
        "author_wish_done", row.email, {"claim": row, "url": settings.SITE_URL + reverse("authors-rights")}
    )


def report_decided(report: Report, case: Case, *, is_here: bool) -> Letter:
    """What became of something that somebody reported, for who left an address; and whether it is still here."""
    context = {"report": report, "case": case, "is_here": is_here, "url": settings.SITE_URL + reverse("contact")}
    return mail.send("report_decided", report.email, context, user=report.user)


def author_moderated(user: User, author: Author, *, what: str, reason: str, title: str, is_here: bool) -> Letter:
    """What operators decided about somebody's threads here, for an author whom we know. `what` is one of
    Case.Decision, `shown` or `lifted`; then readers may find it at once, or not yet."""
    context = {"author": author, "what": what, "reason": reason, "title": title, "is_here": is_here}
    return mail.send(
        "author_moderated", user.email, {**context, "url": settings.SITE_URL + reverse("contact")}, user=user
    )


def author_wish_refused(row: Claim, words: str) -> Letter:
    """What an author asked for is not done, and why."""
    url = settings.SITE_URL + reverse("contact")
    return mail.send("author_wish_refused", row.email, {"claim": row, "words": words, "url": url})

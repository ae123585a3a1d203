"""How fast mails go out, from rows that are due to rows that are settled, into an SMTP server on loopback."""

import random
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter
from urllib.parse import urlsplit

from django.test.utils import override_settings
from django.utils import timezone

from accounts.models import User
from tests.bench.threads import WORDS
from tests.threads import a_thread
from unroller.actions import announcing, claims, digests, notifying
from unroller.core.posts import Person
from unroller.mail import Press
from unroller.models import Author, Cadence, Follow, Notification, Reader, Thread

READERS = 2_000
ROUNDS = 3
CATCH = """
import sys
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
with Sandbox(World()) as sandbox:
    print(sandbox.urls()["smtp"], flush=True)
    sys.stdin.read()
"""


def measure() -> Iterator[str]:
    """A line for mails about one thread, and one for digests of which hardly two are alike. The two take turns."""
    with (
        _server() as (host, port),
        override_settings(EMAIL_BACKEND="accounts.backends.Smtp", EMAIL_HOST=host, EMAIL_PORT=port),
    ):
        for name, authors, followed, aim in (("mails", 1, 1, "; at least 0.7"), ("digests", 20, 5, "")):
            _prepare(authors, followed)
            mails, bare, ours = _prebuilt(), 0.0, 0.0
            for _ in range(ROUNDS):
                bare += _bare(host, port, mails)
                ours += _ours()
            yield f"{name}: {ROUNDS * READERS / ours:,.0f} mails/s ({bare / ours:.2f} to A BARE LOOP{aim})"


@contextmanager
def _server() -> Iterator[tuple[str, int]]:
    """The sandbox's post office in a process of its own, so that it shares no lock with us."""
    server = subprocess.Popen([sys.executable, "-c", CATCH], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    address = urlsplit(server.stdout.readline().strip())
    try:
        yield address.hostname or "", address.port or 0
    finally:
        server.terminate()
        server.wait()


def _prepare(authors: int, followed: int) -> None:
    """Readers who follow `followed` of so many authors each, and a new thread by every author, due now."""
    Thread.objects.all().delete()
    User.objects.all().delete()
    Author.objects.all().delete()
    for number in range(1, authors + 1):
        person = Person(id=str(number), handle=f"author{number}", name=f"Author {number}", url="https://x.com/author")
        a_thread(12, first=1000 * number, author=person, text=f"{number}. {WORDS}")
    users = User.objects.bulk_create(User(email=f"reader{number}@example.com") for number in range(READERS))
    Reader.objects.bulk_create(Reader(user=user) for user in users)
    chance, rows = random.Random(1), list(Author.objects.all())
    Follow.objects.bulk_create(
        Follow(user=user, author=author, cadence=Cadence.INSTANT)
        for user in users
        for author in chance.sample(rows, followed)
    )
    Thread.objects.update(posted_at=timezone.now(), changed_at=timezone.now() + timedelta(hours=1))
    for thread in Thread.objects.all():
        announcing.announce(str(thread.id))


def _prebuilt() -> list[tuple[str, bytes]]:
    """The same mails as bytes, and their addresses."""
    press, built = Press(), []
    while batch := claims.claim():
        for digest in digests.sort(batch.claims).digests:
            mail = press.new_threads(
                digest.address, digest.groups, message_id=digest.claim.message, stop_all=digest.stop_all
            )
            built.append((digest.address, mail.message().as_bytes(linesep="\r\n")))
    return built


def _bare(host: str, port: int, mails: list[tuple[str, bytes]]) -> float:
    """Seconds for nothing but SMTP, over one connection."""
    with smtplib.SMTP(host, port) as connection:
        start = perf_counter()
        for address, words in mails:
            connection.sendmail("unroller@example.com", [address], words)
        return perf_counter() - start


def _ours() -> float:
    """Seconds for the whole way: claimed, made, sent, settled."""
    Notification.objects.update(settled_at=None, outcome="", leased_until=None, message=None, attempts=0)
    start, sent = perf_counter(), 0
    while Notification.objects.filter(settled_at=None).exists():
        sent += notifying.send_due()
    if sent != READERS:
        raise RuntimeError(f"{sent} mails to {READERS} readers")
    return perf_counter() - start

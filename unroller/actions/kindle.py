"""A thread to a reader's Kindle: its EPUB, as an attachment, from the one address that they approved at Amazon."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from accounts import limits
from accounts.leases import Held
from accounts.models import User
from unroller import mail
from unroller.actions import books, parcels, taking, thread_files, threads
from unroller.actions.books import TooLarge
from unroller.actions.parcels import QUEUE, Ended, Later
from unroller.actions.refusals import Refused
from unroller.core.names import file_name
from unroller.core.posts import Thread as Content
from unroller.exports.wording import author, heading, network
from unroller.exports.workshop import Failed
from unroller.models import Parcel, Shelf, Thread, ThreadFile

MOST_BYTES = 25_000_000
WAIT_SECONDS = 2.0
LOOK_AGAIN = timedelta(seconds=10)

GONE = "The thread was removed before it could be sent."
TOO_LARGE = "The thread makes a book that is too large for a mail, even without its pictures."
NO_KINDLE = "Tell us the address of your Kindle first."
TOO_MANY = "You can send {most} threads to your Kindle within a day. Please go on tomorrow."
USED_UP = (
    f"X allows a reader {limits.X_POSTS_INTO_FILES.item.amount} of its posts a day in files, and these are used up. "
    "Please try again tomorrow."
)


def address(user: User) -> str:
    """Of a reader's Kindle; empty when we know none."""
    return Shelf.objects.filter(user=user).values_list("kindle", flat=True).first() or ""


def settle(user: User, kindle: str) -> None:
    """Where a reader's books go from now on."""
    Shelf.objects.update_or_create(user=user, defaults={"kindle": kindle})


def bounced(address: str) -> None:
    """There is no such address: nothing is sent there until its reader enters it again."""
    Shelf.objects.filter(kindle__iexact=address).update(kindle="")


def ask(user: User, thread: Thread) -> Parcel:
    """Have a thread sent to a reader's Kindle; one that is on its way already is not sent again. Raises Refused.

    X's posts are counted here, where the reader can be told that they are used up.
    """
    to = address(user)
    if not to:
        raise Refused(NO_KINDLE)
    open_one = Parcel.objects.filter(user=user, thread=thread, kind=Parcel.Kind.KINDLE, finished_at=None).first()
    if open_one is not None:
        return open_one
    if not limits.spend(limits.KINDLE_BOOKS, taking.account(user)):
        most = limits.current(limits.KINDLE_BOOKS, taking.account(user)).amount
        raise Refused(TOO_MANY.format(most=most))
    if taking.take(thread, taking.account(user)):
        raise Refused(USED_UP)
    return parcels.put(user, Parcel.Kind.KINDLE, to, thread=thread)


def again(parcel: Parcel) -> bool:
    """Send a thread once more that could not be sent, as the same mail; False where that is not to be.

    It is not when its reader has no Kindle any more, asked for it again, or has used up X's posts for today.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(id=parcel.user_id)
        mine = Parcel.objects.filter(user=user, kind=Parcel.Kind.KINDLE)
        row = mine.filter(pk=parcel.pk, sent=False, finished_at__isnull=False).first()
        to = address(user) if user.is_active else ""
        if row is None or not to or mine.filter(thread=row.thread, finished_at=None).exists():
            return False
        if row.thread is None or taking.take(row.thread, taking.account(user)):
            return False
        parcels.reopen(row, to)
    return True


def mail_of(held: Held[Parcel], folder: Path) -> EmailMultiAlternatives:
    """The mail with the book. Raises Later, Ended and LostLease."""
    thread = held.row.thread
    content = threads.content(thread) if thread else None
    if thread is None or content is None:
        raise Ended(GONE)
    content = taking.allowed(content)
    book = _plain(held, thread, content, folder) if held.row.plain else _book(thread)
    if len(book) > MOST_BYTES:
        book = _plain(held, thread, content, folder)
    name = file_name(thread.author.handle or thread.source, thread.posted_at, title=thread.title, ending="epub")
    return mail.for_kindle(held.row, thread, name=name, book=book)


def _book(thread: Thread) -> bytes:
    """The thread's own file. Its worker was told to make it; this one does not wait for long."""
    file = thread_files.find(thread, ThreadFile.Kind.EPUB) or thread_files.ask(thread, ThreadFile.Kind.EPUB)
    thread_files.wait(file, WAIT_SECONDS)
    if file.finished_at is None:
        raise Later(LOOK_AGAIN)
    if not thread_files.is_made(file):
        raise Ended(file.sentence)
    stored = thread_files.opened(file)
    if stored is None:  # the storage lost it
        thread_files.again(file)
        raise Later(LOOK_AGAIN)
    with stored:
        return bytes(stored.read(MOST_BYTES + 1))


def _plain(held: Held[Parcel], thread: Thread, content: Content, folder: Path) -> bytes:
    """The same without pictures. Raises Ended and LostLease."""
    chapters = [(content, settings.SITE_URL + thread.get_absolute_url())]
    lines = (author(content), f"A thread on {network(content)}")
    QUEUE.renew(held, plain=True)
    held.row.plain = True
    try:
        found = books.bind(
            chapters,
            folder,
            title=heading(content),
            lines=lines,
            most=MOST_BYTES,
            tell=lambda *_: QUEUE.renew(held),
            plain=True,
        )
    except (TooLarge, Failed) as error:
        raise Ended(TOO_LARGE) from error
    return found.read_bytes()

"""Parcels for tests: who sends what, and what arrived."""

import io
import zipfile
from email.message import EmailMessage

from accounts.models import User
from tests.follows import a_reader
from tests.sandbox.mail.post import Mail
from tests.threads import a_thread
from unroller.actions import kindle, library, mailing, thread_files
from unroller.core.posts import Person
from unroller.models import Parcel, Thread, ThreadFile

ANA = Person(id="did:plc:ana", handle="ana.example", name="Ana", url="https://bsky.app/profile/ana.example")
KINDLE = "bob@kindle.com"


def a_sender(name: str = "bob") -> User:
    """A member with a name and a Kindle."""
    user = a_reader(name, premium=True)
    user.name = name.title()
    user.save()
    kindle.settle(user, f"{name}@kindle.com")
    return user


def keep(user: User, count: int, *, first: int = 1, source: str = "bluesky", posts: int = 1) -> list[Thread]:
    """So many saved threads, each a thousand posts after the one before."""
    found = []
    for number in range(first, first + count * 1_000, 1_000):
        changes = {"author": ANA} if source == "bluesky" else {}
        found.append(a_thread(posts, first=number, source=source, text=f"About {number}.", **changes))
        library.save(user, found[-1])
    return found


def with_file(thread: Thread) -> Thread:
    """A thread whose EPUB is there already."""
    thread_files.run(str(thread_files.ask(thread, ThreadFile.Kind.EPUB).pk))
    return thread


def send(parcel: Parcel) -> Parcel | None:
    """What a worker does with a parcel, and what is left of it."""
    mailing.run(str(parcel.pk))
    return Parcel.objects.filter(pk=parcel.pk).first()


def book(mail: Mail | EmailMessage) -> dict[str, str]:
    """The words of the book in a mail, file by file."""
    message = mail.message if isinstance(mail, Mail) else mail
    (part,) = message.iter_attachments()
    assert part.get_content_type() == "application/epub+zip"
    with zipfile.ZipFile(io.BytesIO(part.get_content())) as archive:
        assert archive.testzip() is None
        assert archive.read("mimetype") == b"application/epub+zip"
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


def words(mail: Mail | EmailMessage) -> str:
    """Of all its chapters."""
    return " ".join(text for name, text in book(mail).items() if name.endswith(".xhtml"))

"""People who follow and are followed, for tests."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from billing.models import Grant
from tests.threads import a_thread
from unroller.core.posts import Person
from unroller.models import Author, Thread


def a_reader(name: str = "bob", *, premium: bool = False) -> User:
    """Somebody with an account."""
    user = User.objects.create_user(f"{name}@example.com")
    if premium:
        Grant.objects.create(user=user, starts_at=timezone.now() - timedelta(days=1), reason="alice pays")
    return user


def an_author(name: str, /, **values: object) -> Author:
    """Somebody on X without threads here."""
    described = {"handle": name, "name": name.title(), "url": f"https://x.com/{name}"}
    return Author.objects.create(**({"source": "x", "network_id": f"id-of-{name}"} | described | values))


def met(*authors: Author) -> None:
    """A thread of theirs was here once: everybody may know of them, and nobody needs to look them up."""
    now = timezone.now()
    gone = {"removed": "Gone", "posted_at": now, "changed_at": now, "fetched_at": now}
    Thread.objects.bulk_create(
        Thread(source=author.source, path=f"gone-{author.id}", author=author, **gone) for author in authors
    )


def many_authors(count: int, *, prefix: str = "author") -> list[Author]:
    """Authors on X without threads."""
    return Author.objects.bulk_create(
        Author(
            source="x", network_id=f"{prefix}-{n}", handle=f"{prefix}{n}", name=f"{prefix} {n}", url="https://x.com/"
        )
        for n in range(count)
    )


def wrote(author: Author, number: int, *, days_ago: float = 0) -> Thread:
    """A thread of an author that came here some days ago."""
    person = Person(id=author.network_id, handle=author.handle, name=author.name, url=author.url)
    thread = a_thread(3, first=number, author=person, text=f"Thread {number} of {author.name}.")
    Thread.objects.filter(id=thread.id).update(created_at=timezone.now() - timedelta(days=days_ago))
    thread.refresh_from_db()
    return thread

"""What somebody keeps, sends and lets others see, as plain data for the file of their own data. No secret is in it."""

from collections.abc import Iterator

from django.db.models import F

from accounts.models import Ban, Token, User
from accounts.personal import AT_ONCE, Facts, rows
from unroller import asked
from unroller.models import (
    Archive,
    ArchivedThread,
    Blog,
    BlogPost,
    Bundled,
    Claim,
    ContactMessage,
    Copies,
    FileGift,
    Integration,
    Parcel,
    PrivateLink,
    Profile,
    Recommendation,
    Report,
    Saved,
    Shelf,
)


def tokens(user: User) -> Iterator[Facts]:
    """Tokens of the API, by their names."""
    found = Token.objects.filter(user=user).order_by("id")
    return rows(found.values("name", "scope", "hint", "created_at", "used_at"))


def kept(user: User) -> Iterator[Facts]:
    """Threads whose pictures and video are kept here."""
    found = Saved.objects.filter(user=user, copies=Copies.KEPT).order_by("id")
    path = {"source": F("thread__source"), "path": F("thread__path")}
    until = F("user__keeper__ends_at")
    return rows(found.values("saved_at", **path, bytes=F("thread__keeping__size"), until=until))


def private_links(user: User) -> Iterator[Facts]:
    """Private links, without their addresses, which open what they lead to."""
    found = PrivateLink.objects.filter(user=user).order_by("created_at")
    return rows(found.values("created_at", "expires_at", source=F("thread__source"), path=F("thread__path")))


def file_gifts(user: User) -> Iterator[Facts]:
    """Files that a friend may take, or took."""
    found = FileGift.objects.filter(user=user).order_by("created_at")
    times = ("created_at", "expires_at", "taken_at")
    return rows(found.values("kind", *times, source=F("thread__source"), path=F("thread__path")))


def shelf(user: User) -> Iterator[Facts]:
    """Where books go, and how often."""
    return rows(Shelf.objects.filter(user=user).values("kindle", "weekly", "weekly_at"))


def parcels(user: User) -> Iterator[Facts]:
    """Books that were mailed, and mail to friends. A friend's address is kept until the mail is sent."""
    found = Parcel.objects.filter(user=user).order_by("created_at")
    return rows(found.values("kind", "to", "note", "created_at", "finished_at", "sent", "sentence"))


def bundled(user: User) -> Iterator[Facts]:
    """Threads that were in weekly books."""
    found = Bundled.objects.filter(user=user).order_by("id")
    return rows(found.values(source=F("thread__source"), path=F("thread__path")))


def recommendations(user: User) -> Iterator[Facts]:
    """Threads that were sent to friends. Their addresses are not kept."""
    found = Recommendation.objects.filter(user=user).order_by("id")
    return rows(found.values("created_at", source=F("thread__source"), path=F("thread__path")))


def integrations(user: User) -> Iterator[Facts]:
    """Other services that are told of the library."""
    found = Integration.objects.filter(user=user).order_by("id")
    return rows(found.values("kind", "url", "created_at", "told_at", "failures", "sentence", "stopped_at"))


def requests(user: User) -> Iterator[Facts]:
    """Links that were pasted, as they were."""
    return rows(asked.requests(user).order_by("id").values("link", "created_at"))


def mentions(user: User) -> Iterator[Facts]:
    """What the bot was asked for, by accounts on networks that are the person's."""
    found = asked.mentions(user).order_by("created_at")
    kept = ("source", "key", "asker_id", "asker_handle", "target", "state", "reason", "words", "answer_key")
    return rows(found.values(*kept, "written_at", "created_at", "finished_at"))


def archives(user: User) -> Iterator[Facts]:
    """Zips of X that were brought, and what became of them. The zips themselves are not kept."""
    found = Archive.objects.filter(user=user).order_by("created_at")
    kept = ("name", "size", "received", "account_id", "handle", "is_public", "state", "report", "sentence")
    return rows(found.values(*kept, "created_at", "arrived_at", "finished_at"))


def archived_threads(user: User) -> Iterator[Facts]:
    """Threads that came out of them, with the words of those that nobody else reads."""
    found = ArchivedThread.objects.filter(user=user).select_related("thread").order_by("id")
    for row in found.iterator(AT_ONCE):
        thread = row.thread
        words = thread.document if thread.private else None
        yield {"source": thread.source, "path": thread.path, "title": thread.title, "private": thread.private} | {
            "words": words,
            "created_at": row.created_at,
        }


def profiles(user: User) -> Iterator[Facts]:
    """Profiles on networks that the person proved to be theirs."""
    found = Profile.objects.filter(user=user).order_by("id")
    return rows(found.values("proof", "proved_at", network=F("author__source"), handle=F("author__handle")))


def blogs(user: User) -> Iterator[Facts]:
    """Blogs that the person connected."""
    found = Blog.objects.filter(user=user).order_by("id")
    return rows(found.values("address", "micropub_endpoint", "media_endpoint", "sentence", "connected_at"))


def blog_posts(user: User) -> Iterator[Facts]:
    """Threads that the person published there."""
    found = BlogPost.objects.filter(blog__user=user).order_by("created_at")
    about = {"blog_address": F("blog__address"), "source": F("thread__source"), "path": F("thread__path")}
    return rows(found.values("url", "draft", "state", "sentence", "created_at", "asked_at", "finished_at", **about))


def claims(user: User) -> Iterator[Facts]:
    """Profiles that the person said are theirs."""
    found = Claim.objects.filter(user=user).order_by("created_at")
    return rows(found.values("text", "source", "post_link", "state", "proof", "sentence", "created_at", "finished_at"))


def reports(user: User) -> Iterator[Facts]:
    """Pages that the person reported, and what was decided."""
    found = Report.objects.filter(user=user).order_by("created_at")
    names = ("reason", "words", "email", "created_at")
    return rows(found.values("id", *names, decided_at=F("case__decided_at"), decision=F("case__decision")))


def bans(user: User) -> Iterator[Facts]:
    """That operators banned the account, and why."""
    return rows(Ban.objects.filter(user=user).values("reason", "created_at"))


def contact_messages(user: User) -> Iterator[Facts]:
    """What the person wrote to us while they were signed in, and our answers."""
    found = ContactMessage.objects.filter(user=user).order_by("created_at")
    return rows(found.values("email", "subject", "text", "about", "created_at", "answer", "answered_at"))

"""From what an address names to an object, or 404: the only way a view gets one."""

import re
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404

from accounts import security
from accounts.models import User
from accounts.security import Event
from unroller import asked, profiles, published, queries, unguessable
from unroller.models import (
    Archive,
    Author,
    Blog,
    BlogPost,
    Claim,
    DataExport,
    Delivery,
    FileGift,
    Follow,
    Highlight,
    Integration,
    LibraryImport,
    LibraryPart,
    Lookup,
    Member,
    Mention,
    PrivateLink,
    Profile,
    Reader,
    Request,
    Saved,
    Thread,
    ThreadFile,
)
from unroller.sources.base import PostRef

THREAD_PAGE = re.compile(r"/thread/(x|bluesky|mastodon)/([^?#\x00-\x20]{1,512}?)/?(?:[?#].*)?", re.DOTALL)
AUTHOR_PAGE = re.compile(r"/author/(x|bluesky|mastodon)/([\w.@:-]{1,300})(?:[?#].*)?", re.DOTALL)
Row = TypeVar("Row", bound=Model)


def member(source: str, path: str) -> Member:
    """A post's place by its address below /thread/."""
    found = queries.member(PostRef(source, path))
    if found is None:
        raise Http404("this thread is not here")
    return found


def thread(source: str, path: str) -> Thread:
    """A thread by its own address; other posts' addresses do not count here. A private one has none."""
    return _found(
        Thread.objects.select_related("author").filter(source=source, path=path, private=False),
        "this thread is not here",
    )


def author(source: str, handle: str) -> Author:
    """A listed author."""
    found = queries.author(source, handle)
    if found is None:
        raise Http404("no threads of this author are here")
    return found


def reported(page: str) -> Thread | Author:
    """The thread or the author that a path of this site shows to everybody; for any post of a thread, the thread."""
    if found := THREAD_PAGE.fullmatch(page):
        return member(found[1], found[2]).thread
    if found := AUTHOR_PAGE.fullmatch(page):
        return author(found[1], found[2])
    raise Http404("this page cannot be reported")


def follow(user: User, author_id: str) -> Follow:
    """A reader's own follow, by the author's id in a form."""
    number = int(author_id) if author_id.isascii() and author_id.isdecimal() and len(author_id) < 19 else 0
    return _own(
        user,
        Follow.objects.select_related("author", "user").filter(user=user, author_id=number),
        "you do not follow this author",
    )


def lookup(user: User, lookup_id: UUID) -> Lookup:
    """A reader's own lookup."""
    return _own(
        user, Lookup.objects.select_related("author").filter(user=user, id=lookup_id), "nothing was looked up here"
    )


def reader(feed_token: UUID) -> Reader:
    """Whose personal feed a secret opens."""
    return _found(
        Reader.objects.select_related("user").filter(feed_token=feed_token, user__is_active=True), "no feed is here"
    )


def data_export(user: User, export_id: UUID) -> DataExport:
    """A person's own file of their data."""
    return _own(user, DataExport.objects.filter(user=user, id=export_id), "no file is here")


def saved(user: User, saved_id: int) -> Saved:
    """A thread in a reader's own library."""
    return _own(
        user,
        Saved.objects.select_related("thread__author", "user").filter(user=user, id=_small(saved_id)),
        "this thread is not in your library",
    )


def highlight(user: User, highlight_id: int) -> Highlight:
    """A reader's own highlight."""
    mine = Highlight.objects.select_related("thread__author", "user")
    return _own(user, mine.filter(user=user, id=_small(highlight_id)), "no such highlight of yours is here")


def thread_file(file_id: UUID) -> ThreadFile:
    """A file of a thread; whether somebody may take it is for the view to ask."""
    return _found(
        ThreadFile.objects.select_related("thread__author").filter(id=file_id, thread__private=False), "no file is here"
    )


def library_import(user: User, import_id: UUID) -> LibraryImport:
    """A list that a reader brought."""
    return _own(user, LibraryImport.objects.filter(user=user, id=import_id), "no list of yours is here")


def library_part(user: User, export_id: UUID, number: int) -> LibraryPart:
    """A part of a reader's own library as files."""
    return _own(
        user, LibraryPart.objects.filter(export__user=user, export=export_id, number=_small(number)), "no file is here"
    )


def private_link(secret: str) -> PrivateLink:
    """What a private link's address opens, for whoever has it."""
    links = queries.private_links().select_related("thread__author", "job__thread__author").defer("job__recording")
    return _found(links.filter(digest=unguessable.digest(secret)), "this link has ended")


def own_private_link(user: User, link_id: UUID) -> PrivateLink:
    """A reader's own private link."""
    return _own(user, queries.private_links().filter(user=user, id=link_id), "no such link of yours is here")


def own_private_thread(user: User, thread_id: int) -> Thread:
    """A private thread that a reader may read by themselves."""
    mine = queries.own_private_threads(user).select_related("author")
    return _own(user, mine.filter(id=_small(thread_id)), "this thread is not here")


def file_gift(secret: str) -> FileGift:
    """What a friend was given, by its address."""
    gifts = queries.file_gifts().select_related("thread__author")
    return _found(
        gifts.filter(digest=unguessable.digest(secret), thread__private=False), "this gift is not here any more"
    )


def own_file_gift(user: User, gift_id: UUID) -> FileGift:
    """A gift that a reader made."""
    return _own(user, queries.file_gifts().filter(user=user, id=gift_id), "no such gift of yours is here")


def integration(user: User, integration_id: int) -> Integration:
    """A service that a reader connected."""
    return _own(
        user, Integration.objects.filter(user=user, id=_small(integration_id)), "no such service of yours is here"
    )


def delivery(user: User, delivery_id: UUID) -> Delivery:
    """What a reader's service was told."""
    return _own(user, Delivery.objects.filter(integration__user=user, id=delivery_id), "nothing of this kind was told")


def archive(user: User, archive_id: UUID) -> Archive:
    """A zip of X that a reader brought."""
    mine = Archive.objects.select_related("user")
    return _own(user, mine.filter(user=user, id=archive_id), "no archive of yours is here")


def request(user: User, request_id: int) -> Request:
    """A link that a reader pasted."""
    return _own(user, asked.requests(user).filter(id=_small(request_id)), "no such request of yours is here")


def mention(user: User, mention_id: UUID) -> Mention:
    """What a reader asked the bot for."""
    return _own(user, asked.mentions(user).filter(id=mention_id), "no such request of yours is here")


def claim(user: User, claim_id: UUID) -> Claim:
    """What a reader says is theirs."""
    return _own(user, Claim.objects.filter(user=user, id=claim_id), "no claim of yours is here")


def wish(secret: str) -> Claim:
    """What an author without an account asked for, for whoever has its address."""
    return _found(profiles.wishes().filter(digest=unguessable.digest(secret)), "nothing was asked for here")


def profile(user: User, profile_id: int) -> Profile:
    """A profile that a reader proved to be theirs."""
    mine = Profile.objects.select_related("author", "user")
    return _own(user, mine.filter(user=user, id=_small(profile_id)), "no profile of yours is here")


def own_thread(profile: Profile, thread_id: int) -> Thread:
    """A thread of the author that a reader proved to be, with its words here."""
    return _found(published.own_threads(profile).filter(id=_small(thread_id)), "no thread of yours is here")


def blog(user: User, blog_id: int) -> Blog:
    """A reader's own blog."""
    return _own(user, Blog.objects.filter(user=user, id=_small(blog_id)), "no blog of yours is here")


def blog_post(user: User, post_id: UUID) -> BlogPost:
    """A thread on a reader's own blog, or on its way there."""
    return _own(user, published.posts(user).filter(id=post_id), "nothing of yours was published here")


def _found(rows: QuerySet[Row], missing: str) -> Row:
    """The one row that an address names. Raises Http404, with the sentence for who reads it, where there is none."""
    row = rows.first()
    if row is None:
        raise Http404(missing)
    return row


def _own(user: User, rows: QuerySet[Row], missing: str) -> Row:
    """The same of what belongs to somebody. It is asked for together with its owner, so what is another's looks like
    what is not there; who tries many numbers is seen in the log."""
    try:
        return _found(rows, missing)
    except Http404:
        security.note(Event.NOT_FOUND, user.pk)
        raise


def _small(number: int) -> int:
    """A number that fits a column; anything else names nothing."""
    return number if number < 2**31 else 0

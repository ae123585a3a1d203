"""Authors whom one follows: listed, followed by handle or link, told about otherwise, unfollowed."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from ninja import Field, Query, Router, Schema, Status

from accounts.models import User
from unroller import access, my_authors, queries
from unroller.actions import follows, lookups
from unroller.api import bodies, shapes
from unroller.api.asking import Asked
from unroller.api.paging import Key, Paging, lead_on, page
from unroller.api.problems import CONFLICT, TOO_MANY, Problem, in_field
from unroller.api.shapes import Followed, Lookup
from unroller.core.errors import UnrollError
from unroller.models import Cadence, Follow
from unroller.models import Lookup as LookupRow

router = Router(tags=["Authors"])
NEWEST = (Key("created_at", descending=True), Key("id", descending=True))
AN_HOUR = "3600"


class Sifting(Paging):
    """Which authors are listed."""

    q: str = Field("", max_length=200, description="Only with this in name or handle.", examples=[""])
    unread: bool = Field(False, description="Only those with threads that you have not opened.")


class Authors(Schema):
    """A page of authors."""

    items: list[Followed]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


@router.get("/authors", response=Authors, summary="Authors you follow", operation_id="list_authors")
def list_authors(request: Asked, response: HttpResponse, sifting: Query[Sifting]) -> Authors:
    """The one followed last comes first."""
    name = sifting.q.replace("\x00", "").strip().lstrip("@")
    rows = my_authors.followed(request.token.user, name=name, unread_only=sifting.unread)
    found = page(rows, NEWEST, sifting, of="authors")
    lead_on(request, response, found.next)
    return Authors(items=[_told(row) for row in found.rows], next=found.next)


@router.post(
    "/authors",
    response={200: Followed, 201: Followed, 202: Lookup},
    summary="Follow an author",
    operation_id="follow_author",
)
def follow_author(request: Asked, response: HttpResponse, payload: bodies.Follow) -> Status[Followed] | Status[Lookup]:
    """201 with `Location` when you follow them from now on, 200 when you did already. When nobody here knows who that
    is, 202: we are asking the network, `Location` is where to ask how far that is, and once it is done, follow again
    (with another Idempotency-Key, if you send one)."""
    user = request.token.user
    lookup = _asked(user, payload.author)
    if lookup.state == LookupRow.State.QUEUED:
        response["Location"] = shapes.absolute(reverse("api-1:get_lookup", args=[lookup.pk]))
        return Status(HTTPStatus.ACCEPTED, _lookup(lookup))
    if lookup.author is None or lookup.state == LookupRow.State.FAILED:
        raise Problem(CONFLICT, lookup.sentence)
    was_followed = queries.follow(user, lookup.author) is not None
    follows.follow(user, lookup.author, Cadence(payload.cadence))
    response["Location"] = shapes.absolute(reverse("api-1:get_author", args=[lookup.author.pk]))
    status = HTTPStatus.OK if was_followed else HTTPStatus.CREATED
    return Status(status, _followed(user, lookup.author.pk))


@router.get("/authors/{int:author_id}", response=Followed, summary="An author you follow", operation_id="get_author")
def get_author(request: Asked, author_id: int) -> Followed:
    """One of them."""
    return _followed(request.token.user, author_id)


@router.patch("/authors/{int:author_id}", response=Followed, summary="Be told otherwise", operation_id="change_author")
def change_author(request: Asked, author_id: int, payload: bodies.FollowChange) -> Followed:
    """About this author's new threads, from now on."""
    follows.set_cadence(access.follow(request.token.user, str(author_id)), Cadence(payload.cadence))
    return _followed(request.token.user, author_id)


@router.delete(
    "/authors/{int:author_id}", response={204: None}, summary="Unfollow an author", operation_id="unfollow_author"
)
def unfollow_author(request: Asked, author_id: int) -> Status[None]:
    """You are told of nothing new of theirs."""
    row = access.follow(request.token.user, str(author_id))
    follows.unfollow(request.token.user, row.author)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.get("/lookups/{uuid:lookup_id}", response=Lookup, summary="How far a look-up is", operation_id="get_lookup")
def get_lookup(request: Asked, lookup_id: UUID) -> Lookup:
    """Who an author is that you asked to follow."""
    return _lookup(access.lookup(request.token.user, lookup_id))


def _asked(user: User, text: str) -> LookupRow:
    try:
        return lookups.ask(user, text)
    except lookups.TooMany as error:
        raise Problem(TOO_MANY, error.for_reader, headers={"Retry-After": AN_HOUR}) from error
    except UnrollError as error:
        raise in_field("author", error.for_reader) from error


def _followed(user: User, author_id: int) -> Followed:
    access.follow(user, str(author_id))
    return _told(my_authors.followed(user).get(author_id=author_id))


def _told(row: Follow) -> Followed:
    cadence: Any = row.cadence
    return Followed(
        author=shapes.person(row.author),
        cadence=cadence,
        followed_at=row.created_at,
        unread=row.unread,  # type: ignore[attr-defined]  # annotated by `followed`
        trouble=my_authors.trouble(row.author) or None,
    )


def _lookup(row: LookupRow) -> Lookup:
    state: Any = row.state
    author = shapes.person(row.author) if row.author else None
    return Lookup(id=row.pk, state=state, text=row.text, detail=row.sentence or None, author=author)

"""The library: saved threads, listed and sifted, saved, described, taken out."""

from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.urls import reverse
from ninja import Field, Query, Router, Schema, Status

from accounts.models import User
from billing.plans import Feature
from unroller import access
from unroller import library as reads
from unroller.actions import library
from unroller.api import shapes, unrolls
from unroller.api.asking import Asked, need
from unroller.api.bodies import FAR, Save, SavedChange
from unroller.api.paging import Key, Page, Paging, lead_on, page
from unroller.api.problems import in_field
from unroller.api.shapes import Readable, Saved, Source, Unroll
from unroller.core import tags as tagging
from unroller.library import Show, Sift, Sort
from unroller.models import Saved as Row
from unroller.models import Thread

router = Router(tags=["Library"])
NEWEST = Key("id", descending=True)
POSTED = Key("thread__posted_at", descending=True)
KEYS: dict[Sort, tuple[Key, ...]] = {
    Sort.NEWEST: (Key("saved_at", descending=True), NEWEST),
    Sort.OLDEST: (Key("saved_at"), Key("id")),
    Sort.POSTED: (POSTED, NEWEST),
    Sort.AUTHOR: (Key(Lower("thread__author__name")), Key("thread__author"), POSTED, NEWEST),
    Sort.LENGTH: (Key("thread__word_count"), NEWEST),
    Sort.TITLE: (Key(Lower("thread__title")), NEWEST),
}
"""The orders of unroller.library, as cursors need them."""
ONE_OF_TWO = "Send either thread or url."


class Sifting(Paging):
    """What of a library is listed, and in which order."""

    show: Show = Field(Show.ALL, description="Which part of the library.")
    tag: str = Field("", max_length=200, description="Only with this tag.", examples=[""])
    author: int = Field(0, ge=0, le=FAR, description="Only by this author, by id.", examples=[0])
    source: Source | None = Field(None, description="Only from this network.", examples=[None])
    q: str = Field("", max_length=200, description="Only with this in title or author.", examples=[""])
    sort: Sort = Field(Sort.NEWEST, description="The order.")

    def sift(self) -> Sift:
        """As the page has it."""
        words = self.q.replace("\x00", "").strip()
        return Sift(self.show, tagging.clean(self.tag), self.author, self.source or "", words, self.sort)


class Library(Schema):
    """A page of a library."""

    items: list[Saved]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


@router.get("/library", response=Library, summary="Your library", operation_id="list_library")
def list_library(request: Asked, response: HttpResponse, sifting: Query[Sifting]) -> Library:
    """What you saved, sifted and sorted."""
    user = request.token.user
    rows = reads.found(user, sifting.sift())
    found: Page[Row] = page(rows, KEYS[sifting.sort], sifting, of=f"library {sifting.sort}")
    lead_on(request, response, found.next)
    return Library(items=_shapes(user, found.rows), next=found.next)


@router.post(
    "/library", response={200: Saved, 201: Saved, 202: Unroll}, summary="Save a thread", operation_id="save_thread"
)
def save_thread(request: Asked, response: HttpResponse, payload: Save) -> Status[Saved] | Status[Unroll]:
    """201 with `Location` when it is saved; 200 when it was there already: its note and its place stay, tags are
    united. A `url` whose thread is not here is unrolled first: 202, and once that is done, save it again."""
    user = request.token.user
    thread, job = _meant(request, payload)
    if thread is None:
        response["Location"] = unrolls.location(job)
        return Status(HTTPStatus.ACCEPTED, unrolls.shape(job, shapes.readable_for(user)))
    if payload.tags or payload.note:
        need(request, Feature.LIBRARY_TOOLS)
    was_there = reads.saved(user, thread) is not None
    given = payload.model_dump(include={"tags", "note", "favorite", "archived"})
    row = library.save(user, thread, **given)
    response["Location"] = shapes.absolute(reverse("api-1:get_saved", args=[row.pk]))
    return Status(HTTPStatus.OK if was_there else HTTPStatus.CREATED, _shape(user, row.pk))


@router.get("/library/{int:saved_id}", response=Saved, summary="A saved thread", operation_id="get_saved")
def get_saved(request: Asked, saved_id: int) -> Saved:
    """One thread of your library."""
    return _shape(request.token.user, saved_id)


@router.patch("/library/{int:saved_id}", response=Saved, summary="Describe a thread", operation_id="change_saved")
def change_saved(request: Asked, saved_id: int, payload: SavedChange) -> Saved:
    """Give it tags and a note, mark it as a favorite, put it into the archive, or take it back."""
    row = access.saved(request.token.user, saved_id)
    given = payload.model_dump(exclude_unset=True)
    if given.get("tags") or given.get("note"):
        need(request, Feature.LIBRARY_TOOLS)
    only = reads.chosen(request.token.user, [row.pk])
    with transaction.atomic():
        if {"tags", "note"} & given.keys():
            library.describe(row, tags=given.get("tags", row.tags), note=given.get("note", row.note))
        if "favorite" in given:
            library.favor(only, favorite=given["favorite"])
        if "archived" in given:
            (library.archive if given["archived"] else library.unarchive)(only)
    return _shape(request.token.user, saved_id)


@router.delete(
    "/library/{int:saved_id}", response={204: None}, summary="Take a thread out", operation_id="delete_saved"
)
def delete_saved(request: Asked, saved_id: int) -> Status[None]:
    """Its tags and its note go, too; highlights stay."""
    row = access.saved(request.token.user, saved_id)
    library.remove(reads.chosen(request.token.user, [row.pk]))
    return Status(HTTPStatus.NO_CONTENT, None)


def _meant(request: Asked, payload: Save) -> tuple[Thread | None, Any]:
    """The thread that is to be saved, or the job that fetches it. Raises Problem, Http404."""
    if (payload.thread is None) == (payload.url is None):
        raise in_field("thread", ONE_OF_TWO)
    if payload.url is not None:
        return unrolls.found_or_asked(request, payload.url, field="url", saves=True)
    thread = access.thread(*shapes.address_of(payload.thread or ""))
    if thread.removed:
        raise unrolls.gone(thread)
    return thread, None


def _shape(user: User, saved_id: int) -> Saved:
    return _shapes(user, [access.saved(user, saved_id)])[0]


def _shapes(user: User, rows: list[Row]) -> list[Saved]:
    readable = shapes.readable_for(user)
    return [_told(each, readable) for each in reads.rows(user, rows)]


def _told(row: reads.Row, readable: Readable) -> Saved:
    kept = row.saved
    return Saved(
        id=kept.pk,
        thread=shapes.thread(kept.thread, readable),
        saved_at=kept.saved_at,
        changed_at=kept.changed_at,
        archived=kept.archived_at is not None,
        favorite=kept.favorite,
        tags=kept.tags,
        note=kept.note,
        place=row.place,
    )

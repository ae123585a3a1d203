"""Highlights: passages that one marked, with color and note."""

from http import HTTPStatus

from django.http import HttpResponse
from django.urls import reverse
from ninja import Field, Query, Router, Schema, Status

from accounts.models import User
from billing.plans import Feature
from unroller import access, highlighted, models
from unroller.actions import highlights
from unroller.actions.highlights import NoSuchPost
from unroller.api import shapes
from unroller.api.asking import Asked, need
from unroller.api.bodies import HighlightChange, Mark
from unroller.api.paging import Key, Paging, lead_on, page
from unroller.api.problems import in_field
from unroller.api.shapes import Color, Highlight

router = Router(tags=["Highlights"])
NEWEST = (Key("created_at", descending=True), Key("id", descending=True))
NO_POST = "There is no such post in this thread."
WHERE = "Only with this in the note or the passage; of threads of X in the note alone, unless they are your own."


class Sifting(Paging):
    """Which highlights are listed."""

    q: str = Field("", max_length=200, description=WHERE, examples=[""])
    color: Color | None = Field(None, description="Only of this color.", examples=[None])
    thread: str = Field("", max_length=600, description="Only of this thread, by its id.", examples=[""])


class Highlights(Schema):
    """A page of highlights."""

    items: list[Highlight]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


@router.get("/highlights", response=Highlights, summary="Your highlights", operation_id="list_highlights")
def list_highlights(request: Asked, response: HttpResponse, sifting: Query[Sifting]) -> Highlights:
    """The one made last comes first."""
    user = request.token.user
    sift = {"words": sifting.q, "thread": sifting.thread}
    plain = {name: text.replace("\x00", "").strip() for name, text in sift.items()}
    readable = shapes.readable_passages(user) if plain["words"] else highlighted.ALL
    rows = highlighted.of(user, color=sifting.color or "", readable=readable, **plain)
    found = page(rows, NEWEST, sifting, of="highlights")
    lead_on(request, response, found.next)
    return Highlights(items=_shapes(user, [row.pk for row in found.rows]), next=found.next)


@router.post("/highlights", response={201: Highlight}, summary="Highlight a passage", operation_id="add_highlight")
def add_highlight(request: Asked, response: HttpResponse, payload: Mark) -> Status[Highlight]:
    """Its thread is saved, too. A passage that is marked already gets the new color and note. 409 when these words are
    not in the post, 422 when the thread has no such post."""
    need(request, Feature.LIBRARY_TOOLS)
    user = request.token.user
    thread = access.thread(*shapes.address_of(payload.thread))
    given = payload.model_dump(include={"post_id", "start", "quote", "note"})
    try:
        row = highlights.add(user, thread, **given, length=len(payload.quote), color=models.Color(payload.color))
    except NoSuchPost as error:
        raise in_field("post_id", NO_POST) from error
    response["Location"] = shapes.absolute(reverse("api-1:get_highlight", args=[row.pk]))
    return Status(HTTPStatus.CREATED, _shapes(user, [row.pk])[0])


@router.get("/highlights/{int:highlight_id}", response=Highlight, summary="A highlight", operation_id="get_highlight")
def get_highlight(request: Asked, highlight_id: int) -> Highlight:
    """One of yours."""
    user = request.token.user
    return _shapes(user, [access.highlight(user, highlight_id).pk])[0]


@router.patch(
    "/highlights/{int:highlight_id}", response=Highlight, summary="Change a highlight", operation_id="change_highlight"
)
def change_highlight(request: Asked, highlight_id: int, payload: HighlightChange) -> Highlight:
    """Its color, its note, or both."""
    user = request.token.user
    row = access.highlight(user, highlight_id)
    given = payload.model_dump(exclude_unset=True)
    if "color" in given or given.get("note"):
        need(request, Feature.LIBRARY_TOOLS)
    if "note" in given:
        highlights.annotate(row, given["note"])
    if "color" in given:
        highlights.recolor(row, models.Color(given["color"]))
    return _shapes(user, [row.pk])[0]


@router.delete(
    "/highlights/{int:highlight_id}",
    response={204: None},
    summary="Remove a highlight",
    operation_id="delete_highlight",
)
def delete_highlight(request: Asked, highlight_id: int) -> Status[None]:
    """Its note goes, too."""
    highlights.remove(access.highlight(request.token.user, highlight_id))
    return Status(HTTPStatus.NO_CONTENT, None)


def _shapes(user: User, ids: list[int]) -> list[Highlight]:
    """Highlights by their ids, in their order; five queries for any number."""
    readable = shapes.readable_for(user)
    threads: dict[int, shapes.Thread] = {}
    told: dict[int, Highlight] = {}
    for group in highlighted.groups(ids):
        about = threads.setdefault(group.thread.pk, shapes.thread(group.thread, readable))
        for shown in group.shown:
            told[shown.highlight.pk] = _told(shown, about, words=readable(group.thread))
    return [told[each] for each in ids if each in told]


def _told(shown: highlighted.Shown, about: shapes.Thread, *, words: bool) -> Highlight:
    row = shown.highlight
    return Highlight(
        id=row.pk,
        thread=about,
        post_id=row.post_id,
        start=row.start,
        length=row.length,
        quote=shown.words if words else None,
        color=row.color,  # type: ignore[arg-type]  # the column's choices
        note=row.note,
        url=shapes.absolute(shown.address),
        created_at=row.created_at,
        changed_at=row.changed_at,
        lost_at=row.lost_at,
    )

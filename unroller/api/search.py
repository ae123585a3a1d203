"""Full-text search over public threads, and over one's library."""

from typing import Literal

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from accounts import limits
from billing.plans import Feature
from unroller import searching
from unroller.api import shapes
from unroller.api.asking import Asked, need
from unroller.api.paging import CURSOR, closed, lead_on, opened
from unroller.api.problems import TOO_MANY, Problem, in_parameter
from unroller.api.shapes import Readable, Thread
from unroller.core.search_terms import Wanted, parse

router = Router(tags=["Search"])
MANY = "These are many searches in one minute. Wait as long as Retry-After says."


class Asking(Schema):
    """The question."""

    q: str = Field(
        max_length=300,
        description="Words, “phrases”, -exclusions, OR, author:, network:, before:, after:, and tag: in the library.",
        examples=["bread"],
    )
    where: Literal["public", "library"] = Field("public", alias="in", description="Where to look.")
    cursor: str | None = CURSOR


class Found(Schema):
    """A thread that answers."""

    thread: Thread
    snippet: str | None = Field(description="Where it answers, in plain words; null for threads of X, as said above.")
    own: list[str] = Field(
        description="Tags, notes and highlights of yours that answer; no highlights in threads of X, as said above.",
        examples=[[]],
    )


class Answers(Schema):
    """A page of them, 20 at most, the best first."""

    items: list[Found]
    total: int = Field(description="All that were ranked, 1,000 at most.")
    next: str | None = Field(description="The cursor of the next page; null at the end.")


@router.get("/search", response=Answers, summary="Search", operation_id="search", by_alias=True)
def search(request: Asked, response: HttpResponse, asking: Query[Asking]) -> Answers:
    """The same search as on the page, with the same language. Pages hold 20; there are 50 at most."""
    wanted = _wanted(asking)
    if asking.where == "library":
        need(request, Feature.LIBRARY_TOOLS)
    name = f"search {asking.where} {asking.q}"
    number = opened(asking.cursor, name)[0] if asking.cursor is not None else 1
    _spend(request)
    user = request.token.user
    in_library = asking.where == "library"
    page = searching.library(user, wanted, number) if in_library else searching.public(wanted, number)
    cursor = closed([page.next_number], name) if page.next_number else None
    lead_on(request, response, cursor)
    readable = shapes.readable_for(user)
    return Answers(items=[_told(result, readable) for result in page.results], total=page.total, next=cursor)


def _wanted(asking: Asking) -> Wanted:
    """The question, taken apart. Raises Problem."""
    wanted = parse(asking.q.replace("\x00", " "))
    if problem := searching.problem(wanted, in_library=asking.where == "library"):
        raise in_parameter("q", problem)
    return wanted


def _spend(request: Asked) -> None:
    who = f"person {request.token.user.pk}"
    is_allowed = limits.spend(limits.SEARCHES, who)
    left = request.used["searches"] = limits.left(limits.SEARCHES, who)
    if not is_allowed:
        raise Problem(TOO_MANY, MANY, headers={"Retry-After": str(max(1, left.seconds))})


def _told(result: searching.Result, readable: Readable) -> Found:
    words = readable(result.thread)
    snippet = result.snippet if words else None
    return Found(
        thread=shapes.thread(result.thread, readable),
        snippet="".join(part.text for part in snippet.parts) if snippet else None,
        own=["".join(part.text for part in own.parts) for own in result.own if words or not own.is_passage],
    )

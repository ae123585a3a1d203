"""Threads that are here: one of them, and those of an author."""

from django.http import HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from accounts import limits
from unroller import access, queries
from unroller.actions import taking, threads
from unroller.api import shapes
from unroller.api.asking import Asked
from unroller.api.paging import Key, Paging, lead_on, page
from unroller.api.problems import TOO_MANY, Problem
from unroller.api.shapes import Source, Thread, WholeThread
from unroller.api.unrolls import gone

USED_UP = f"X allows {limits.X_POSTS_INTO_FILES.item.amount} of its posts a day, and these are used up."
router = Router(tags=["Threads"])
NEWEST = (Key("posted_at", descending=True), Key("id", descending=True))


class Sifting(Paging):
    """Whose threads."""

    source: Source = Field(description="Their network.")
    handle: str = Field(description="The author's, without the @.", max_length=300, examples=["maralind"])


class Threads(Schema):
    """A page of threads."""

    items: list[Thread]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


@router.get("/threads", response=Threads, summary="An author's threads", operation_id="list_threads")
def list_threads(
    request: Asked,
    response: HttpResponse,
    sifting: Query[Sifting],
) -> Threads:
    """All that are here of an author who does not mind being listed, the newest first."""
    author = access.author(sifting.source, sifting.handle.replace("\x00", ""))
    found = page(queries.by_author(author), NEWEST, sifting, of="threads")
    lead_on(request, response, found.next)
    readable = shapes.readable_for(request.token.user)
    return Threads(items=[shapes.thread(row, readable) for row in found.rows], next=found.next)


@router.get("/threads/{source}/{path:path}", response=WholeThread, summary="A thread", operation_id="get_thread")
def get_thread(request: Asked, source: Source, path: str) -> WholeThread:
    """With its posts. `source` and `path` are the two parts of its `id`; any post's id leads to its thread.

    Of X you get the words of your own threads alone; they count towards the 500 posts a day that X allows.
    """
    row = access.member(source, path.replace("\x00", "")).thread
    content = None if row.removed else threads.content(row)
    if content is None:
        raise gone(row)
    readable = shapes.readable_for(request.token.user)
    if readable(row):
        until = taking.take(row, taking.account(request.token.user))
        if until:
            seconds = max(1, round((until - timezone.now()).total_seconds()))
            raise Problem(TOO_MANY, USED_UP, headers={"Retry-After": str(seconds)})
        content = taking.allowed(content)
    return shapes.whole_thread(row, content, readable)

"""Unrolling: a link in, a thread out, at once or by and by."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from ninja import Router, Status

from accounts import limits
from billing.plans import Limit
from unroller import networks, queries
from unroller.actions import unrolling
from unroller.api import shapes
from unroller.api.asking import Asked
from unroller.api.bodies import Link
from unroller.api.problems import GONE, NOT_FOUND, TOO_MANY, Problem, in_field
from unroller.api.shapes import Readable, Unroll
from unroller.core import errors
from unroller.core.errors import UnrollError
from unroller.models import Job, Thread

router = Router(tags=["Unrolls"])
MANY = "Your plan has {most} new unrolls an hour. Wait as long as Retry-After says."
REMOVED = "This thread was removed: its author or its network took it away."


@router.post("/unrolls", response={200: Unroll, 202: Unroll}, summary="Unroll a thread", operation_id="unroll")
def unroll(request: Asked, response: HttpResponse, payload: Link) -> Status[Unroll]:
    """200 when the thread is here already. Otherwise 202: it is being fetched, and `Location` is where to ask how far
    it is. Asking for what is being fetched already, or is here, does not count towards your unrolls."""
    thread, job = found_or_asked(request, payload.url, field="url")
    readable = shapes.readable_for(request.token.user)
    if thread is not None:
        return Status(HTTPStatus.OK, _done(thread, readable))
    response["Location"] = location(job)
    return Status(HTTPStatus.ACCEPTED, shape(job, readable))


@router.get("/unrolls/{uuid:unroll_id}", response=Unroll, summary="How far an unroll is", operation_id="get_unroll")
def get_unroll(request: Asked, unroll_id: UUID) -> Unroll:
    """Ask again every second or two, until `state` is `done` or `failed`."""
    everybodys = Job.objects.exclude(why=Job.Why.PRIVATE).exclude(thread__private=True)
    found = everybodys.select_related("thread__author").defer("thread__document", "recording")
    job = found.filter(id=unroll_id).first()
    if job is None:
        raise Http404("this unroll is not here")
    return shape(job, shapes.readable_for(request.token.user))


def found_or_asked(request: Asked, link: str, *, field: str, saves: bool = False) -> tuple[Thread | None, Job | None]:
    """The thread of a link if it is here, or else the job that fetches it. Who `saves` a private thread of their own
    does not make it everybody's. Raises Problem."""
    try:
        ref = networks.find(link)
        own = queries.own_private_place(request.token.user, ref) if saves else None
        if own is not None:
            return _here(own.thread), None
        job = queries.open_job(ref)  # before the thread, as in actions.unrolling.address
        place = queries.member(ref)
        if place is not None and not unrolling.may_be_back(place.thread):
            return _here(place.thread), None
        if job is None:
            _spend(request)
            job = unrolling.ask(link)
    except UnrollError as error:
        raise in_field(field, error.for_reader) from error
    return None, job


def shape(job: Job | None, readable: Readable) -> Unroll:
    """A job's row, with its thread."""
    if job is None:
        raise Http404("this unroll is not here")
    thread = job.thread if job.state == Job.State.DONE else None
    state: Any = job.state
    return Unroll(
        id=job.id,
        state=state,
        posts_seen=job.posts_seen,
        wait_until=job.waits_until,
        error=job.error or None,
        detail=job.sentence or None,
        thread=shapes.thread(thread, readable) if thread else None,
    )


def location(job: Job | None) -> str:
    """Where to ask how far a job is."""
    return shapes.absolute(reverse("api-1:get_unroll", args=[job.id])) if job else ""


def gone(thread: Thread) -> Problem:
    """What is answered about a thread that was removed; 404, as its page, for one that operators may show again."""
    if thread.removed in errors.MODERATED:
        return Problem(NOT_FOUND, getattr(errors, thread.removed).sentence)
    return Problem(GONE, REMOVED)


def _here(thread: Thread) -> Thread:
    if thread.removed:
        raise gone(thread)
    return thread


def _done(thread: Thread, readable: Readable) -> Unroll:
    told = shapes.thread(thread, readable)
    return Unroll(id=None, state="done", posts_seen=0, wait_until=None, error=None, detail=None, thread=told)


def _spend(request: Asked) -> None:
    """Count one new unroll, as the page does. Raises Problem."""
    limit = limits.unrolls(request.plan.limit(Limit.UNROLLS))
    who = f"member {request.token.user.pk}"
    is_allowed = limits.spend(limit, who)
    left = request.used["unrolls"] = limits.left(limit, who)
    if not is_allowed:
        wait = {"Retry-After": str(max(1, left.seconds))}
        raise Problem(TOO_MANY, MANY.format(most=limits.current(limit, who).amount), headers=wait)

"""A pretend network, on which a visitor mentions the bot and sees it answer. No keys, no account, no script needed."""

from http import HTTPStatus
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import limits, visitors
from unroller.actions import practicing
from unroller.actions.bot import silence
from unroller.actions.bot.silence import Silence
from unroller.core.layout import places
from unroller.forms.practice import START, ReplyForm
from unroller.practice.network import HANDLE
from unroller.practice.samples import Sample, samples
from unroller.practice.turns import Turn, turns
from unroller.views.unroll import see_other

COOKIE = "practice"
LONG = 15
"""Seconds after which a visitor is told that it takes longer than it should."""
STOPPED = "On a real network it would leave you alone from now on. Here you may go on."
TOO_MANY = "You have practiced a lot. Please try again a little later."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def practice(request: HttpRequest) -> HttpResponse:
    """`GET /practice?sample=`: a thread and what the visitor wrote below it; `POST`
    (fields `sample`, `text`) replies."""
    if request.method != "POST":
        return _page(request, _sample(request.GET.get("sample", next(iter(samples())))))
    form = ReplyForm(request.POST)
    if not form.is_valid():
        sample = _sample(request.POST.get("sample", ""))
        return _page(request, sample, form, form.sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    sample = samples()[form.cleaned_data["sample"]]
    if not limits.spend(limits.PRACTICE, visitors.client_address(request)):
        return _page(request, sample, form, TOO_MANY, HTTPStatus.TOO_MANY_REQUESTS)
    visitor = _visitor(request) or uuid4()
    post = practicing.say(visitor, sample.name, form.cleaned_data["text"])
    response = see_other(f"{reverse('practice')}?sample={sample.name}#said-{post.pk}")
    response.set_cookie(
        COOKIE, str(visitor), max_age=practicing.KEPT, secure=request.is_secure(), httponly=True, samesite="Lax"
    )
    return response


@require_safe
def thread(request: HttpRequest, sample: str) -> HttpResponse:
    """`GET /practice/thread/<sample>`: what the bot's answer leads to, as every thread is shown."""
    found = _sample(sample)
    context = {"sample": found, "content": found.thread, "places": places(found.thread), "network": "the practice page"}
    return render(request, "practice/thread.html", context)


def _page(
    request: HttpRequest,
    sample: Sample,
    form: ReplyForm | None = None,
    error: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The page, or for htmx the part of it that moves."""
    visitor = _visitor(request)
    said = turns(visitor, sample.name) if visitor else []
    context = {
        "samples": samples().values(),
        "sample": sample,
        "turns": [(turn, _why_silent(turn)) for turn in said],
        "is_open": any(turn.is_open for turn in said),
        "is_late": any(map(_is_late, said)),
        "handle": HANDLE,
        "text": form["text"].value() if form else START,
        "error": error,
    }
    moving = bool(getattr(request, "htmx", False))
    return render(request, "practice/_turns.html" if moving else "practice/practice.html", context, status=status)


def _why_silent(turn: Turn) -> str:
    """As on the networks; but who stops the bot here is not kept, so that they can go on practicing."""
    if turn.mention is None:
        return ""
    return STOPPED if turn.mention.reason == Silence.STOPPED else silence.sentence(turn.mention)


def _is_late(turn: Turn) -> bool:
    return turn.is_open and (timezone.now() - turn.post.created_at).total_seconds() > LONG


def _sample(name: str) -> Sample:
    """Raises Http404 for a thread that the pretend network does not have."""
    if name not in samples():
        raise Http404("no such thread to practice on")
    return samples()[name]


def _visitor(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.COOKIES.get(COOKIE, ""))
    except ValueError:
        return None

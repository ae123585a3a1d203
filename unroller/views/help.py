"""Help: the list of articles, the search in them, and each article. The same for everybody, without a query."""

from functools import lru_cache
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from unroller import bot_names
from unroller.help import articles, bodies
from unroller.help.articles import ARTICLES, Article
from unroller.help.bodies import Passage
from unroller.help.finding import Entry, Shelf
from unroller.help.numbers import numbers
from unroller.views.context import site

LONGEST = 200
"""Characters of a question that are looked at."""
HEADINGS_TO_LIST = 3
"""From so many on, an article begins with a list of them."""


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """`GET /help`: all articles. `?q=` finds those that answer a question."""
    question = " ".join(request.GET.get("q", "").replace("\0", "").split())[:LONGEST]
    found = _shelf().find(question) if question else None
    context = {"q": question, "found": found, "sections": articles.sections(sells=settings.BILLING_ENABLED)}
    return render(request, "help/index.html", context)


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """`GET /help/<slug>`."""
    wanted = ARTICLES.get(slug)
    if wanted is None or not _is_there(wanted):
        raise Http404
    headings = [each for each in _passages(slug) if each.anchor]
    context = {
        "article": wanted,
        "headings": headings if len(headings) >= HEADINGS_TO_LIST else [],
        "see": [ARTICLES[each] for each in wanted.see if _is_there(ARTICLES[each])],
        **_said(),
    }
    return render(request, "help/article.html", context, status=HTTPStatus.OK)


def _is_there(wanted: Article) -> bool:
    return settings.BILLING_ENABLED or not wanted.sold


def _said() -> dict[str, object]:
    """What the words of articles are filled with."""
    return {"number": numbers(), "networks": bot_names.names(), "has_x": bool(settings.X_CLIENT_ID)}


def _shelf() -> Shelf:
    return _read(repr(_context()))


def _passages(slug: str) -> tuple[Passage, ...]:
    return next(tuple(entry.passages) for entry in _shelf().entries if entry.article.slug == slug)


def _context() -> dict[str, object]:
    return {**site(), **_said()}


@lru_cache(maxsize=2)
def _read(_settings: str) -> Shelf:
    """All articles, read once by each process for what the settings are."""
    context = _context()
    there = [each for each in ARTICLES.values() if _is_there(each)]
    return Shelf([Entry(each, bodies.passages(bodies.body(each, context))) for each in there])

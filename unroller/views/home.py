"""The first page: the paste box, threads to try, what others unrolled and read."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from unroller import env, outages, popular, queries, tongues
from unroller.views.guards import guests_may_lag

RECENT = 12
READ = 6
ON_A_PAGE = 24
MOST_PAGES = 50
"""Further back leads the search: every page further costs the database more."""


@require_safe
@guests_may_lag
def home(request: HttpRequest) -> HttpResponse:
    """`GET /` (`lang`: threads in one language only)."""
    return paste_page(request)


def paste_page(
    request: HttpRequest,
    *,
    link: str = "",
    error: str = "",
    ready: bool = False,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The page with the paste box, its field filled and its error said; `ready` where the button alone is missing."""
    tongue, tags = _tongue(request)
    context = {
        "recent": list(queries.recent(tags)[:RECENT]),
        "read": popular.most_read(READ, tags),
        "tongues": tongues.spoken(),
        "tongue": tongue,
        "shelf": shelf(),
        "outages": outages.outages(),
        "link": link,
        "error": error,
        "ready": ready,
    }
    return render(request, "home.html", context, status=status)


@require_safe
@guests_may_lag
def recent(request: HttpRequest) -> HttpResponse:
    """`GET /recent` (`lang`, `page`): all that was unrolled, the newest first."""
    tongue, tags = _tongue(request)
    text = request.GET.get("page", "1")
    number = int(text) if text.isdecimal() and len(text) < 4 else 0
    if not 1 <= number <= MOST_PAGES:
        raise Http404("no page has this number")
    start = (number - 1) * ON_A_PAGE
    rows = list(queries.recent(tags)[start : start + ON_A_PAGE + 1])
    following = number + 1 if len(rows) > ON_A_PAGE and number < MOST_PAGES else 0
    context = {"threads": rows[:ON_A_PAGE], "number": number, "previous": number - 1, "following": following}
    return render(request, "recent.html", context | {"tongues": tongues.spoken(), "tongue": tongue})


@require_safe
@guests_may_lag
def most_read(request: HttpRequest) -> HttpResponse:
    """`GET /most-read` (`lang`): what most people read in the last seven days."""
    tongue, tags = _tongue(request)
    context = {"threads": popular.most_read(2 * ON_A_PAGE, tags), "tongues": tongues.spoken(), "tongue": tongue}
    return render(request, "most_read.html", context)


def _tongue(request: HttpRequest) -> tuple[tongues.Tongue | None, tuple[str, ...]]:
    """The language that a visitor wants, and its tags; all of them where we have none of that name."""
    code = request.GET.get("lang", "")
    tongue = tongues.chosen(code) if code else None
    return tongue, tongue.tags if tongue else ()


def shelf() -> list[dict[str, Any]]:
    """Links to try: those of the sandbox that stands in for the networks; none on a site that has its keys."""
    state = env.running_sandbox(settings.DATA_DIR)
    return list(state["links"]) if state else []

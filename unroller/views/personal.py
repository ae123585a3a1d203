"""What a page says to one reader only, as one small fragment beside pages that are the same for everybody."""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from billing.entitlements import plan_for
from billing.plans import Feature
from unroller import access, highlighted, library, queries
from unroller.actions import readings
from unroller.forms.threads import AboutForm, PlaceForm
from unroller.models import Author, Thread


@never_cache
@require_safe
def personal(request: HttpRequest) -> HttpResponse:
    """`GET /personal?thread=<source>/<path>` or `?author=<source>/<handle>`: the parts, each named by `data-for`.

    204 for a guest whose browser thought otherwise (views.preferences makes it forget that).
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    thread, author = _shown(request)
    plan = plan_for(request.user)
    context = {
        "thread": thread,
        "author": author,
        "back": thread.get_absolute_url() if thread else author.get_absolute_url() if author else "/",
        "follow": queries.follow(request.user, author) if author else None,
        "reading": queries.reading(request.user, thread) if thread else None,
        "saved": library.saved(request.user, thread) if thread else None,
        "highlights": highlighted.marks(request.user, thread) if thread else [],
        "may_highlight": plan.allows(Feature.LIBRARY_TOOLS),
        "has_files": plan.allows(Feature.FILES),
        "unread": queries.unread_count(request.user),
        "notes": messages.get_messages(request) if thread else (),
    }
    return render(request, "people/personal.html", context)


def _shown(request: HttpRequest) -> tuple[Thread | None, Author | None]:
    """The thread or the author that the page around is about. Raises Http404 for what is not here."""
    about = AboutForm(request.GET)
    if not about.is_valid():
        raise Http404("no page has such a name")
    source, _, name = about.cleaned_data["thread"].partition("/")
    if name:
        thread = access.thread(source, name)
        return thread, thread.author if not thread.unlisted else None
    source, _, name = about.cleaned_data["author"].partition("/")
    return None, access.author(source, name) if name else None


@require_POST
def place(request: HttpRequest) -> HttpResponse:
    """`POST /personal/place` (fields `thread`, `post_id`, `position`, `finished`): where a reader is."""
    form = PlaceForm(request.POST)
    if not request.user.is_authenticated or not form.is_valid():
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    source, _, path = form.cleaned_data["thread"].partition("/")
    thread = access.thread(source, path)
    if thread.removed:
        raise Http404("this thread is gone")
    readings.note(
        request.user,
        thread,
        post_id=form.cleaned_data["post_id"],
        position=form.cleaned_data["position"],
        finished=form.cleaned_data["finished"],
    )
    return HttpResponse(status=HTTPStatus.NO_CONTENT)

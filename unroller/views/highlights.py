"""Highlighted passages: marked on a thread page, listed on one page, taken as Markdown."""

from http import HTTPStatus
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import limits
from billing.entitlements import plan_for
from billing.guards import offer
from billing.plans import Feature
from unroller import access, highlighted
from unroller.actions import highlights as marking
from unroller.actions import taking
from unroller.actions.highlights import WordsGone
from unroller.actions.refusals import Refused
from unroller.exports import highlights as markdown
from unroller.forms.highlights import WITHOUT_SENSE, AddForm, ChangeForm, HighlightsForm
from unroller.highlighted import Group, Shown
from unroller.models import Color, Highlight
from unroller.templatetags.threads import plain_name
from unroller.views import wishes
from unroller.views.errors import explained
from unroller.views.people import person
from unroller.views.unroll import see_other

ON_A_PAGE = 50
SIGN_IN = "You are signed out. Sign in, and load the page again."
PREMIUM = "Highlights and notes are part of premium. What you have made stays yours."
TOO_MANY_POSTS = "X allows a reader {most} of its posts a day in files. You can take your highlights from {when} on."


@never_cache
@require_POST
def add(request: HttpRequest, source: str, path: str) -> HttpResponse:
    """`POST <thread>/highlights` (fields `post_id`, `start`, `length`, `quote`, `color`, `note`), by a script.

    JSON: the highlight, or `sentence` says why there is none.
    """
    if not request.user.is_authenticated:
        return _sorry(SIGN_IN, HTTPStatus.FORBIDDEN)
    if not plan_for(request.user).allows(Feature.LIBRARY_TOOLS):
        return _sorry(PREMIUM, HTTPStatus.PAYMENT_REQUIRED)
    form = AddForm(request.POST)
    if not form.is_valid():
        return _sorry(form.sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    wanted = form.cleaned_data | {"color": Color(form.cleaned_data["color"])}
    try:
        row = marking.add(request.user, access.thread(source, path), **wanted)
    except WordsGone as error:
        return _sorry(error.sentence, HTTPStatus.CONFLICT)
    except Refused as error:
        return _sorry(error.sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    return JsonResponse(_facts(row), status=HTTPStatus.CREATED)


@never_cache
@login_required
@require_safe
def highlights(request: HttpRequest) -> HttpResponse:
    """`GET /highlights?q=&color=&thread=<source>/<path>&page=`"""
    user = person(request)
    sift = _sift(request)
    found = highlighted.of(user, words=sift["q"], color=sift["color"], thread=sift["thread"])
    page = Paginator(found.values_list("id", flat=True), ON_A_PAGE).get_page(request.GET.get("page"))
    shown = highlighted.groups(list(page.object_list))
    context = {
        "page": page,
        "groups": shown,
        "one": shown[0].thread if shown and sift["thread"] else None,
        "sift": sift,
        "sifted": any(sift.values()),
        "colors": Color,
        "may_highlight": plan_for(user).allows(Feature.LIBRARY_TOOLS),
        "back": request.get_full_path(),
    }
    return render(request, "highlights/highlights.html", context)


@never_cache
@require_POST
def highlight(request: HttpRequest, highlight_id: int) -> HttpResponse:
    """`POST /highlights/<id>` (fields `action`: `color`, `note` or `delete`; `color`, `note`, `back`).

    A script that accepts JSON gets the highlight as it is now, 204 once it is deleted, or `sentence`.
    """
    if not request.user.is_authenticated:
        sign_in = f"{resolve_url(settings.LOGIN_URL)}?next={reverse('highlights')}"
        return _sorry(SIGN_IN, HTTPStatus.FORBIDDEN) if _is_script(request) else see_other(sign_in)
    row = access.highlight(request.user, highlight_id)
    form = ChangeForm(request.POST)
    action = form.cleaned_data.get("action") if form.is_valid() else ""
    making = action == "color" or (action == "note" and form.cleaned_data["note"])
    if making and not plan_for(request.user).allows(Feature.LIBRARY_TOOLS):
        if _is_script(request):
            return _sorry(PREMIUM, HTTPStatus.PAYMENT_REQUIRED)
        return offer(request, Feature.LIBRARY_TOOLS)
    try:
        return _done(request, row, _change(row, form))
    except Refused as error:
        if _is_script(request):
            return _sorry(error.sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
        messages.error(request, error.sentence)
        return _back(request)


@never_cache
@login_required
@require_safe
def as_markdown(request: HttpRequest) -> HttpResponse:
    """`GET /highlights.md?thread=<source>/<path>`: all of them, or those of one thread.

    Each post of X that is quoted counts towards X's daily limit of posts in files; beyond it the file has the reader's
    notes without the words.
    """
    user, thread = person(request), _sift(request)["thread"]
    groups = highlighted.groups(list(highlighted.of(user, thread=thread).values_list("id", flat=True)))
    if thread and not groups:
        raise Http404("you have no highlights in this thread")
    most = limits.everybodys(limits.X_POSTS_INTO_FILES)
    quotable = highlighted.quotable(user, most, thread=thread)
    until = taking.take_posts(quotable, taking.account(user), count=request.method == "GET")
    if until:
        when = f"{until.astimezone(ZoneInfo(user.time_zone)):%A, %H:%M}"
        sentence = TOO_MANY_POSTS.format(most=most, when=when)
        return explained(request, HTTPStatus.TOO_MANY_REQUESTS, sentence, back=reverse("highlights"))
    now = timezone.now()
    body = markdown.export([_marked(group, quotable) for group in groups], made_at=now)
    response = HttpResponse(body, content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="highlights-{now:%Y-%m-%d}.md"'
    return response


def _sift(request: HttpRequest) -> dict[str, str]:
    """What is asked for, as far as it makes sense."""
    form = HighlightsForm(request.GET)
    form.is_valid()
    return {name: form.cleaned_data.get(name, "") for name in form.fields}


def _change(row: Highlight, form: ChangeForm) -> str:
    """Do what is wanted; what to say about it. Raises Refused."""
    if not form.is_valid():
        raise Refused(str(form.errors.get("note", [WITHOUT_SENSE])[0]))
    action, note = form.cleaned_data["action"], form.cleaned_data["note"].replace("\r\n", "\n")
    if action == "delete":
        marking.remove(row)
        return "The highlight is removed."
    if action == "note":
        marking.annotate(row, note)
        return "Your note is saved." if note else "Your note is removed."
    if not form.cleaned_data["color"]:
        raise Refused("Choose a color.")
    color = Color(form.cleaned_data["color"])
    marking.recolor(row, color)
    return f"The highlight is {color.label.lower()} now."


def _done(request: HttpRequest, row: Highlight, sentence: str) -> HttpResponse:
    if not _is_script(request):
        messages.success(request, sentence)
        return _back(request)
    if request.POST["action"] == "delete":
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    row.refresh_from_db(fields=["color", "note"])
    return JsonResponse(_facts(row))


def _back(request: HttpRequest) -> HttpResponse:
    return see_other(wishes.local(request.POST.get("back", ""), otherwise=reverse("highlights")))


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _sorry(sentence: str, status: HTTPStatus) -> HttpResponse:
    return JsonResponse({"sentence": sentence}, status=status)


def _facts(row: Highlight) -> dict[str, object]:
    return {
        "id": row.id,
        "post_id": row.post_id,
        "start": row.start,
        "length": row.length,
        "color": row.color,
        "note": row.note,
        "quote": row.quote,
    }


def _marked(group: Group, quotable: set[tuple[int, str]]) -> markdown.Marked:
    thread = group.thread
    return markdown.Marked(
        title=thread.title,
        author=plain_name(thread.author),
        handle=thread.author.handle,
        network=thread.get_source_display(),
        address=settings.SITE_URL + thread.get_absolute_url(),
        passages=[_passage(row, quotable) for row in group.shown],
    )


def _passage(row: Shown, quotable: set[tuple[int, str]]) -> markdown.Passage:
    made = row.highlight
    beyond = made.thread.source == "x" and bool(row.words) and (made.thread_id, made.post_id) not in quotable
    return markdown.Passage(
        words="" if beyond else row.words,
        note=made.note,
        color=made.color,
        address=settings.SITE_URL + row.address,
        number=row.number,
        marked_at=made.created_at,
        beyond=beyond,
    )

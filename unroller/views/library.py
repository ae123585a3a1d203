"""The library: saved threads, sorted, sifted, with their tags and notes."""

from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from billing.entitlements import plan_for
from billing.guards import offer
from billing.plans import NO_LIMIT, Feature, Limit
from unroller import access, kept
from unroller import library as reads
from unroller.actions import library as actions
from unroller.core import tags as tagging
from unroller.exports.wording import counted
from unroller.forms.library import DescribeForm, RenameForm, SiftForm
from unroller.library import Show, Sift, Sort
from unroller.models import Author, Saved
from unroller.models.threads import SourceKey
from unroller.templatetags.threads import plain_name
from unroller.views.people import person
from unroller.views.unroll import see_other

ON_A_PAGE = 50


class Choice(NamedTuple):
    """A link to another part of the list."""

    label: str
    address: str
    size: int | None = None
    chosen: bool = False


@never_cache
@login_required
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """`GET /library?show=&tag=&author=&source=&q=&sort=&page=`: what a reader saved."""
    user = person(request)
    plan = plan_for(user)
    most = plan.limit(Limit.SAVED)
    sift = SiftForm(request.GET).sift()
    page = Paginator(reads.found(user, sift), ON_A_PAGE).get_page(request.GET.get("page"))
    counts = reads.counts(user)
    context = {
        "page": page,
        "rows": reads.rows(user, list(page.object_list)),
        "counts": counts,
        "most": most if most < NO_LIMIT else None,
        "parts": [Choice(s.label, _address(Sift(s)), getattr(counts, s.value), sift.show == s) for s in Show],
        "sift": sift,
        "chips": _chips(user, sift),
        "query": _query(sift),
        "sorts": Sort.choices,
        "sources": SourceKey.choices,
        "tags": reads.tags(user),
        "may_tag": plan.allows(Feature.LIBRARY_TOOLS),
        "room": kept.room(user),
    }
    return render(request, "library/library.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def saved(request: HttpRequest, saved_id: int) -> HttpResponse:
    """`GET /library/<id>`: one saved thread; `POST` (fields `tags`, `note`) gives it these instead of what it had."""
    row = access.saved(person(request), saved_id)
    if request.method != "POST":
        return _saved_page(request, row, tags=", ".join(row.tags), note=row.note)
    form = DescribeForm(request.POST)
    if not form.is_valid():
        typed = {"tags": request.POST.get("tags", ""), "note": request.POST.get("note", "")}
        return _saved_page(request, row, **typed, error=form.sentence, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    given, note = form.cleaned_data["tags"], _lines(form.cleaned_data["note"])
    takes_away = set(given) <= set(row.tags) and note in ("", _lines(row.note))
    if not takes_away and not plan_for(row.user).allows(Feature.LIBRARY_TOOLS):
        return offer(request, Feature.LIBRARY_TOOLS)
    actions.describe(row, tags=given, note=note)
    messages.success(request, "Your changes are saved.")
    return see_other(reverse("saved", args=[row.id]))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tags(request: HttpRequest) -> HttpResponse:
    """`GET /library/tags`: a reader's tags; `POST` (fields `action`: rename or delete, `tag`, `new`) changes one."""
    user = person(request)
    if request.method != "POST":
        return _tags_page(request)
    tag = tagging.clean(request.POST.get("tag", "")[:200])
    if tag not in {each.name for each in reads.tags(user)}:
        return _tags_page(request, error="You have no such tag any more.", status=HTTPStatus.CONFLICT)
    if request.POST.get("action") == "delete":
        count = actions.untag(Saved.objects.filter(user=user), [tag])
        return _tags_done(request, f"“{tag}” is off {counted(count, 'thread')}.")
    return _rename(request, user, tag)


def _rename(request: HttpRequest, user: User, tag: str) -> HttpResponse:
    if not plan_for(user).allows(Feature.LIBRARY_TOOLS):
        return offer(request, Feature.LIBRARY_TOOLS)
    form = RenameForm(request.POST)
    if not form.is_valid():
        return _tags_page(request, error=form.sentence, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    new = form.cleaned_data["new"]
    count = actions.rename_tag(user, tag, new)
    return _tags_done(request, f"“{tag}” is called “{new}” now, on {counted(count, 'thread')}.")


def _tags_done(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return see_other(reverse("library-tags"))


def _tags_page(request: HttpRequest, *, error: str = "", status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    user = person(request)
    may_tag = plan_for(user).allows(Feature.LIBRARY_TOOLS)
    context = {"tags": reads.tags(user), "may_tag": may_tag, "error": error}
    return render(request, "library/tags.html", context, status=status)


def _saved_page(
    request: HttpRequest, row: Saved, *, tags: str, note: str, error: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    plan = plan_for(row.user)
    may_tag = plan.allows(Feature.LIBRARY_TOOLS)
    context = {
        "row": reads.rows(row.user, [row])[0],
        "tags": tags,
        "note": note,
        "error": error,
        "may_tag": may_tag,
        "may_keep": plan.allows(Feature.KEPT_MEDIA),
        "known": [tag.name for tag in reads.tags(row.user)] if may_tag else [],
    }
    return render(request, "library/saved.html", context, status=status)


def _lines(text: str) -> str:
    """As it is kept: browsers send two characters for a line's end."""
    return text.replace("\r\n", "\n").strip()


def _chips(user: User, sift: Sift) -> list[Choice]:
    """What narrows the list, each with the address without it."""
    found = []
    if sift.words:
        found.append(Choice(f"“{sift.words}” in title or author", _address(sift._replace(words=""))))
    if sift.tag:
        found.append(Choice(f"#{sift.tag}", _address(sift._replace(tag=""))))
    if sift.author:
        author = Author.objects.filter(id=sift.author, threads__in=reads.of(user).values("thread")).first()
        name = plain_name(author) if author else "an author who is not here"
        found.append(Choice(f"by {name}", _address(sift._replace(author=0))))
    if sift.source:
        found.append(Choice(f"on {SourceKey(sift.source).label}", _address(sift._replace(source=""))))
    return found


def _address(sift: Sift) -> str:
    query = _query(sift)
    return reverse("library") + (f"?{query}" if query else "")


def _query(sift: Sift) -> str:
    """A sift as an address has it; what is usual is left out."""
    usual = Sift()
    fields = {**sift._asdict(), "q": sift.words}
    del fields["words"]
    return urlencode({name: value for name, value in fields.items() if value and value != getattr(usual, name, "")})

"""What is done to saved threads from the lists: to one, to those that are ticked, or to all that a sift shows."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import User
from billing.entitlements import plan_for
from billing.guards import offer
from billing.plans import Feature
from unroller import library as reads
from unroller.actions import library as actions
from unroller.actions.library import CannotSave
from unroller.core import tags as tagging
from unroller.exports.wording import counted
from unroller.forms.library import MOST_ID, DoForm, SiftForm
from unroller.models import Saved, Thread
from unroller.views import wishes
from unroller.views.people import person
from unroller.views.unroll import see_other

UNDO = "taken_out"
"""Where the session holds what was taken out last."""
UNDOABLE = "undoable"
"""Marks the message that comes with a button that puts it back."""


@never_cache
@require_POST
def do(request: HttpRequest) -> HttpResponse:
    """`POST /library/do` (fields `action`, `saved` as often as there are threads, or `all=1` with a sift; `tags`,
    `back`). `?only=<id>` stands for what is ticked. Ids that are not the reader's own are as if they were not there.
    """
    if not request.user.is_authenticated:
        return see_other(f"{resolve_url(settings.LOGIN_URL)}?next={reverse('library')}")
    user, form = person(request), DoForm(request.POST)
    if not form.is_valid():
        return _done(request, messages.ERROR, form.sentence)
    fields = form.cleaned_data
    action = fields["action"]
    if action == "undo":
        return _put_back(request, user)
    rows = _chosen(request, user, everything=fields["all"])
    if not rows.exists():
        return _done(request, messages.ERROR, "Choose a thread first.")
    if action in DEEDS:
        return DEEDS[action](request, rows, fields)
    change, words = CHANGES[action]
    return _done(request, messages.SUCCESS, _said(change(user, rows), words))


def _chosen(request: HttpRequest, user: User, *, everything: bool) -> QuerySet[Saved]:
    """The saved threads that a form is about."""
    only = request.GET.get("only")
    if everything and only is None:
        return reads.found(user, SiftForm(request.POST).sift())
    named = request.POST.getlist("saved") if only is None else [only]
    return reads.chosen(user, (int(each) for each in named if each.isascii() and each.isdecimal() and _fits(each)))


def _fits(digits: str) -> bool:
    return len(digits) < 11 and int(digits) <= MOST_ID


def _tag(request: HttpRequest, rows: QuerySet[Saved], fields: Mapping[str, Any]) -> HttpResponse:
    if not plan_for(person(request)).allows(Feature.LIBRARY_TOOLS):
        return offer(request, Feature.LIBRARY_TOOLS)
    tags = fields["tags"]
    if not tags:
        return _done(request, messages.ERROR, "Write a tag first.")
    sentence = _said(actions.tag(rows, tags), "tagged")
    full = Saved.objects.filter(id__in=rows.order_by().values("id"), tags__len__gte=tagging.MOST)
    over = full.exclude(tags__contains=tags).count()
    if over:
        sentence = f"{sentence} {counted(over, 'thread')} could not take all: {tagging.MOST} tags are the most."
    return _done(request, messages.SUCCESS, sentence)


def _untag(request: HttpRequest, rows: QuerySet[Saved], fields: Mapping[str, Any]) -> HttpResponse:
    if not fields["tags"]:
        return _done(request, messages.ERROR, "Write a tag first.")
    return _done(request, messages.SUCCESS, _said(actions.untag(rows, fields["tags"]), "without it now"))


def _remove(request: HttpRequest, rows: QuerySet[Saved], fields: Mapping[str, Any]) -> HttpResponse:
    """One is taken out at once, and can be put back; for many, the reader is asked first."""
    count = rows.count()
    if count > 1 and not fields["sure"]:
        context = {"count": count, "fields": _said_before(request), "back": _back(request)}
        return render(request, "library/remove.html", context)
    taken = rows.select_related(None).get() if count == 1 else None
    held = Saved.objects.filter(user=person(request)).count()
    removed = actions.remove(rows)
    if taken is None:
        return _done(request, messages.SUCCESS, f"{counted(removed, 'thread')} taken out of your library.")
    request.session[UNDO] = {
        "thread": taken.thread_id,
        "saved_at": taken.saved_at.isoformat(),
        "tags": taken.tags,
        "note": taken.note,
        "favorite": taken.favorite,
        "archived": taken.archived_at is not None,
        "held": held,
    }
    messages.success(request, "1 thread taken out of your library.", extra_tags=UNDOABLE)
    return see_other(_back(request))


def _put_back(request: HttpRequest, user: User) -> HttpResponse:
    """What was taken out last is there again, with its tags and note. While there is no room, it waits."""
    kept = {**request.session.get(UNDO, {})}
    thread = Thread.objects.filter(id=kept.pop("thread")).first() if kept else None
    if thread is None:
        return _done(request, messages.ERROR, "There is nothing to put back.")
    saved_at = datetime.fromisoformat(kept.pop("saved_at"))
    try:
        actions.save(user, thread, saved_at=saved_at, **kept)
    except CannotSave as error:
        messages.error(request, error.sentence, extra_tags=UNDOABLE)
        return see_other(_back(request))
    del request.session[UNDO]
    return _done(request, messages.SUCCESS, "It is in your library again.")


def _said_before(request: HttpRequest) -> list[tuple[str, str]]:
    """What a form said, to be said again by the form that asks whether the reader is sure."""
    names = ("action", "all", "saved", *SiftForm.base_fields)
    return [(name, value) for name in names for value in request.POST.getlist(name)]


def _said(count: int, words: str) -> str:
    return f"{counted(count, 'thread')} {words}." if count else "There was nothing to change."


def _done(request: HttpRequest, level: int, sentence: str) -> HttpResponse:
    messages.add_message(request, level, sentence)
    return see_other(_back(request))


def _back(request: HttpRequest) -> str:
    return wishes.local(request.POST.get("back", ""), otherwise=reverse("library"))


CHANGES: dict[str, tuple[Callable[[User, QuerySet[Saved]], int], str]] = {
    "archive": (lambda _, rows: actions.archive(rows), "archived"),
    "unarchive": (lambda _, rows: actions.unarchive(rows), "out of the archive"),
    "favorite": (lambda _, rows: actions.favor(rows, favorite=True), "marked as favorite"),
    "unfavorite": (lambda _, rows: actions.favor(rows, favorite=False), "no longer marked as favorite"),
    "read": (actions.mark_read, "marked as read"),
    "unread": (actions.mark_unread, "marked as unread"),
}
"""What is simply done, and what is said about so many threads."""

DEEDS: dict[str, Callable[[HttpRequest, QuerySet[Saved], Mapping[str, Any]], HttpResponse]] = {
    "tag": _tag,
    "untag": _untag,
    "remove": _remove,
}
"""What needs more than that."""

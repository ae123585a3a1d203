"""Saving a thread, by hand or remembered through sign-in."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from unroller import access
from unroller import library as reads
from unroller.actions import library
from unroller.actions.library import CannotSave
from unroller.models import Thread
from unroller.templatetags.threads import headline
from unroller.views import wishes
from unroller.views.people import person
from unroller.views.threads import removed
from unroller.views.unroll import see_other


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def save(request: HttpRequest, source: str, path: str) -> HttpResponse:
    """`GET <thread>/save?back=`: what saving is; `POST` (field `back`) saves, 303 to `back`.

    A guest's wish is kept until they have signed in. A script that asks for `text/plain` gets 201 with the address of
    what was saved.
    """
    thread = access.thread(source, path)
    fields = request.POST if request.method == "POST" else request.GET
    back = wishes.local(fields.get("back", ""), otherwise=thread.get_absolute_url())
    if request.user.is_authenticated:
        kept = reads.saved(person(request), thread)
        if kept is not None and request.method != "POST":
            return see_other(reverse("saved", args=[kept.id]))
    if thread.removed:
        return removed(request, thread)
    if request.method != "POST":
        return _page(request, thread, back=back)
    if not request.user.is_authenticated:
        messages.info(request, f"Sign in, and “{headline(thread)}” is in your library.")
        return wishes.keep(request, "save", str(thread.id), back=back)
    return _saved(request, thread, back=back)


def _saved(request: HttpRequest, thread: Thread, *, back: str) -> HttpResponse:
    try:
        row = library.save(person(request), thread)
    except CannotSave as error:
        return _page(request, thread, back=back, error=error.sentence, status=HTTPStatus.CONFLICT)
    if request.headers.get("Accept") == "text/plain":
        headers = {"Content-Location": reverse("saved", args=[row.id]), "Content-Type": "text/plain; charset=utf-8"}
        return HttpResponse(wishes.SAVED, status=HTTPStatus.CREATED, headers=headers)
    messages.success(request, wishes.SAVED)
    return see_other(back)


def _page(
    request: HttpRequest, thread: Thread, *, back: str, error: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {"thread": thread, "back": back, "error": error}
    return render(request, "library/save.html", context, status=status)

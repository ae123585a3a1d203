"""Sending threads: to a friend, to a Kindle, as a weekly book; and the doors by which people end that."""

from email.utils import parseaddr
from http import HTTPStatus
from uuid import UUID

from anymail.signals import AnymailTrackingEvent, tracking
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import MailStopped
from accounts.webhooks import why_stopped
from billing.entitlements import plan_for
from billing.guards import offer
from billing.plans import Feature
from unroller import access
from unroller.actions import kindle, parcels, recommending, weekly
from unroller.actions.refusals import Refused
from unroller.forms.sending import FriendForm, KindleForm, ShelfForm
from unroller.models import Shelf, Thread
from unroller.views.people import person
from unroller.views.threads import removed
from unroller.views.unroll import see_other

SHOWN = 20
"""Books whose fate is listed."""
ON_ITS_WAY = "It is on its way to {}. Amazon may take some minutes."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, source: str, path: str) -> HttpResponse:
    """`GET <thread>/send`: to a friend, or to one's Kindle. `POST` (field `do`: `friend` with `address` and `note`, or
    `kindle` with `kindle`) does it, 303 back to the thread."""
    thread = access.thread(source, path)
    if thread.removed:
        return removed(request, thread)
    if not plan_for(request.user).allows(Feature.SEND):
        return offer(request, Feature.SEND, back=thread.get_absolute_url())
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if request.method != "POST":
        return _page(request, thread)
    if request.POST.get("do") == "kindle":
        return _to_kindle(request, thread)
    return _to_friend(request, thread)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def books(request: HttpRequest) -> HttpResponse:
    """`GET /account/books`: where books go, and what became of the last ones; `POST` (fields `kindle`, `weekly`).

    Somebody whose premium has ended can still take back what they said.
    """
    user = person(request)
    may = plan_for(user).allows(Feature.SEND)
    shelf = Shelf.objects.filter(user=user).first()
    if request.method != "POST":
        if not may and shelf is None:
            return offer(request, Feature.SEND, back=reverse("account"))
        return _books(request, shelf, may=may)
    form = ShelfForm(request.POST)
    if not form.is_valid():
        return _books(request, shelf, may=may, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not may and (form.cleaned_data["kindle"] or form.cleaned_data["weekly"]):
        return offer(request, Feature.SEND, back=reverse("books"))
    weekly.settle(user, form.cleaned_data["weekly"], kindle=form.cleaned_data["kindle"])
    messages.success(request, "Saved.")
    return see_other(reverse("books"))


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def refuse(request: HttpRequest, token: str) -> HttpResponse:
    """`/mail/refuse/<token>`: GET asks, since mail servers follow links; POST refuses all mail from readers to the
    address that the token stands for, without a cookie (RFC 8058); with the field `do=allow` it takes that back."""
    found = recommending.read(token)
    if found is None:
        return render(request, "sending/no_such_link.html", status=HTTPStatus.NOT_FOUND)
    if request.method == "POST":
        (recommending.allow if request.POST.get("do") == "allow" else recommending.refuse)(found)
    return render(request, "sending/refuse.html", {"refused": recommending.is_refused(found)})


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_weekly(request: HttpRequest, token: UUID) -> HttpResponse:
    """`/mail/weekly/<token>`: GET asks; POST ends the weekly book, without a cookie (RFC 8058)."""
    shelf = weekly.shelf(token)
    if shelf is None:
        return render(request, "sending/no_such_link.html", status=HTTPStatus.NOT_FOUND)
    if request.method == "POST":
        weekly.stop(shelf)
    return render(request, "sending/stop_weekly.html", {"stopped": request.method == "POST" or not shelf.weekly})


@receiver(tracking)
def heard(event: AnymailTrackingEvent, esp_name: str, **_: object) -> None:
    """What a mail provider reports to /mail/events: whoever calls our mail spam, having an account or not, gets none
    from readers any more; to an address that does not exist go neither threads nor books."""
    why = why_stopped(event, esp_name)
    if why == MailStopped.COMPLAINED:
        recommending.refuse(recommending.digest(event.recipient))
    elif why:
        recommending.bounced(event.recipient)
        kindle.bounced(event.recipient)


def _to_friend(request: HttpRequest, thread: Thread) -> HttpResponse:
    form = FriendForm(request.POST)
    if not form.is_valid():
        return _page(request, thread, friend=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        recommending.ask(person(request), thread, form.cleaned_data["address"], note=form.cleaned_data["note"])
    except Refused as error:
        form.add_error(None, error.sentence)
        return _page(request, thread, friend=form, status=HTTPStatus.CONFLICT)
    messages.success(request, recommending.SENT)
    return see_other(thread.get_absolute_url())


def _to_kindle(request: HttpRequest, thread: Thread) -> HttpResponse:
    """To the address that is known, or to the one that is told now."""
    user = person(request)
    form = KindleForm(request.POST if "kindle" in request.POST else {"kindle": kindle.address(user)})
    if not form.is_valid():
        return _page(request, thread, kindle_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    kindle.settle(user, form.cleaned_data["kindle"])
    try:
        parcel = kindle.ask(user, thread)
    except Refused as error:
        form.add_error(None, error.sentence)
        return _page(request, thread, kindle_form=form, status=HTTPStatus.CONFLICT)
    messages.success(request, ON_ITS_WAY.format(parcel.to))
    return see_other(thread.get_absolute_url())


def _page(
    request: HttpRequest,
    thread: Thread,
    *,
    friend: FriendForm | None = None,
    kindle_form: KindleForm | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    address = kindle.address(person(request))
    context = {
        "thread": thread,
        "friend": friend or FriendForm(),
        "kindle_form": kindle_form or KindleForm(initial={"kindle": address}),
        "kindle_from": _kindle_from(),
    }
    return render(request, "sending/send.html", context, status=status)


def _books(
    request: HttpRequest,
    shelf: Shelf | None,
    *,
    may: bool,
    form: ShelfForm | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    known = {"kindle": shelf.kindle, "weekly": shelf.weekly} if shelf else {"kindle": "", "weekly": ""}
    context = {
        "form": form or ShelfForm(initial=known),
        "shelf": shelf,
        "may": may,
        "kindle_from": _kindle_from(),
        "parcels": parcels.books(person(request))[:SHOWN],
    }
    return render(request, "sending/books.html", context, status=status)


def _kindle_from() -> str:
    """The address that a reader approves at Amazon, without the name before it."""
    return parseaddr(settings.KINDLE_FROM)[1]

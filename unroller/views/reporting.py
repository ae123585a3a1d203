"""Anybody says that something is wrong with a page: a form that asks little, and a number for an answer."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import limits, visitors
from accounts.models import User
from unroller import access
from unroller.actions import cases
from unroller.core.errors import Banned, OptedOut
from unroller.forms.contact import MOST_TEXT, stamp
from unroller.forms.reporting import MOST_PAGE, ReportForm
from unroller.models import Author, Report, Thread
from unroller.views.errors import hidden
from unroller.views.threads import removed
from unroller.views.unroll import see_other

TOO_MANY = "You have reported a lot today. Please go on tomorrow."
THANKS = "Thank you. A person will look at it."
FIELDS = ("reason", "words", "email")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """`GET /report?page=`: the form; `POST` (fields `page`, `reason`, `words`, `email`) sends it. 404 for a page that
    is no thread and no author of everybody's; what is not shown any more says so."""
    sent = request.POST if request.method == "POST" else request.GET
    page = sent.get("page", "")[:MOST_PAGE]
    thing = access.reported(page)
    if (gone := _gone(request, thing)) is not None:
        return gone
    if request.method != "POST":
        user = request.user if isinstance(request.user, User) else None
        return _form(request, thing, page, {"email": user.email if user else ""})
    form = ReportForm(request.POST)
    given = {name: request.POST.get(name, "")[:MOST_TEXT] for name in FIELDS}
    if not form.is_valid():
        return _form(request, thing, page, given, (form.sentence, HTTPStatus.UNPROCESSABLE_ENTITY))
    address = visitors.client_address(request)
    mailbox = form.cleaned_data["email"].casefold()  # whoever named it: each report ends with a mail to it
    if not all(limits.spend(limits.REPORTS, each) for each in (address, mailbox) if each):
        return _form(request, thing, page, given, (TOO_MANY, HTTPStatus.TOO_MANY_REQUESTS))
    thanks = THANKS
    if not form.is_filled_in_by_robot:  # a robot is thanked like everybody, so that it learns nothing
        thanks = f"{THANKS} Your report has the number {_kept(request, thing, form, address).pk}."
    messages.success(request, thanks)
    return see_other(reverse("reported"))


@never_cache
@require_safe
def reported(request: HttpRequest) -> HttpResponse:
    """`GET /report/sent`: thanks, and what happens next. The number comes with the message."""
    return render(request, "about/reported.html")


def _kept(request: HttpRequest, thing: Thread | Author, form: ReportForm, address: str) -> Report:
    user = request.user if isinstance(request.user, User) else None
    fields = form.cleaned_data
    return cases.report(
        thing, fields["reason"], words=fields["words"], email=fields["email"], user=user, address=address
    )


def _gone(request: HttpRequest, thing: Thread | Author) -> HttpResponse | None:
    """The page that says so, for what nobody sees any more."""
    if isinstance(thing, Thread):
        return removed(request, thing) if thing.removed else None
    if thing.banned:
        return hidden(request, Banned().for_reader)
    return hidden(request, OptedOut().for_reader) if thing.opted_out else None


def _form(
    request: HttpRequest,
    thing: Thread | Author,
    page: str,
    given: dict[str, str],
    refused: tuple[str, HTTPStatus] = ("", HTTPStatus.OK),
) -> HttpResponse:
    sentence, status = refused
    context = {
        "thread": thing if isinstance(thing, Thread) else None,
        "author": thing.author if isinstance(thing, Thread) else thing,
        "page": page,
        "given": given,
        "error": sentence,
        "begun": stamp(request.POST.get("begun", "")),
        "reasons": Report.Reason.choices,
        "days": cases.KEPT.days,
        "most_text": MOST_TEXT,
    }
    return render(request, "about/report.html", context, status=status)

"""For authors without an account: they ask, are answered by mail, and show on a page of their own who they are."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import limits, visitors
from unroller import access
from unroller.actions import author_asks, proving
from unroller.actions.refusals import Refused
from unroller.core.errors import UnrollError
from unroller.forms.asking import AskForm
from unroller.forms.contact import MOST_TEXT, stamp
from unroller.models import Wish
from unroller.views.unroll import see_other
from unroller.views.unseen import unseen

FIELDS = ("who", "wish", "email", "thread", "words")
SENT = "Thank you. We have written to you: the mail says what to do next."
TOO_MANY = "That is a lot for one day. Please go on tomorrow."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """`GET /authors-rights/ask`: the form; `POST` (fields `who`, `wish`, `email`, `thread`, `words`) sends it."""
    if request.method != "POST":
        return _form(
            request, {"who": request.GET.get("who", "")[:2_000], "thread": request.GET.get("thread", "")[:2_000]}
        )
    form = AskForm(request.POST)
    given = {name: request.POST.get(name, "")[:MOST_TEXT] for name in FIELDS}
    if not form.is_valid():
        return _form(request, given, form.sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    fields = form.cleaned_data
    askers = (visitors.client_address(request), fields["email"].casefold())
    if not all(limits.spend(limits.ASKED_BY_AUTHORS, each) for each in askers):
        return _form(request, given, TOO_MANY, HTTPStatus.TOO_MANY_REQUESTS)
    if not form.is_filled_in_by_robot:  # a robot is thanked like everybody, so that it learns nothing
        try:
            author_asks.ask(
                fields["email"], fields["wish"], fields["who"], words=fields["words"], thread_link=fields["thread"]
            )
        except UnrollError as error:
            return _form(request, given, error.for_reader, HTTPStatus.UNPROCESSABLE_ENTITY)
        except Refused as error:
            return _form(request, given, error.sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, SENT)
    return see_other(reverse("ask-as-author"))


@unseen()
@require_http_methods(["GET", "HEAD", "POST"])
def asked(request: HttpRequest, secret: str) -> HttpResponse:
    """`GET /authors-rights/ask/<secret>`: the code, and how far it is; `POST` (field `do`: `look` with `post`, or
    `in-profile`) has the code looked for. 404 for a secret that opens nothing."""
    row, error, status = access.wish(secret), "", HTTPStatus.OK
    post = request.POST.get("post", "").strip()
    if request.method == "POST":
        try:
            proving.look(row, post if request.POST.get("do") == "look" else "")
            return see_other(request.path)
        except UnrollError as refused:
            is_much = isinstance(refused, proving.TooMany)
            error = refused.for_reader
            status = HTTPStatus.TOO_MANY_REQUESTS if is_much else HTTPStatus.UNPROCESSABLE_ENTITY
    context = {
        "claim": row,
        "error": error or row.sentence,
        "post": post or row.post_link,
        "is_other": row.wish == Wish.OTHER,
    }
    return render(request, "profiles/asked.html", context, status=status)


def _form(
    request: HttpRequest, given: dict[str, str], error: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {
        "given": given,
        "error": error,
        "begun": stamp(request.POST.get("begun", "")),
        "wishes": Wish.choices,
        "days": proving.KEPT.days,
        "most_text": MOST_TEXT,
    }
    return render(request, "profiles/ask.html", context, status=status)

"""Deleting an account: what goes and what stays, the last word, and the page after it."""

from http import HTTPStatus

from django.contrib.auth import logout
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import closing
from accounts.second_factor import guards_itself
from unroller.belongings import belongings
from unroller.forms.account import CloseForm
from unroller.views.people import person
from unroller.views.unroll import see_other

SALT = "unroller.account-delete"
DOUBLE_CLICK_SECONDS = 3600


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponseBase:
    """`GET /account/delete` says what goes; `POST` (field `confirm`: the account's address) begins and answers 303."""
    if request.method == "POST" and not request.user.is_authenticated and _has_begun(request.POST.get("whose", "")):
        return see_other("account-deleted")
    return _delete(request)


@guards_itself
def _delete(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = CloseForm(request.POST if request.method == "POST" else None, address=user.email)
    if form.is_valid():
        closing.ask(user)
        logout(request)
        return see_other("account-deleted")
    context = {"form": form, "has": belongings(user), "whose": signing.dumps(user.id, salt=SALT)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "people/account_delete.html", context, status=status)


@never_cache
@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """`GET /account/deleted`: it is being done. Says nothing of anybody, since nobody is signed in here."""
    return render(request, "people/account_deleted.html")


def _has_begun(whose: str) -> bool:
    """Whether the form of this signed number did its work already: the second of two clicks finds no session."""
    try:
        user_id = signing.loads(whose, salt=SALT, max_age=DOUBLE_CLICK_SECONDS)
    except signing.BadSignature:
        return False
    return closing.is_asked(user_id)

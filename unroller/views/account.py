"""The account page: who somebody is here, how they sign in, their mail, how pages look to them."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import bounces, people
from accounts.models import User
from billing.entitlements import plan_for
from billing.membership import membership
from billing.patreon import client as patreon
from billing.plans import Feature, Limit
from unroller.actions import data_exports, readers
from unroller.belongings import wants_mail, ways_in
from unroller.forms.account import LooksForm, ProfileForm, looks
from unroller.views.guards import from_this_site
from unroller.views.people import person
from unroller.views.preferences import READING
from unroller.views.unroll import see_other


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """`GET /account`; `POST /account` (fields `name`, `time_zone`) answers 303 to it."""
    user = person(request)
    if request.method != "POST":
        form = ProfileForm(initial={"name": user.name, "time_zone": user.time_zone})
        return render(request, "people/account.html", page_context(request, user, form))
    form = ProfileForm(request.POST)
    if not form.is_valid():
        context = page_context(request, user, form)
        return render(request, "people/account.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    readers.settle(user, name=form.cleaned_data["name"], time_zone=form.cleaned_data["time_zone"])
    messages.success(request, "Saved.")
    return see_other("account")


def page_context(request: HttpRequest, user: User, form: ProfileForm) -> dict[str, object]:
    """Everything the page says."""
    mine = membership(user) if settings.BILLING_ENABLED else None
    plan = mine.plan if mine else plan_for(user)
    return {
        "form": form,
        "ways": ways_in(user),
        "x_offered": bool(settings.X_CLIENT_ID),
        "membership": mine,
        "authors": plan.limit(Limit.AUTHORS),
        "at_once": plan.allows(Feature.INSTANT_MAIL),
        "patreon_offered": patreon.is_set_up(),
        "wants_mail": wants_mail(user),
        "looks": looks(user.reading or request.COOKIES.get(READING, "")),
        "export": data_exports.latest(user),
    }


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: HttpRequest) -> HttpResponse:
    """`POST /account/mail` (field `do`: `on`, `off`, `resume`): mail about new threads, or mail to this address."""
    user = person(request)
    match request.POST.get("do"):
        case "off":
            readers.switch_mail(user, off=True)
            messages.success(request, "No more mail about new threads. They are still listed in My Authors.")
        case "on":
            readers.switch_mail(user, off=False)
            messages.success(request, "You get mail about new threads again.")
        case "resume":
            if bounces.resume_mail(user):
                messages.success(request, f"We send mail to {user.email} again.")
            else:
                messages.error(request, "You asked for this several times already. Please try again tomorrow.")
    return redirect("account")


@from_this_site
@never_cache
@require_POST
def reading(request: HttpRequest) -> HttpResponse:
    """`POST /account/reading` (the fields of LooksForm): how pages look, on every machine somebody signs in on.

    Needs no token, because the menu on thread pages sends it and those are the same for everybody. It checks where the
    form stands instead, works for the person of the session alone, and changes nothing but looks. A script, which asks
    for JSON, gets 204; a form is sent back to the account page.
    """
    form = LooksForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    if isinstance(request.user, User):
        people.choose_reading(request.user, form.reading)
    if request.accepts("text/html"):
        return see_other(f"{reverse('account')}#reading")
    return HttpResponse(status=HTTPStatus.NO_CONTENT)

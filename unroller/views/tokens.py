"""Personal tokens: the page that makes, lists and revokes them."""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts import browsers
from accounts.actions import tokens as actions
from accounts.actions.tokens import TooManyTokens
from accounts.freshness import fresh_only
from accounts.models import Token
from billing.entitlements import plan_for
from billing.guards import offer
from billing.plans import Feature
from unroller.actions import pressing
from unroller.forms.tokens import TokenForm
from unroller.views.people import person
from unroller.views.unroll import see_other

MADE_BEFORE = "This form made its token already. Fill it in anew to make another."


@fresh_only
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """`GET /account/tokens`: one's tokens; `POST` (fields `name`, `scope`) makes one and shows it, this once.

    Making one comes with premium. Whoever had premium once still sees and revokes what they made.
    """
    may_make = plan_for(person(request)).allows(Feature.API)
    if request.method != "POST":
        if not may_make and not _mine(request):
            return offer(request, Feature.API, back=reverse("account"))
        return _page(request, TokenForm(initial={"scope": Token.Scope.READ}))
    if not may_make:
        return offer(request, Feature.API, back=reverse("tokens"))
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _made(request, form)


@fresh_only
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """`POST /account/tokens/<id>/revoke`: it opens nothing from now on."""
    gone = actions.revoke(person(request), token_id if token_id < 2**63 else 0)
    if gone is None:
        raise Http404("no such token of yours is here")
    messages.success(request, f"“{gone.name}” is revoked. Programs that used it are shut out.")
    return see_other(reverse("tokens"))


def _made(request: HttpRequest, form: TokenForm) -> HttpResponse:
    browser = browsers.named(request.headers.get("User-Agent", ""))
    wanted = {"name": form.cleaned_data["name"], "scope": Token.Scope(form.cleaned_data["scope"])}
    user = person(request)
    try:
        with pressing.press(user, request.POST.dict()) as press:
            if press.made:
                made = actions.shown_again(user, press.seed)
            else:
                made = actions.make(user, **wanted, browser=browser, seed=press.seed)
                press.made = str(made.token.id)
    except TooManyTokens as error:
        form.add_error(None, error.sentence)
        return _page(request, form, status=HTTPStatus.CONFLICT)
    if made is None:
        messages.info(request, MADE_BEFORE)
        return see_other(reverse("tokens"))
    return _page(request, TokenForm(initial={"scope": Token.Scope.READ}), made=made, status=HTTPStatus.CREATED)


def _page(
    request: HttpRequest, form: TokenForm, *, made: actions.Made | None = None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {
        "form": form,
        "once": pressing.key(),
        "made": made,
        "tokens": _mine(request),
        "may_make": plan_for(person(request)).allows(Feature.API),
    }
    return render(request, "account/tokens.html", context, status=status)


def _mine(request: HttpRequest) -> list[Token]:
    return list(Token.objects.filter(user=person(request)).order_by("-created_at", "-id"))

"""Who asks, and what they may."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja.security import HttpBearer

from accounts.limits import Left
from accounts.models import Token, User
from billing.plans import Feature, Plan
from unroller.api.problems import PREMIUM, SCOPE, Problem

ENDED = "Your plan has no API. Your token works again once you have premium."
NOT_IN_PLAN = "Your plan does not have this."


class Asked(HttpRequest):
    """A request that came through the door: by whose token, with which plan, and what it used up."""

    token: Token
    plan: Plan
    used: dict[str, Left]


class Bearer(HttpBearer):
    """`Authorization: Bearer unr_…`, for the document; the door has looked at the token already."""

    openapi_bearerFormat = "unr_…"  # noqa: N815  # the name in the document is made of it

    def authenticate(self, request: HttpRequest, token: str) -> Token:
        """Whose it is."""
        return cast("Asked", request).token


def person(request: HttpRequest) -> User:
    """Whose program asks."""
    return cast("Asked", request).token.user


def need(request: Asked, feature: Feature) -> None:
    """Raises Problem for who has not got a feature."""
    if feature not in request.plan.features:
        raise no_premium(NOT_IN_PLAN)


def no_premium(detail: str) -> Problem:
    """402, with the offer's address."""
    return Problem(PREMIUM, detail, more={"offer": settings.SITE_URL + reverse("premium")})


def need_scope(request: Asked) -> None:
    """Raises Problem for a token that only reads, where something is written."""
    if request.method not in {"GET", "HEAD", "OPTIONS"} and request.token.scope != Token.Scope.WRITE:
        raise Problem(SCOPE, "This token only reads. Make one that reads and writes.", more={"scope": "write"})

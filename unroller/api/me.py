"""Whose token it is: the plan, what it holds, and what is left of it."""

from typing import Literal

from ninja import Field, Router, Schema

from accounts import limits
from billing.plans import NO_LIMIT, Limit
from unroller import library, queries
from unroller.api.asking import Asked

router = Router(tags=["Me"])


class Unrolls(Schema):
    """New unrolls."""

    an_hour: int = Field(examples=[200])
    left: int = Field(description="Now.", examples=[199])


class Held(Schema):
    """What one has so many of."""

    held: int = Field(examples=[3])
    most: int | None = Field(description="null where there is no limit.", examples=[500])


class Limits(Schema):
    """What the plan allows, and what is used."""

    unrolls: Unrolls
    authors: Held
    saved: Held
    kept_megabytes: int = Field(description="Room for pictures and video.", examples=[5000])


class TokenFacts(Schema):
    """The token that asks."""

    name: str = Field(examples=["laptop"])
    scope: Literal["read", "write"]
    hint: str = Field(description="Its first characters.", examples=["unr_Ab12"])


class Me(Schema):
    """The account behind the token."""

    plan: Literal["free", "premium"]
    limits: Limits
    token: TokenFacts


@router.get("/me", response=Me, summary="Your plan and what is left of it", operation_id="me")
def me(request: Asked) -> Me:
    """Costs nothing but a request: a good first one."""
    user, plan, token = request.token.user, request.plan, request.token
    an_hour, saved = plan.limit(Limit.UNROLLS), plan.limit(Limit.SAVED)
    left = limits.left(limits.unrolls(an_hour), f"member {user.pk}")
    return Me(
        plan=plan.name,
        limits=Limits(
            unrolls=Unrolls(an_hour=an_hour, left=left.uses),
            authors=Held(held=queries.follow_count(user), most=plan.limit(Limit.AUTHORS)),
            saved=Held(held=library.counts(user).all, most=saved if saved < NO_LIMIT else None),
            kept_megabytes=plan.limit(Limit.KEPT_MEGABYTES),
        ),
        token=TokenFacts(name=token.name, scope=token.scope, hint=token.hint),  # type: ignore[arg-type]
    )

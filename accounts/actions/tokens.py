"""Personal tokens: made and shown once, used, revoked."""

from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import mail, security, tokens
from accounts.models import Token, User
from accounts.security import Event

MOST = 25
"""Tokens that somebody has at a time."""
NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a token was last used: a program that asks all the time must not write all the time."""
SHOWN_FOR = timedelta(minutes=1)
"""A button that is pressed twice shows its token in the second answer, since browsers drop the first."""
FULL = f"You have {MOST} tokens, as many as an account holds. Revoke one that you no longer need."


class TooManyTokens(Exception):
    """Somebody has as many tokens as an account holds."""

    sentence = FULL


class Made(NamedTuple):
    """A new token. `secret` is the token itself, which is nowhere else and cannot be had again."""

    token: Token
    secret: str


def make(user: User, *, name: str, scope: Token.Scope, browser: str, seed: str = "") -> Made:
    """A new token for a person's program, and a letter that says so; `browser` is where it was asked for.

    With a `seed`, `shown_again` has it once more for a moment. Raises TooManyTokens.
    """
    secret = tokens.sown(seed) if seed else tokens.fresh()
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        if Token.objects.filter(user=user).count() >= MOST:
            raise TooManyTokens
        token = Token.objects.create(
            user=user, name=name, scope=scope, digest=tokens.digest(secret), hint=tokens.hint(secret)
        )
        about = {"name": name, "may_write": scope == Token.Scope.WRITE, "timestamp": token.created_at}
        mail.send("token_made", user.email, {**about, "browser": browser}, user=user)
    security.note(Event.TOKEN_MADE, user.pk, number=token.pk, scope=str(scope))
    return Made(token, secret)


def shown_again(user: User, seed: str) -> Made | None:
    """What was made with this seed a moment ago; None later on, and when it was revoked."""
    secret = tokens.sown(seed)
    recent = timezone.now() - SHOWN_FOR
    found = Token.objects.filter(user=user, digest=tokens.digest(secret), created_at__gt=recent).first()
    return Made(found, secret) if found else None


def use(secret: str) -> Token | None:
    """Whose program asks; None for what is no token, was revoked, or belongs to an account that is closed."""
    if not tokens.is_one(secret):
        return None
    found = Token.objects.select_related("user").filter(digest=tokens.digest(secret), user__is_active=True).first()
    if found is not None:
        _note(found)
    return found


def revoke(user: User, token_id: int) -> Token | None:
    """One's own token opens nothing from now on; None when there is no such token (any more)."""
    with transaction.atomic():
        found = Token.objects.select_for_update().filter(user=user, id=token_id).first()
        if found is not None:
            Token.objects.filter(id=found.id).delete()
            security.note(Event.TOKEN_REVOKED, user.pk, number=token_id)
    return found


def _note(token: Token) -> None:
    now = timezone.now()
    long_ago = now - NOTED_EVERY
    if token.used_at is None or token.used_at < long_ago:
        mine = Token.objects.filter(Q(used_at=None) | Q(used_at__lt=long_ago), id=token.id)
        mine.update(used_at=now)

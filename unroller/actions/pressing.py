"""Buttons that are pressed twice: the presses of one form make one thing, also at the same moment.

A form carries a key that is new each time it is shown. The same key with the same words, within a day, is one wish,
however many requests it comes in. A form without a key is a wish of its own.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from unroller import queries
from unroller.actions.replays import KEPT
from unroller.models import Replay

TWICE = timedelta(minutes=1)
"""Between two presses of one button by somebody who has no account, and so no key of their own."""
FIELD = "once"
"""The form's field that holds its key."""
UNCOUNTED = "csrfmiddlewaretoken"


@dataclass
class Press:
    """`made`: the id of what an earlier press made; empty in the first, which writes it there. `seed` is the same in
    every press of the form, and in no database."""

    made: str
    seed: str


def key() -> str:
    """For a form that is shown."""
    return secrets.token_urlsafe(16)


@contextmanager
def press(user: User, form: Mapping[str, str]) -> Iterator[Press]:
    """One transaction, in which this is the only press of the form. What it raises leaves the form as it was."""
    fields = {name: value for name, value in form.items() if name != UNCOUNTED}
    wish = repr(sorted((fields if fields.get(FIELD) else {FIELD: key()}).items()))
    name = f"form {sha256(wish.encode()).hexdigest()}"
    with transaction.atomic():
        queries.lock(f"{user.pk} {name}")
        mine = Replay.objects.filter(user=user, key=name)
        mine.filter(created_at__lte=timezone.now() - KEPT).delete()
        row = mine.first() or Replay(user=user, key=name, request=secrets.token_hex(32), status=HTTPStatus.CREATED)
        one = Press(made=row.location, seed=f"{user.pk} {wish} {row.request}")
        yield one
        row.location = one.made
        row.save()

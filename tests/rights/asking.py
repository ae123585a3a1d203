"""Authors without an account, for tests: a filled-in form, and what was asked."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from unroller import profiles, unguessable
from unroller.actions import author_asks
from unroller.forms.contact import stamp
from unroller.models import Claim, Wish

IDA = "ida@example.org"
FORM = "/authors-rights/ask"


def fields(**changes: str) -> dict[str, str]:
    """The form, by somebody who took their time."""
    with time_machine.travel(timezone.now() - timedelta(minutes=1)):
        begun = stamp()
    return {"who": "@alice", "wish": "opt-out", "email": IDA, "begun": begun} | changes


def asked(wish: Wish = Wish.OPT_OUT, *, who: str = "https://x.com/alice", thread_link: str = "") -> Claim:
    """A wish that waits for its code."""
    return author_asks.ask(IDA, wish, who, words="Please.", thread_link=thread_link)


def address(row: Claim) -> str:
    """The page of a wish."""
    return f"{FORM}/{unguessable.secret(profiles.WISH, row.id)}"

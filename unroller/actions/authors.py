"""What operators do for authors who wrote to them."""

from django.db.models import QuerySet

from unroller.actions import opting_out
from unroller.models import Author


def leave_alone(authors: QuerySet[Author]) -> int:
    """From now on nothing of theirs is here; how many they are."""
    rows = list(authors)
    for author in rows:
        opting_out.opt_out(author)
    return len(rows)


def welcome_back(authors: QuerySet[Author]) -> int:
    """Their threads may be unrolled again; how many they are."""
    rows = list(authors)
    for author in rows:
        opting_out.opt_in(author)
    return len(rows)

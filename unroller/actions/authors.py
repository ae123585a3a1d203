"""What authors ask of us."""

from django.db import transaction
from django.db.models import QuerySet

from unroller.models import Author, Chain


def leave_alone(authors: QuerySet[Author]) -> int:
    """From now on nothing of theirs is unrolled or told because somebody follows them; how many they are."""
    with transaction.atomic():
        Chain.objects.filter(author__in=authors).delete()
        return authors.update(opted_out=True)


def welcome_back(authors: QuerySet[Author]) -> int:
    """They may be followed again; how many they are."""
    return authors.update(opted_out=False)

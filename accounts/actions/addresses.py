"""The address an account is reached at."""

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts import security
from accounts.models import Letter, User
from accounts.security import Event


def start_afresh(user: User, *, before: str) -> None:
    """After another address replaced `before`, if it did.

    What stopped mail to the old one says nothing about the new one. Letters to the old one that name nobody become the
    person's, since nothing else will tell whose they were when the account is deleted.
    """
    User.objects.filter(pk=user.pk).exclude(mail_stopped="").update(mail_stopped="", mail_stopped_at=None)
    if before.lower() != user.email.lower():
        Letter.objects.filter(to__iexact=before, user=None).update(user=user)


def close(user: User, before: str) -> None:
    """After an operator replaced `before`: it opens the account no longer, and the new one is proved at a sign-in."""
    with transaction.atomic():
        EmailAddress.objects.filter(user=user).delete()
        start_afresh(user, before=before)
    security.note(Event.ADDRESS_CHANGED, user.pk)

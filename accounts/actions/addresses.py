"""The address an account is reached at."""

from accounts.models import User


def start_afresh(user: User) -> None:
    """What stopped mail to an address says nothing about the one that replaced it."""
    User.objects.filter(pk=user.pk).exclude(mail_stopped="").update(mail_stopped="", mail_stopped_at=None)

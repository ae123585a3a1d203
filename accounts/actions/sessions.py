"""Where somebody is signed in, and ending that."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone


def end(session: UserSession) -> None:
    """Sign one browser out."""
    session.end()


def tidy() -> None:
    """Delete sessions that ran out, and the notes of where they were."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()

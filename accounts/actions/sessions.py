"""Where somebody is signed in, and ending that."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts import security, slices
from accounts.models import User
from accounts.security import Event


def limit(session: SessionBase) -> None:
    """It ends so long after signing in: else one that is written to now and then would never (ASVS 3.3.2)."""
    session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def end(session: UserSession) -> None:
    """Sign one browser out."""
    session.end()
    security.note(Event.SESSIONS_ENDED, session.user_id, sessions="one")


def live(user: User) -> QuerySet[UserSession]:
    """The browsers that a person is signed in with."""
    sessions = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    found: QuerySet[UserSession] = UserSession.objects.filter(Exists(sessions), user=user)
    return found


def end_others(user: User, *, but: str) -> None:
    """Sign a person out of every browser except the one whose session has the key `but`."""
    others = UserSession.objects.filter(user=user).exclude(session_key=but)
    Session.objects.filter(session_key__in=others.values("session_key")).delete()
    others.delete()
    security.note(Event.SESSIONS_ENDED, user.pk, sessions="others" if but else "all")


def end_all(user: User) -> None:
    """Sign a person out of every browser."""
    end_others(user, but="")


def tidy() -> None:
    """Delete sessions that ran out, and the notes of where they were."""
    slices.delete(Session.objects.filter(expire_date__lt=timezone.now()))
    sessions = Session.objects.filter(session_key=OuterRef("session_key"))
    slices.delete(UserSession.objects.filter(~Exists(sessions)))

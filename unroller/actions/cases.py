"""What visitors report, and its end: an operator's decision, with the reason mailed to whom it concerns."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import slices
from accounts.models import User
from unroller import mail, queries
from unroller.actions import moderating
from unroller.core.errors import MODERATED, Removed
from unroller.models import Author, Case, Profile, Report, Thread

KEPT = timedelta(days=180)
"""How long a decided case and its reports are kept: whoever wants to complain has that long."""
Decision = Case.Decision
STANDS = {Decision.HIDDEN: MODERATED, Decision.REMOVED: (Removed.__name__,)}
"""How a thread stands about which an operator had decided so before."""


def report(
    thing: Thread | Author, reason: str, *, words: str = "", email: str = "", user: User | None = None, address: str
) -> Report:
    """Somebody says what is wrong with a thread or an author. While the case is open, one reporter has one report:
    what they say later stands in its place."""
    who = f"account {user.pk}" if user else f"address {address}"
    about = _about(thing)
    with transaction.atomic():
        queries.lock(f"case of {type(thing).__name__} {thing.pk}")
        # Locked as a decision locks it: what comes during one is a case of its own, and nobody's report goes unread.
        case, _ = Case.objects.select_for_update().get_or_create(**about, decided_at=None)
        values = {"reason": reason, "user": user, **({"words": words} if words else {})}
        values |= {"email": email} if email else {}
        return Report.objects.update_or_create(case=case, reporter=_digest(who), defaults=values)[0]


def decide(case: Case, decision: Case.Decision, reason: str) -> Case.Decision | None:
    """Decide an open case; what became of it, None when it was decided meanwhile. A thread's author can be banned in
    its case, too."""
    thread = case.thread
    if not Case.objects.filter(pk=case.pk, decided_at=None).exists():
        return None
    if thread is None:
        return decide_author(case.author, decision, reason) if case.author is not None else None
    if decision != Decision.BANNED:
        return decide_thread(thread, decision, reason)
    return decide_author(thread.author, decision, reason, thread=thread)


def decide_thread(thread: Thread, decision: Case.Decision, reason: str) -> Case.Decision | None:
    """Do what an operator decided about a thread, and tell whom it concerns; what became of it: the decision, or GONE
    where its network or its author was faster. None when there was nothing to do."""
    title, author = str(thread), thread.author
    with transaction.atomic():
        done = False
        if decision == Decision.HIDDEN:
            done = moderating.hide(thread.pk, reason)
        elif decision == Decision.REMOVED:
            done = moderating.remove(thread.pk)
        before = Thread.objects.filter(pk=thread.pk, removed__in=STANDS.get(decision, ()))
        became = decision if decision == Decision.DISMISSED or done or before.exists() else Decision.GONE
        settled = _settle(thread, became, reason)
        if done:
            _tell_author(author, decision, reason, title)
    return became if done or settled else None


def show_again(thread: Thread, reason: str) -> bool:
    """Show a hidden thread again, and tell its author; False when it is not hidden, or its author is banned."""
    with transaction.atomic():
        done = moderating.show_again(thread.pk)
        if done:
            thread.refresh_from_db()
            _tell_author(thread.author, "shown", reason, str(thread), is_here=_is_here(thread))
    return done


def decide_author(
    author: Author, decision: Case.Decision, reason: str, *, thread: Thread | None = None
) -> Case.Decision | None:
    """The same about an author: nothing is done, or they are banned; maybe in the case of a `thread` of theirs. What is
    decided is written at once and together, and then done thread by thread."""
    with transaction.atomic():
        done = decision == Decision.BANNED and moderating.ban(author)
        before = Author.objects.filter(pk=author.pk, banned=True)
        became = decision if decision == Decision.DISMISSED or done or before.exists() else Decision.GONE
        settled = [_settle(each, became, reason) for each in (author, thread) if each is not None]
        if done:
            _tell_author(author, decision, reason)
    if done:
        moderating.hide_threads(author, reason)
    return became if done or any(settled) else None


def lift(author: Author, reason: str) -> bool:
    """End the ban of an author, and tell them; False when they are not banned."""
    with transaction.atomic():
        done = moderating.lift(author)
        if done:
            _tell_author(author, "lifted", reason, is_here=_is_here(author) and moderating.has_words(author))
    if done:
        moderating.show_threads(author)
    return done


def tidy() -> int:
    """Delete cases that were decided long ago; how many rows."""
    return slices.delete(Case.objects.filter(decided_at__lt=timezone.now() - KEPT))


def _settle(thing: Thread | Author, decision: Case.Decision, reason: str) -> bool:
    """End the open case of a thing, in the caller's transaction; whether there was one."""
    case = Case.objects.select_for_update().filter(**_about(thing), decided_at=None).first()
    if case is None:
        return False
    case.decided_at, case.decision, case.words = timezone.now(), decision, reason
    case.save()
    is_here = _is_here(thing)
    for row in case.reports.exclude(email="").order_by("id"):
        mail.report_decided(row, case, is_here=is_here)
    return True


def _is_here(thing: Thread | Author) -> bool:
    """Whether readers still find it, as it stands now."""
    if isinstance(thing, Thread):
        return Thread.objects.filter(pk=thing.pk, removed="").exists()
    return Author.objects.filter(pk=thing.pk, banned=False, opted_out=False).exists()


def _tell_author(author: Author, what: str, reason: str, title: str = "", *, is_here: bool = False) -> None:
    """Write to an author who has shown that a profile here is theirs; of others we know no address."""
    for profile in Profile.objects.filter(author=author).select_related("user"):
        mail.author_moderated(profile.user, author, what=what, reason=reason, title=title, is_here=is_here)


def _about(thing: Thread | Author) -> dict[str, Any]:
    return {"thread" if isinstance(thing, Thread) else "author": thing}


def _digest(who: str) -> str:
    """By which a reporter is known again, and no address is kept."""
    key = hashlib.sha256(f"reporter {settings.SECRET_KEY}".encode()).digest()
    return hmac.digest(key, who.encode(), "sha256").hex()

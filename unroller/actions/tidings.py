"""What other services are told: the words of a delivery, read when they are sent, and what came of sending them."""

import json
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone

from accounts import limits
from accounts.models import User
from unroller import highlighted, networks, sealing
from unroller.actions import readwise, taking
from unroller.core import errors, signatures
from unroller.highlighted import Shown
from unroller.models import Delivery, Highlight, Integration, ReadwiseCopy, Saved, Thread
from unroller.sources.http import Answer, retry_after

Event = Delivery.Event
Kind = Integration.Kind
SECONDS = 10.0
"""In which a receiver has to answer."""
SOON = timedelta(minutes=10)
GONE = "Not sent: it is no longer in your library."
SILENT = "It did not answer."
NOT_PUBLIC = "Its address is not on the public internet."
OUR_KEY = "Its secret cannot be read any more. Please remove it and connect it again."
BROKEN = "Something went wrong on our side."
ONLY_SO_MANY = f"X allows {limits.X_POSTS_INTO_FILES.item.amount} of its posts a day; this one has to wait."


class Outcome(Enum):
    """What came of telling."""

    TAKEN = "taken"
    POINTLESS = "there is nothing to say any more"
    LATER = "not yet: a limit of others"
    REFUSED = "this one was not taken"
    AWAY = "nothing is taken now"
    STOP = "nothing is taken any more"
    BROKEN = "our own fault"


class Told(NamedTuple):
    """The same with the answer's status and a sentence for the reader; `until`: not before then."""

    outcome: Outcome
    status: int | None = None
    sentence: str = ""
    until: datetime | None = None


def tell(integration: Integration, delivery: Delivery) -> Told:
    """Send one delivery. Nothing of ours is locked meanwhile."""
    shown, saved = _shown(integration, delivery), _saved(integration, delivery)
    about = saved or (shown and shown.highlight)
    if delivery.event != Event.TEST and (about is None or about.thread.removed):
        return Told(Outcome.POINTLESS, sentence=GONE)
    if shown and (until := _waits_until(integration.user, delivery, shown)):
        return Told(Outcome.LATER, sentence=ONLY_SO_MANY, until=until)
    return _sent(integration, delivery, saved, shown)


def _sent(integration: Integration, delivery: Delivery, saved: Saved | None, shown: Shown | None) -> Told:
    try:
        secret = sealing.unseal(integration.secret)
        if integration.kind == Kind.READWISE and shown:
            return _to_readwise(integration, secret, shown)
        return _to_webhook(integration, secret, delivery, _body(delivery, saved, shown))
    except sealing.Unreadable:
        return Told(Outcome.STOP, sentence=OUR_KEY)
    except errors.Refused:
        return Told(Outcome.AWAY, sentence=NOT_PUBLIC)
    except errors.Later:
        return Told(Outcome.AWAY, sentence=SILENT)


def _shown(integration: Integration, delivery: Delivery) -> Shown | None:
    """The highlight that a delivery is about, with its words; None when it was removed, or its words were."""
    if delivery.event != Event.HIGHLIGHTED or delivery.about is None:
        return None
    mine = Highlight.objects.filter(id=delivery.about, user=integration.user_id, lost_at=None)
    groups = highlighted.groups(list(mine.values_list("id", flat=True)))
    return groups[0].shown[0] if groups else None


def _saved(integration: Integration, delivery: Delivery) -> Saved | None:
    if delivery.event != Event.SAVED or delivery.about is None:
        return None
    mine = Saved.objects.select_related("thread__author").defer("thread__document")
    return mine.filter(id=delivery.about, user=integration.user_id).first()


def _waits_until(user: User, delivery: Delivery, shown: Shown) -> datetime | None:
    """Count a highlighted post of X, once, towards what X allows; None when it may be sent, or else from when on."""
    if shown.highlight.thread.source != "x" or delivery.counted:
        return None
    limit, who = limits.X_POSTS_INTO_FILES, taking.account(user)
    if not limits.spend(limit, who):
        return limits.wait_until(limit, who) or timezone.now() + SOON
    Delivery.objects.filter(id=delivery.id).update(counted=True)
    return None


def _body(delivery: Delivery, saved: Saved | None, shown: Shown | None) -> dict[str, Any]:
    """What a webhook is sent (docs/webhooks.md). Of a thread's own words only its title is in it."""
    facts: dict[str, Any] = {
        "id": str(delivery.id),
        "event": delivery.event,
        "occurred_at": delivery.created_at.isoformat(),
    }
    if saved:
        kept = {"saved_at": saved.saved_at.isoformat(), "tags": saved.tags, "note": saved.note}
        facts |= {"thread": _thread(saved.thread), "saved": kept | {"favorite": saved.favorite}}
    if shown:
        facts |= {"thread": _thread(shown.highlight.thread), "highlight": _highlight(shown)}
    return facts


def _thread(thread: Thread) -> dict[str, Any]:
    author = thread.author
    return {
        "address": settings.SITE_URL + thread.get_absolute_url(),
        "network": thread.source,
        "title": thread.title,
        "author": {"name": author.name, "handle": author.handle},
        "posted_at": thread.posted_at.isoformat(),
        "posts": thread.post_count,
    }


def _highlight(shown: Shown) -> dict[str, Any]:
    row = shown.highlight
    return {
        "id": row.id,
        "address": settings.SITE_URL + shown.address,
        "words": shown.words,
        "note": row.note,
        "color": row.color,
        "created_at": row.created_at.isoformat(),
        "changed_at": row.changed_at.isoformat(),
    }


def _to_webhook(integration: Integration, secret: str, delivery: Delivery, facts: dict[str, Any]) -> Told:
    body = json.dumps(facts, ensure_ascii=False).encode()
    headers = signatures.headers(secret, str(delivery.id), timezone.now(), body) | {"Content-Type": "application/json"}
    answer = networks.webhooks().send(
        "POST", integration.url, body, headers=headers, most_bytes=0, total_seconds=SECONDS
    )
    if answer.status == 410:
        return Told(Outcome.STOP, 410, "It said that it wants nothing any more (410).")
    return _judged(answer)


def _to_readwise(integration: Integration, token: str, shown: Shown) -> Told:
    copy = ReadwiseCopy.objects.filter(integration=integration, highlight=shown.highlight).first()
    answer = readwise.change(token, copy.number, shown) if copy else readwise.create(token, shown)
    if answer.status in {401, 403}:
        return Told(Outcome.STOP, answer.status, "Readwise no longer takes your token. Please paste a new one.")
    if copy and answer.status == 404:
        copy.delete()
        return Told(Outcome.POINTLESS, 404, "It is no longer at Readwise, so the change was not sent.")
    told = _judged(answer)
    number = readwise.number_of(answer) if told.outcome is Outcome.TAKEN and not copy else None
    if number is not None:
        _keep_number(integration, shown.highlight, number)
    return told


def _keep_number(integration: Integration, highlight: Highlight, number: int) -> None:
    """Unless the highlight or the integration was removed meanwhile."""
    if Highlight.objects.filter(id=highlight.id).exists() and Integration.objects.filter(id=integration.id).exists():
        ReadwiseCopy.objects.update_or_create(integration=integration, highlight=highlight, defaults={"number": number})


def _judged(answer: Answer) -> Told:
    """What a status says. A receiver that fails, or asks for patience, is given it; any other refusal is about what
    was sent, a redirect too: it is not followed."""
    if 200 <= answer.status < 300:
        return Told(Outcome.TAKEN, answer.status)
    is_away = answer.status >= 500 or answer.status in {408, 425, 429}
    sentence = (
        f"It answered {answer.status}{', a redirect, which is not followed' if 300 <= answer.status < 400 else ''}."
    )
    return Told(Outcome.AWAY if is_away else Outcome.REFUSED, answer.status, sentence, retry_after(answer))

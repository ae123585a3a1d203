"""Sending parcels: each is made into a mail by whoever knows its kind, handed to the mail server, and settled.

The `Message-ID` is the row's own, fixed before the first try. A worker that dies between the server's answer and the
settling repeats that one mail, as the same one; no other is sent twice.
"""

import logging
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone

from accounts.actions.bounces import stop_mail
from accounts.delivery import Away, Deferred, Outbox, Refused
from accounts.leases import Held, LostLease
from accounts.models import MailStopped
from unroller.actions import kindle, parcels, recommending, weekly
from unroller.actions.parcels import MOST_ATTEMPTS, QUEUE, Ended, Later, Nothing
from unroller.core.text import clean
from unroller.models import Parcel, Shelf

logger = logging.getLogger(__name__)

Kind = Parcel.Kind

AWAY = timedelta(minutes=1)
BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
PLAIN = "Without pictures: with them it was too large for a mail."
TOO_LARGE = "552"
"""What a server says of a mail that is too large (RFC 5321)."""

FAILED = "This could not be sent. We are sorry about that."
REFUSED = "The mail server of this address did not take it."
NO_SUCH_KINDLE = "There is no such Kindle address. Look it up at Amazon, and enter it again."


def run(parcel_id: str) -> None:
    """Send one parcel, if it is still there to be sent. A failure waits and is tried again."""
    held = QUEUE.claim(parcel_id, spend=_spent)
    if held is None:
        return
    try:
        _send(held)
    except LostLease:
        logger.info("parcel %s, attempt %d: another has it, or nobody wants it", parcel_id, held.attempt)
    except Exception as error:
        with suppress(LostLease):
            _explain(held, error)


def _send(held: Held[Parcel]) -> None:
    """Raises LostLease, an Outcome, what Outbox raises, and whatever the making raises."""
    with tempfile.TemporaryDirectory() as folder:
        mail = _mail(held, Path(folder))
    sentences = (held.row.sentence, PLAIN if held.row.plain else "")
    QUEUE.renew(held)  # the last moment to find out that another has it, or that it was taken back
    with Outbox() as outbox:
        outbox.send(mail)
        parcels.settle(held, sent=True, sentence=" ".join(filter(None, sentences)))


def _mail(held: Held[Parcel], folder: Path) -> EmailMultiAlternatives:
    match Kind(held.row.kind):
        case Kind.FRIEND:
            return recommending.mail_of(held.row)
        case Kind.KINDLE:
            return kindle.mail_of(held, folder)
        case Kind.WEEKLY:
            return weekly.mail_of(held, folder)


def _explain(held: Held[Parcel], error: Exception) -> None:
    """What becomes of a parcel that was not sent. Raises LostLease."""
    match error:
        case Nothing():
            _drop(held)
        case Ended():
            _end(held, error.sentence, error.__cause__ or error)
        case Refused():
            _refused(held, error)
        case Later() | Away() if not parcels.is_late(held.row):
            QUEUE.put_back(held, error.until if isinstance(error, Later) else AWAY, counts=False, detail=_line(error))
        case _:
            if not isinstance(error, Later | Away | Deferred):
                logger.error("parcel %s, attempt %d", held.row.pk, held.attempt, exc_info=error)
            _put_back(held, error)


def _put_back(held: Held[Parcel], error: Exception) -> None:
    """Wait longer after each failure; the last one ends it. Raises LostLease."""
    if held.attempt < MOST_ATTEMPTS and not parcels.is_late(held.row):
        QUEUE.put_back(held, BACKOFF[held.attempt - 1], detail=_line(error))
    elif isinstance(error, Later | Away | Deferred) or parcels.is_late(held.row):
        _give_up(held, FAILED, error)
    else:
        _end(held, FAILED, error)


def _refused(held: Held[Parcel], error: Refused) -> None:
    """The server will never take it. A book that is too large for it is tried once more without pictures."""
    row, is_friend = held.row, held.row.kind == Kind.FRIEND
    if str(error).startswith(TOO_LARGE) and not (is_friend or row.plain):
        QUEUE.put_back(held, timedelta(), plain=True, detail=_line(error))
        return
    theirs = Shelf.objects.filter(user=row.user, kindle=row.to) if not is_friend else Shelf.objects.none()
    is_kindle = theirs.exists()
    _give_up(held, NO_SUCH_KINDLE if error.bounced and is_kindle else REFUSED, error)
    if not error.bounced:
        return
    if is_friend:
        recommending.bounced(row.to)
    elif is_kindle:
        theirs.update(kindle="")  # servers count against us what we send to addresses that are none
    else:
        stop_mail(row.to, MailStopped.BOUNCED, at=timezone.now())


def _drop(held: Held[Parcel]) -> None:
    """As if it had never been. Raises LostLease."""
    with transaction.atomic():
        row = QUEUE.locked(held)
        weekly.release(row)
        row.delete()


def _end(held: Held[Parcel], sentence: str, error: BaseException) -> None:
    """It cannot be made. A book is tried once more with half its threads. Raises LostLease."""
    with transaction.atomic():
        is_smaller = weekly.shrink(QUEUE.locked(held))
    if is_smaller:
        QUEUE.put_back(held, timedelta(), counts=False, detail=_line(error))
    else:
        parcels.settle(held, sent=False, sentence=sentence, detail=_line(error))


def _give_up(held: Held[Parcel], sentence: str, error: Exception) -> None:
    with transaction.atomic():
        row = QUEUE.locked(held)
        weekly.release(row)
        parcels.close(row, sent=False, sentence=sentence, detail=_line(error))


def _spent(row: Parcel) -> None:
    """It killed every worker. A book gets one more, and holds half as much."""
    if weekly.shrink(row):
        row.attempts, row.leased_until, row.rung_at = MOST_ATTEMPTS - 1, None, None
        row.save(update_fields=["attempts", "leased_until", "rung_at"])
    else:
        parcels.close(row, sent=False, sentence=FAILED, detail="the worker died every time")


def _line(error: BaseException) -> str:
    return clean(f"{type(error).__name__}: {error}")[:4000]

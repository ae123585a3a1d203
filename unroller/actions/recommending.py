"""A thread to a friend: written by us, for a member, to somebody who never asked for mail from here.

So the friend can refuse for ever, nobody hears whether they did, and no member learns anything about an address.
"""

import hashlib
import re

from django.core import signing
from django.core.mail import EmailMultiAlternatives

from accounts import limits
from accounts.models import User
from unroller import mail
from unroller.actions import parcels, taking
from unroller.actions.parcels import Nothing
from unroller.actions.refusals import Refused
from unroller.core.text import clean, one_line, without_direction_marks
from unroller.models import Parcel, Recommendation, Refusal, Thread

LONGEST_NOTE = 500
"""Characters."""
SALT = "unroller.recommending"
JOINER = "\N{WORD JOINER}"
LINKED = re.compile(r"(?<=\S)[.:@](?=\S)")
"""What mail programs look for when they make links of words."""

SENT = "If this address takes mail from readers, the thread is on its way to it."
TOO_MANY = "You can send {most} threads to friends within a day. Please go on tomorrow."
ALREADY = "You have sent this thread to this address already."


def ask(user: User, thread: Thread, address: str, *, note: str) -> None:
    """Have a thread sent to a friend. Raises Refused for what the member alone is the reason of.

    Whether the friend refused is looked up by the worker: here all addresses are alike, also to a clock.
    """
    found = digest(address)
    if Recommendation.objects.filter(user=user, thread=thread, address_digest=found).exists():
        raise Refused(ALREADY)
    if not limits.spend(limits.RECOMMENDATIONS, taking.account(user)):
        most = limits.current(limits.RECOMMENDATIONS, taking.account(user)).amount
        raise Refused(TOO_MANY.format(most=most))
    _, created = Recommendation.objects.get_or_create(user=user, thread=thread, address_digest=found)
    if created and limits.spend(limits.RECOMMENDED, found):
        parcels.put(user, Parcel.Kind.FRIEND, address, thread=thread, note=note)


def mail_of(parcel: Parcel) -> EmailMultiAlternatives:
    """The mail to a friend, as things are now. Raises Nothing."""
    thread, found = parcel.thread, digest(parcel.to)
    is_there = thread is not None and not thread.removed and not thread.private
    if thread is None or not is_there or not parcel.user.is_active or is_refused(found):
        raise Nothing
    sender = unlinked(without_direction_marks(one_line(parcel.user.name)))
    note = unlinked(without_direction_marks(clean(parcel.note)).strip())
    return mail.thread_for_you(parcel, thread, sender=sender, note=note, token=token(found))


def bounced(address: str) -> None:
    """There is no such address: nothing is sent there for a year."""
    Refusal.objects.get_or_create(address_digest=digest(address), defaults={"bounced": True})


def digest(address: str) -> str:
    """What is kept of an address: SHA-256 of it, in small letters and without what follows a plus sign.

    It is made without a key, since a key that changes would forget who refused.
    """
    name, _, host = address.strip().lower().rpartition("@")
    return hashlib.sha256(f"{name.partition('+')[0] or name}@{host}".encode()).hexdigest()


def token(address_digest: str) -> str:
    """What stands in a mail and lets its reader refuse. It needs no row, so that it outlives account and thread."""
    return signing.Signer(salt=SALT).sign(address_digest)


def read(token: str) -> str | None:
    """The digest that a token is for; None for one that is not ours."""
    try:
        return signing.Signer(salt=SALT).unsign(token)
    except signing.BadSignature:
        return None


def is_refused(address_digest: str) -> bool:
    """Whether nothing is sent to an address."""
    return Refusal.objects.filter(address_digest=address_digest).exists()


def refuse(address_digest: str) -> None:
    """No mail from readers to this address, ever."""
    Refusal.objects.update_or_create(address_digest=address_digest, defaults={"bounced": False})


def allow(address_digest: str) -> None:
    """Take that back."""
    Refusal.objects.filter(address_digest=address_digest).delete()


def unlinked(words: str) -> str:
    """Words that no mail program makes a link of. They look as they did."""
    return LINKED.sub(lambda found: f"{JOINER}{found[0]}{JOINER}", words)

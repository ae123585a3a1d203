"""From a mention to its answer, stage by stage: the row is the queue, and whoever holds its lease goes on with it.

A try to post is written down (SENDING) before it begins. Whoever finds that, after a worker died or an answer was lost,
first looks whether the answer stands there; so a mention is answered once, whatever happens.
"""

import logging
from datetime import datetime, timedelta

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import slices
from accounts.leases import Held, LostLease, Queue
from unroller import networks
from unroller.actions.bot import answering, days, deciding
from unroller.actions.bot.silence import CannotCome, KeepsSilent, Silence
from unroller.actions.bot.stages import Stage, stages
from unroller.budgets import SharedBudget
from unroller.core.errors import Broken, Later, NotConfigured, OutOfCredits, RateLimited, UnrollError
from unroller.core.posts import Person
from unroller.models import BotAccount, Mention
from unroller.sources import mentioning
from unroller.sources.budget import BREAKER
from unroller.sources.mentioning import NotSure, Sent
from unroller.sources.recording import Raw, Recorder

logger = logging.getLogger(__name__)

State = Mention.State
OPEN = Q(state__in=[State.NEW, State.UNROLLING, State.READY, State.SENDING])
QUEUE = Queue(Mention, is_open=OPEN, task="unroller.bot_work", lease=timedelta(minutes=3), most_attempts=8)
"""The lease is longer than signing in anew and posting may take."""
SWEPT_AT_ONCE = 200
LONGEST = timedelta(days=1)
"""What could not be answered within that time is not answered any more."""
SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(minutes=10)
LOOK_LATER = timedelta(seconds=20)
"""A network may show a new post so late to who looks for it."""
SHARE = 8
"""What waits is tried again after this part of the time that it waited already."""
SOON = timedelta(seconds=60)
KEPT = timedelta(days=30)
TOO_LATE = "TooLate"
"""The reason of what was not answered for a day."""


def run(mention_id: str) -> None:
    """Go on with one mention as far as it goes. Every way it can end is written to its row."""
    held = QUEUE.claim(mention_id, spend=_spend)
    if held is None:
        return
    try:
        _run(held)
    except LostLease:
        logger.info("mention %s was taken by another worker", mention_id)
    except Exception:
        logger.exception("mention %s", mention_id)
        put_back(held, wait(held.row, least=timedelta(seconds=5)), counts=True)


def _run(held: Held[Mention]) -> None:
    stage = stages().get(held.row.source)
    try:
        if stage is None:
            raise NotConfigured
        _go_on(held, stage)
    except KeepsSilent as silence:
        end(held, State.SILENT, silence.why.value)
    except CannotCome as error:
        end(held, State.FAILED, error.code)
    except Later as error:
        _wait_for_network(held, error)
    except NotConfigured:
        put_back(held, LONGEST_WAIT)  # an operator is needed; a mention waits for a day
    except UnrollError as error:
        end(held, State.FAILED, error.code)


def _go_on(held: Held[Mention], stage: Stage) -> None:
    """Through the states, until the row ends or has to wait. Raises UnrollError, KeepsSilent, CannotCome."""
    row = held.row
    if row.state == State.SENDING and _was_sent(held, stage):
        return
    if row.created_at < timezone.now() - LONGEST:
        raise KeepsSilent(Silence.TOO_OLD) if row.state == State.NEW else CannotCome(TOO_LATE)
    if row.state == State.NEW and not _decide(held, stage):
        return
    if row.state == State.UNROLLING and not _compose(held, stage):
        put_back(held, wait(row))
        return
    deciding.refuse_meanwhile(row)
    _send(held, stage)


def _decide(held: Held[Mention], stage: Stage) -> bool:
    """Have the thread fetched; False when the bot keeps silent. That somebody said stop is kept with that end."""
    myself = own(held.row, stage)
    with transaction.atomic():
        row = QUEUE.locked(held)
        try:
            target = deciding.target(row, document(row), myself.id)
            row.target_source, row.target, row.place = target.ref.source, target.ref.key[:512], target.place
            stage.begin(row, by_author=(target.ref.source, target.author_id) == (row.source, row.asker_id))
        except KeepsSilent as silence:
            _close(row, State.SILENT, silence.why.value)
            return False
        row.state = State.UNROLLING
        row.save()
    _now_is(held, row)
    return True


def _compose(held: Held[Mention], stage: Stage) -> bool:
    """Write the words of the answer, once; False while the thread is not here yet."""
    unrolled = stage.unrolled(held.row)
    if unrolled is None:
        return False
    with transaction.atomic():
        row = QUEUE.locked(held)
        if unrolled.thread is not None:
            row.thread = unrolled.thread
            deciding.refuse_thread(row, unrolled.thread)
            deciding.refuse_again(row, unrolled.thread)
        row.words = answering.words(row, unrolled, stage.network.most_characters)
        row.state = State.READY
        row.save()
    _now_is(held, row)
    return True


def _send(held: Held[Mention], stage: Stage) -> None:
    """Post the answer. That a try began is on disk before it does. Raises UnrollError."""
    QUEUE.renew(held, state=State.SENDING)
    held.row.state = State.SENDING
    words, _, link = held.row.words.rpartition("\n")
    try:
        sent = stage.network.answer(document(held.row), words, link, recorder(held))
    except NotSure:
        raise
    except Later:
        QUEUE.renew(held, state=State.READY)  # it surely was not posted
        held.row.state = State.READY
        raise
    _finish(held, sent)


def _was_sent(held: Held[Mention], stage: Stage) -> bool:
    """Look for the answer that a try before may have left. Raises UnrollError."""
    sent = stage.network.own_answer(own(held.row, stage), document(held.row), recorder(held))
    if sent is not None:
        _finish(held, sent)
    return sent is not None


def _finish(held: Held[Mention], sent: Sent) -> None:
    """Answered: state, price and the day's numbers in one transaction. Raises LostLease."""
    with transaction.atomic():
        row = QUEUE.locked(held)
        row.answer_key, row.micros = sent.key[:512], sent.micros
        _close(row, State.ANSWERED, "")
        days.count(row.source, answers=1, micros=sent.micros)


def end(held: Held[Mention], state: str, reason: str) -> None:
    """Keep silent about a mention. Raises LostLease."""
    with transaction.atomic():
        _close(QUEUE.locked(held), state, reason)


def put_back(held: Held[Mention], until: timedelta | datetime, *, counts: bool = False) -> None:
    """Wait, and ring by the broker's clock where that is soon. Raises LostLease."""
    QUEUE.put_back(held, until, counts=counts)
    rest = until if isinstance(until, timedelta) else until - timezone.now()
    if rest <= SOON:
        QUEUE.ring_after_commit(held.row.pk, wait=max(rest, timedelta()))


def wait(row: Mention, *, least: timedelta = SHORTEST_WAIT) -> timedelta:
    """How long something that is not there yet is left alone: the longer, the longer it took already."""
    return min(max((timezone.now() - row.created_at) / SHARE, least), LONGEST_WAIT)


def own(row: Mention, stage: Stage) -> Person:
    """The bot itself on a stage; on the practice page it is asked who it is, on networks the last look did that."""
    account = BotAccount.objects.filter(source=row.source).exclude(network_id="").first()
    if account is not None:
        return own_person(account)
    return stage.network.who(Recorder(Raw(source=row.source, key="who"), networks.http(), budget=SharedBudget()))


def own_person(account: BotAccount) -> Person:
    """The bot as its account's row knows it."""
    return Person(id=account.network_id, handle=account.handle, name=account.handle, url="")


def recorder(held: Held[Mention]) -> Recorder:
    """What talks to the network, and renews the lease while it does."""
    raw = Raw(source=held.row.source, key=held.row.key)
    return Recorder(raw, networks.http(), budget=SharedBudget(), on_answer=lambda _: QUEUE.renew(held))


def document(row: Mention) -> mentioning.Mention:
    """The mention as its network told it."""
    return msgspec.convert(row.document, mentioning.Mention)


def sweep() -> int:
    """Ring for mentions that no bell reached; for how many."""
    return QUEUE.sweep(SWEPT_AT_ONCE)


def tidy() -> int:
    """Delete mentions that ended a month ago, and what nobody could bring to an end; how many there were."""
    long_ago = timezone.now() - KEPT
    return slices.delete(Mention.objects.filter(Q(finished_at__lt=long_ago) | Q(created_at__lt=long_ago - LONGEST)))


def _wait_for_network(held: Held[Mention], error: Later) -> None:
    row = held.row
    if isinstance(error, RateLimited):
        put_back(held, max(error.until, timezone.now() + SHORTEST_WAIT))
    elif isinstance(error, OutOfCredits):
        put_back(held, BREAKER)
    else:
        logger.warning("mention %s: %s: %s", row.pk, error.code, error)
        put_back(held, wait(row, least=LOOK_LATER if row.state == State.SENDING else timedelta(seconds=5)))


def _now_is(held: Held[Mention], row: Mention) -> None:
    """What the transaction wrote, now that it stands, is what the steps after it see."""
    for field in ("state", "target", "target_source", "place", "words", "job", "thread"):
        setattr(held.row, field, getattr(row, field))


def _spend(row: Mention) -> None:
    _close(row, State.FAILED, Broken.__name__)


def _close(row: Mention, state: str, reason: str) -> None:
    """The end of a row, without what its author wrote."""
    row.state, row.reason, row.document = state, reason, None
    row.finished_at, row.leased_until, row.not_before = timezone.now(), None, None
    row.save()

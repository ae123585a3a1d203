"""Looking for mentions: whose turn it is, and what came since.

`BotAccount.due_at` is schedule and lease in one and `turn` the fence (docs/decisions/0008), as with followed authors.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.bell import ring
from unroller import networks
from unroller.actions.bot import days, deciding
from unroller.actions.bot.stages import Stage, stages
from unroller.actions.bot.wallets import DatabaseWallet
from unroller.actions.bot.working import QUEUE, own_person
from unroller.budgets import SharedBudget
from unroller.core.errors import Broken, NotConfigured, OutOfCredits, RateLimited, UnrollError
from unroller.core.posts import Person
from unroller.core.text import clean
from unroller.models import BotAccount, Mention
from unroller.sources import mentioning
from unroller.sources.budget import BREAKER
from unroller.sources.recording import Raw, Recorder

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=7)
"""After so long an account is looked at again: the bell was lost, or the worker died."""
LONGEST = timedelta(minutes=15)
"""Between two looks, however often the network did not answer."""
NOBODY = "nobody"
"""No network's id: nothing counts as an answer to the bot."""
FEWEST_SECONDS, MOST_SECONDS = 2, 30


def pace() -> timedelta:
    """How long to wait between two looks: half a minute, and less where chains of posts rest for less (the sandbox)."""
    return timedelta(seconds=min(max(settings.FOLLOW_QUIET_SECONDS / 20, FEWEST_SECONDS), MOST_SECONDS))


def claim_due() -> int:
    """Take the accounts whose time has come and ring for each; how many."""
    now, wanted = timezone.now(), stages()
    known = set(BotAccount.objects.values_list("source", flat=True))
    fresh = [BotAccount(source=key, due_at=now) for key in sorted(set(wanted) - known - {"practice"})]
    BotAccount.objects.bulk_create(fresh, ignore_conflicts=True)
    BotAccount.objects.filter(due_at__gt=now + timedelta(days=2)).update(due_at=now)  # by a clock that was wrong
    count = 0
    for account in BotAccount.objects.filter(source__in=list(wanted), due_at__lte=now):
        mine = BotAccount.objects.filter(source=account.source, turn=account.turn)
        if mine.update(turn=F("turn") + 1, due_at=now + LEASE):
            count += ring("unroller.bot_look", account.source, str(account.turn + 1))
    return count


def look(source: str, turn: str) -> None:
    """Look for mentions on one network, in the turn that was claimed. What ends it early, the lease makes up for."""
    stage = stages().get(source)
    account = BotAccount.objects.filter(source=source, turn=turn).first()
    if account is None or stage is None:
        return
    try:
        web = Recorder(Raw(source=source, key="mentions"), networks.http(), budget=SharedBudget())
        own = _introduced(stage, account, web)
        found = stage.network.mentions(own, web, cursor=account.cursor)
    except UnrollError as error:
        _excuse(account, error)
    except Exception as error:
        logger.exception("mentions on %s", source)
        _excuse(account, Broken(str(error)))
    else:
        _take(account, own, found)


def keep(source: str, found: Iterable[mentioning.Mention], *, own_id: str = NOBODY, everything: bool = False) -> int:
    """Write down who mentioned the bot, each once, and ring; how many are new. What asks for nothing is not kept, but
    with `everything`."""
    kept = [_row(source, each) for each in found if everything or deciding.is_asked_for(each, own_id)]
    with transaction.atomic():
        known = set(
            Mention.objects.filter(source=source, key__in=[row.key for row in kept]).values_list("key", flat=True)
        )
        new = list({row.key: row for row in kept if row.key not in known}.values())
        Mention.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
        for row in Mention.objects.filter(id__in=[row.id for row in new]).only("id"):
            QUEUE.ring_after_commit(row.id)
    return len(new)


def _introduced(stage: Stage, account: BotAccount, web: Recorder) -> Person:
    """Who the bot is there; the network is asked once, and again when the settings name another handle, or, where they
    name none, hold another token. Raises UnrollError."""
    wanted = str(getattr(settings, f"{account.source.upper()}_BOT_HANDLE", ""))
    wallet, secret = DatabaseWallet(account.source), _secret(account.source)
    is_same = wanted.casefold() == account.handle.casefold() if wanted else bool(mentioning.kept(wallet, secret))
    if account.network_id and is_same:
        return own_person(account)
    own = stage.network.who(web)
    if wanted and wanted.casefold() != own.handle.casefold():
        raise NotConfigured(f"signed in as @{own.handle}, but the settings say @{wanted}")
    cursor = account.cursor if own.id == account.network_id else ""
    account.network_id, account.handle, account.cursor = own.id, own.handle, cursor
    values = {"network_id": own.id, "handle": own.handle, "cursor": cursor}
    BotAccount.objects.filter(source=account.source, turn=account.turn).update(**values)
    if not wanted:
        mentioning.keep(wallet, secret, {"id": own.id})
    return own


def _secret(source: str) -> str:
    """What the bot signs in with where no setting says who it is: another one may be somebody else's."""
    return " ".join(str(getattr(settings, f"{source.upper()}_BOT_{name}", "")) for name in ("URL", "TOKEN"))


def _take(account: BotAccount, own: Person, found: mentioning.Mentions) -> None:
    """Write what a look found, in one transaction, if the turn is still ours."""
    now = timezone.now()
    with transaction.atomic():
        values = {"cursor": found.cursor[:512], "looked_at": now, "failures": 0, "error": ""}
        if not _settle(account, due_at=now + pace(), **values):
            return
        keep(account.source, (each for each in found.mentions if each.asker.id != own.id), own_id=own.id)
        days.count(account.source, looks=1, mentions=len(found.mentions) - found.again, micros=found.micros)


def _excuse(account: BotAccount, error: UnrollError) -> None:
    """Write why a look brought nothing, and when the next one is worth it."""
    now = timezone.now()
    failures = account.failures + 1
    if isinstance(error, RateLimited | OutOfCredits):
        until = error.until if isinstance(error, RateLimited) else now + BREAKER
        due_at = max(until, now + pace())
    else:
        due_at = now + (LONGEST if error.permanent else min(pace() * 2.0 ** min(failures, 20), LONGEST))
    with transaction.atomic():
        if _settle(account, due_at=due_at, failures=failures, error=error.code[:40]):
            logger.warning("mentions on %s: %s: %s", account.source, error.code, error)
            days.count(account.source, looks=1)


def _settle(account: BotAccount, **values: object) -> bool:
    mine = BotAccount.objects.filter(source=account.source, turn=account.turn)
    return mine.update(turn=account.turn + 1, **values) == 1


def _row(source: str, found: mentioning.Mention) -> Mention:
    return Mention(
        source=source,
        key=clean(found.key)[:512],
        document=_storable(msgspec.to_builtins(found)),
        asker_id=clean(found.asker.id)[:512],
        asker_handle=clean(found.asker.handle)[:512],
        written_at=found.written_at,
    )


def _storable(told: Any) -> Any:
    """Plain data without what the database refuses: one mention with such a letter would keep out all that came with
    it, look after look."""
    if isinstance(told, str):
        return clean(told)
    return {name: _storable(value) for name, value in told.items()} if isinstance(told, dict) else told

"""The words of one answer, written once, so that a second try says exactly the same."""

from datetime import timedelta
from zlib import crc32

from django.utils import timezone

from unroller import queries
from unroller.actions.bot.stages import Unrolled
from unroller.core.answers import WAYS, compose
from unroller.models import Mention
from unroller.models.threads import SourceKey

MOST = 140
"""Characters of the words beside the link; no network's answer is ever too long then."""
REMEMBERED = timedelta(days=2)
"""X refuses words that were said within a day."""


def words(row: Mention, unrolled: Unrolled, most: int) -> str:
    """Words and link, a line each: others than those for any other mention of the same asker, since X refuses a post
    that says what another one said. Locks the asker's name until the end of the transaction."""
    queries.lock(f"bot words {row.source}/{row.asker_id}")
    since = timezone.now() - REMEMBERED
    others = Mention.objects.filter(source=row.source, asker_id=row.asker_id, created_at__gt=since).exclude(id=row.id)
    said = set(others.values_list("words", flat=True))
    first = crc32(f"{row.asker_id} {row.target}".encode("utf-8", "replace"))
    ways = [_said(row, unrolled, most=most, turn=first + number) for number in range(WAYS)]
    return next((way for way in ways if way not in said), ways[0])


def _said(row: Mention, unrolled: Unrolled, *, most: int, turn: int) -> str:
    handle = row.asker_handle if row.source == SourceKey.X else ""
    line = compose(posts=unrolled.posts, minutes=unrolled.minutes, most=min(MOST, most), turn=turn, handle=handle)
    return f"{line}\n{unrolled.link}"

"""Where the bot's sign-ins are kept: encrypted in its accounts' rows, renewed by one worker at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection
from django.utils import timezone

from unroller.core.errors import Unreachable
from unroller.models import BotAccount
from unroller.sealing import Unreadable, seal, unseal

LONGEST_WAIT = "30s"
"""For another worker's renewal, which is one question to the network."""


class DatabaseWallet:
    """The sign-in to one network (sources.mentioning.Wallet). Nothing of it is written inside a transaction: X's
    refresh tokens are good once, and a rollback would lose the only one."""

    def __init__(self, source: str) -> None:
        self.source = source

    def read(self) -> str:
        """What was kept last; empty also where it was sealed with a SECRET_KEY that this site no longer has."""
        sealed = BotAccount.objects.filter(source=self.source).values_list("sealed", flat=True).first()
        try:
            return unseal(sealed) if sealed else ""
        except Unreadable:
            return ""

    def write(self, kept: str) -> None:
        """Keep; committed when this returns."""
        values: dict[str, object] = {"sealed": seal(kept) if kept else ""}
        fresh = values | {"due_at": timezone.now()}
        BotAccount.objects.update_or_create(source=self.source, defaults=values, create_defaults=fresh)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else renews meanwhile. The database ends it by itself when this process dies. Raises Unreachable when
        the others take too long."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LONGEST_WAIT])
            try:
                cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 1))", [f"bot {self.source}"])
            except OperationalError as error:
                raise Unreachable("another worker renews the sign-in") from error
            finally:
                _reset_timeout()
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [f"bot {self.source}"])


def _reset_timeout() -> None:
    if not connection.needs_rollback and connection.is_usable():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', '0', false)")

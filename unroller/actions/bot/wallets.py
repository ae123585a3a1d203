"""Where the bot's sign-ins are kept: encrypted in its accounts' rows, renewed by one worker at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from unroller.actions.alone import alone
from unroller.models import BotAccount
from unroller.sealing import Unreadable, seal, unseal


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
        """Nobody else renews meanwhile. Raises Unreachable when the others take too long."""
        with alone(f"bot {self.source}"):
            yield

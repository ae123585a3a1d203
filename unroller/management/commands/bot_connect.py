"""Signs the bot in to X, for operators: X's refresh tokens cannot be copied out of its developer portal."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from unroller import networks
from unroller.actions.bot.wallets import DatabaseWallet
from unroller.budgets import SharedBudget
from unroller.core.errors import UnrollError
from unroller.models import BotAccount
from unroller.sources.recording import Raw, Recorder
from unroller.sources.x.session import Client, begin, code_of

CALLBACK = "/accounts/x/login/callback/"
"""The address that is registered with X already, for readers who sign in; the code in it is no use to them."""


class Command(BaseCommand):
    """`manage.py bot_connect x`."""

    help = "Sign the bot in to X: open the address it prints as the bot, and paste where X sent the browser to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("network", choices=["x"])

    def handle(self, *_: Any, **options: Any) -> str:
        if not settings.X_BOT_HANDLE or not settings.X_CLIENT_ID:
            raise CommandError("X_BOT_HANDLE and X_CLIENT_ID must be set first (docs/bot.md).")
        redirect = f"{settings.SITE_URL}{CALLBACK}"
        beginning = begin(settings.X_AUTHORIZE_URL, Client(settings.X_CLIENT_ID, ""), redirect)
        self.stdout.write(f"Open this, signed in to X as @{settings.X_BOT_HANDLE}:\n\n{beginning.address}\n")
        address = _pasted("Within 30 seconds of saying yes, paste the address that the browser then shows: ")
        web = Recorder(Raw(source="x", key="bot"), networks.http(), budget=SharedBudget())
        try:
            code = code_of(address, beginning)
            networks.x_session(DatabaseWallet("x")).exchange(web, code, beginning.verifier, redirect)
        except UnrollError as error:
            raise CommandError(str(error)) from error
        # Another account may have signed in: who it is is asked anew.
        BotAccount.objects.filter(source="x").update(
            network_id="", handle="", cursor="", error="", failures=0, due_at=timezone.now()
        )
        return "Signed in."


def _pasted(question: str) -> str:
    """What the operator answers. Raises CommandError where nobody can."""
    try:
        return input(question)
    except EOFError as error:
        raise CommandError("Nothing was pasted.") from error

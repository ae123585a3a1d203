"""`manage.py billing_reconcile [--fix]`: everything held against Stripe, now; without --fix nothing is changed."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing import handlers, inbox, metrics
from billing.actions import reconciling
from billing.actions.looks import Wanted
from billing.gateway.errors import StripeError


class Command(BaseCommand):
    help = "Hold everything against Stripe and say what differs: a dry run, unless --fix is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="mend what differs, and fetch events that never arrived")

    def handle(self, *, fix: bool, **_: Any) -> None:
        if not settings.STRIPE_SECRET_KEY:
            raise CommandError("STRIPE_SECRET_KEY is not set.")
        wanted = Wanted(sorted(handlers.HANDLERS), inbox.add, inbox.replay)
        try:
            row = reconciling.look_at_everything(wanted, fixes=fix)
        except (reconciling.BusyError, StripeError) as error:
            raise CommandError(str(error)) from error
        for sentence in row.report:
            self.stdout.write(sentence)
        mended = "and mended" if fix else "and left as they are (--fix mends them)"
        self.stdout.write(
            f"{row.accounts} accounts looked at with {row.calls} calls: {row.drift} differed {mended}; "
            f"{row.replayed} events had not arrived."
        )
        for name, number in metrics.numbers().items():
            self.stdout.write(f"{name} {number}")

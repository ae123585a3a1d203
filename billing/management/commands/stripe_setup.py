"""`manage.py stripe_setup`: product, prices, portal and webhook endpoint at Stripe, as often as one likes."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing import handlers
from billing.actions import setting_up
from billing.gateway.errors import StripeError


class Command(BaseCommand):
    help = "Make or mend at Stripe what this site needs: product, prices, portal, webhook endpoint. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--remove-old-endpoints",
            action="store_true",
            help="end an upgrade: remove our webhook endpoints of other API versions",
        )

    def handle(self, *, remove_old_endpoints: bool, **_: Any) -> None:
        if not settings.STRIPE_SECRET_KEY:
            raise CommandError("STRIPE_SECRET_KEY is not set.")
        try:
            for sentence in setting_up.set_up(sorted(handlers.HANDLERS)):
                self.stdout.write(sentence)
            if remove_old_endpoints:
                for sentence in setting_up.remove_old_endpoints():
                    self.stdout.write(sentence)
        except StripeError as error:
            raise CommandError(str(error)) from error

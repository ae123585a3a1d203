"""`manage.py billing_smoke`: everything that is asked of Stripe, once, with a test key."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing import keys
from billing.actions import smoke


class Command(BaseCommand):
    help = "Try everything that is asked of Stripe, with a test key and a customer who is deleted at the end."

    def handle(self, **_: Any) -> None:
        if not settings.STRIPE_SECRET_KEY:
            raise CommandError("STRIPE_SECRET_KEY is not set.")
        if keys.is_live(settings.STRIPE_SECRET_KEY):
            raise CommandError("STRIPE_SECRET_KEY is a live key: this would move real money.")
        for name, wrong in smoke.walk():
            self.stdout.write(f"{'failed' if wrong else 'ok':<7} {name}" + (f": {wrong}" if wrong else ""))
            if wrong:
                raise CommandError("Stripe does something else than this site believes.")

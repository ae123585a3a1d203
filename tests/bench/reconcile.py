"""What the nightly look costs: calls to Stripe and seconds an account, where one in a hundred differs."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from time import perf_counter

from django.test.utils import override_settings
from django.utils import timezone

from accounts.models import User
from billing import handlers, inbox
from billing.actions import reconciling
from billing.actions.looks import Wanted
from billing.gateway import subscriptions
from billing.gateway.pacing import CALLS_A_SECOND
from billing.models import BillingAccount
from billing.standing import NOTHING, standing

ACCOUNTS = 10_000
DIFFER_EVERY = 100


def measure() -> Iterator[str]:
    """Against asking for each account by itself. Calls keep their distance, as on a real site."""
    with _stripe():
        _prepare()
        start = perf_counter()
        row = reconciling.look_at_everything(Wanted(sorted(handlers.HANDLERS), inbox.add, inbox.replay), fixes=True)
        seconds = perf_counter() - start
    if (row.accounts, row.drift) != (ACCOUNTS, ACCOUNTS // DIFFER_EVERY):
        raise RuntimeError(f"{row.accounts} accounts, {row.drift} differed")
    yield f"reconcile, calls: {row.calls / ACCOUNTS:.4f} calls/account ({row.calls / ACCOUNTS:.4f} to ONE CALL EACH)"
    each = ACCOUNTS / CALLS_A_SECOND
    yield f"reconcile: {1000 * seconds / ACCOUNTS:.2f} ms/account ({seconds / each:.4f} to ONE CALL EACH)"


@contextmanager
def _stripe() -> Iterator[None]:
    command = [sys.executable, "-m", "tests.bench.members", str(ACCOUNTS)]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    said = json.loads(running.stdout.readline())
    try:
        with override_settings(BILLING_ENABLED=True, STRIPE_SECRET_KEY=said["key"], STRIPE_API_URL=said["address"]):
            yield
    finally:
        running.terminate()
        running.wait()


def _prepare() -> None:
    """Accounts whose mirrors say what Stripe says, but for one in a hundred."""
    User.objects.all().delete()
    BillingAccount.objects.all().delete()
    (one,) = subscriptions.of_customer("cus_0")
    mirror = standing(one, before=NOTHING, suspended=False, now=timezone.now())
    users = User.objects.bulk_create(User(email=f"member{number}@example.com") for number in range(ACCOUNTS))
    BillingAccount.objects.bulk_create(
        BillingAccount(
            user=user,
            stripe_customer_id=f"cus_{number}",
            **asdict(
                replace(
                    mirror,
                    subscription_id=f"sub_{number}",
                    item_id=f"si_{number}",
                    status="paused" if number % DIFFER_EVERY == 0 else mirror.status,
                )
            ),
        )
        for number, user in enumerate(users)
    )

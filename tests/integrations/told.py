"""Services that are told, for tests: connected, let do their work, and what came of it."""

from accounts.models import User
from tests.sandbox.server import Sandbox
from unroller.actions import deliveries, integrations
from unroller.models import Delivery, Integration

HOOK = "/hook"


def a_webhook(user: User, sandbox: Sandbox, path: str = HOOK) -> Integration:
    """A webhook of somebody at the pretend receiver, which knows its secret; the test of the beginning was sent."""
    made = integrations.connect_webhook(user, sandbox.urls()["receiver"] + path)
    sandbox.world.receiver.secret = made.secret
    tell(made.integration)
    return made.integration


def a_readwise(user: User, sandbox: Sandbox) -> tuple[Integration, str]:
    """Somebody's account at the pretend Readwise, connected, and its token."""
    token = sandbox.world.readwise.join()
    return integrations.connect_readwise(user, token), token


def tell(row: Integration) -> None:
    """A worker's turn."""
    deliveries.run(str(row.pk))
    row.refresh_from_db()


def later(row: Integration) -> None:
    """Whatever it waited for has come, and a worker has its turn."""
    Integration.objects.filter(id=row.id).update(not_before=None)
    Delivery.objects.filter(integration=row).update(not_before=None)
    tell(row)


def newest(row: Integration) -> Delivery:
    return Delivery.objects.filter(integration=row).latest("created_at")

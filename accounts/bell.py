"""The doorbell: rows are the queue, the broker only rings for them (docs/decisions/0002)."""

from celery import current_app
from kombu.exceptions import OperationalError


def ring(task: str, *args: str, countdown: float = 0) -> bool:
    """Tell the workers that there is something to do. False when the broker is away; a sweeper rings later."""
    try:
        current_app.send_task(task, args=args, countdown=countdown or None, retry=False)
    except (OperationalError, OSError):
        return False
    return True

"""Celery: the broker is a doorbell, the rows are the queue. Beat's clock is here, one line per job with its reason."""

import os

from celery import Celery
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unroller.settings")

from django.conf import settings

SECONDS = 1.0
MINUTES = 60.0

app = Celery("unroller")
app.conf.update(
    broker_url=settings.REDIS_URL,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "socket_connect_timeout": settings.REDIS_TIMEOUT,
        "socket_timeout": 10 * settings.REDIS_TIMEOUT,
        "max_retries": 0,
    },
    task_publish_retry=False,
    task_ignore_result=True,
    task_default_queue="fetch",
    task_routes={"unroller.fetch": {"queue": "fetch"}, "unroller.*": {"queue": "clock"}},
    task_time_limit=10 * MINUTES,
    worker_max_memory_per_child=500_000,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    enable_utc=True,
    timezone="UTC",
    beat_schedule_filename=str(settings.DATA_DIR / "beat-schedule"),
    beat_schedule={
        # Rings for requests whose bell was lost: Redis was away, a worker died, a network asked us to wait.
        "sweep": {"task": "unroller.sweep", "schedule": 5 * SECONDS, "options": {"expires": 5 * SECONDS}},
        # Fresh threads grow, and search indexes are late.
        "check": {"task": "unroller.check", "schedule": 20 * SECONDS, "options": {"expires": 20 * SECONDS}},
        # What ended long ago is of no use to anybody.
        "tidy": {"task": "unroller.tidy", "schedule": 60 * MINUTES, "options": {"expires": 60 * MINUTES}},
        # The picture cache stays within its bound.
        "trim": {"task": "unroller.trim", "schedule": 10 * MINUTES, "options": {"expires": 10 * MINUTES}},
    },
)
app.autodiscover_tasks(["unroller"])


def ring(task: str, *args: str, countdown: float = 0) -> bool:
    """Tell the workers that there is something to do. False when the broker is away; the sweeper rings later."""
    try:
        app.send_task(task, args=args, countdown=countdown or None, retry=False)
    except (OperationalError, OSError):
        return False
    return True

"""Doors for Celery: each parses, calls one action, and answers nothing."""

from celery.signals import task_postrun

from unroller.actions import upkeep
from unroller.tasks import clock, compliance, rows

__all__ = ["clock", "compliance", "rows"]


@task_postrun.connect
def look_after(**_: object) -> None:
    """Whatever machine does tasks keeps its own folder in order."""
    upkeep.look_after()

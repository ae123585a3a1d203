"""Doors for Celery: each parses, calls one action, and answers nothing."""

from celery import shared_task

from accounts.actions import banning, closing, deeds, letters, mail_files, newcomers, sessions
from accounts.steps import each


@shared_task(name="accounts.deliver")
def deliver() -> None:
    """Send the letters that wait."""
    letters.deliver_due()


@shared_task(name="accounts.close")
def close(user_id: str) -> None:
    """Do one closing."""
    closing.close(user_id)


@shared_task(name="accounts.sweep")
def sweep() -> None:
    """Ring for closings that wait without a bell."""
    closing.sweep()


@shared_task(name="accounts.tidy")
def tidy() -> None:
    """Delete what ended long ago."""
    each(letters.tidy, newcomers.tidy, sessions.tidy, mail_files.tidy, banning.tidy, deeds.tidy)

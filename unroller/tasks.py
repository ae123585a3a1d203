"""Doors for Celery: each parses, calls one action, and answers nothing."""

from unroller.actions import jobs, media, unrolling
from unroller.celery import app


@app.task(name="unroller.fetch")
def fetch(job_id: str) -> None:
    """Do one job, if it is still there to be done."""
    unrolling.run(job_id)


@app.task(name="unroller.sweep")
def sweep() -> None:
    """Ring for jobs that wait without a bell."""
    jobs.sweep()


@app.task(name="unroller.check")
def check() -> None:
    """Queue the threads that are due to be looked at again."""
    unrolling.check_due()


@app.task(name="unroller.trim")
def trim() -> None:
    """Keep the picture cache within its bound."""
    media.trim()


@app.task(name="unroller.tidy")
def tidy() -> None:
    """Delete jobs that ended long ago."""
    jobs.tidy()

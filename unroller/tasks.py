"""Doors for Celery: each parses, calls one action, and answers nothing."""

from unroller.actions import (
    announcing,
    chains,
    data_exports,
    jobs,
    lookups,
    media,
    notifying,
    unrolling,
    watching,
)
from unroller.celery import app


@app.task(name="unroller.fetch")
def fetch(job_id: str) -> None:
    """Do one job, if it is still there to be done."""
    unrolling.run(job_id)


@app.task(name="unroller.sweep")
def sweep() -> None:
    """Ring for what waits without a bell."""
    jobs.sweep()
    lookups.sweep()
    data_exports.sweep()


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
    """Delete jobs, lookups and notifications that ended long ago."""
    jobs.tidy()
    lookups.tidy()
    notifying.tidy()


@app.task(name="unroller.look_up")
def look_up(lookup_id: str) -> None:
    """Find out who is meant by a handle or a link."""
    lookups.run(lookup_id)


@app.task(name="unroller.poll_due")
def poll_due() -> None:
    """Take the followed authors whose time has come."""
    watching.claim_due()


@app.task(name="unroller.poll")
def poll(author_id: str, turn: str) -> None:
    """Look at one followed author."""
    watching.poll(author_id, turn)


@app.task(name="unroller.unroll_quiet")
def unroll_quiet() -> None:
    """Queue the threads that followed authors have finished."""
    chains.unroll_quiet()


@app.task(name="unroller.announce_due")
def announce_due() -> None:
    """Ring for the threads that followers are to be told about."""
    announcing.ring_due()


@app.task(name="unroller.announce")
def announce(thread_id: str) -> None:
    """Tell the followers of a thread's author."""
    announcing.announce(thread_id)


@app.task(name="unroller.notify")
def notify() -> None:
    """Send what is due."""
    notifying.send_due()


@app.task(name="unroller.export_data")
def export_data(export_id: str) -> None:
    """Make a person's data into a file."""
    data_exports.run(export_id)

"""Tasks that take one thing a step further: the one whose row, author or network they are given."""

from unroller.actions import (
    announcing,
    copying,
    data_exports,
    deliveries,
    jobs,
    library_exports,
    lookups,
    mailing,
    notifying,
    proving,
    thread_files,
    unrolling,
    watching,
)
from unroller.actions.archives import reading as archive_reading
from unroller.actions.blogs import working as blog_working
from unroller.actions.bot import reading, working
from unroller.celery import app


@app.task(name="unroller.fetch")
def fetch(job_id: str) -> None:
    """Do one job, if it is still there to be done."""
    unrolling.run(job_id)


@app.task(name="unroller.fetch_slowly")
def fetch_slowly(job_id: str) -> None:
    """The same for a job that took longer than a first turn."""
    unrolling.run(job_id, jobs.SLOW)


@app.task(name="unroller.look_up")
def look_up(lookup_id: str) -> None:
    """Find out who is meant by a handle or a link."""
    lookups.run(lookup_id)


@app.task(name="unroller.look_up_slowly")
def look_up_slowly(lookup_id: str) -> None:
    """The same for a name of a list, and for one that failed at first."""
    lookups.run(lookup_id, lookups.SLOW)


@app.task(name="unroller.poll")
def poll(author_id: str, turn: str) -> None:
    """Look at one followed author."""
    watching.poll(author_id, turn)


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


@app.task(name="unroller.make_file")
def make_file(file_id: str) -> None:
    """Make a thread into a file."""
    thread_files.run(file_id)


@app.task(name="unroller.export_library")
def export_library(export_id: str) -> None:
    """Make the next part of somebody's library as files."""
    library_exports.run(export_id)


@app.task(name="unroller.copy_media")
def copy_media(thread_id: str) -> None:
    """Fetch what a kept thread shows."""
    copying.run(thread_id)


@app.task(name="unroller.tell")
def tell(integration_id: str) -> None:
    """Tell another service what is new in a reader's library."""
    deliveries.run(integration_id)


@app.task(name="unroller.publish")
def publish(post_id: str) -> None:
    """Bring a thread to its author's blog."""
    blog_working.run(post_id)


@app.task(name="unroller.send_parcel")
def send_parcel(parcel_id: str) -> None:
    """Send a thread or a book that a reader asked for."""
    mailing.run(parcel_id)


@app.task(name="unroller.bot_look")
def bot_look(source: str, turn: str) -> None:
    """Look for mentions on one network."""
    reading.look(source, turn)


@app.task(name="unroller.bot_work")
def bot_work(mention_id: str) -> None:
    """Go on with one mention until it is answered."""
    working.run(mention_id)


@app.task(name="unroller.read_archive")
def read_archive(archive_id: str) -> None:
    """Read an archive of X that somebody brought, or publish it."""
    archive_reading.run(archive_id)


@app.task(name="unroller.check_claim")
def check_claim(claim_id: str) -> None:
    """Look for the code of one claim."""
    proving.run(claim_id)

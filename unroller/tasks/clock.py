"""Tasks that the clock rings for: looks at what waits, what is due, and what ended."""

from accounts.steps import each
from unroller.actions import (
    announcing,
    cases,
    chains,
    contact,
    copies,
    copying,
    counting,
    data_exports,
    deliveries,
    file_gifts,
    indexing,
    jobs,
    keeping,
    library_exports,
    library_imports,
    lookups,
    media,
    notifying,
    parcels,
    practicing,
    private_links,
    proving,
    reminding,
    replays,
    requests,
    thread_files,
    unrolling,
    watching,
    weekly,
    withdrawing,
)
from unroller.actions.archives import queue as archive_queue
from unroller.actions.archives import receiving as archive_receiving
from unroller.actions.blogs import working as blog_working
from unroller.actions.bot import days, reading, working
from unroller.actions.compliance import inquiries, vanished
from unroller.celery import app


@app.task(name="unroller.sweep")
def sweep() -> None:
    """Ring for what waits without a bell."""
    each(
        jobs.sweep,
        lookups.sweep,
        data_exports.sweep,
        thread_files.sweep,
        copying.sweep,
        library_exports.sweep,
        parcels.sweep,
        deliveries.sweep,
        vanished.sweep,
        working.sweep,
        archive_queue.sweep,
        proving.sweep,
        blog_working.sweep,
    )


@app.task(name="unroller.check")
def check() -> None:
    """Queue the threads that are due to be looked at again."""
    unrolling.check_due()


@app.task(name="unroller.trim")
def trim() -> None:
    """Keep the picture cache within its bound; delete files that nobody took for a while."""
    each(
        media.trim,
        thread_files.trim,
        withdrawing.sweep,
        keeping.end_grace,
        keeping.warn_of_end,
        keeping.drop_unkept,
        copies.collect_unused,
        archive_receiving.tidy,
    )


@app.task(name="unroller.tidy")
def tidy() -> None:
    """Delete what ended long ago."""
    each(
        requests.settle,
        jobs.tidy,
        lookups.tidy,
        notifying.tidy,
        parcels.tidy,
        deliveries.tidy,
        replays.tidy,
        vanished.tidy,
        inquiries.tidy,
        working.tidy,
        days.tidy,
        counting.tidy,
        contact.tidy,
        cases.tidy,
        practicing.tidy,
        proving.tidy,
        reminding.remind,
    )


@app.task(name="unroller.count")
def count() -> None:
    """Write down how many people read which thread."""
    counting.write_down()


@app.task(name="unroller.poll_due")
def poll_due() -> None:
    """Take the followed authors whose time has come."""
    watching.claim_due()


@app.task(name="unroller.unroll_quiet")
def unroll_quiet() -> None:
    """Queue the threads that followed authors have finished."""
    chains.unroll_quiet()


@app.task(name="unroller.announce_due")
def announce_due() -> None:
    """Ring for the threads that followers are to be told about."""
    announcing.ring_due()


@app.task(name="unroller.import_links")
def import_links() -> None:
    """Go on with the lists of links that readers brought."""
    library_imports.go_on()


@app.task(name="unroller.end_links")
def end_links() -> None:
    """Delete private links that ended, with the threads that nobody else may read, and gifts that nobody took."""
    each(private_links.sweep, file_gifts.tidy)


@app.task(name="unroller.index")
def index() -> None:
    """Read the words of threads that search does not know yet."""
    indexing.index_due()


@app.task(name="unroller.keep")
def keep() -> None:
    """Have the media of members' saved threads kept."""
    keeping.keep_due()


@app.task(name="unroller.check_copies")
def check_copies() -> None:
    """Hold the rows of kept media against the files."""
    copies.check()


@app.task(name="unroller.weekly_books")
def weekly_books() -> None:
    """Begin the weekly books whose Monday morning has come."""
    weekly.begin_due()


@app.task(name="unroller.poll_bot")
def poll_bot() -> None:
    """Take the networks on which the bot looks for mentions now."""
    reading.claim_due()

"""Doors for Celery: each parses, calls one action, and answers nothing."""

from accounts.steps import each
from unroller.actions import (
    announcing,
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
    mailing,
    media,
    notifying,
    opting_out,
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
from unroller.actions.archives import reading as archive_reading
from unroller.actions.archives import receiving as archive_receiving
from unroller.actions.blogs import working as blog_working
from unroller.actions.bot import days, reading, working
from unroller.actions.compliance import inquiries, rounds, stream, vanished
from unroller.celery import app


@app.task(name="unroller.fetch")
def fetch(job_id: str) -> None:
    """Do one job, if it is still there to be done."""
    unrolling.run(job_id)


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
        practicing.tidy,
        proving.tidy,
        reminding.remind,
    )


@app.task(name="unroller.count")
def count() -> None:
    """Write down how many people read which thread."""
    counting.write_down()


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


@app.task(name="unroller.make_file")
def make_file(file_id: str) -> None:
    """Make a thread into a file."""
    thread_files.run(file_id)


@app.task(name="unroller.export_library")
def export_library(export_id: str) -> None:
    """Make the next part of somebody's library as files."""
    library_exports.run(export_id)


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


@app.task(name="unroller.copy_media")
def copy_media(thread_id: str) -> None:
    """Fetch what a kept thread shows."""
    copying.run(thread_id)


@app.task(name="unroller.check_copies")
def check_copies() -> None:
    """Hold the rows of kept media against the files."""
    copies.check()


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


@app.task(name="unroller.weekly_books")
def weekly_books() -> None:
    """Begin the weekly books whose Monday morning has come."""
    weekly.begin_due()


@app.task(name="unroller.poll_bot")
def poll_bot() -> None:
    """Take the networks on which the bot looks for mentions now."""
    reading.claim_due()


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


@app.task(name="unroller.comply_opt_outs")
def comply_opt_outs() -> None:
    """Take away what is left of authors who opted out."""
    opting_out.go_on()


@app.task(name="unroller.comply_vanished")
def comply_vanished(row_id: str) -> None:
    """Take away here what a network took away."""
    vanished.run(row_id)


@app.task(name="unroller.comply_rounds")
def comply_rounds(source: str) -> None:
    """Ask one network whether it still shows what is here."""
    rounds.go_on(source)


@app.task(name="unroller.comply_stream")
def comply_stream() -> None:
    """Hear what Bluesky's stream tells of deleted posts and accounts."""
    stream.go_on()


@app.task(name="unroller.comply_x")
def comply_x() -> None:
    """Go on asking X which posts are gone."""
    inquiries.go_on()


@app.task(name="unroller.comply_inquiry")
def comply_inquiry(inquiry_id: str) -> None:
    """Take one list of posts that X is asked about a step further."""
    inquiries.run(inquiry_id)

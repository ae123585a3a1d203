"""PDF: pages a second of a processor, beside WeasyPrint laying out the same document by the same measures."""

import resource
import tempfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from time import process_time

import pikepdf

from tests.bench.print_page import Printer
from tests.bench.threads import chain
from unroller.core.assemble import assemble
from unroller.exports import pdf, workshop

POSTS = 72
MANY = 1_000
ROUNDS = 7
LEAST = 5


def measure() -> Iterator[str]:
    """Pages for each second of a processor (of all its threads; best of seven) for a thread of 72 posts and the ratio
    to WeasyPrint, the same for the whole child process, and the growth of time from 72 to 1,000 posts."""
    thread = assemble(chain(POSTS)).thread
    with tempfile.TemporaryDirectory() as folder:
        printer, out = Printer(Path(folder)), Path(folder) / "thread.pdf"

        def made() -> bytes:
            workshop.make("pdf-a4", thread, {}, out)
            return out.read_bytes()

        ours, our_pages, our_size = best(lambda: pdf.export(thread, {})[0])
        theirs, their_pages, their_size = best(lambda: printer.pdf(thread))
        child, _, _ = best(made, of_children)
    ratio = (our_pages / ours) / (their_pages / theirs)
    yield (
        f"PDF of {POSTS} posts: {our_pages / ours:.0f} pages/s ({ratio:.1f} to WeasyPrint; {verdict(ratio)}): "
        f"{ours * 1000:.0f} ms for {our_pages} pages and {our_size} kB, "
        f"WeasyPrint {theirs * 1000:.0f} ms for {their_pages} pages and {their_size} kB"
    )
    alone = (our_pages / child) / (their_pages / theirs)
    yield f"the same with the start of a child process: {our_pages / child:.0f} pages/s ({alone:.1f} to WeasyPrint)"
    many = assemble(chain(MANY)).thread
    grown, _, _ = best(lambda: pdf.export(many, {})[0], rounds=2)
    growth = grown / ours / (MANY / POSTS)
    yield f"PDF of {MANY:,} posts: {grown * 1000:.0f} ms ({growth:.2f} a post to {POSTS} posts; at most 1.5)"


def best(
    make: Callable[[], bytes], clock: Callable[[], float] = process_time, *, rounds: int = ROUNDS
) -> tuple[float, int, int]:
    """Seconds of a processor in the least disturbed of several runs, and pages and kilobytes of the file. A run before
    them, which finds its fonts, does not count."""
    file = make()
    times = []
    for _ in range(rounds):
        start = clock()
        file = make()
        times.append(clock() - start)
    with pikepdf.open(BytesIO(file)) as document:
        return min(times), len(document.pages), round(len(file) / 1000)


def of_children() -> float:
    """Seconds of a processor that processes of ours took which have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def verdict(ratio: float) -> str:
    return f"at least {LEAST}" if ratio >= LEAST else f"LESS than the {LEAST} we want"

"""A thread as a file on this machine's disk: its pictures fetched, its pages made by a child process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
from typing import Literal, NamedTuple, cast

from django.conf import settings

from unroller import kept
from unroller.actions import taking
from unroller.actions.gathering import MOST_PICTURES, Tell, gather
from unroller.core.posts import Thread as Content
from unroller.exports import pictures, workshop
from unroller.models import Thread, ThreadFile

TELL_SECONDS = 5.0
"""How often `tell` is called while the child works: more often than any lease runs out."""


class Made(NamedTuple):
    """A file, and what its name ends with: pdf, epub, or zip for a PDF in volumes."""

    path: Path
    ending: str


def make(thread: Thread, content: Content, kind: ThreadFile.Kind, *, folder: Path, tell: Tell) -> Made:
    """The file of a thread in `folder`, which is empty and stays the caller's. Raises workshop.Failed.

    `tell` is called with the pictures that are done and those there are, at least every 20 seconds until the file is
    there; whatever it raises (a lost lease) is raised here.
    """
    content = taking.allowed(content)
    wanted = pictures.wanted(content)[:MOST_PICTURES]
    found = gather(wanted, folder, tell=tell, kept=kept.copies(thread))
    out, address = folder / "file", settings.SITE_URL + thread.get_absolute_url()
    name = cast("Literal['pdf-a4', 'pdf-letter', 'epub']", kind.value)
    ending = attended(
        lambda over: workshop.make(name, content, found, out, address=address, over=over),
        lambda: tell(len(wanted), len(wanted)),
    )
    return Made(out, ending)


def attended(work: Callable[[Event], str], tell: Callable[[], None]) -> str:
    """What `work` answers; `tell` is called while it goes on, and ends it by raising: then the event is set."""
    over = Event()
    with ThreadPoolExecutor(1) as crew:
        running = crew.submit(work, over)
        try:
            while not wait([running], timeout=TELL_SECONDS).done:
                tell()
        finally:
            over.set()
        return running.result()

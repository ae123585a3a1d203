"""What goes into a library's zip for one thread: its Markdown, or the thread's own PDF or EPUB."""

import io
import time
from collections.abc import Callable

from django.db import IntegrityError

from unroller.actions import taking, thread_files, threads
from unroller.actions.library_parts import Content
from unroller.core import errors
from unroller.core.errors import UnrollError
from unroller.exports import markdown
from unroller.models import LibraryExport, Saved, Thread, ThreadFile

WAIT_SECONDS = 5.0


class LongEnough(Exception):
    """Not in this run: it has lasted long enough, or what it works on has just changed. The next one goes on."""


def of(saved: Saved, kind: LibraryExport.Kind, *, end: float, renew: Callable[[], None]) -> Content | str:
    """The content, or why there is none. No file is begun after `end` (time.monotonic); `renew` is called after each
    and may raise. Raises LongEnough."""
    try:
        return _content(saved, kind, end=end, renew=renew)
    except (Thread.DoesNotExist, IntegrityError) as error:  # it became a part of another thread at this moment
        raise LongEnough from error


def _content(saved: Saved, kind: LibraryExport.Kind, *, end: float, renew: Callable[[], None]) -> Content | str:
    thread = saved.thread
    content = threads.content(thread)
    if content is None:
        error = getattr(errors, thread.removed, UnrollError)
        return str(error(network=thread.get_source_display()).for_reader)
    if kind == LibraryExport.Kind.MARKDOWN:
        body = markdown.export(taking.allowed(content), tags=saved.tags).encode()
        return Content(io.BytesIO(body), len(body), "md")
    return _file(thread, ThreadFile.Kind(kind), end=end, renew=renew)


def _file(thread: Thread, kind: ThreadFile.Kind, *, end: float, renew: Callable[[], None]) -> Content | str:
    """The thread's own file, made here when there is none yet."""
    file = thread_files.find(thread, kind) or thread_files.ask(thread, kind)
    while True:
        if file.finished_at is None:
            if time.monotonic() > end:
                raise LongEnough
            thread_files.run(str(file.pk))
            thread_files.wait(file, WAIT_SECONDS)
            renew()
        elif not thread_files.is_made(file):
            return file.sentence
        elif found := thread_files.opened(file):
            return Content(found, file.size, file.ending)
        else:
            file = thread_files.again(file)  # the storage lost it

"""Has a file made in a process of its own (`workbench`), with limits on time and memory, which ends with this one.

Pictures come from networks and may be anything, and neither a decoder nor Typst can be stopped from within. The child
gets none of our settings: no secret is in its environment.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Literal

from unroller.core.posts import Thread, to_document

logger = logging.getLogger(__name__)

Kind = Literal["pdf-a4", "pdf-letter", "epub"]
Progress = Callable[[int, int], None]

ROOT = Path(__file__).resolve().parents[2]
MOST_MEMORY = 2_000_000_000
"""Bytes of address space."""
MOST_SECONDS = 240
SECONDS_A_PICTURE = 0.25
"""By the clock, and of a processor: a machine with other work to do needs three times what is measured alone."""
LAST_WORDS = 500
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "RAYON_NUM_THREADS": "2", "MALLOC_ARENA_MAX": "2"}
"""Every thread reserves memory for itself: on a machine of many processors that alone would reach the limit."""


class Failed(Exception):
    """No file was made; the text says why, for logs."""


def make(
    kind: Kind,
    thread: Thread,
    files: Mapping[str, Path],
    out: Path,
    *,
    address: str = "",
    progress: Progress | None = None,
    over: threading.Event | None = None,
    seconds: float | None = None,
    memory: int = MOST_MEMORY,
) -> str:
    """Write the file to `out`; the answer is its ending: `pdf`, `zip` (of several PDF files) or `epub`.

    `files`: network address → the picture as it was fetched; one that is missing or broken leaves a line of words.
    `progress` is told how many pictures of how many are ready; setting `over` ends the child. `seconds` and `memory`
    (bytes) limit the child; without `seconds` they are 240 and a quarter for each picture. Raises Failed.
    """
    what = {"kind": kind, "thread": to_document(thread), "address": address}
    return _made(what, files, out, progress=progress, over=over, seconds=seconds, memory=memory)


def bind(
    threads: Sequence[tuple[Thread, str]],
    files: Mapping[str, Path],
    out: Path,
    *,
    title: str,
    lines: tuple[str, str] = ("", ""),
    progress: Progress | None = None,
    over: threading.Event | None = None,
    seconds: float | None = None,
    memory: int = MOST_MEMORY,
) -> None:
    """Write several threads, each with its address on our site, to `out` as one EPUB; the rest is as `make` has it.

    `lines` stand below the title on its cover.
    """
    chapters = [(to_document(thread), address) for thread, address in threads]
    what = {"kind": "bundle", "threads": chapters, "title": title, "lines": lines}
    _made(what, files, out, progress=progress, over=over, seconds=seconds, memory=memory)


def _made(
    what: Mapping[str, Any],
    files: Mapping[str, Path],
    out: Path,
    *,
    progress: Progress | None,
    over: threading.Event | None,
    seconds: float | None,
    memory: int,
) -> str:
    over = over or threading.Event()
    seconds = seconds or MOST_SECONDS + SECONDS_A_PICTURE * len(files)
    job = {
        **what,
        "files": {url: str(path.resolve()) for url, path in files.items()},
        "out": str(out.resolve()),
        "parent": os.getpid(),
        "seconds": seconds,
        "memory": memory,
    }
    with (
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as told,
        tempfile.TemporaryDirectory() as scratch,
    ):
        told.write(json.dumps(job).encode())
        told.seek(0)
        ending, status = _watched(told, said, scratch, progress=progress, over=over, seconds=seconds)
        said.seek(0)
        words = said.read().decode("utf-8", "replace").strip()
        if status != 0 or not ending:
            raise Failed(_reason(status, words, seconds))
        if words:
            logger.warning("%s: %s", what["kind"], words[-LAST_WORDS:])
        return ending


def _watched(
    told: IO[bytes],
    said: IO[bytes],
    scratch: str,
    *,
    progress: Progress | None,
    over: threading.Event,
    seconds: float,
) -> tuple[str, int]:
    """Run the child, until its time or all is `over`: what it named as the ending of its file, and its exit status."""
    ending = ""
    with subprocess.Popen(
        [sys.executable, "-m", "unroller.exports.workbench"],
        cwd=ROOT,
        env=ENVIRONMENT | {"TMPDIR": scratch},
        stdin=told,
        stdout=subprocess.PIPE,
        stderr=said,
        start_new_session=True,
    ) as child:
        guard = threading.Thread(target=_guard, args=(child, over, seconds), daemon=True)
        guard.start()
        try:
            assert child.stdout is not None
            for line in child.stdout:
                word, *counts = line.decode("ascii", "replace").split()
                if word == "pictures" and progress:
                    progress(int(counts[0]), int(counts[1]))
                elif word == "made":
                    ending = counts[0]
        except BaseException:
            child.kill()
            raise
        finally:
            child.wait()
            over.set()
            guard.join()
    return ending, child.returncode


def _guard(child: "subprocess.Popen[bytes]", over: threading.Event, seconds: float) -> None:
    over.wait(seconds)
    child.kill()


def _reason(status: int, words: str, seconds: float) -> str:
    if status in {-signal.SIGKILL, -signal.SIGXCPU}:
        return f"It took longer than {seconds:g} seconds, or was killed."
    if "MemoryError" in words or "memory allocation" in words or "Cannot allocate memory" in words:
        return "It needed too much memory."
    if status < 0:
        return f"It was ended by {signal.Signals(-status).name}. {words[-LAST_WORDS:]}".strip()
    return f"It ended with exit status {status}. {words[-LAST_WORDS:]}".strip()

"""An archive of X with 100,000 posts: how fast it is read, and the memory that takes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.x_archives import HANDLE, NOON, STRANGER, Json, id_at, link, post, zipped
from unroller.sources.x_archive import open_archive

POSTS = 100_000
WORDS = "The harbour is quiet this morning & the boats lie still; nobody knows yet what the wind will do until noon."
MOST_MEMORY = 500


def measure() -> Iterator[str]:
    """Posts a second from the file to threads, and the peak memory of a process that does nothing else."""
    with TemporaryDirectory() as folder:
        path = zipped(Path(folder) / "archive.zip", posts(POSTS))
        command = [sys.executable, "-m", "tests.bench.archive", str(path)]
        output = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True).stdout
    reading, making, count, in_threads, memory = map(float, output.split())
    yield f"archive of {count:,.0f} posts, reading: {count / reading:,.0f} posts/s (aim: 20,000)"
    yield f"archive of {count:,.0f} posts, making threads of {in_threads:,.0f}: {in_threads / making:,.0f} posts/s"
    yield f"archive of {count:,.0f} posts, all of it: {count / (reading + making):,.0f} posts/s"
    yield f"archive of {count:,.0f} posts, peak memory: {memory:.0f} MB (at most {MOST_MEMORY})"


def posts(count: int) -> Iterator[Json]:
    """As people write: of ten posts three are in threads, four answer others, two stand alone, one repeats another."""
    above = ""
    for number in range(count):
        own = id_at(NOON + timedelta(minutes=number - count), number % 4_000)
        turn = number // 30 % 10
        text = f"@someone {WORDS}" if turn in {3, 4, 5, 6} else f"RT @someone: {WORDS}" if turn == 9 else WORDS
        text = f"{text} https://t.co/abcdefghij"
        entities = {
            "hashtags": [],
            "symbols": [],
            "user_mentions": [
                {"name": "Some One", "screen_name": "someone", "indices": ["0", "8"], "id_str": STRANGER}
            ],
            "urls": [link(text, "https://t.co/abcdefghij", f"https://{HANDLE}.example/{number}")],
        }
        if turn in {3, 4, 5, 6}:
            yield post(own, text, above=str(int(own) - 9_000_000), of=STRANGER, entities=entities)
        else:
            yield post(own, text, above=above if turn < 3 else "", entities=entities)
        above = own if turn < 3 else ""


def main(path: Path) -> None:
    """Read it once and print: seconds until the first thread, seconds for all, posts, posts in threads, megabytes."""
    start = perf_counter()
    with open_archive(path) as archive:
        found = archive.threads()
        next(found)
        first = perf_counter()
        for _ in found:
            pass
        end = perf_counter()
    print(first - start, end - first, archive.report.posts_read, archive.report.posts_in_threads, peak() / 1024)


def peak() -> int:
    """The most memory this process ever had, in kB; `getrusage` would count its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The pictures of a file: the copies that are kept here, and others fetched as those of pages are, within limits that
hold whatever their hosts do.

What cannot be had in time is left out, and the file says so in its place.
"""

import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from django.db import connection

from unroller import networks
from unroller.actions import media
from unroller.core.errors import UnrollError
from unroller.models import Medium

logger = logging.getLogger(__name__)

MOST_PICTURES = 2_000
MOST_BYTES = 1_000_000_000
"""Of all pictures of one file as they came; they lie on the disk until it is made."""
SECONDS = 120.0
"""For all of them together."""
SECONDS_LOST = 30.0
"""A host that used up so much time for nothing is not asked any more."""
AT_ONCE = 2
"""As many as the cache lets one process fetch (actions/media.py)."""
TELL_SECONDS = 0.5

Tell = Callable[[int, int], None]
"""Is told how many of how many are done; whatever it raises ends the gathering."""


def gather(
    addresses: Sequence[str], folder: Path, *, tell: Tell, kept: Mapping[str, Medium] | None = None
) -> dict[str, Path]:
    """The files of pictures by their addresses at their networks, in `folder`, which stays the caller's. `kept`: the
    copies there are of some of them."""
    wanted = addresses[:MOST_PICTURES]
    told, lost = monotonic(), Counter[str]()
    tell(0, len(wanted))
    found = _kept_ones(wanted, kept or {}, folder)
    size = sum(place.stat().st_size for place in found.values())
    missing = [url for url in wanted if url not in found]
    if found:
        tell(len(found), len(wanted))
    networks.http()  # made here: two threads at once would make two
    crew = ThreadPoolExecutor(AT_ONCE)
    try:
        errands = {crew.submit(_fetch, url, lost): url for url in missing}
        for done, errand in enumerate(as_completed(errands, timeout=SECONDS), len(wanted) - len(missing) + 1):
            fetched, place = errand.result(), folder / str(done)
            if fetched and _link(fetched, place):
                found[errands[errand]] = place
                size += place.stat().st_size
            if size > MOST_BYTES:
                break
            if done == len(wanted) or monotonic() - told > TELL_SECONDS:
                tell(done, len(wanted))
                told = monotonic()
    except TimeoutError:
        logger.info("only %d of %d pictures came in time", len(found), len(wanted))
    finally:
        crew.shutdown(wait=False, cancel_futures=True)
    return found


def _kept_ones(wanted: Sequence[str], kept: Mapping[str, Medium], folder: Path) -> dict[str, Path]:
    """The copies of pictures that are kept here, those of videos left out."""
    found: dict[str, Path] = {}
    size = 0
    for url in wanted:
        copy, place = kept.get(url), folder / f"kept-{len(found)}"
        if copy is None or not copy.type.startswith("image/") or size + copy.size > MOST_BYTES:
            continue
        if media.pour(copy, place):
            found[url] = place
            size += copy.size
    return found


def _fetch(url: str, lost: Counter[str]) -> Path | None:
    """Where the cache keeps a picture; None when it cannot be had. `lost`: thousandths of seconds by host."""
    began, host = monotonic(), ""
    try:
        host = urlsplit(url).netloc
        if lost[host] > SECONDS_LOST * 1000:
            return None
        found = media.cached(url) or _got(url)
    except (UnrollError, ValueError) as error:  # ValueError: what is no address at all
        lost[host] += round((monotonic() - began) * 1000)
        logger.debug("%s is left out: %s", url, error)
        return None
    return found.path if found.type.startswith("image/") else None


def _got(url: str) -> media.Medium:
    """From its network; this thread's own connection to the database does not outlive it. Raises UnrollError."""
    try:
        media.need_not_withheld(url)
        return media.get(url)
    finally:
        connection.close()


def _link(kept: Path, place: Path) -> bool:
    """A second name for a kept picture, which outlives the first; False when the cache let go of it already."""
    try:
        os.link(kept, place)
    except FileNotFoundError:
        return False
    except OSError:  # another disk, or one without links
        shutil.copyfile(kept, place)
    return True

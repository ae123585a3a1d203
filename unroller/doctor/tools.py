"""What this machine itself must be able to do: make a PDF in a child process, and know the world's time zones."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from unroller.core.assemble import assemble
from unroller.core.posts import Person, Pile, Post
from unroller.exports import workshop

from .finding import Finding, broken, in_words, ok

_INSTALL = "Install requirements.txt anew."


def pdf() -> Iterator[Finding]:
    """A small PDF, made as workers make one: fonts, Typst, the child with its limits."""
    try:
        size = _made()
    except (workshop.Failed, OSError) as error:
        yield broken("PDF", in_words(error), f"{_INSTALL} A container needs 2 GB and the right to start processes.")
        return
    yield ok("PDF", f"a page was made ({size:,} bytes)")


def zones() -> Iterator[Finding]:
    """Mornings are reckoned where readers live."""
    try:
        ZoneInfo("Pacific/Auckland")
    except ZoneInfoNotFoundError as error:
        yield broken("time zones", in_words(error), _INSTALL)
        return
    yield ok("time zones", "known")


def _made() -> int:
    """The bytes of a PDF of one post."""
    now = datetime.now(UTC)
    post = Post(
        id="1",
        path="1",
        url="https://unroller.example/1",
        author=Person(id="1", handle="doctor", name="Doctor", url="https://unroller.example/"),
        created_at=now,
        time=now,
        order=(1, "1"),
        root_id="1",
        text="Is everything well? Ist alles gut? 一切都好吗？ هل كل شيء بخير؟",
        html="<p>Is everything well? Ist alles gut? 一切都好吗？ هل كل شيء بخير؟</p>",
    )
    thread = assemble(Pile(source="x", anchor_id="1", posts=(post,))).thread
    with tempfile.TemporaryDirectory(prefix="unroller-doctor-") as folder:
        out = Path(folder) / "page"
        workshop.make("pdf-a4", thread, {}, out)
        return out.stat().st_size


LOOKS = (pdf, zones)

"""Whatever a network sends, it becomes a thread that can be shown, or one of our own errors, and soon."""

import json
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.attack.depth import examples
from tests.attack.mutations import Spoiled, spoiled
from tests.sources.test_cases import FOLDERS, SOURCES, named, recording
from unroller.core.assemble import assemble
from unroller.core.errors import UnrollError
from unroller.core.posts import Thread, from_document, to_document
from unroller.exports import blog, epub, markdown, text
from unroller.exports import json as as_json
from unroller.sources.http import MOST_BYTES
from unroller.sources.recording import Exchange, Raw

EXAMPLES = 25
MOST_SECONDS = 3.0
"""Of the processor, for one thread in all its forms; the recordings need a hundredth of it."""


def kept(raw: Raw) -> Raw:
    """A recording as it comes back out of the database: what JSON cannot hold has become something else.

    One that is longer than the wire lets in is no example.
    """
    body = json.dumps([exchange.body for exchange in raw.exchanges], default=str)
    assume(len(body) <= MOST_BYTES)
    bodies = json.loads(body.encode("utf-8", "replace"))
    kept = [Exchange(old.url, old.status, new, old.link) for old, new in zip(raw.exchanges, bodies, strict=True)]
    return Raw(source=raw.source, key=raw.key, exchanges=kept, limits=raw.limits, facts=raw.facts)


def shown(thread: Thread) -> None:
    """In every form that is made without a database."""
    again = from_document(json.loads(json.dumps(to_document(thread))))
    assert len(again.line) == len(thread.line)
    for made in (text.export(thread), markdown.export(thread), blog.content(thread, {})):
        made.encode()
        assert "\x00" not in made
    assert json.loads(as_json.export(thread))
    assert epub.export(thread, {})


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_spoiled_answers_become_threads_or_errors_of_ours(folder: Path) -> None:
    raw = recording(folder)
    became = {"thread": 0, "error": 0}

    @examples(EXAMPLES)
    @given(bodies=spoiled([exchange.body for exchange in raw.exchanges]), anchor=st.sampled_from(("", "", "other")))
    def attack(bodies: Spoiled, anchor: str) -> None:
        broken = [
            msgspec.structs.replace(old, body=new) for old, new in zip(raw.exchanges, bodies.document, strict=False)
        ]
        came = kept(msgspec.structs.replace(raw, exchanges=broken, key=anchor or raw.key))
        begun = time.thread_time()
        try:
            shown(assemble(SOURCES[raw.source].parse(came)).thread)
        except UnrollError:
            became["error"] += 1
        else:
            became["thread"] += 1
        assert time.thread_time() - begun < MOST_SECONDS

    attack()
    assert became["thread"]

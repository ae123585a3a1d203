"""What docs/reliability.md says: every test that it names is there, and its times are the code's."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.actions import closing, letters
from accounts.leases import RING_AGAIN
from tests.processes import ROOT
from unroller.actions import jobs, library_exports, notifying, thread_files

TEXT = (ROOT / "docs" / "reliability.md").read_text()
NAMED = sorted(set(re.findall(r"`([a-z_/]*test_\w+\.py)(?: -k ([^`]+))?`", TEXT)))
WHOLE = [("test_processes.py", words) for words in re.findall(r"`-k (\w+)`", TEXT)]


def found(name: str) -> Path:
    """The file that a name means: from the top, or below tests/faults or tests/attack."""
    places = [ROOT / name, ROOT / "tests" / "faults" / name, ROOT / "tests" / "attack" / name]
    return next(place for place in places if place.exists())


@pytest.mark.parametrize(("name", "words"), NAMED + WHOLE)
def test_what_it_tells_to_run_is_there(name: str, words: str) -> None:
    tests = re.findall(r"def (test_\w+)", found(name).read_text())
    for word in re.split(r" or ", words.strip("'")):
        assert [each for each in tests if word in each], f"{name} -k {word}"


def test_its_times_are_the_codes() -> None:
    assert jobs.QUEUE.lease == thread_files.LEASE == timedelta(seconds=90)
    others = (letters.LEASE, closing.QUEUE.lease, library_exports.LEASE, RING_AGAIN)
    assert others == tuple(timedelta(minutes=minutes) for minutes in (5, 11, 16, 1))
    assert notifying.AHEAD == 4
    for words in ("90 seconds for threads", "five minutes for letters", "16 for whole libraries", "after a minute"):
        assert words in TEXT

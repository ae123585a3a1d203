"""Zips written and read again, for the tests of this folder."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.x_archives import Json, zipped
from unroller.core.errors import BadArchive
from unroller.core.posts import Gap, Post, Thread
from unroller.sources.x_archive import Report, open_archive


class Found(NamedTuple):
    threads: list[Thread]
    report: Report

    @property
    def thread(self) -> Thread:
        """The only one."""
        assert len(self.threads) == 1
        return self.threads[0]

    @property
    def lines(self) -> list[list[str]]:
        """Every thread's main line; a gap stands as `-` and the id of what is missing."""
        return [line(thread) for thread in self.threads]


def line(thread: Thread) -> list[str]:
    return [f"-{entry.posts[0].id}" if isinstance(entry, Gap) else entry.id for entry in thread.line]


def branches(thread: Thread) -> dict[str, list[str]]:
    return {
        branch.parent_id: [entry.id for entry in branch.entries if isinstance(entry, Post)]
        for branch in thread.branches
    }


def read(path: Path) -> Found:
    with open_archive(path) as archive:
        threads = list(archive.threads())
        return Found(threads, archive.report)


def reading(folder: Path, posts: Iterable[Json], **more: Any) -> Found:
    """What is read of an archive of these posts."""
    return read(zipped(folder / "archive.zip", posts, **more))


def refused(path: Path, kind: type[BadArchive]) -> None:
    """Exactly this error, with its sentence."""
    with pytest.raises(BadArchive) as caught:
        read(path)
    assert type(caught.value) is kind
    assert caught.value.for_reader == kind.sentence
    assert caught.value.permanent


def ids(entries: Iterable[Json]) -> list[str]:
    return [entry["tweet"]["id_str"] for entry in entries]

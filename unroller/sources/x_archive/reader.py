"""The archive as a whole: its account, its threads, its pictures, and what was left out."""

from collections.abc import Callable, Generator
from pathlib import Path
from types import TracebackType
from typing import Self

from unroller.core.errors import NotFromX, Oversized
from unroller.core.posts import Person, Post, Thread
from unroller.sources.fields import record, string
from unroller.sources.x.parse import person_of
from unroller.sources.x.payload import HANDLE, Json
from unroller.sources.x_archive import layout
from unroller.sources.x_archive.container import MOST_MEDIUM, Container, Unpacked
from unroller.sources.x_archive.local_media import LocalMedia
from unroller.sources.x_archive.long_posts import LongPosts, NoteEntry, is_cut
from unroller.sources.x_archive.making import Maker
from unroller.sources.x_archive.reports import Report
from unroller.sources.x_archive.scripts import objects
from unroller.sources.x_archive.shelf import NOWHERE, Shelf
from unroller.sources.x_archive.trees import Trees
from unroller.sources.x_archive.tweets import Entry, Tweet, facts, is_retweet, number

MOST_SCRIPTS = 16_000_000_000
"""Unpacked bytes of all files of posts; a million posts have two to three billions."""
MOST_POSTS = 2_000_000
STEP = 1_000

Progress = Callable[[int], None]


def open_archive(path: Path, *, workspace: Path | None = None) -> "ArchiveReader":
    """Look over the zip, and read whose it is. `workspace`: the folder for one unnamed temporary file of about 1 kB a
    post. Raises BadArchive."""
    container = Container(path)
    try:
        return ArchiveReader(container, workspace)
    except BaseException:
        container.close()
        raise


class ArchiveReader:
    """An open archive; a context manager. Of its entries, only those that the layout names are ever opened."""

    def __init__(self, container: Container, workspace: Path | None) -> None:
        self._container = container
        self._workspace = workspace
        self._layout = layout.find(container)
        container.weigh(*self._layout.posts, *self._layout.long_posts, most=MOST_SCRIPTS)
        self._owner = _owner(container, self._layout)
        self._media = LocalMedia(container.names, self._layout.media)
        self.account: Person = person_of(self._owner["id"], self._owner)
        self.announced = self._layout.announced
        self.report = self._new_report()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    def threads(self, progress: Progress = lambda _: None) -> Generator[Thread, None, None]:
        """All threads of two posts or more, the oldest head first, in the same order at every reading.

        `progress` is told the posts read so far, every thousand and after every thread. All posts are read before the
        first thread is given out. Raises BadArchive.
        """
        self.report = self._new_report()
        shelf = Shelf(self._workspace)
        try:
            self._read(shelf, progress)
            twice, older = shelf.settle()
            self.report.skip("duplicate", twice)
            self.report.skip("older-version", older)
            maker = Maker(shelf, self._owner, self.report)
            groups = list(Trees(shelf).groups())
            grouped = sum(len(group.rows) for group in groups)
            self.report.skip("alone", len(shelf) - older - grouped)
            for group in groups:
                thread = maker.thread(group)
                progress(self.report.posts_read)
                if thread is not None:
                    yield thread
        finally:
            shelf.close()

    def media(self, post: Post) -> tuple[str, ...]:
        """The name of an entry for each of the post's media, in their order; empty where the archive has none."""
        return self._media.of(post)

    def size_of(self, name: str) -> int:
        """Bytes of a medium, unpacked; reading never gives more."""
        return self._container.size_of(name)

    def open_medium(self, name: str) -> Unpacked:
        """A medium's bytes, by a name that `media` gave; KeyError for any other. Raises BadArchive."""
        if name not in self._media:
            raise KeyError(name)
        return self._container.open(name, most=MOST_MEDIUM)

    def _new_report(self) -> Report:
        return Report(is_partial=self._layout.is_partial, missing_files=list(self._layout.missing))

    def _read(self, shelf: Shelf, progress: Progress) -> None:
        long_posts = LongPosts(shelf)
        for name in self._layout.long_posts:
            with self._container.open(name, most=MOST_SCRIPTS) as stream:
                for count, entry in enumerate(objects(stream, NoteEntry), 1):
                    if count % STEP == 0:
                        self._step(count, progress)
                    if entry is not None and entry.noteTweet is not None:
                        long_posts.add(entry.noteTweet)
        for name in self._layout.posts:
            with self._container.open(name, most=MOST_SCRIPTS) as stream:
                for found in objects(stream, Entry):
                    self.report.posts_read += 1
                    if self.report.posts_read % STEP == 0:
                        self._step(self.report.posts_read, progress)
                    if found is None:
                        self.report.skip("unreadable")
                    else:
                        self._take(found.tweet or found, shelf, long_posts)

    def _step(self, count: int, progress: Progress) -> None:
        if count > MOST_POSTS:
            raise Oversized(f"more than {MOST_POSTS} entries")
        progress(self.report.posts_read)

    def _take(self, tweet: Tweet, shelf: Shelf, long_posts: LongPosts) -> None:
        if not (number(tweet.id_str) or number(tweet.id)):
            self.report.skip("no-id")
            return
        if is_retweet(tweet):
            self.report.skip("retweet")
            return
        known = facts(tweet, self._owner["id"], self._owner["username"])
        if known is None:
            self.report.skip("no-time")
            return
        note = long_posts.find(tweet, known.seconds)
        if note is not NOWHERE:
            self.report.long_posts += 1
        elif is_cut(tweet):
            self.report.skip("cut-long-post")
        shelf.add(tweet, known, note=note)


def _owner(container: Container, found: layout.Layout) -> Json:
    """The account as X's API would describe it; its e-mail address is not looked at. Raises NotFromX."""
    account = next(iter(layout.entries(layout.small(container, found.account), "account")), {})
    profile: Json = {}
    if found.profile:
        profile = next(iter(layout.entries(layout.small(container, found.profile), "profile")), {})
    own, handle = number(account.get("accountId")), string(account.get("username"))
    if not own or not HANDLE.fullmatch(handle):
        raise NotFromX("the account has no number or no name")
    return {
        "id": str(own),
        "username": handle,
        "name": string(account.get("accountDisplayName")),
        "profile_image_url": string(profile.get("avatarMediaUrl")),
        "description": string(record(profile.get("description")).get("bio")),
    }

"""Which file of the archive is which picture or video of a post: `<folder>/<id of the post>-<name at X>`."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import islice
from urllib.parse import urlsplit

from unroller.core.posts import Media, Post

VIDEO = ".mp4"
MOST_FILES = 50
"""Under the number of one post that are looked at; X has four."""


class LocalMedia:
    """Names of entries in the media folders, found by the post's id."""

    def __init__(self, names: Iterable[str], folders: tuple[str, ...]) -> None:
        inside = (name for name in names if name.startswith(folders)) if folders else iter(())
        self._entries = sorted((name.rpartition("/")[2], name) for name in inside)
        self._known = {name for _, name in self._entries}

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def of(self, post: Post) -> tuple[str, ...]:
        """An entry for each of the post's media; empty where there is none. A video's file may be another size of it
        than the one that is shown: what no picture is named after goes to the videos, in their order."""
        files = {base: name for own in (post.id, *post.aliases) for base, name in islice(self._of(own), MOST_FILES)}
        exact = [self._taken(files, post, medium) for medium in post.media]
        films = [name for base, name in files.items() if base.lower().endswith(VIDEO)]
        return tuple(
            name or (films.pop(0) if medium.type in {"video", "gif"} and films else "")
            for medium, name in zip(post.media, exact, strict=True)
        )

    def _of(self, own: str) -> Iterable[tuple[str, str]]:
        prefix = f"{own}-"
        for place in range(bisect_left(self._entries, (prefix,)), len(self._entries)):
            if not self._entries[place][0].startswith(prefix):
                return
            yield self._entries[place]

    def _taken(self, files: dict[str, str], post: Post, medium: Media) -> str:
        """The file that is named after the address, taken from those that are left."""
        base = urlsplit(medium.url).path.rpartition("/")[2]
        return next((files.pop(key) for own in (post.id, *post.aliases) if (key := f"{own}-{base}") in files), "")

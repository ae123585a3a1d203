"""Which entries of the zip are read: what its manifest says, else the names that X has used over the years.

Everything not named here (messages, contacts, ads, addresses, deleted posts …) is never opened.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
import regex

from unroller.core.errors import Damaged, NotFromX, PartOfArchive, Tampered, ZipInZip
from unroller.sources.fields import record, records, string
from unroller.sources.x_archive.container import Container

POSTS = regex.compile(r"tweets?(?:-part[0-9]{1,4})?\.js")
LONG_POSTS = regex.compile(r"note-tweets?(?:-part[0-9]{1,4})?\.js")
NAMED = regex.compile(r"(?!deleted)[a-z0-9-]*(?:tweet|post)[a-z0-9-]*\.js")
"""What the manifest may call a file of posts; names have changed, and whatever it says, messages are none."""
NUMBER = regex.compile(r"-part([0-9]+)\.js")
MEDIA = ("tweets_media", "tweet_media")
HEAD = regex.compile(rb"(?:\xef\xbb\xbf)?\s*(?:window\.[\w.$]{1,100}\s*=\s*)?", regex.ASCII)
TAIL = regex.compile(rb"[\s;]*", regex.ASCII)
MOST_SMALL = 5_000_000
"""Bytes of the files that are read at once: manifest, account, profile."""


class Layout(NamedTuple):
    """Names of entries, `posts` and `long_posts` in the order of their parts. `media`: folders, with their slash.

    `announced`: posts that the manifest speaks of. `missing`: files of posts that it names and that are not here.
    """

    account: str
    profile: str
    posts: tuple[str, ...]
    long_posts: tuple[str, ...]
    media: tuple[str, ...]
    announced: int
    is_partial: bool
    missing: tuple[str, ...]


def find(container: Container) -> Layout:
    """Look over the names and read the manifest. Raises BadArchive."""
    folder = _folder(container)
    here = {name.removeprefix(folder) for name in container.names if name.startswith(folder)}
    files = {name for name in here if "/" not in name}
    manifest = record(small(container, f"{folder}manifest.js")) if "manifest.js" in files else {}
    types = record(manifest.get("dataTypes"))
    named = list(_named(types, "tweets", "tweet"))
    is_partial = record(manifest.get("archiveInfo")).get("isPartialArchive") in (True, "true")
    posts = sorted({name for name, _ in named} & files or filter(POSTS.fullmatch, files), key=_part)
    if not posts:
        raise PartOfArchive if is_partial or named else NotFromX("no file of posts")
    long = {name for name, _ in _named(types, "noteTweet", "noteTweets")} & files
    described = {
        string(record(types.get(name)).get("mediaDirectory")).rpartition("/")[2] for name in ("tweets", "tweet")
    }
    folders = {name.partition("/")[0] for name in here if "/" in name}
    return Layout(
        account=f"{folder}account.js",
        profile=f"{folder}profile.js" if "profile.js" in files else "",
        posts=tuple(folder + name for name in posts),
        long_posts=tuple(folder + name for name in sorted(long or filter(LONG_POSTS.fullmatch, files), key=_part)),
        media=tuple(f"{folder}{name}/" for name in sorted(folders & {*MEDIA, *described})),
        announced=sum(count for _, count in named),
        is_partial=is_partial,
        missing=tuple(sorted({name for name, _ in named} - files)),
    )


def _folder(container: Container) -> str:
    """Where the data lies, with a slash at the end: as near to the top as there is an account."""
    accounts = [name for name in container.names if name.rpartition("/")[2] == "account.js"]
    if not accounts:
        if any(name.lower().endswith(".zip") for name in container.names):
            raise ZipInZip
        raise NotFromX("no account.js")
    depths = sorted(accounts, key=lambda name: name.count("/"))
    if len(depths) > 1 and depths[0].count("/") == depths[1].count("/"):
        raise Tampered("two archives in one zip")
    return depths[0].removesuffix("account.js")


def _named(types: dict[str, Any], *keys: str) -> Iterator[tuple[str, int]]:
    """Base names of a data type's files, as the manifest has them, and how many entries each is said to have."""
    for key in keys:
        for file in records(record(types.get(key)).get("files")):
            name, count = string(file.get("fileName")).rpartition("/")[2], str(file.get("count", ""))
            if NAMED.fullmatch(name):
                yield name, int(count) if regex.fullmatch(r"[0-9]{1,9}", count) else 0


def _part(name: str) -> tuple[int, str]:
    found = NUMBER.search(name)
    return (int(found.group(1)) if found else 0, name)


def small(container: Container, name: str) -> Any:
    """The data of a small script: one assignment of JSON, never run. Raises BadArchive."""
    with container.open(name, most=MOST_SMALL) as file:
        script = file.read()
    head = HEAD.match(script)
    body = script[head.end() if head else 0 :].rstrip(b"; \t\r\n")
    try:
        return msgspec.json.decode(body.decode("utf-8", "replace"))
    except msgspec.DecodeError as error:
        raise (Tampered if "trailing" in str(error) else Damaged)(f"{name}: {error}") from error
    except RecursionError as error:
        raise Tampered(f"{name}: nested too deeply") from error


def entries(found: object, wrapper: str) -> Iterable[dict[str, Any]]:
    """The objects of a small script's list, out of their wrappers."""
    return (record(each.get(wrapper)) or each for each in records(found))

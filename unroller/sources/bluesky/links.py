"""Links and at-URIs: what they name, and what a record key tells of a post's age."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from unroller.sources.base import PostRef

KEY = "bluesky"
COLLECTION = "app.bsky.feed.post"
HOSTS = frozenset({"bsky.app", "www.bsky.app"})

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HANDLE = re.compile(rf"(?=.{{4,253}}$)(?:{LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
DID = re.compile(r"did:[a-z]{1,16}:[A-Za-z0-9._:%-]{1,240}")
RECORD_KEY = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._:~-]{1,64}")
ON_THE_SITE = re.compile(r"/profile/([^/]+)/post/([^/]+)(?:/(?:liked-by|reposted-by|quotes))?/*")

TID = re.compile(r"[2-7a-j][2-7a-z]{12}")
TID_LETTERS = {letter: value for value, letter in enumerate("234567abcdefghijklmnopqrstuvwxyz")}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Order = tuple[int, str]


class PostUri(NamedTuple):
    """`at://did/app.bsky.feed.post/rkey`: a post by its author's DID, which never changes."""

    did: str
    rkey: str

    def __str__(self) -> str:
        return f"at://{self.did}/{COLLECTION}/{self.rkey}"

    @property
    def path(self) -> str:
        return f"{self.did}/{self.rkey}"

    @property
    def order(self) -> Order:
        """Record keys are made from the time and sort by it; `createdAt` may say anything."""
        return len(self.rkey), self.rkey

    @property
    def time(self) -> datetime | None:
        """The time in the record key, None where the key is not made from the time."""
        if not TID.fullmatch(self.rkey):
            return None
        value = 0
        for letter in self.rkey:
            value = value << 5 | TID_LETTERS[letter]
        return EPOCH + timedelta(microseconds=value >> 10)


def match(link: str) -> PostRef | None:
    """The post that a link to bsky.app or an at-URI names."""
    if link.startswith("at://"):
        actor, collection, rkey = (*link.removeprefix("at://").rstrip("/").split("/"), "", "", "")[:3]
        return _ref(actor, re.split(r"[?#]", rkey)[0]) if collection == COLLECTION else None
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if host not in HOSTS or port not in {None, 80, 443} or parts.scheme not in {"http", "https"}:
        return None
    found = ON_THE_SITE.fullmatch(parts.path)
    return _ref(found.group(1), found.group(2)) if found else None


def _ref(actor: str, rkey: str) -> PostRef | None:
    rkey = unquote(rkey)
    if not is_did(actor):
        # A browser writes the colons of a DID as %3A; the %3A inside a did:web is part of it.
        actor = unquote(actor).removeprefix("@")
    if not is_did(actor):
        actor = actor.lower()
        if not is_handle(actor):
            return None
    return PostRef(KEY, f"{actor}/{rkey}") if RECORD_KEY.fullmatch(rkey) else None


def is_did(text: str) -> bool:
    return DID.fullmatch(text) is not None


def is_handle(text: str) -> bool:
    return HANDLE.fullmatch(text) is not None and not text.endswith(".invalid")


def post_uri(text: str) -> PostUri | None:
    """An at-URI of a post, with a DID in it; None for anything else."""
    scheme, _, rest = text.partition("://")
    did, _, rest = rest.partition("/")
    collection, _, rkey = rest.partition("/")
    if scheme != "at" or collection != COLLECTION or not is_did(did) or not RECORD_KEY.fullmatch(rkey):
        return None
    return PostUri(did, rkey)

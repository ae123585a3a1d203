"""Links to posts on any host: Mastodon, and servers that speak its API under addresses of their own."""

import re
from urllib.parse import SplitResult, urlsplit

from unroller.sources.base import PostRef

KEY = "mastodon"

ELSEWHERE = frozenset(
    {
        "x.com",
        "twitter.com",
        "bsky.app",
        "bsky.social",
        "threads.net",
        "threads.com",
        "facebook.com",
        "instagram.com",
        "tiktok.com",
        "youtube.com",
        "medium.com",
        "substack.com",
        "linkedin.com",
        "reddit.com",
        "t.me",
        "github.com",
    }
)
"""Sites whose addresses look alike and that are certainly no Mastodon hosts."""

HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|\[[0-9a-f:.]+\]")
DIGITS = r"[0-9]{1,20}"
LETTERS = r"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{16,32}"
"""Ids of servers that do not count: long, with a digit somewhere, unlike the second half of most other addresses."""
ANY_ID = r"[A-Za-z0-9]{1,64}"
USER = r"@[\w.-]+(?:@[\w.:-]+)?"

PATHS = tuple(
    re.compile(path)
    for path in (
        rf"/(?:web/|deck/)?{USER}/({DIGITS}|{LETTERS})(?:/embed)?/*",
        rf"/(?:web/|deck/)?{USER}/statuses/({ANY_ID})/*",
        rf"/(?:web/|deck/)statuses/({ANY_ID})/*",
        rf"/(?:ap/)?users/[\w.-]+/statuses/({ANY_ID})(?:/activity)?/*",
        rf"/notice/({ANY_ID})/*",
    )
)


def match(link: str) -> PostRef | None:
    """The post a link names on the host it stands on, as `<host>/<id>`; None for profiles and for other networks."""
    parts = split(link)
    host = host_of(parts) if parts else ""
    if not parts or not host:
        return None
    found = next(filter(None, (path.fullmatch(parts.path) for path in PATHS)), None)
    return PostRef(KEY, f"{host}/{found.group(1)}") if found else None


def split_key(key: str) -> tuple[str, str]:
    """Host and id."""
    host, _, id_ = key.rpartition("/")
    return host, id_


def split(link: str) -> SplitResult | None:
    """A web address taken apart, whether it names its scheme or not; None for what is none."""
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and "@" not in parts.netloc else None


def host_of(parts: SplitResult) -> str:
    """The host of a link, with its port where that is not the usual one; empty when it is not worth asking."""
    try:
        name, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        return ""
    name = f"[{name}]" if ":" in name else name
    labels = name.split(".")
    if not HOST.fullmatch(name) or any(".".join(labels[start:]) in ELSEWHERE for start in range(len(labels))):
        return ""
    usual = {None, 443, 80 if parts.scheme == "http" else 443}
    if port not in usual:
        return f"{name}:{port}"
    return name if len(labels) > 1 or name.startswith("[") else ""

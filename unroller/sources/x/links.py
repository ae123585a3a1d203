"""Links that name a post on X: its own hosts, the mirrors people paste instead of them, and bare ids."""

from urllib.parse import SplitResult, urlsplit

import regex

from unroller.sources.base import PostRef

HOSTS = frozenset({"x.com", "twitter.com", "vxtwitter.com", "fxtwitter.com", "fixupx.com", "fixvx.com"})
SUBDOMAINS = ("www.", "mobile.", "m.")
LARGEST = 2**63 - 1
"""Ids are 64-bit numbers; a longer row of digits is none."""

PATH = regex.compile(
    r"/(?:i/web/|[A-Za-z0-9_]{1,20}/)?status(?:es)?/([0-9]{1,19})(?:[^0-9A-Za-z_].*)?", regex.IGNORECASE
)


def match(link: str) -> PostRef | None:
    """The post a link names, by its number alone: the handle in a link may be an old one.

    None for everything else X has addresses for: profiles, lists, spaces, messages.
    """
    if regex.fullmatch(r"[0-9]{1,19}", link):
        return _reference(link)
    parts = split(link)
    if parts is None or not is_ours(parts):
        return None
    path = parts.fragment.removeprefix("!") if parts.fragment.startswith("!/") else parts.path
    found = PATH.fullmatch(path)
    return _reference(found.group(1)) if found else None


def split(link: str) -> SplitResult | None:
    """An address taken apart, whether it names its scheme or not; None for what is none."""
    if not regex.match(r"[a-z][a-z0-9+.-]*://", link, regex.IGNORECASE):
        link = f"https://{link.removeprefix('//')}"
    try:
        return urlsplit(link)
    except ValueError:
        return None


def is_ours(parts: SplitResult) -> bool:
    """Whether an address is on one of X's hosts."""
    host = (parts.hostname or "").rstrip(".")
    for subdomain in SUBDOMAINS:
        host = host.removeprefix(subdomain)
    return parts.scheme in {"http", "https"} and not parts.username and host in HOSTS


def _reference(number: str) -> PostRef | None:
    value = int(number)
    return PostRef("x", str(value)) if 0 < value <= LARGEST else None

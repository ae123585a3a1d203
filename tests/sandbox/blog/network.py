"""The state of the pretend blogs: whose they are, how each is found, what stands on them."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from ..ground import Ground
from ..wire import Json
from .oauth import OAuth

Found = Literal["header", "link", "rels", ""]
"""How the authorization server is named: metadata in an HTTP header, metadata in the page, the two rels of before
2022, or not at all."""


@dataclass(slots=True)
class Entry:
    """One entry: `properties` as microformats2 JSON."""

    slug: str
    url: str
    properties: Json
    updates: int = 0

    @property
    def is_draft(self) -> bool:
        return self.properties.get("post-status") == ["draft"]

    @property
    def html(self) -> str:
        """Its content; text where it holds no markup."""
        content = self.properties.get("content", [""])[0]
        return str(content["html"] if isinstance(content, dict) else content)


@dataclass(slots=True)
class Upload:
    """A file that came to the media endpoint."""

    name: str
    type: str
    body: bytes


@dataclass(slots=True)
class Blog:
    """One blog. `path` is its place on the server, with slashes around its name."""

    path: str
    address: str
    """Its whole address, which is also whose it is (`me`)."""
    title: str
    found: Found
    oauth: OAuth
    takes_posts: bool = True
    has_media: bool = True
    lists: bool = True
    """Whether q=source without an address lists the latest entries (an extension)."""
    keeps_slugs: bool = True
    """Whether mp-slug (an extension) is heeded."""
    created_status: int = 201
    scope_status: int = 403
    """Of insufficient_scope: 401 in the Recommendation, 403 in its errata and in RFC 6750."""
    entries: list[Entry] = field(default_factory=list)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def entry(self, url: str) -> Entry | None:
        return next((each for each in self.entries if each.url == url), None)

    def create(self, properties: Json) -> Entry:
        wanted = str(properties.pop("mp-slug", [""])[0]) if self.keeps_slugs else ""
        properties.pop("mp-slug", None)
        slug = self._free(re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-") or f"entry-{len(self.entries) + 1}")
        entry = Entry(slug, f"{self.address}posts/{slug}", properties)
        self.entries.append(entry)
        return entry

    def _free(self, slug: str) -> str:
        taken = {each.slug for each in self.entries}
        return slug if slug not in taken else f"{slug}-{len(self.entries) + 1}"


VARIANTS: dict[str, tuple[str, Found, dict[str, Any]]] = {
    "harbour": ("Harbour Notes", "header", {}),
    "garden": ("Garden Log", "link", {"has_media": False, "lists": False, "created_status": 202}),
    "attic": ("Attic Papers", "rels", {"has_media": False, "keeps_slugs": False, "scope_status": 401}),
    "shed": ("The Shed", "header", {"takes_posts": False}),
    "wall": ("A Wall", "", {"takes_posts": False}),
}
"""By name: a blog with everything; one found by its page, slow to show a post, without lists and pictures; an old one;
one that takes no posts; a page that is nobody's blog."""


class Blogs:
    """All of them by name. Addresses are known once the sockets are bound."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._blogs: dict[str, Blog] = {}

    def __getitem__(self, name: str) -> Blog:
        return self.all[name]

    @property
    def all(self) -> dict[str, Blog]:
        for name, (title, found, differs) in VARIANTS.items():
            if name not in self._blogs:
                address = f"{self.ground.addresses.blog}/{name}/"
                oauth = OAuth(self.ground.clock, address, with_refresh=found != "rels")
                self._blogs[name] = Blog(f"/{name}/", address, title, found, oauth, **differs)
        return self._blogs

    def at(self, path: str) -> Blog | None:
        """The blog that a path lies in."""
        return next((each for each in self.all.values() if path.startswith(each.path)), None)

"""Every address of the site with something in its places, from the resolver: what is added later is in it, too."""

import contextlib
from collections.abc import Iterator
from itertools import product
from uuid import UUID

from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

SOMETHING = {
    "source": "x",
    "path": "1",
    "handle": "maralind",
    "digits": "1",
    "slug": "unroll",
    "sample": "unroll",
    "secret": "s" * 43,
    "signature": "c2lnbmF0dXJl",
    "encoded": "aHR0cHM6Ly9leGFtcGxlLmNvbQ",
    "provider": "postmark",
}
A_UUID, A_FINGERPRINT = UUID(int=7), f"{'0' * 64}:{'s' * 30}"
BY_SHAPE = {"pk", "number", "token"}


def patterns(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """All but the admin's, which has a test of its own, with their full names."""
    for entry in (resolver or get_resolver()).url_patterns:
        if not isinstance(entry, URLResolver):
            yield f"{space}{entry.name}", entry
        elif entry.app_name != "admin":
            yield from patterns(entry, f"{space}{entry.namespace}:" if entry.namespace else space)


def addresses() -> dict[str, str]:
    """Paths by the names of their routes. Raises NoReverseMatch for one whose places are not known here."""
    return {name: _address(name, each) for name, each in patterns()}


def _address(name: str, pattern: URLPattern) -> str:
    places = list(pattern.pattern.converters or getattr(pattern.pattern, "regex").groupindex)  # noqa: B009
    shaped = [place for place in places if place.endswith("_id") or place in BY_SHAPE]
    known = {place: SOMETHING.get(place, "something") for place in places if place not in shaped}
    for shapes in product((A_UUID, 1, A_FINGERPRINT), repeat=len(shaped)):
        with contextlib.suppress(NoReverseMatch):
            return reverse(name, kwargs={**known, **dict(zip(shaped, shapes, strict=True))})
    raise NoReverseMatch(f"{name}: say in SOMETHING what may stand for {places}")

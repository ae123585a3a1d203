"""The languages that listed threads are written in, by their own names."""

from typing import NamedTuple

from django.core.cache import cache
from django.db.models import Count
from django.utils.translation import get_language_info

from unroller import queries

REMEMBERED = 600
"""Seconds at most: a language that is new here may wait, since counting reads every listed thread. It waits no longer
than a second for each of them, so that a young site soon shows its first languages."""
MOST = 24
"""Of them that are offered, those with the most threads."""
NAMES = {"zh": "中文", "gu": "ગુજરાતી", "fil": "Filipino", "tl": "Tagalog", "am": "አማርኛ", "si": "සිංහල", "yi": "ייִדיש"}
"""What Django does not name."""


class Tongue(NamedTuple):
    """A language: `code` is its first subtag, `tags` are all the language tags it stands here under."""

    code: str
    name: str
    tags: tuple[str, ...]


def spoken() -> list[Tongue]:
    """The languages to choose from, in the order of their names."""
    tags: dict[str, list[str]] = {}
    weights: dict[str, int] = {}
    for tag, count in _remembered().items():
        code = tag.partition("-")[0].lower()
        tags.setdefault(code, []).append(tag)
        weights[code] = weights.get(code, 0) + count
    named = [Tongue(code, name, tuple(tags[code])) for code in tags if (name := _name(code))]
    return sorted(sorted(named, key=lambda each: -weights[each.code])[:MOST], key=lambda each: each.name.casefold())


def chosen(code: str) -> Tongue | None:
    """The language of a code, when threads in it are here."""
    return next((each for each in spoken() if each.code == code), None)


def _remembered() -> dict[str, int]:
    """How many listed threads have each language tag."""
    counts: dict[str, int] | None = cache.get("tongues")
    if counts is None:
        counts = _counted()
        cache.set("tongues", counts, min(REMEMBERED, sum(counts.values())))
    return counts


def _counted() -> dict[str, int]:
    languages = queries.listed().exclude(language="").order_by().values_list("language")
    return dict(languages.annotate(count=Count("id")))


def _name(code: str) -> str:
    """How its speakers call it; empty for a code that we cannot name."""
    if code in NAMES:
        return NAMES[code]
    try:
        name: str = get_language_info(code)["name_local"]
    except KeyError:
        return ""
    return name[:1].upper() + name[1:]

"""Authors, their custom emoji, and what they ask of whoever shows their posts."""

import re
from typing import Any
from urllib.parse import urlsplit

from unroller.core.markup import plain
from unroller.core.posts import Emoji, Person
from unroller.core.text import one_line
from unroller.sources.fields import address, identifier, record, records, string, words
from unroller.sources.mastodon.conversation import home_of

SHORTCODE = re.compile(r"[A-Za-z0-9_]{1,64}")
MOST_EMOJIS = 100
ACCOUNT = re.compile(r"[\w.-]{1,100}(?:@[\w.:\[\]-]{1,260})?")
REFUSAL = re.compile(r"#(?:nobots?|noindex)\b", re.IGNORECASE)


def emojis_of(thing: dict[str, Any]) -> dict[str, str]:
    """Shortcode → picture of the custom emoji that a status, account or poll brings along."""
    found = {
        string(each.get("shortcode")): address(each.get("url")) for each in records(thing.get("emojis"))[:MOST_EMOJIS]
    }
    return {code: picture for code, picture in found.items() if picture and SHORTCODE.fullmatch(code)}


def used(emojis: dict[str, str], *texts: str) -> tuple[Emoji, ...]:
    """Those that plain texts mention."""
    together = "\n".join(texts)
    return tuple(Emoji(shortcode=code, url=url) for code, url in emojis.items() if f":{code}:" in together)


def author_of(status: dict[str, Any], host: str, origin: str) -> Person:
    """The author of a status as `host` shows it.

    Nobody but its home can vouch for a copy, so its author is in no list; and a host speaks for no names but its own.
    """
    account = record(status.get("account"))
    id_, acct = identifier(account.get("id")), string(account.get("acct"))
    is_copy = home_of(status, host) is not None
    acct = acct if ACCOUNT.fullmatch(acct) else id_
    acct = acct if is_copy else acct.partition("@")[0]
    name = one_line(words(account.get("display_name")))
    bio = plain(words(account.get("note")))
    page = address(account.get("url"))
    refuses = account.get("noindex") is True or account.get("indexable") is False or REFUSAL.search(bio) is not None
    return Person(
        id=f"{host}/{id_}",
        handle=acct if "@" in acct else f"{acct}@{host}",
        name=name or acct.partition("@")[0],
        url=page if is_copy or urlsplit(page).netloc == host else f"{origin}/@{acct}",
        avatar=address(account.get("avatar")),
        unlisted=is_copy or refuses,
        bio=bio,
        emojis=used(emojis_of(account), name),
    )

"""The four questions that are asked of Patreon, and the address a person is sent to first."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings

from billing.patreon import client
from billing.patreon.errors import Away, Missing
from billing.patreon.membership import Membership
from billing.patreon.reading import FIELDS, ID, identifier, membership, part, resources, text

SCOPE = "identity"
"""The least there is: it opens the membership of our own campaign, and no address."""
API = "/api/oauth2/v2"
PAGE = 500
MOST_PAGES = 400
"""A task has ten minutes."""
TOKEN = re.compile(r"[\x21-\x7e]{1,2000}")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at Patreon, and their membership of our campaign, if any."""

    id: str
    membership: Membership | None


def authorize_address(state: str, *, callback: str) -> str:
    """Where a person agrees that we may know who they are there."""
    asked = {
        "response_type": "code",
        "client_id": settings.PATREON_CLIENT_ID,
        "redirect_uri": callback,
        "scope": SCOPE,
        "state": state,
    }
    return f"{settings.PATREON_AUTHORIZE_URL}?{urlencode(asked)}"


def exchange(code: str, *, callback: str) -> str:
    """The person's token for the code they brought back. Raises Stale for one that is not good."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": settings.PATREON_CLIENT_ID,
        "client_secret": settings.PATREON_CLIENT_SECRET,
        "redirect_uri": callback,
    }
    token = text(client.post("/api/oauth2/token", form).get("access_token"))
    if not TOKEN.fullmatch(token):
        raise Away("POST /api/oauth2/token: 200 without a token")
    return token


def identity(token: str) -> Person:
    """Whose token it is."""
    body = client.get(f"{API}/identity", token, {"include": "memberships.campaign", "fields[member]": FIELDS})
    user_id = identifier(part(body, "data"))
    if not user_id:
        raise Away("GET identity: 200 without a person")
    found = [membership(each, user_id=user_id) for each in resources(body, "included") if each.get("type") == "member"]
    ours = [each for each in found if each.id and each.campaign_id == settings.PATREON_CAMPAIGN_ID]
    return Person(user_id, ours[0] if ours else None)


def member(member_id: str) -> Membership:
    """A membership as it stands now. Raises Missing."""
    if not ID.fullmatch(member_id):
        raise Missing(f"no id of a member: {member_id[:80]!r}")
    asked = {"include": "user,campaign", "fields[member]": FIELDS}
    body = client.get(f"{API}/members/{member_id}", settings.PATREON_CREATOR_TOKEN, asked)
    found = membership(part(body, "data"))
    if found.id != member_id or not found.user_id:
        raise Away("GET members: 200 without the member")
    return found


def members() -> Iterator[Membership]:
    """All of our campaign, page by page; `user_id` is empty where Patreon does not say whose it is.

    Raises Away at its end when some are missing: nobody is known to be gone.
    """
    path, cursor, seen = f"{API}/campaigns/{settings.PATREON_CAMPAIGN_ID}/members", "", set[str]()
    for _ in range(MOST_PAGES):
        asked = {"include": "user,campaign", "fields[member]": FIELDS, "page[count]": str(PAGE)}
        body = client.get(path, settings.PATREON_CREATOR_TOKEN, asked | ({"page[cursor]": cursor} if cursor else {}))
        for resource in resources(body, "data"):
            found = membership(resource)
            if found.id:
                seen.add(found.id)
                yield found
        paging = part(part(body, "meta"), "pagination")
        cursor = text(part(paging, "cursors").get("next"))
        if not cursor:
            total = paging.get("total")
            if not isinstance(total, int) or len(seen) < total:
                raise Away(f"GET members: {len(seen)} of {total}")
            return
    raise Away(f"GET members: more than {MOST_PAGES} pages")

"""Patreon's JSON:API resources in our words. Whatever is missing or of another kind is read as empty, never as more."""

import re
from typing import Any

from billing.patreon.client import Json
from billing.patreon.membership import Membership

FIELDS = "patron_status,currently_entitled_amount_cents,last_charge_status,is_free_trial,is_gifted"
"""Patreon sends no attribute that was not asked for."""
ID = re.compile(r"[0-9A-Za-z-]{1,64}")
"""Numbers for people and campaigns, UUIDs for members."""


def membership(resource: Json, *, user_id: str = "") -> Membership:
    """A resource of type `member`; `user_id` where the resource does not say whose it is."""
    said = part(resource, "attributes")
    cents = said.get("currently_entitled_amount_cents")
    return Membership(
        id=identifier(resource),
        user_id=related(resource, "user") or user_id,
        campaign_id=related(resource, "campaign"),
        patron_status=text(said.get("patron_status")),
        entitled_cents=cents if isinstance(cents, int) and not isinstance(cents, bool) else 0,
        last_charge_status=text(said.get("last_charge_status")),
        is_free=said.get("is_free_trial") is True or said.get("is_gifted") is True,
    )


def resources(body: Json, name: str) -> list[Json]:
    """A list of resources, `data` or `included`."""
    found = body.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def related(resource: Json, name: str) -> str:
    """The id of the one resource that this one names so."""
    return identifier(part(part(part(resource, "relationships"), name), "data"))


def identifier(resource: Json) -> str:
    """A resource's id, empty for anything that cannot be one: it goes into addresses and into the database."""
    found = text(resource.get("id"))
    return found if ID.fullmatch(found) else ""


def part(holder: Json, name: str) -> Json:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""

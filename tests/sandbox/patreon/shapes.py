"""JSON:API documents as Patreon writes them: no attribute and no relationship that was not asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..wire import Json
from .model import Campaign, Member, Person

FIELDS: Mapping[str, frozenset[str]] = {
    "member": frozenset(
        {
            "campaign_lifetime_support_cents",
            "currently_entitled_amount_cents",
            "email",
            "full_name",
            "is_follower",
            "is_free_trial",
            "is_gifted",
            "last_charge_date",
            "last_charge_status",
            "lifetime_support_cents",
            "next_charge_date",
            "note",
            "patron_status",
            "pledge_cadence",
            "pledge_relationship_start",
            "will_pay_amount_cents",
        }
    ),
    "user": frozenset(
        {
            "about",
            "can_see_nsfw",
            "created",
            "email",
            "first_name",
            "full_name",
            "hide_pledges",
            "image_url",
            "is_creator",
            "is_email_verified",
            "last_name",
            "like_count",
            "social_connections",
            "thumb_url",
            "url",
            "vanity",
        }
    ),
    "campaign": frozenset(
        {
            "created_at",
            "creation_name",
            "is_monthly",
            "is_nsfw",
            "patron_count",
            "published_at",
            "url",
            "vanity",
        }
    ),
}
INCLUDES: Mapping[str, frozenset[str]] = {
    "identity": frozenset({"memberships", "memberships.campaign"}),
    "member": frozenset({"user", "campaign"}),
}
"""What may be included, by what is asked for; the pretend Patreon has no tiers, addresses and benefits."""
PRIVATE = frozenset({"email"})
"""Not without a scope of its own, which nobody asks for here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request wants to see."""

    include: frozenset[str]
    fields: Mapping[str, frozenset[str]]

    @classmethod
    def of_webhooks(cls) -> "Asked":
        """Webhooks carry everything."""
        return cls(frozenset({"user", "campaign"}), FIELDS)


def document(member: Member, asked: Asked, everybody: Iterable[Member]) -> Json:
    """One member."""
    return {
        "data": member_resource(member, asked),
        "included": included([member], asked, everybody),
        "links": {"self": f"https://www.patreon.com/api/oauth2/v2/members/{member.id}"},
    }


def identity(person: Person, memberships: list[Member], asked: Asked, everybody: Iterable[Member]) -> Json:
    """The owner of a token, and their memberships when they are asked for."""
    data: Json = {"attributes": attributes(person_facts(person), "user", asked), "id": person.id, "type": "user"}
    body: Json = {"data": data, "links": {"self": f"https://www.patreon.com/api/oauth2/v2/user/{person.id}"}}
    if not any(name.startswith("memberships") for name in asked.include):
        return body
    below = Asked(frozenset({"campaign"} if "memberships.campaign" in asked.include else set()), asked.fields)
    links = [{"id": each.id, "type": "member"} for each in memberships]
    data["relationships"] = {"memberships": {"data": links}}
    resources = [member_resource(each, below) for each in memberships]
    if memberships:
        body["included"] = resources + included(memberships, below, everybody)
    return body


def member_resource(member: Member, asked: Asked) -> Json:
    facts = attributes(member_facts(member), "member", asked)
    resource: Json = {"attributes": facts, "id": member.id, "type": "member"}
    near: dict[str, Json] = {}
    if "campaign" in asked.include:
        near["campaign"] = related("campaign", member.campaign.id)
    if "user" in asked.include:
        near["user"] = related("user", member.person.id)
    if near:
        resource["relationships"] = near
    return resource


def related(kind: str, number: str) -> Json:
    address = f"https://www.patreon.com/api/oauth2/v2/{kind}/{number}"
    return {"data": {"id": number, "type": kind}, "links": {"related": address}}


def included(members: list[Member], asked: Asked, everybody: Iterable[Member]) -> list[Json]:
    """Each campaign and each person once."""
    found: dict[tuple[str, str], Json] = {}
    for member in members:
        if "campaign" in asked.include:
            number = member.campaign.id
            facts = attributes(campaign_facts(member.campaign, everybody), "campaign", asked)
            found["campaign", number] = {"attributes": facts, "id": number, "type": "campaign"}
        if "user" in asked.include:
            number = member.person.id
            facts = attributes(person_facts(member.person), "user", asked)
            found["user", number] = {"attributes": facts, "id": number, "type": "user"}
    return list(found.values())


def attributes(facts: Json, kind: str, asked: Asked) -> Json:
    wanted = asked.fields.get(kind, frozenset()) - PRIVATE
    return {name: facts[name] for name in sorted(wanted)}


def member_facts(member: Member) -> Json:
    pays = member.patron_status == "active_patron"
    return {
        "campaign_lifetime_support_cents": member.lifetime_cents,
        "currently_entitled_amount_cents": member.entitled_cents,
        "full_name": member.person.full_name,
        "is_follower": False,
        "is_free_trial": member.is_free_trial,
        "is_gifted": member.is_gifted,
        "last_charge_date": moment(member.last_charge_date),
        "last_charge_status": member.last_charge_status,
        "lifetime_support_cents": member.lifetime_cents,
        "next_charge_date": None,
        "note": "",
        "patron_status": member.patron_status,
        "pledge_cadence": 1 if pays else None,
        "pledge_relationship_start": moment(member.since),
        "will_pay_amount_cents": member.will_pay_cents,
    }


def person_facts(person: Person) -> Json:
    first, _, last = person.full_name.partition(" ")
    facts: dict[str, Any] = dict.fromkeys(FIELDS["user"] - PRIVATE)
    picture = f"https://c8.patreon.com/3/200/{person.id}"
    return facts | {
        "created": moment(person.created),
        "first_name": first,
        "full_name": person.full_name,
        "hide_pledges": True,
        "image_url": picture,
        "is_creator": False,
        "is_email_verified": True,
        "last_name": last,
        "like_count": 0,
        "social_connections": {"discord": None},
        "thumb_url": picture,
        "url": f"https://www.patreon.com/user?u={person.id}",
    }


def campaign_facts(campaign: Campaign, everybody: Iterable[Member]) -> Json:
    patrons = [each for each in everybody if each.campaign == campaign and each.patron_status == "active_patron"]
    return {
        "created_at": moment(campaign.created_at),
        "creation_name": campaign.creation_name,
        "is_monthly": True,
        "is_nsfw": False,
        "patron_count": len(patrons),
        "published_at": moment(campaign.created_at),
        "url": f"https://www.patreon.com/c/{campaign.id}",
        "vanity": None,
    }


def moment(time: datetime | None) -> str | None:
    """`2026-03-01T09:30:00.000+00:00`"""
    return time.isoformat(timespec="milliseconds") if time else None

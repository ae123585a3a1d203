"""Who is there, and what a membership consists of."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Person:
    """Somebody with an account at Patreon."""

    id: str
    full_name: str
    email: str
    created: datetime


@dataclass(slots=True)
class Campaign:
    """A creator's page."""

    id: str
    creation_name: str
    created_at: datetime


@dataclass(slots=True)
class Member:
    """A person's membership of a campaign. Amounts are cents; the words are Patreon's."""

    person: Person
    campaign: Campaign
    since: datetime
    patron_status: str | None = None
    entitled_cents: int = 0
    will_pay_cents: int = 0
    last_charge_status: str | None = None
    last_charge_date: datetime | None = None
    lifetime_cents: int = 0
    is_free_trial: bool = False
    is_gifted: bool = False
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

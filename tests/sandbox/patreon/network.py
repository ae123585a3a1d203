"""The state of the pretend Patreon, and what people do there."""

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..ground import Ground
from ..stripe.posting import Poster, is_loopback
from .model import Campaign, Member, Person
from .oauth import OAuth
from .shapes import Asked, document

WEBHOOK_PATH = "/billing/patreon/webhook"
CREATE, UPDATE, DELETE = "create", "update", "delete"


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook: the event's name, the body byte by byte, and its signature."""

    event: str
    body: bytes
    signature: str

    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "X-Patreon-Event": self.event,
            "X-Patreon-Signature": self.signature,
        }


class Patreon:
    """People, our campaign and somebody else's, and the keys to them."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.creator_token = secrets.token_urlsafe(32)
        self.webhook_secret = secrets.token_urlsafe(32)
        self.webhook_uri = ""
        """Where webhooks go; empty: nowhere, `hooks` keeps them. The first site of this machine that somebody connects
        to gets them, as if its operator had entered it in Patreon's portal."""
        self.people: dict[str, Person] = {}
        self.members: dict[str, Member] = {}
        self.hooks: list[Hook] = []
        self.left_out: set[str] = set()
        """Members whom the list forgets although it counts them: pages that move while they are read do that."""
        self.oauth = OAuth(ground.clock)
        self.campaign = Campaign("4242", "A pretend campaign", ground.clock.now())
        self.other_campaign = Campaign("777", "Somebody else's campaign", ground.clock.now())
        self._poster = Poster()

    def person(self, name: str) -> Person:
        """Somebody new."""
        number = str(10_000_001 + len(self.people))
        address = f"{name.split(maxsplit=1)[0].lower()}@patrons.example"
        person = Person(number, name, address, self.ground.clock.now())
        self.people[number] = person
        return person

    def membership(self, person: Person, campaign: Campaign | None = None) -> Member | None:
        """Somebody's membership, of our campaign when no other is named."""
        wanted = campaign or self.campaign
        found = (each for each in self.members.values() if each.person == person and each.campaign == wanted)
        return next(found, None)

    # What people do

    def join(
        self, person: Person, cents: int = 500, *, charged: str | None = "Paid", campaign: Campaign | None = None
    ) -> Member:
        """Pledge so much a month, at once charged with this outcome; None: not charged yet."""
        member = self.membership(person, campaign)
        is_new = member is None
        if member is None:
            member = Member(person, campaign or self.campaign, self.ground.clock.now())
            self.members[member.id] = member
        member.patron_status, member.entitled_cents, member.will_pay_cents = "active_patron", cents, cents
        self._charge(member, charged)
        self.tell(member, f"members:{CREATE if is_new else UPDATE}", "members:pledge:create")
        return member

    def charge(self, person: Person, outcome: str = "Paid") -> Member:
        """The monthly charge, or the end of one that was pending."""
        member = self._ours(person)
        self._charge(member, outcome)
        member.patron_status = "declined_patron" if outcome in {"Declined", "Fraud"} else "active_patron"
        self.tell(member, "members:update")
        return member

    def refund(self, person: Person) -> Member:
        """The creator gives the last payment back; the pledge goes on."""
        member = self._ours(person)
        member.last_charge_status = "Refunded"
        self.tell(member, "members:update")
        return member

    def change(self, person: Person, cents: int) -> Member:
        """Another amount from now on."""
        member = self._ours(person)
        member.entitled_cents = member.will_pay_cents = cents
        self.tell(member, "members:update", "members:pledge:update")
        return member

    def cancel(self, person: Person) -> Member:
        """End the pledge. Who ever paid stays on the list as a former patron; who never did goes from it."""
        member = self._ours(person)
        member.patron_status, member.entitled_cents, member.will_pay_cents = "former_patron", 0, 0
        if member.lifetime_cents:
            self.tell(member, "members:pledge:delete", "members:update")
        else:
            del self.members[member.id]
            self.tell(member, "members:pledge:delete", "members:delete")
        return member

    def begin_trial(self, person: Person, cents: int = 500) -> Member:
        """A free trial of a tier: entitled, never charged."""
        member = self.join(person, cents, charged=None)
        member.is_free_trial = True
        return member

    # Webhooks

    def tell(self, member: Member, *events: str) -> None:
        """Make the webhooks of a change, and post them where there is somebody."""
        body = json.dumps(document(member, Asked.of_webhooks(), self.members.values())).encode()
        hooks = [Hook(event, body, self.signed(body)) for event in events]
        self.hooks += hooks
        if self.webhook_uri:
            threading.Thread(target=self._post, args=(self.webhook_uri, hooks), daemon=True).start()

    def signed(self, body: bytes, *, secret: str | None = None) -> str:
        """The hex HMAC-MD5 of a body."""
        key = (self.webhook_secret if secret is None else secret).encode()
        return hmac.new(key, body, hashlib.md5).hexdigest()

    def learn_of(self, callback: str) -> None:
        """A site that somebody connects to gets webhooks from now on, unless another does."""
        parts = urlsplit(callback)
        if not self.webhook_uri and parts.scheme == "http" and is_loopback(parts.hostname or ""):
            self.webhook_uri = f"http://{parts.netloc}{WEBHOOK_PATH}"

    def close(self) -> None:
        self._poster.close()

    def _post(self, uri: str, hooks: Sequence[Hook]) -> None:
        for hook in hooks:
            self._poster.post(uri, hook.body, hook.headers())

    def _ours(self, person: Person) -> Member:
        member = self.membership(person)
        if member is None:
            raise LookupError(f"{person.full_name} is no member")
        return member

    def _charge(self, member: Member, outcome: str | None) -> None:
        member.last_charge_status = outcome
        if outcome is not None:
            member.last_charge_date = self.ground.clock.now()
        if outcome == "Paid":
            member.is_free_trial = False
            member.lifetime_cents += member.will_pay_cents

"""The two pretend hosts: how tests and the shelf fill and change them, and what each of them knows."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from ..clock import SETTLED, milliseconds
from ..ground import Ground
from ..ids import Sequences, mastodon_id, ulid
from ..limits import Windows
from ..media import Attachment, Card, Poll, avatar
from .model import Account, HostName, QuoteState, Status, Token, Version, Visibility, replied_account

BETWEEN_STATUSES = timedelta(minutes=2)
BOT_NAME = "unroller"
BOT_TOKEN = "sandbox-mastodon-bot"
BOT_SCOPES = frozenset({"read:accounts", "read:notifications", "read:statuses", "write:statuses"})
ROBOTS = "User-agent: *\nDisallow: /media_proxy/\nDisallow: /interact/\n"


class Instance:
    """One host: its own statuses, and copies of those of the other under ids of its own."""

    def __init__(self, name: HostName, network: "MastodonNetwork") -> None:
        self.name: HostName = name
        self.network = network
        self.ground = network.ground
        self.windows = Windows(network.ground.clock)
        self.accounts: dict[str, Account] = {}
        self.account_ids: dict[Account, str] = {}
        self.statuses: dict[str, Status] = {}
        self.status_ids: dict[Status, str] = {}
        self.emojis: set[str] = set()
        self.software: Literal["mastodon", "gotosocial"] = "mastodon"
        """GoToSocial has letters in its ids and a unix number in X-RateLimit-Reset."""
        self.restricted = False
        """Whether everything needs a token (401)."""
        self.most_ancestors, self.most_descendants, self.most_depth = 40, 60, 20
        self.robots = ROBOTS
        self.short_pages = 0
        """So many of the next pages hold half of what was asked for, as where a server leaves something out."""
        self.answers_for: dict[str, Account] = {}
        """Accounts of the other host whose names bear this one's: WebFinger here tells where they are."""
        self.late: set[Status] = set()
        self.late_retry = 0
        self.tokens: dict[str, Token] = {}
        self.made: dict[tuple[str, str], Status] = {}
        """What was posted, by access token and `Idempotency-Key`."""
        self._written: dict[Account, list[Status]] = {}
        self._sequences = Sequences()

    @property
    def base(self) -> str:
        addresses = self.ground.addresses
        return addresses.mastodon_one if self.name == "one" else addresses.mastodon_two

    @property
    def host(self) -> str:
        return self.base.removeprefix("http://")

    # Filling it

    def person(
        self,
        username: str,
        *,
        name: str = "",
        bio: str = "",
        joined: datetime = datetime(2019, 11, 6, tzinfo=UTC),
        noindex: bool = False,
        indexable: bool = True,
        discoverable: bool | None = True,
        fields: Sequence[tuple[str, str]] = (),
        face: str = "",
    ) -> Account:
        with self.ground.lock:
            if self.named(username) is not None:
                raise ValueError(f"@{username} is taken on host {self.name}")
            account = Account(self.name, username, name, bio, joined, avatar(face or username))
            account.noindex, account.indexable = noindex, indexable
            account.discoverable, account.fields = discoverable, tuple(fields)
            self.know(account)
            return account

    def post(
        self,
        author: Account | str,
        text: str,
        *,
        under: Status | None = None,
        at: datetime | None = None,
        media: Sequence[Attachment] = (),
        poll: Poll | None = None,
        card: Card | None = None,
        quote: Status | None = None,
        quote_state: QuoteState = "accepted",
        spoiler: str = "",
        sensitive: bool | None = None,
        visibility: Visibility = "public",
        language: str = "en",
        likes: int = 0,
        greet: bool = True,
        markup: str = "",
    ) -> Status:
        """A status by somebody of this host; a reply also reaches the host of the status it answers."""
        with self.ground.lock:
            writer = author if isinstance(author, Account) else self.named(author) or self.person(author)
            status = Status(writer, [Version(text, spoiler, at or self._moment(under))], under)
            status.reply_account = replied_account(writer, under)
            status.greeted = greeted(writer, under) if greet else ()
            status.visibility, status.language, status.likes = visibility, language, likes
            status.media, status.poll, status.card = tuple(media), poll, card
            status.quote, status.quote_state, status.markup = quote, quote_state, markup
            status.sensitive = bool(spoiler) if sensitive is None else sensitive
            if under is not None:
                under.replies.append(status)
                self.copy(under)
                self.network.instance(under.author.home).keep(status)
            self.keep(status)
            return status

    def thread(
        self,
        author: Account | str,
        texts: Iterable[str],
        *,
        start: datetime | None = None,
        every: timedelta = BETWEEN_STATUSES,
        under: Status | None = None,
        language: str = "en",
    ) -> list[Status]:
        """Statuses of one author, each below the one before; without `start` the last is an hour old."""
        written = list(texts)
        after = under.at if under else None
        moments = self.ground.clock.moments(len(written), every, start=start, after=after)
        statuses: list[Status] = []
        for text, moment in zip(written, moments, strict=True):
            under = self.post(author, text, under=under, at=moment, language=language)
            statuses.append(under)
        return statuses

    def boost(self, author: Account | str, status: Status, *, at: datetime | None = None) -> Status:
        boost = self.post(author, "", at=at or self._moment(status))
        boost.boosted = status
        return boost

    def copy(self, *statuses: Status) -> None:
        """This host learns of statuses of the other one; what it is not told of it does not know."""
        with self.ground.lock:
            for status in statuses:
                self.keep(status)

    def arrive_late(self, statuses: Iterable[Status], *, retry: int) -> None:
        """The next context leaves these out and says in `Mastodon-Async-Refresh` when to ask again."""
        with self.ground.lock:
            self.late, self.late_retry = set(statuses), retry

    def link(self, status: Status) -> str:
        """The address a reader of this host sees: `/@user/ID`, or `/@user@home/ID` for a copy."""
        return f"{self.base}/@{self.acct(status.author)}/{self.status_ids[status]}"

    # What it knows

    def named(self, acct: str) -> Account | None:
        """By `user`, or `user@host` as seen from here."""
        username, _, host = acct.removeprefix("@").partition("@")
        for account in self.accounts.values():
            home = self.network.instance(account.home)
            wanted = (host or self.host) in (home.host, home.name)
            if wanted and account.username.lower() == username.lower():
                return account
        return None

    def acct(self, account: Account) -> str:
        if account.home == self.name:
            return account.username
        return f"{account.username}@{self.network.instance(account.home).host}"

    def know(self, account: Account) -> str:
        """The id of an account on this host, which is made when it is first heard of."""
        if account not in self.account_ids:
            number = self._new_id(account.joined, f"account {account.home} {account.username}")
            self.accounts[number], self.account_ids[account] = account, number
        return self.account_ids[account]

    def keep(self, status: Status) -> str:
        """The id of a status on this host; its author and what it boosts or quotes come with it."""
        if status not in self.status_ids:
            self.know(status.author)
            for other in (status.boosted, status.quote):
                if other is not None:
                    self.keep(other)
            number = self._new_id(status.at, str(milliseconds(status.at)))
            self.statuses[number], self.status_ids[status] = status, number
            self._written.setdefault(status.author, []).append(status)
        return self.status_ids[status]

    def written_by(self, account: Account) -> list[Status]:
        """What this host has of an account."""
        return self._written.get(account, [])

    def parent_of(self, status: Status) -> Status | None:
        """The status it answers, as far as this host knows that one."""
        parent = None if status.parent_forgotten else status.parent
        return parent if parent in self.status_ids else None

    def in_order(self, statuses: Iterable[Status]) -> list[Status]:
        """Oldest id first."""
        return sorted(statuses, key=lambda status: id_order(self.status_ids[status]))

    def _new_id(self, moment: datetime, salt: str) -> str:
        make = ulid if self.software == "gotosocial" else mastodon_id
        number = make(moment, self._sequences, salt=f"{self.name} {salt}")
        while number in self.statuses or number in self.accounts:
            number = make(moment, self._sequences, salt=f"{self.name} {salt}")
        return number

    def _moment(self, before: Status | None) -> datetime:
        if before is None:
            return self.ground.clock.now() - SETTLED
        return min(before.at + BETWEEN_STATUSES, self.ground.clock.now() - timedelta(seconds=5))


class MastodonNetwork:
    """Both hosts, and what happens to accounts and statuses wherever they are known."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.one = Instance("one", self)
        self.two = Instance("two", self)

    @property
    def bot(self) -> Account:
        """The account on host one that the site's bot writes as; made when somebody first asks for it."""
        account = self.one.named(BOT_NAME)
        if account is None:
            account = self.one.person(BOT_NAME, name="Unroller", bio="Mention me with the word unroll.")
            account.bot = True
            self.one.tokens[BOT_TOKEN] = Token(account, BOT_SCOPES)
        return account

    def mention(
        self,
        by: Account | str,
        text: str = "",
        *,
        below: Status | None = None,
        quoting: Status | None = None,
        at: datetime | None = None,
        visibility: Visibility = "public",
    ) -> Status:
        """Somebody (`user`, or `user@two` from the other host) calls the bot, now, below a status or by quoting one."""
        username, _, host = ("", "", by.home) if isinstance(by, Account) else by.partition("@")
        home, bot = self.two if host == "two" else self.one, self.bot
        words = text or f"@{home.acct(bot)} unroll"
        moment = at or self.ground.clock.now()
        asker = by if isinstance(by, Account) else username
        return home.post(asker, words, under=below, quote=quoting, at=moment, visibility=visibility)

    def instance(self, name: HostName) -> Instance:
        return self.one if name == "one" else self.two

    def home(self, status: Status) -> Instance:
        return self.instance(status.author.home)

    def link(self, status: Status) -> str:
        """The address of a status on its author's own host."""
        return self.home(status).link(status)

    def edit(self, status: Status, text: str, *, spoiler: str = "", at: datetime | None = None) -> None:
        with self.ground.lock:
            moment = at or min(status.versions[-1].at + timedelta(minutes=7), self.ground.clock.now())
            status.versions.append(Version(text, spoiler, moment))

    def delete(self, *statuses: Status, forget: bool = False) -> None:
        """404 from now on. Replies keep pointing at the gone id, or with `forget` lose it (both happen)."""
        with self.ground.lock:
            for status in statuses:
                status.deleted = True
                for reply in status.replies:
                    reply.parent_forgotten = forget

    def suspend(self, account: Account) -> None:
        """The account and all it wrote answer 410."""
        account.suspended = True


def greeted(author: Account, parent: Status | None) -> tuple[Account, ...]:
    """Whom a client puts before the text of a reply: the parent's author and whoever the parent names."""
    if parent is None:
        return ()
    names = dict.fromkeys((parent.author, *parent.greeted))
    return tuple(account for account in names if account is not author)


def id_order(number: str) -> tuple[int, str]:
    return len(number), number

"""From a finished recording to the pile: which statuses matter, in the product's own terms."""

from urllib.parse import urlsplit

import msgspec

from unroller.core.errors import BadAnswer
from unroller.core.markup import safe
from unroller.core.posts import Emoji, Pile, Poll, Post, Reason, Tombstone
from unroller.core.text import direction, language, one_line
from unroller.sources.fields import address, moment, number, record, string, words
from unroller.sources.mastodon.attachments import card_of, media_of, poll_of, quote_of
from unroller.sources.mastodon.conversation import ONE, Age, Conversation, Status
from unroller.sources.mastodon.links import KEY, split_key
from unroller.sources.mastodon.people import author_of, emojis_of, used
from unroller.sources.mastodon.plan import AT, LINKED, refuse_hidden
from unroller.sources.mastodon.server import refuse
from unroller.sources.recording import Raw


def pile_of(raw: Raw) -> Pile:
    """Every post that matters: the author's, the linked one, and what was answered.

    Raises the error that tells why the linked post cannot be shown.
    """
    host, id_ = split_key(raw.facts.get(AT, raw.key))
    reading = Reading(raw, host, id_)
    conversation = reading.conversation
    id_ = conversation.repeated(id_)
    refuse_hidden(conversation, id_)
    is_answer = LINKED in raw.facts
    owner = id_ if is_answer else conversation.owner(id_)
    wanted = dict.fromkeys((*conversation.written_by(conversation.account(owner)), id_, owner, conversation.top(id_)))
    wanted.update((parent, None) for each in tuple(wanted) if (parent := conversation.parent(each)))
    posts = list(filter(None, map(reading.post, wanted)))
    anchor = next((post for post in posts if post.id == id_), None)
    if anchor is not None and is_answer:
        anchor = _answer(raw, anchor)
        posts.append(anchor)
    if anchor is None:
        raise BadAnswer("the linked post cannot be read")
    return Pile(
        source=KEY,
        anchor_id=anchor.id,
        posts=tuple(posts),
        gone=tuple(reading.tombstone(each) for each in sorted(conversation.missing)),
        limits=frozenset((*raw.limits, *reading.losses(conversation.head(owner)))),
    )


def _answer(raw: Raw, answered: Post) -> Post:
    """The linked post, where it is a stranger's answer that only its own host is sure to know (R2)."""
    host, id_ = split_key(raw.facts[LINKED])
    post = Reading(raw, host, id_).post(id_)
    if post is None:
        raise BadAnswer("the linked post cannot be read")
    return msgspec.structs.replace(
        post,
        id=f"{host}/{id_}",
        parent_id=answered.id,
        parent_author_id=answered.author.id,
        parent_order=answered.order,
        root_id="",
    )


class Reading:
    """Turns one host's statuses into posts. Raises what the host's refusal means, where it refused the post `id_`."""

    def __init__(self, raw: Raw, host: str, id_: str) -> None:
        self.conversation = Conversation(host, raw.exchanges)
        self._origin = _origin(raw, host, id_)
        self._counted = all(id_.isdecimal() for id_ in self.conversation.statuses)

    def path(self, id_: str) -> str:
        return f"{self.conversation.host}/{id_}"

    def order(self, id_: str) -> Age:
        """By id where ids are counted, otherwise by time of writing; a missing one stands just before its answer."""
        if self._counted and id_.isdecimal():
            return len(id_), id_
        written = self._milliseconds(id_)
        answered = min((self._milliseconds(child) for child in self.conversation.children(id_)), default=1)
        return written or answered - 1, id_

    def _milliseconds(self, id_: str) -> int:
        written = moment(self.conversation.statuses.get(id_, {}).get("created_at"))
        return int(written.timestamp() * 1000) if written else 0

    def tombstone(self, id_: str) -> Tombstone:
        """What is known of a missing status: its answers tell whether it was the author's own."""
        author = next(filter(None, map(self._parent_author, self.conversation.children(id_))), "")
        return Tombstone(id=id_, order=self.order(id_), author_id=author, path=self.path(id_))

    def losses(self, head: str) -> set[Reason]:
        """`gap` when the author went on below a post that is gone and the host does not tell whose that was (R5)."""
        conversation = self.conversation
        stranger = conversation.answered_account(head)
        lost = conversation.is_below_stranger(head) and any(
            each != head
            and conversation.answered_account(each) == stranger
            and (not conversation.parent(each) or conversation.parent(each) in conversation.missing)
            and conversation.age(each) > conversation.age(head)
            for each in conversation.written_by(conversation.account(head))
        )
        return {"gap"} if lost else set()

    def post(self, id_: str) -> Post | None:
        """A status as a post; None for one that was not shown or has no date."""
        conversation = self.conversation
        status = conversation.statuses.get(id_, {})
        written = moment(status.get("created_at"))
        if written is None:
            return None
        poll = poll_of(status)
        author = author_of(status, conversation.host, self._origin)
        parent, repeated = conversation.parent(id_), conversation.repeated(id_)
        quote = quote_of(status, conversation, self._origin)
        shown = safe(words(status.get("content")), emojis=emojis_of(status), without_quote_link=quote is not None)
        warning = one_line(words(status.get("spoiler_text")))
        return Post(
            id=id_,
            path=self.path(id_),
            url=self._url(id_),
            author=author,
            created_at=written,
            order=self.order(id_),
            time=written,
            parent_id=parent,
            parent_author_id=self._parent_author(id_),
            parent_order=self.order(parent) if parent else None,
            root_id=self._root(id_),
            repost_of=repeated if repeated != id_ else "",
            text=shown.text,
            html=shown.html,
            lang=language(string(status.get("language"))),
            direction=direction(shown.text),
            media=media_of(status),
            poll=poll,
            card=card_of(status),
            quote=quote,
            warning=warning,
            sensitive=status.get("sensitive") is True,
            edited=moment(status.get("edited_at")) is not None,
            emojis=_emojis(status, warning, poll),
            replies=round(number(status.get("replies_count"))),
        )

    def _parent_author(self, id_: str) -> str:
        """Who wrote the parent. Where it is gone only the author's own name can be relied on, not a stranger's."""
        conversation = self.conversation
        known = conversation.account(conversation.parent(id_))
        if not known and conversation.answered_account(id_) == conversation.account(id_):
            known = conversation.account(id_)
        return f"{conversation.host}/{known}" if known else ""

    def _root(self, id_: str) -> str:
        """Mastodon names no root. It only matters for a lone answer inside the author's own conversation (R2)."""
        conversation = self.conversation
        if not conversation.is_alone(id_):
            return ""
        top = conversation.top(id_)
        return top if conversation.account(top) == conversation.account(id_) else ""

    def _url(self, id_: str) -> str:
        """The post's page on its own host; one that leads elsewhere is not believed."""
        conversation = self.conversation
        status = conversation.statuses[id_]
        url = address(status.get("url")) or address(status.get("uri"))
        if url and (conversation.home(id_) is not None or urlsplit(url).netloc == conversation.host):
            return url
        return f"{self._origin}/web/statuses/{id_}"


def _emojis(status: Status, warning: str, poll: Poll | None) -> tuple[Emoji, ...]:
    """The custom emoji of what is plain text in a post: its warning and its poll."""
    options = [option.label for option in poll.options] if poll else []
    return used({**emojis_of(status), **emojis_of(record(status.get("poll")))}, warning, *options)


def _origin(raw: Raw, host: str, id_: str) -> str:
    for exchange in raw.exchanges:
        parts = urlsplit(exchange.url)
        found = ONE.fullmatch(parts.path)
        if found and found.group(1) == id_ and parts.netloc == host:
            refuse(exchange)
            return f"{parts.scheme}://{parts.netloc}"
    raise BadAnswer("the linked post was not asked for")

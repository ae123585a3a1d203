"""A group of rows → the thread: their words put into the words of X's API, and from there on the way of every link."""

from msgspec.structs import replace

from unroller.core.assemble import assemble
from unroller.core.errors import Gone
from unroller.core.posts import Pile, Post, Thread
from unroller.sources.base import HARD_CAP
from unroller.sources.x.gathered import Gathered
from unroller.sources.x.parse import Reader
from unroller.sources.x.payload import Json, post_id, quoted_id
from unroller.sources.x.problems import withheld
from unroller.sources.x_archive.greetings import Greetings
from unroller.sources.x_archive.long_posts import as_note
from unroller.sources.x_archive.reports import Report
from unroller.sources.x_archive.shelf import Shelf
from unroller.sources.x_archive.trees import Group
from unroller.sources.x_archive.tweets import media_of, payload

NOT_HELD = "The archive does not hold it."


class Maker:
    """Makes threads. `owner`: the account as X's API would describe it."""

    def __init__(self, shelf: Shelf, owner: Json, report: Report) -> None:
        self._shelf = shelf
        self._owner = owner
        self._report = report
        self._greetings = Greetings(shelf, "")

    def thread(self, group: Group) -> Thread | None:
        """None where less than two posts are left. What is beyond the cap is left out, the newest first (R9)."""
        gathered = Gathered()
        gathered.people[self._owner["id"]] = self._owner
        rows = sorted({group.top, *group.rows[:HARD_CAP]})[:HARD_CAP]
        self._report.skip("over-the-cap", len(group.rows) - len(rows))
        self._greetings = Greetings(self._shelf, self._owner["username"])
        posts = [found for row in rows if (found := self._taken(gathered, row, str(group.conversation or "")))]
        self._report.skip("withheld", len(rows) - len(posts))
        for post in posts:
            self._take_quoted(gathered, post)
        reader = Reader(gathered)
        made = tuple(_described(post) for post in map(reader.post, posts) if post is not None)
        pile = Pile(
            source="x",
            anchor_id=str(self._shelf.ids[group.top]),
            posts=made,
            limits=frozenset({"cap"} if len(rows) < len(group.rows) else ()),
        )
        thread = _assembled(pile)
        count = sum(1 for _ in thread.posts) if thread else 0
        self._report.skip("alone", len(made) - count if count > 1 else len(made))
        if thread is None or count < 2:
            return None
        self._report.threads += 1
        self._report.posts_in_threads += count
        return thread

    def _taken(self, gathered: Gathered, row: int, conversation: str) -> Json | None:
        """A post, now among the gathered; None for what X withholds from everybody (R13)."""
        tweet, note = self._shelf.tweet(row)
        post = payload(
            tweet,
            str(self._shelf.ids[row]),
            self._owner["id"],
            note=as_note(note) if note else {},
            conversation=conversation,
            lead=self._greetings.lead(row, tweet),
        )
        if withheld(post):
            return None
        gathered.absorb({"data": [post], "includes": {"media": media_of(tweet)}})
        return post

    def _take_quoted(self, gathered: Gathered, post: Json) -> None:
        """The quoted post, where it is the owner's own."""
        quoted = quoted_id(post)
        row = self._shelf.row(int(quoted)) if post_id(quoted) else -1
        if row >= 0 and gathered.post(quoted) is None:
            self._taken(gathered, row, "")


def _assembled(pile: Pile) -> Thread | None:
    try:
        return assemble(pile).thread
    except Gone:
        return None


def _described(post: Post) -> Post:
    """A quoted post that is not here says so in the archive's words."""
    if post.quote is None or not post.quote.unavailable:
        return post
    return replace(post, quote=replace(post.quote, unavailable=NOT_HELD))

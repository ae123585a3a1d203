"""Threads to measure with."""

from datetime import UTC, datetime, timedelta

from unroller.core.posts import Person, Pile, Post

BEGINNING = datetime(2026, 3, 1, tzinfo=UTC)
AUTHOR = Person(id="1", handle="maralind", name="Mara Lindqvist", url="https://x.com/maralind")
WORDS = (
    "Stand on the pier at night and count the seconds between two flashes: every light on this coast keeps a rhythm "
    "of its own, and a sailor who knows it knows where he is. "
)


def chain(posts: int) -> Pile:
    """One author's `posts` posts, each below the one before."""
    return Pile(source="x", anchor_id=str(posts), posts=tuple(_post(number) for number in range(1, posts + 1)))


def _post(number: int) -> Post:
    moment = BEGINNING + timedelta(seconds=20 * number)
    return Post(
        id=str(number),
        path=str(number),
        url=f"https://x.com/maralind/status/{number}",
        author=AUTHOR,
        created_at=moment,
        time=moment,
        order=(len(str(number)), str(number)),
        parent_id=str(number - 1) if number > 1 else "",
        parent_author_id="1" if number > 1 else "",
        root_id="1",
        text=f"{number}/ {WORDS}",
        html=f"<p>{number}/ {WORDS}</p>",
        lang="en",
        direction="ltr",
    )

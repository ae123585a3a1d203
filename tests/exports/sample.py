"""One thread with everything in it, for tests of the formats: a gap, branches, a quote, media, a poll, a card."""

from typing import Any

from tests.core.piles import BOB, post, tombstone
from unroller.core.posts import Branch, Card, Gap, Media, Option, Poll, Quote, Thread

PIER = Media(type="photo", url="https://social.example/pier.jpg", alt="The pier\nat night", width=800, height=600)
WAVES = Media(type="video", url="https://social.example/waves.mp4", poster="https://social.example/waves.jpg")
QUOTE = Quote(
    id="90",
    url="https://social.example/bob/90",
    author=BOB,
    text="Salt & fog",
    html="<p>Salt &amp; fog<br>and more</p>",
    media=(PIER,),
)
THREAD = Thread(
    source="mastodon",
    line=(
        post(1, text="The keeper of the lamp. A thread", html="<p>The keeper of the lamp. A thread</p>"),
        Gap(posts=(tombstone(2, 1), tombstone(3, 2))),
        post(4, 3, media=(PIER, WAVES), quote=QUOTE),
        post(5, 4, poll=Poll(options=(Option(label="Lamp"), Option(label="Bell")))),
        post(6, 5, card=Card(url="https://pier.example/a", title="Pier & lamp"), warning="Heights"),
    ),
    branches=(
        Branch(parent_id="4", entries=(post(20, 4), Gap(posts=(tombstone(21),)), post(22, 21))),
        Branch(parent_id="4", entries=(post(30, 4),)),
        Branch(parent_id="5", entries=(post(40, 5),)),
    ),
    reasons=("gap", "cap"),
)


def single(**changes: Any) -> Thread:
    """A thread of one post."""
    return Thread(source="x", line=(post(1, **changes),))

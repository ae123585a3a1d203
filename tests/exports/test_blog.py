"""A thread as an entry of a blog: the author's own words as safe HTML, words of others as links."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.threads import MARA, a_pile, a_post
from unroller.core.assemble import assemble
from unroller.core.posts import Card, Media, Option, Person, Pile, Poll, Post, Quote, Thread
from unroller.exports import blog

BOB = Person(id="17", handle="bob", name="Bob", url="https://x.com/bob")
EVIL = '<script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">a</a>'


def a_thread(*posts: Post) -> Thread:
    return assemble(Pile(source="x", anchor_id=posts[0].id, posts=posts)).thread


def written(**changes: Any) -> str:
    """The entry of one post."""
    return blog.content(a_thread(a_post(1, **changes)), {})


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes += attrs


def test_the_posts_stand_one_below_the_other() -> None:
    thread = assemble(a_pile(3)).thread
    assert blog.content(thread, {}) == "\n".join(f"<p>This is post {number}.</p>" for number in (1, 2, 3))


def test_words_of_others_are_links_and_own_ones_are_repeated() -> None:
    said: dict[str, Any] = {"id": "9", "url": "https://x.com/bob/status/9", "text": "No.", "html": "<p>Never.</p>"}
    assert written(quote=Quote(author=BOB, **said)).endswith(
        '<p>Quoting <a href="https://x.com/bob/status/9">@bob</a></p>'
    )
    assert "<blockquote><p>Never.</p>" in written(quote=Quote(author=MARA, **said))
    assert "Never" not in written(quote=Quote(unavailable="It is gone.", html="<p>Never.</p>"))


def test_pictures_stand_where_they_were_put() -> None:
    photo = Media(type="photo", url="https://pbs.example/1.jpg", alt='A "fog" & more')
    thread = a_thread(a_post(1, media=(photo,)))
    assert '<img src="https://pbs.example/1.jpg" alt="A &quot;fog&quot; &amp; more"/>' in blog.content(thread, {})
    assert 'src="https://mara.example/1.jpg"' in blog.content(thread, {photo.url: "https://mara.example/1.jpg"})
    assert blog.photos(thread) == [photo]


def test_films_cards_polls_and_warnings_go_along() -> None:
    film = Media(type="video", url="https://pbs.example/1.m3u8", alt="Waves", streamed=True)
    assert '<a href="https://x.com/maralind/status/1">Watch the video: Waves</a>' in written(media=(film,))
    assert '<a href="https://a.example/">A page</a>' in written(card=Card(url="https://a.example/", title="A page"))
    poll = Poll(options=(Option(label="Yes", votes=3),), ends_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert "<ul><li>Yes (3)</li></ul>" in written(poll=poll)
    assert written(warning="Spiders").startswith("<details><summary>Content warning: Spiders</summary><p>")


def test_words_from_right_to_left_say_so() -> None:
    arabic = a_post(1, text="نجوم", html="<p>نجوم</p>", lang="ar", direction="rtl")
    assert blog.content(a_thread(arabic), {}) == '<div lang="ar" dir="rtl"><p>نجوم</p></div>'


def test_hashtags_are_categories_each_once() -> None:
    tag = '<a class="hashtag" href="https://x.com/hashtag/a" rel="nofollow"><bdi>{}</bdi></a>'
    html = "".join(f"<p>{tag.format(each)}</p>" for each in ("#Sea", "#sea", "＃海", "#R&amp;D"))
    assert blog.categories(a_thread(a_post(1, html=html))) == ("Sea", "海", "R&D")
    assert blog.categories(assemble(a_pile(2)).thread) == ()
    many = "".join(tag.format(f"#t{number}") for number in range(30))
    assert len(blog.categories(a_thread(a_post(1, html=f"<p>{many}</p>")))) == blog.MOST_CATEGORIES


@pytest.mark.parametrize(
    "changes",
    [
        {"html": EVIL},
        {"warning": EVIL},
        {"media": (Media(type="photo", url="javascript:alert(1)", alt=EVIL),)},
        {"media": (Media(type="video", url="javascript:alert(1)", alt=EVIL),)},
        {"card": Card(url="javascript:alert(1)", title=EVIL)},
        {"poll": Poll(options=(Option(label=EVIL),))},
        {"quote": Quote(url="javascript:alert(1)", author=BOB, html=EVIL)},
        {"quote": Quote(url="javascript:alert(1)", author=MARA, html=EVIL)},
        {"lang": '"><script>'},
    ],
    ids=str,
)
def test_nothing_hostile_becomes_a_part_of_the_page(changes: dict[str, Any]) -> None:
    tags = Tags(written(**changes))
    assert not tags.found & {"script", "img"}
    assert not [name for name, value in tags.attributes if name.startswith("on") or "javascript" in (value or "")]

"""A thread as plain text."""

from msgspec.structs import replace

from tests.exports.sample import QUOTE, THREAD, single
from unroller.core.posts import Gap, Quote
from unroller.core.text import Entity, compose
from unroller.exports.notes import Notes
from unroller.exports.text import export, missing, quoted

EXPECTED = """\
The keeper of the lamp
Alice Moreau @alice
https://social.example/alice/1

3 posts of this thread were deleted.
Only the first 8 posts are here.

The keeper of the lamp. A thread

[2 posts were deleted]

Post 4.
[photo: The pier
at night]
[video: https://social.example/waves.mp4]
> Bob Okafor @bob: Salt & fog

    Post 20.

    [1 post was deleted]

    Post 22.

    Post 30.

Post 5.
( ) Lamp
( ) Bell

    Post 40.

Content warning: Heights
Post 6.
[link: Pier & lamp https://pier.example/a]
"""


def test_everything_stands_in_its_place() -> None:
    assert export(THREAD) == EXPECTED


def test_a_thread_without_a_title_is_headed_by_its_author() -> None:
    assert export(single(text="")).startswith("Alice Moreau\nAlice Moreau @alice\n")


def test_words_are_told_as_they_are() -> None:
    assert export(single(text="<b> *a* &amp; [x](y)\n\n- z")).endswith("\n<b> *a* &amp; [x](y)\n\n- z\n")


def test_deleted_posts_are_counted() -> None:
    gap = THREAD.line[1]
    assert isinstance(gap, Gap)
    assert missing(gap) == "[2 posts were deleted]"
    assert missing(Gap(posts=gap.posts[:1])) == "[1 post was deleted]"


def test_a_quote_keeps_its_warning_and_its_lines_are_marked() -> None:
    warned = Quote(id="90", url=QUOTE.url, author=QUOTE.author, text="Salt\nand fog", warning="Heights")
    assert "> Content warning: Heights\n> Bob Okafor @bob: Salt\n> and fog\n" in export(single(quote=warned))


def test_a_quote_that_cannot_be_shown_says_only_why() -> None:
    lost = Quote(author=QUOTE.author, text="Secret", unavailable="It was deleted.")
    assert quoted(lost, Notes()) == "It was deleted."


def test_what_the_thread_answers_comes_before_it() -> None:
    told = export(replace(single(), context=QUOTE))
    assert "\n\nIn reply to:\n> Bob Okafor @bob: Salt & fog\n\nPost 1.\n" in told


def test_the_whole_address_of_a_shortened_link_is_a_note_each_address_once() -> None:
    long, short = "https://pier.example/a/very/long/way", "pier.example/a/ve…"
    made = compose(
        "See A and B and A again, @bob #fog, C",
        [
            Entity(4, 5, "link", long, short),
            Entity(10, 11, "link", "https://fog.example/", "fog.example"),
            Entity(16, 17, "link", long, short),
            Entity(25, 29, "mention", "https://social.example/bob"),
            Entity(30, 34, "hashtag", "https://social.example/tags/fog"),
            Entity(36, 37, "link", "https://pier.example/c", "pier.example/…"),
        ],
        escaped=False,
    )
    quote = replace(QUOTE, text=made.text, html=made.html)
    told = export(single(text=made.text, html=made.html, quote=quote)).split("\n\n", 1)[1]
    words = f"See {short} [1] and fog.example and {short} [1] again, @bob #fog, pier.example/… [2]"
    assert told == f"{words}\n> Bob Okafor @bob: {words}\n\n[1] {long}\n[2] https://pier.example/c\n"

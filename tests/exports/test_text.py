"""A thread as plain text."""

from tests.exports.sample import QUOTE, THREAD, single
from unroller.core.posts import Gap, Quote
from unroller.exports.text import export, missing, quoted

EXPECTED = """\
The keeper of the lamp
Alice Moreau @alice
https://social.example/alice/1

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
    assert quoted(Quote(author=QUOTE.author, text="Secret", unavailable="It was deleted.")) == "It was deleted."

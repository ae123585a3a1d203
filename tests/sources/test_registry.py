"""Whose link a pasted text holds."""

import time

import pytest

from unroller.core.errors import NotAPost
from unroller.sources import registry
from unroller.sources.base import PostRef, Source
from unroller.sources.bluesky import Bluesky
from unroller.sources.mastodon import Mastodon
from unroller.sources.x import X

NOWHERE = "https://nowhere.example"
SOURCES: tuple[Source, ...] = (X(NOWHERE, "token"), Bluesky(NOWHERE, NOWHERE), Mastodon())
ID = "1849284756102938475"
LINK = f"https://x.com/ana/status/{ID}"
POST = PostRef("x", ID)
SKY = "https://bsky.app/profile/alice.example.com/post/3lbq2wsxk5c2f"
HOME = "https://mastodon.example/@alice/113456789012345678"


def find(text: str) -> PostRef:
    return registry.find(text, SOURCES)


@pytest.mark.parametrize(
    "text",
    [
        LINK,
        f"  {LINK}\n",
        f"Read this {LINK} before you sleep",
        f"Read this: {LINK}.",
        f"{LINK}, {LINK}; {LINK}!",
        f"({LINK})",
        f"[{LINK}]",
        f"<{LINK}>",
        f"see <{LINK}>…",
        f"[a thread]({LINK})",
        f"[{LINK}]({LINK})",
        f"“{LINK}”",
        f"«{LINK}»",
        f'"{LINK}"',
        f"'{LINK}'?!",
        f"`{LINK}`",
        f"*{LINK}*",
        f"\u200e{LINK}\u200b",
        f"看{LINK}看",
        f"URL:{LINK}",
        f'<a href="{LINK}">thread</a>',
        f"line one\nline two\t{LINK}\r\nline three",
        f"x.com/ana/status/{ID}",
        f"(x.com/ana/status/{ID})",
        f"look: x.com/ana/status/{ID}.",
        f"HTTPS://X.COM/ana/status/{ID}",
        ID,
        f" {ID}\n",
    ],
)
def test_a_link_is_found_among_words_brackets_and_punctuation(text: str) -> None:
    assert find(text) == POST


@pytest.mark.parametrize("link", [LINK, SKY, HOME])
@pytest.mark.parametrize(
    "text",
    [
        "「{}」",
        "（{}）",
        "見て{}、とても",
        "{}。",
        "{}です",
        "**{}**",
        "`{}`",
        "~~{}~~",
        "_{}_",
        "| {}|",
        "{},next",
        "{}&nbsp;",
        "({}).",
    ],
)
def test_a_link_may_stand_among_marks_and_letters_without_a_space(link: str, text: str) -> None:
    assert find(text.format(link)) == find(link)


def test_a_key_may_end_with_what_is_a_mark_elsewhere() -> None:
    assert find(f"see {SKY}_ there").key.endswith("c2f_")
    assert find(f"f{SKY}").key.endswith("c2f")


def test_a_link_with_a_query_in_another_script_is_read_whole() -> None:
    assert find(f"{SKY}?ref=灯台") == find(SKY)
    assert find("https://日本.example/@alice/113?lang=日本語") == PostRef("mastodon", "xn--wgv71a.example/113")


def test_the_first_link_that_is_a_post_counts() -> None:
    assert find(f"https://x.com/ana https://example.com/a {LINK} {SKY}") == POST
    assert find(f"{SKY} {LINK}").source == "bluesky"
    assert find(f"{HOME} {SKY} {LINK}").source == "mastodon"
    assert find(f"at://alice.example.com/app.bsky.feed.post/3lbq2wsxk5c2f {LINK}").source == "bluesky"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "hello",
        "what is 1849284756102938475 about",
        f"{ID}0",
        "-1",
        "١٢٣",
        "https://",
        "https://x.com",
        "https://x.com/ana",
        "https://example.com/status/1",
        f"https://x.com.example.com/ana/status/{ID}",
        f"https://example.com/?next={LINK}",
        f"me@x.com/ana/status/{ID}",
        "javascript:alert(1)",
        f"javascript://x.com/ana/status/{ID}",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "https://[::1",
        "https://[broken]/@a/1",
        "\0",
        "\ud800",
        "https://x.com/ana/status/\ud800",
        "💥" * 100,
        "../../etc/passwd",
        "' OR 1=1 --",
    ],
)
def test_anything_else_is_not_a_post(text: str) -> None:
    with pytest.raises(NotAPost):
        find(text)


@pytest.mark.parametrize(
    "text",
    [
        "a." * 5_000,
        "a-" * 5_000,
        "a-a." * 2_500,
        "https://" * 1_250,
        "(" * 10_000,
        "1" * 10_000,
        "http://a.b/@a@" * 700,
    ],
    ids=["dots", "dashes", "both", "schemes", "brackets", "digits", "handles"],
)
def test_ten_kilobytes_of_nonsense_are_turned_down_at_once(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(NotAPost):
        find(text)
    assert time.monotonic() - started < 0.5


def test_a_post_with_an_endless_name_is_none() -> None:
    with pytest.raises(NotAPost):
        find(f"https://{'a.' * 300}example/@ana/1")


def test_a_link_is_found_at_the_start_of_a_long_text() -> None:
    assert find(f"{LINK} {'and so on ' * 1_000}") == POST


@pytest.mark.parametrize(
    ("owner", "example"), [(source.key, example) for source in SOURCES for example in source.examples]
)
def test_every_example_has_exactly_one_owner(owner: str, example: str) -> None:
    assert [source.key for source in SOURCES if source.match(example)] == [owner]
    assert find(f"Read {example}, please").source == owner


def test_every_network_has_examples_and_a_key_of_its_own() -> None:
    assert all(source.examples for source in SOURCES)
    assert len({source.key for source in SOURCES}) == len(SOURCES)

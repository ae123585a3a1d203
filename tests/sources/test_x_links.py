"""Which links are X's, and which post each names."""

import pytest

from unroller.core.errors import NotAPost
from unroller.sources import registry
from unroller.sources.base import PostRef
from unroller.sources.x import X

NUMBER = "1849284756102938475"
SOURCE = X("https://api.example", "token")


@pytest.mark.parametrize(
    "link",
    [
        f"https://x.com/ana/status/{NUMBER}",
        f"https://twitter.com/ana/status/{NUMBER}",
        f"http://twitter.com/ana/status/{NUMBER}",
        f"https://www.x.com/ana/status/{NUMBER}",
        f"https://mobile.twitter.com/ana/status/{NUMBER}",
        f"https://m.twitter.com/ana/status/{NUMBER}",
        f"https://vxtwitter.com/ana/status/{NUMBER}",
        f"https://fxtwitter.com/ana/status/{NUMBER}/en",
        f"https://fixupx.com/ana/status/{NUMBER}",
        f"https://fixvx.com/ana/status/{NUMBER}",
        f"https://x.com/i/status/{NUMBER}",
        f"https://x.com/i/web/status/{NUMBER}",
        f"https://twitter.com/statuses/{NUMBER}",
        f"https://twitter.com/ana/statuses/{NUMBER}",
        f"https://twitter.com/#!/ana/status/{NUMBER}",
        f"https://x.com/ana/status/{NUMBER}/photo/1",
        f"https://x.com/ana/status/{NUMBER}/video/1",
        f"https://x.com/ana/status/{NUMBER}/",
        f"https://x.com/ana/status/{NUMBER}?s=20&t=abc",
        f"https://x.com/ana/status/{NUMBER}#m",
        f"https://x.com/ana/status/{NUMBER}&s=20",
        f"x.com/ana/status/{NUMBER}",
        f"//x.com/ana/status/{NUMBER}",
        f"HTTPS://X.COM/Ana/Status/{NUMBER}",
        f"https://x.com./ana/status/{NUMBER}",
        f"https://x.com/ana_under_20_letters/status/{NUMBER}",
        NUMBER,
    ],
)
def test_every_form_of_a_link_names_the_post(link: str) -> None:
    assert SOURCE.match(link) == PostRef("x", NUMBER)


@pytest.mark.parametrize("number", ["20", "1", "29700859247", "9223372036854775807"])
def test_ids_may_be_old_and_short(number: str) -> None:
    assert SOURCE.match(number) == PostRef("x", number)
    assert SOURCE.match(f"https://twitter.com/jo/status/{number}") == PostRef("x", number)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "ana",
        "https://x.com/",
        "https://x.com/ana",
        "https://x.com/ana/status/",
        "https://x.com/ana/status/first",
        f"https://x.com/ana/status/{NUMBER}0",
        f"https://x.com/ana/status/{NUMBER}abc",
        f"https://x.com/i/lists/{NUMBER}",
        f"https://x.com/ana/lists/status/{NUMBER}",
        "https://x.com/i/spaces/1yNGaQLWpejGj",
        f"https://x.com/i/events/{NUMBER}",
        f"https://x.com/messages/{NUMBER}-1",
        f"https://x.com/search?q=x.com/ana/status/{NUMBER}",
        f"https://nox.com/ana/status/{NUMBER}",
        f"https://x.com.example.org/ana/status/{NUMBER}",
        f"https://x.com@example.org/ana/status/{NUMBER}",
        f"https://example.org/x.com/ana/status/{NUMBER}",
        f"https://someone@x.com/ana/status/{NUMBER}",
        f"https://help.x.com/ana/status/{NUMBER}",
        f"ftp://x.com/ana/status/{NUMBER}",
        f"javascript://x.com/ana/status/{NUMBER}",
        f"https://[x.com/ana/status/{NUMBER}",
        "https://x.com/ana/status/１８４９２８４７５６",
        "0",
        "000",
        "9223372036854775808",
        "12345678901234567890",
        "-5",
        "１２３",
        "x" * 10_000,
        "https://x.com/" + "a" * 10_000 + f"/status/{NUMBER}",
    ],
)
def test_nothing_else_is_taken_for_a_post(link: str) -> None:
    assert SOURCE.match(link) is None


@pytest.mark.parametrize("example", X.examples)
def test_the_examples_are_links_of_its_own(example: str) -> None:
    assert SOURCE.match(example) is not None


def test_a_link_is_found_among_words() -> None:
    assert registry.find(f"Look: (https://x.com/ana/status/{NUMBER}?s=20).", [SOURCE]) == PostRef("x", NUMBER)
    assert registry.find(f"  {NUMBER}\n", [SOURCE]) == PostRef("x", NUMBER)
    with pytest.raises(NotAPost):
        registry.find("https://x.com/ana", [SOURCE])

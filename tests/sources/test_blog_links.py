"""What pages say of themselves by rel, and pages that are made to keep a reader busy."""

import pytest

from unroller.sources.blog.links import MOST_PAGE, rels
from unroller.sources.http import Answer

PLACE = "https://blog.example/"
HEAD = '<link rel="micropub" href="/micropub">'


def page(body: str, **headers: str) -> Answer:
    return Answer(200, {"content-type": "text/html"} | headers, body.encode(), PLACE)


def test_headers_come_first_and_addresses_are_whole() -> None:
    answer = page(f"{HEAD}<a rel=me href=//else.example/>", link='<m>; rel="micropub", <x>; rel=other')
    assert rels(answer) == {
        "micropub": "https://blog.example/m",
        "other": "https://blog.example/x",
        "me": "https://else.example/",
    }


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<![foo[", "<", "</", "<!", "<?", "&#x", '<a href="', "<a b='"])
def test_a_page_of_nothing_but_beginnings_is_read_at_once(piece: str) -> None:
    """Where the time grew with the square of it, this test would last for hours."""
    assert rels(page(HEAD + piece * (MOST_PAGE // len(piece))))["micropub"] == f"{PLACE}micropub"


def test_a_header_of_nothing_but_beginnings_is_read_at_once() -> None:
    assert rels(page("", link="<" * 1_000_000)) == {}

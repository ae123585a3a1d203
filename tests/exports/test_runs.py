"""Safe HTML as plain data."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unroller.core.markup import safe
from unroller.core.text import Entity, compose
from unroller.exports.runs import BREAK, MOST_DEPTH, blocks, breakable, line, parted

LINK = "https://a.example/b"


def told(found: list[dict[str, Any]]) -> str:
    """Every word of some blocks, in order."""
    parts: list[str] = []
    for block in found:
        parts += [_words(run) for run in block.get("runs", ())]
        parts.append(block.get("words", ""))
        parts.append(told(block.get("blocks", [])))
        parts += [told(item) for item in block.get("items", ())]
    return "".join(parts)


def _words(run: dict[str, Any]) -> str:
    return "".join(part if isinstance(part, str) else "".join(part) for part in run.get("words", ()))


def depth(found: list[dict[str, Any]]) -> int:
    inner = [depth(block["blocks"]) for block in found if "blocks" in block]
    inner += [depth(item) for block in found for item in block.get("items", ())]
    return 1 + max(inner, default=0)


def test_paragraphs_breaks_and_styles() -> None:
    assert blocks("<p>One <strong>two<em>!</em></strong><br>three</p><p> <del>four</del></p>", {}) == [
        {
            "kind": "p",
            "runs": [
                {"words": ["One "]},
                {"words": ["two"], "bold": True},
                {"words": ["!"], "bold": True, "italic": True},
                {"break": True},
                {"words": ["three"]},
            ],
        },
        {"kind": "p", "runs": [{"words": ["four"], "struck": True}]},
    ]


def test_links_keep_their_address_and_only_web_addresses_are_links() -> None:
    made = compose("see @bob", [Entity(4, 8, "mention", LINK)], escaped=False)
    assert line(made.html, {})[-1] == {"words": ["@bob"], "href": LINK}
    assert "href" not in line('<a href="javascript:alert(1)">x</a>', {})[0]


def test_lists_quotations_and_code_are_blocks() -> None:
    html = '<blockquote><p>a</p></blockquote><ol start="3"><li>b</li></ol><ul><li><p>c</p></li></ul>'
    quotation, numbers, points, code = blocks(f"{html}<pre><code>d\n  e</code></pre>", {})
    assert quotation["kind"] == "quote"
    assert (numbers["start"], points["start"]) == (3, None)
    assert told(numbers["items"][0]) == "b"
    assert code == {"kind": "pre", "words": "d\n  e"}


def test_custom_emoji_are_pictures_or_their_names() -> None:
    html = '<p>Hi <img class="emoji" alt=":lamp:" title=":lamp:" src="https://a.example/l.png"></p>'
    assert line(html, {"https://a.example/l.png": "3.picture"})[-1] == {"picture": "3.picture", "name": ":lamp:"}
    assert line(html, {})[-1] == {"words": [":lamp:"]}


def test_names_stand_for_themselves_where_letters_run_both_ways() -> None:
    assert told(blocks('<p>من <a href="https://a.example"><bdi>@bob</bdi></a></p>', {})) == "من \u2068@bob\u2069"
    assert told(blocks('<p>by <a href="https://a.example"><bdi>@bob</bdi></a></p>', {})) == "by @bob"


@pytest.mark.parametrize("word", ["a" * 10_000, "ー" * 10_000, "👍" * 1_000, "x-_" * 900])
def test_a_long_word_may_be_parted_and_stays_whole(word: str) -> None:
    (run,) = line(word, {})
    assert _words(run) == word
    assert all(len(part) <= 28 if isinstance(part, str) else len(part) > 1 for part in run["words"])


def test_a_long_word_from_right_to_left_has_spaces_of_no_width() -> None:
    (word,) = parted("א" * 100)
    assert isinstance(word, str)
    assert word.replace(BREAK, "") == "א" * 100
    assert max(map(len, word.split(BREAK))) == 8


def test_words_of_everyday_stay_one_string() -> None:
    for words in (
        "Donaudampfschifffahrtsgesell is long",
        "灯台はそれぞれ違うリズムで光る。" * 30,
        "ประภาคารทุกแห่งมีจังหวะของตัวเองคนเดินเรือ",
    ):
        assert parted(words) == [words]
        assert breakable(words) == words


@pytest.mark.parametrize(
    "tag", ["blockquote", "ul", "ul><li", "ol><li", "em", "pre", "p", "a href='https://a.example'"]
)
def test_deep_markup_stays_on_the_page(tag: str) -> None:
    found = blocks(safe(f"<{tag}>" * 3_000 + "Fog").html, {})
    assert "Fog" in told(found)
    assert depth(found) <= 2 * MOST_DEPTH + 1


@settings(max_examples=200)
@given(st.text(st.sampled_from("<>/ab pulico=\"'&;#x0 \n\u202e\ud800\x00é灯א")))
def test_any_markup_becomes_data_that_json_can_hold(source: str) -> None:
    for html in (source, safe(source).html):
        json.dumps(blocks(html, {}), ensure_ascii=False).encode()


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<ul>", "</ul>", "<li>", "</li>", "<blockquote>", "</blockquote>", "a", "<br>"])
    )
)
def test_no_word_is_lost_however_the_tags_are_nested(parts: list[str]) -> None:
    assert told(blocks(safe("".join(parts)).html, {})).count("a") == parts.count("a")


def test_control_characters_are_left_out() -> None:
    assert told(blocks("<p>a&#x8;b&#0;c\u0007</p>", {})).replace("\ufffd", "").replace("□", "") == "abc"

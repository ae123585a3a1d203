"""What texts that name the bot ask of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unroller.core.mentions import Heard, heard, links, refuses_bots


@pytest.mark.parametrize(
    "text",
    [
        "@unroller unroll",
        "@unroller UNROLL!",
        "Unroll, please @unroller.",
        "@unroller@example.social unroll",
        "＠unroller ｕｎｒｏｌｌ",
        "@unroller un\u200bro\u2060ll",
        "@unroller \u202eunroll\u202c",
        "@unroller 𝐮𝐧𝐫𝐨𝐥𝐥",
        "@unroller u̷n̷r̷o̷l̷l̷",
        "@unroller unroll\ufe0f 🙏",
        "@unroller #unroll",
        "@unroller unrollpls",
        "no, unroll it",
        "I can’t stop reading, unroll",
        "unroll https://x.com/mara/status/1",
        "@unroller déroule",
        "@unroller DEROULE s’il te plaît",
        "@unroller entrolle das bitte",
        "@unroller desenróllalo",
        "@unroller desenrola por favor",
        "@unroller srotola",
        "@unroller разверни",
        "@unroller ZİNCİRİ AÇ",
        "@unroller bentangkan",
        "@unroller अनरोल करो",
        "@unroller আনরোল",
        "@unroller رَتِّبْهَا",
        "@unroller展開して",
        "@unroller unrollして",
        "@unroller 펼쳐줘",
        "@unroller 展开",
    ],
)
def test_the_word_is_heard_in_many_languages_and_disguises(text: str) -> None:
    assert heard(text) is Heard.UNROLL


@pytest.mark.parametrize(
    "text",
    [
        "@unroller",
        "@unroller thank you!",
        "@unroll hello",
        "@unroller https://example.com/unroll",
        "I unrolled it",
        "unrolling is fun",
        "@unroller don’t unroll this",
        "@unroller do not ever unroll",
        "never unroll me",
        "please don't please unroll",
        "nicht entrollen",
        "не разверни",
        "不要unroll",
        "unrollしないで",
        "unroll 하지 마",
        "unroll mat karo",
        "Stop. Unroll this",
        "",
    ],
)
def test_who_does_not_say_it_or_says_not_to_asks_for_nothing(text: str) -> None:
    assert heard(text) is Heard.NOTHING


@pytest.mark.parametrize(
    "text",
    [
        "@unroller stop",
        "@unroller please stop unrolling my threads",
        "@unroller opt out",
        "leave me alone!",
        "#nobot",
        "@unroller unroll #NoBot",
        "hör auf",
        "arrête s’il te plaît",
        "やめてください",
        "停止",
    ],
)
def test_who_says_stop_and_nothing_else_wants_to_be_left_alone(text: str) -> None:
    assert heard(text) is Heard.STOP


@pytest.mark.parametrize("text", ["This song does not stop", "The bus stop is here", "para mi madre"])
def test_the_word_stop_in_a_sentence_is_no_order(text: str) -> None:
    assert heard(text) is Heard.NOTHING


def test_links_come_without_what_stands_around_them() -> None:
    text = "see https://x.com/a/status/1, (https://bsky.app/profile/a.example/post/b) and ‘at://did:plc:a/b/c’."
    assert links(text) == [
        "https://x.com/a/status/1",
        "https://bsky.app/profile/a.example/post/b",
        "at://did:plc:a/b/c’",
    ]


def test_a_text_of_links_gives_a_few() -> None:
    assert len(links("https://x.com/a/status/1 " * 1_000)) == 3


def test_nobot_in_a_bio_is_seen() -> None:
    assert refuses_bots("Painter. #NoBot")
    assert refuses_bots("#nobots please")
    assert not refuses_bots("I like #nobotany")


@given(st.text())
def test_any_text_is_understood_somehow(text: str) -> None:
    assert heard(text) in Heard
    assert len(links(text)) <= 3


@given(st.text(alphabet="\u200b\u200d\u202e\u2066\ufe0f\u0301 .,!"))
def test_marks_nobody_sees_change_nothing(noise: str) -> None:
    assert heard(f"{noise} unroll{noise}") is Heard.UNROLL


def test_a_long_text_is_understood_at_once() -> None:
    assert heard("no unrol " * 100_000) is Heard.NOTHING


@pytest.mark.parametrize("unseen", ["\u200b", "\u2060", "\u200f", "\u2069"])
def test_what_nobody_sees_ends_a_handle_but_no_word(unseen: str) -> None:
    assert heard(f"@unroller{unseen}unroll") == Heard.UNROLL
    assert heard(f"{unseen}@unroller{unseen} un{unseen}roll{unseen}") == Heard.UNROLL
    assert heard(f"@unroller.bsky.social{unseen}stop") == Heard.STOP


@pytest.mark.parametrize(
    "text", ["@unroller start", "＠ｕｎｒｏｌｌｅｒ　ＳＴＡＲＴ", "@unroller opt in please", "@unroller start again!"]
)
def test_who_wants_the_bot_back_says_start(text: str) -> None:
    assert heard(text) == Heard.START


@pytest.mark.parametrize("text", ["@unroller start the car", "@unroller start, stop", "@unroller a good start"])
def test_start_among_other_words_means_nothing(text: str) -> None:
    assert heard(text) == Heard.NOTHING


def test_start_unroll_asks_for_an_unroll() -> None:
    assert heard("@unroller start unroll") == Heard.UNROLL

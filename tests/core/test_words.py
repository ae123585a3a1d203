"""Words as search sees them."""

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from unroller.core.words import LONGEST, folded, pieces, plain, skimmed


def words(text: str) -> list[str]:
    """What is looked up for each piece of a text."""
    return [piece.pair or plain(piece.text) for piece in pieces(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Count the LIGHTS, twice!", ["count", "the", "lights", "twice"]),
        ("café Crème ŁÓDŹ Ørsted", ["cafe", "creme", "lodz", "orsted"]),
        ("Straße ﬁne ①② ½", ["strasse", "fine", "12", "12"]),
        ("don't l'homme foo_bar a-b", ["don", "t", "l", "homme", "foo", "bar", "a", "b"]),
        ("light\u00adhouse می\u200cخواهم", ["lighthouse", "میخواهم"]),
        ("İstanbul ΣΊΣΥΦΟΣ", ["istanbul", "σισυφοσ"]),
        ("Новый ёж", ["новый", "еж"]),
        ("أَهْلًا كـــتاب שָׁלוֹם", ["اهلا", "كتاب", "שלום"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("#history @mara https://example.com/a", ["history", "mara", "https", "example", "com", "a"]),
        ("🧵 👨‍👩‍👧 !?…", []),
    ],
)
def test_words_are_letters_and_digits_without_case_and_marks(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("東京タワー", ["東京", "京タ", "タワ", "ワー", "ー"]),
        ("第3回", ["第", "3", "回"]),
        ("iPhone手机", ["iphone", "手机", "机"]),
        ("서울에서 만나", ["서울", "울에", "에서", "서", "만나", "나"]),
        ("ｶﾞｷﾞ", ["ガギ", "ギ"]),
        ("ภาษา", ["ภา", "าษ", "ษา", "า"]),
        ("ภา\u200bษา", ["ภา", "าษ", "ษา", "า"]),
        ("が か", ["が", "か"]),
    ],
)
def test_scripts_without_spaces_are_read_in_pairs(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_pieces_know_their_places() -> None:
    text = "A café — ｶﾞｷ."
    assert [text[piece.start : piece.end] for piece in pieces(text)] == ["A", "café", "ｶﾞ", "ｷ"]


def test_a_word_of_ten_thousand_characters_is_found_by_its_beginning() -> None:
    assert words("a" * 10_000) == ["a" * LONGEST]


@given(st.text())
@example("ำ")
def test_any_text_has_words_without_separators(text: str) -> None:
    place = (0, 0)
    for piece in pieces(text):
        is_same = place == (piece.start, piece.end)  # a character that stands for two letters, such as Thai's sara am
        assert is_same or place[1] <= piece.start < piece.end <= len(text)
        place = (piece.start, piece.end)
        assert piece.text == folded(piece.text) != ""
        assert "'" not in piece.text
        assert "\\" not in plain(piece.text)


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo", "Mn", "Nd"])))
def test_reading_words_again_changes_nothing(text: str) -> None:
    again = " ".join(piece.text for piece in pieces(text) if not piece.pair)
    assert [piece.text for piece in pieces(again) if not piece.pair] == again.split()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("co\u2060op", "coop"),
        ("light\u00adhouse keeper", "lighthouse"),
        ("كـــتاب", "كتاب"),
        ("東\u200b京 tower", "東京"),
        ("½ a cup", "12"),
        ("A Café", "cafe"),
    ],
)
def test_a_first_look_sees_through_what_words_do_not_have(text: str, word: str) -> None:
    assert word in skimmed(text)


@given(
    st.lists(
        st.sampled_from([*regex.findall(r"\X", "aébÉ東京がｶﾞ서울ชาﬁﷺ½ İ-_\n'"), *"\u00ad\u0640\u200b\u2060\ufeff\u0301"])
    )
    | st.text()
)
def test_whatever_is_a_word_is_seen_at_a_first_look(letters: list[str] | str) -> None:
    text = "".join(letters)
    for piece in pieces(text):
        assert (piece.pair or plain(piece.text)) in skimmed(text)

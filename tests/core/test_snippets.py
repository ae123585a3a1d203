"""The words around what was found."""

from itertools import repeat
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.pages.cast import a_post, a_thread
from unroller.core.posts import Quote
from unroller.core.search_terms import parse
from unroller.core.snippets import CLOSELY, LONGEST, Snippet, Text, best, needles, promising, texts
from unroller.core.words import pieces, plain


def forms(asked: str) -> dict[str, frozenset[str]]:
    """As if no language had more than one form of a word."""
    return {piece.text: frozenset({plain(piece.text)}) for piece in pieces(asked)}


def bare(_: str, word: str) -> frozenset[str]:
    return frozenset({plain(word)})


def snippet(asked: str, *found: str) -> Snippet | None:
    return best([Text(words) for words in found], parse(asked), forms(asked), forms_of=bare)


def shown(asked: str, *found: str) -> str:
    """A snippet with [marks]."""
    chosen = snippet(asked, *found)
    return "".join(f"[{part.text}]" if part.marked else part.text for part in chosen.parts) if chosen else ""


def test_what_was_found_is_marked() -> None:
    assert shown("cafe light", "The Café by the light.") == "The [Café] by the [light]."
    assert shown('"by the"', "by day, by the light") == "by day, [by the] light"
    assert shown("pier", "Nothing here.") == ""


def test_runs_without_spaces_are_marked_by_character() -> None:
    assert shown("東京", "今日は東京タワー") == "今日は[東京]タワー"
    assert shown("京タワ", "今日は東京タワー") == "今日は東[京タワ]ー"
    assert shown("京", "東京") == "東[京]"
    assert shown("第3回", "これは第3回です") == "これは[第3回]です"


def test_the_text_that_holds_most_is_shown_and_the_first_of_equals() -> None:
    assert shown("light pier", "a light", "a pier with a light", "the light of the pier") == "a [pier] with a [light]"


def test_a_long_text_is_cut_around_the_first_find() -> None:
    text = "word " * 200 + "light " + "more " * 200
    cut = shown("light", text)
    assert cut.startswith("…word ")
    assert cut.endswith(" more…")
    assert "word [light] more" in cut
    assert len(cut) <= LONGEST + 4


def test_line_breaks_become_spaces() -> None:
    assert shown("light", "one\n\nlight\nhouse") == "one [light] house"


def test_what_a_warning_folds_is_not_shown() -> None:
    thread = a_thread(
        a_post("The secret ending.", warning="Spoilers", quote=Quote(text="secret too")), a_post("No secret.")
    )
    wanted = parse("secret")
    hits, _ = promising(texts(thread), needles(wanted, forms("secret")), most=1_000)
    assert [(hit.words, hit.anchor) for hit in hits] == [("No secret.", "post-2")]


def test_a_look_ends_after_so_many_letters() -> None:
    found = [Text("no light. "), Text("a lamp here"), Text("a lamp there")]
    beginnings = frozenset({"lam"})
    assert promising(found, beginnings, most=15) == ([Text("a lam")], 15)
    assert promising(found, beginnings, most=21) == ([found[1]], 21)
    assert promising(iter(found), beginnings, most=1_000) == (found[1:], 33)


def test_only_so_much_is_looked_at_closely() -> None:
    hits, looked_at = promising(repeat(Text("lamp " * 1_000)), frozenset({"lam"}), most=10**6)
    assert [len(hit.words) for hit in hits] == [5_000, 5_000, CLOSELY - 10_000]
    assert looked_at == 15_000


def test_quotes_and_descriptions_belong_to_their_post() -> None:
    thread = a_thread(a_post("First."), a_post("Second.", quote=Quote(text="A quoted lamp.")))
    assert Text("A quoted lamp.", "post-2") in list(texts(thread))


@given(st.text(), st.text(alphabet="ab東京'\"\n", min_size=1, max_size=8))
def test_parts_make_up_a_piece_of_the_text(text: str, asked: str) -> None:
    wanted = parse(asked)
    if wanted.problem:
        return
    chosen: Any = best([Text(text + asked)], wanted, forms(asked), forms_of=bare)
    if chosen:
        assert any(part.marked and part.text for part in chosen.parts)
        assert sum(len(part.text) for part in chosen.parts) <= LONGEST + 2

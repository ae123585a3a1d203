"""A thread's lexemes, and questions about them."""

import regex

from tests.pages.cast import a_post, a_thread
from unroller.core.posts import Quote
from unroller.core.search_terms import parse
from unroller.core.tsqueries import queries
from unroller.core.vectors import MOST_BYTES, MOST_PLACES, MOST_PLACES_OF_ONE, Field, fields, vector
from unroller.core.words import plain


def bare(_: str, word: str) -> set[str]:
    return {plain(word)}


def test_weights_say_where_a_word_stands() -> None:
    thread = a_thread(a_post("Words.", quote=Quote(text="quoted")))
    found = vector(fields(thread, title="Title"), bare)
    assert found.split() == [
        *("'title':1A", "'mara':7B", "'@mara':7B", "'lindqvist':8B", "'@lindqvist':8B"),
        *("'maralind':14B", "'@maralind':14B", "'words':20C", "'quoted':26D"),
    ]


def test_places_stay_within_their_bounds() -> None:
    found = vector([Field("a " * 20_000 + "b", "C")], bare)
    places = [int(place) for place in regex.findall(r"\d+(?=C)", found)]
    assert max(places) <= MOST_PLACES
    assert len(places) == MOST_PLACES_OF_ONE + 1


def test_a_vector_stays_below_a_megabyte_and_keeps_what_comes_first() -> None:
    found = vector([Field("title", "A"), *(Field(f"word{number}" * 9, "C") for number in range(40_000))], bare)
    assert found.startswith("'title':1A ")
    assert MOST_BYTES / 2 < len(found.encode()) < 1_000_000


def test_questions_are_asked_exactly_and_quickly() -> None:
    forms = {word: frozenset({word}) for word in ("old", "lamp", "pier", "new")}
    asked = queries(parse('"old lamp" pier -new -"new pier" author:mara'), forms)
    assert asked.exact == (
        "((('old') <1> ('lamp'))) & ((('pier'))) & (('@mara':*)) & !(('new')) & !(('new') <1> ('pier'))"
    )
    assert asked.quick == "((('old') & ('lamp'))) & ((('pier'))) & (('@mara':*)) & !(('new'))"
    assert not asked.is_quick
    assert queries(parse("pier -new"), forms).is_quick


def test_a_run_is_asked_for_by_its_pairs_in_their_places() -> None:
    assert queries(parse("東京都3"), {"3": frozenset({"3"})}).exact == "(('東京' <1> '京都' <2> ('3')))"

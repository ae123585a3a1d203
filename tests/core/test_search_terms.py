"""A reader's question, taken apart."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unroller.core import search_terms
from unroller.core.search_terms import Term, Wanted, parse


def said(term: Term) -> str:
    """A term as it can be read."""
    words = " ".join(element.text + ("*" if element.begins else "") for element in term.elements)
    return f"{term.about}:{words}" if term.about != "text" else words


def groups(asked: str) -> list[list[str]]:
    return [[said(term) for term in group] for group in parse(asked).groups]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("light house", [["light"], ["house"]]),
        ('"light house" lamp', [["light house"], ["lamp"]]),
        ("“light house” „lamp“ «pier»", [["light house"], ["lamp"], ["pier"]]),
        ("light OR lamp OR house pier", [["light", "lamp", "house"], ["pier"]]),
        ("light or lamp", [["light"], ["or"], ["lamp"]]),
        ("OR light OR", [["light"]]),
        ("don't", [["don t"]]),
        ("東京", [["東京"]]),
        ("東京都", [["東京 京都"]]),
        ("東", [["東*"]]),
        ("第3回", [["第* 3 回*"]]),
        ("author:@Mara", [["author:mara*"]]),
        ('AUTHOR:"Mara L" from:ali', [["author:mara* l*"], ["author:ali*"]]),
        ("author: x", [["author"], ["x"]]),
        ('"unclosed light', [["unclosed"], ["light"]]),
        ('light "" "—" - -- lamp', [["light"], ["lamp"]]),
        ("site:example", [["site example"]]),
    ],
)
def test_what_must_be_there(asked: str, expected: list[list[str]]) -> None:
    assert groups(asked) == expected
    assert parse(asked).problem == ""


def test_what_must_not_be_there() -> None:
    wanted = parse('light -lamp -"old pier" -author:ali –dash co-operate')
    assert [said(term) for term in wanted.excluded] == ["lamp", "old pier", "author:ali*", "dash"]
    assert groups("light co-operate") == [["light"], ["co operate"]]


def test_an_exclusion_is_no_alternative() -> None:
    wanted = parse("light OR -lamp pier")
    assert [[said(term) for term in group] for group in wanted.groups] == [["light"], ["pier"]]
    assert [said(term) for term in wanted.excluded] == ["lamp"]


@pytest.mark.parametrize(
    ("asked", "after", "before"),
    [
        ("a before:2026", None, (2026, 1, 1)),
        ("a after:2025-6 before:2026-01-31", (2025, 6, 1), (2026, 1, 31)),
        ("a -before:2026-03", (2026, 3, 1), None),
        ("a -after:2026-03", None, (2026, 3, 1)),
    ],
)
def test_dates(asked: str, after: tuple[int, int, int] | None, before: tuple[int, int, int] | None) -> None:
    wanted = parse(asked)
    assert wanted.after == (datetime(*after, tzinfo=UTC) if after else None)
    assert wanted.before == (datetime(*before, tzinfo=UTC) if before else None)
    assert wanted.problem == ""


def test_networks_and_tags() -> None:
    wanted = parse('a network:Bluesky tag:#History tag:"long read" -tag:done')
    assert (wanted.network, wanted.tags, wanted.without_tags) == ("bluesky", ("history", "long read"), ("done",))
    assert parse("a network:twitter").network == "x"
    assert parse("tag:history").problem == ""


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ("", search_terms.NO_WORDS),
        ("… 🧵 -", search_terms.NO_WORDS),
        ("-a", search_terms.ONLY_EXCLUDED),
        ("-tag:a", search_terms.ONLY_EXCLUDED),
        ("a network:myspace", search_terms.BAD_NETWORK),
        ("a -network:x", search_terms.NO_NETWORK),
        ("a before:soon", search_terms.BAD_DATE.format(field="before")),
        ("a after:2026-13", search_terms.BAD_DATE.format(field="after")),
        ("a after:0000", search_terms.BAD_DATE.format(field="after")),
        ("a after:٢٠٢٦", search_terms.BAD_DATE.format(field="after")),
        ("a " * 61, search_terms.TOO_MANY),
    ],
)
def test_what_makes_no_sense_is_said(asked: str, problem: str) -> None:
    assert parse(asked).problem == problem


def test_a_network_and_dates_alone_look_for_nothing() -> None:
    assert parse("network:x before:2020").is_sifted_only
    assert not any(parse(asked).is_sifted_only for asked in ("", "a after:2020", "tag:a after:2020", "author:a"))


@given(st.text(alphabet=st.sampled_from("ab東\"'-:|&!()<>*\\ \t\n@#%“”:,.~`^[]{}0129authorOR")))
def test_every_question_is_understood_or_refused(asked: str) -> None:
    wanted = parse(asked)
    assert isinstance(wanted, Wanted)
    assert wanted.problem or wanted.groups or wanted.tags

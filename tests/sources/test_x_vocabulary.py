"""Every name we ask X for is one that X publishes: an unknown one would be dropped without a word."""

import json
from pathlib import Path

import pytest

from unroller.sources.x.vocabulary import VOCABULARIES, Dialect, other

NAMES = json.loads((Path(__file__).parent / "x_names.json").read_text("utf-8"))
"""The names of X's published specification, versions 2.166 and 2.167."""


@pytest.mark.parametrize("dialect", ["legacy", "new"])
@pytest.mark.parametrize("people", [True, False])
@pytest.mark.parametrize("above", [True, False])
def test_every_field_and_expansion_is_published(dialect: Dialect, people: bool, above: bool) -> None:
    asked = VOCABULARIES[dialect].parameters(people=people, above=above)
    for parameter, names in asked.items():
        assert set(names.split(",")) <= set(NAMES[dialect][parameter].split()), parameter
        assert len(set(names.split(","))) == len(names.split(","))
    for asked in (VOCABULARIES[dialect].author_only(), VOCABULARIES[dialect].kinship_only()):
        for parameter, names in asked.items():
            assert set(names.split(",")) <= set(NAMES[dialect][parameter].split()), parameter


def test_the_two_vocabularies_are_never_mixed() -> None:
    legacy, new = (vocabulary.parameters(people=True, above=True) for vocabulary in VOCABULARIES.values())
    assert "post.fields" not in legacy
    assert "tweet.fields" not in new
    assert "referenced_posts" not in legacy["expansions"]
    assert "referenced_tweets" not in new["expansions"]


def test_authors_and_parents_are_only_paid_for_by_need() -> None:
    plain = VOCABULARIES["legacy"].parameters(people=False, above=False)
    assert "author_id" not in plain["expansions"]
    assert "referenced_tweets" not in plain["expansions"]
    assert "user.fields" not in plain


def test_each_vocabulary_has_the_other_to_fall_back_to() -> None:
    for vocabulary in VOCABULARIES.values():
        assert other(vocabulary) is not vocabulary
        assert other(other(vocabulary)) is vocabulary

"""The known cases on X: every link into them leads to the same line, in either vocabulary."""

from collections.abc import Callable, Iterator

import pytest

from tests.sandbox import World
from tests.sandbox.cases import Case, x_faults
from tests.sandbox.cases import x as cases
from tests.sources.x_reading import Reading, Visitor
from unroller.core.errors import Gone, OutOfCredits, Protected, RateLimited, Suspended, UnrollError
from unroller.core.posts import Gap
from unroller.sources.x.vocabulary import Dialect

Builder = Callable[[World], Case]


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    with Visitor() as visitor:
        yield visitor


def line(reading: Reading) -> list[str | None]:
    return [None if isinstance(entry, Gap) else entry.id for entry in reading.thread.line]


@pytest.mark.parametrize("dialect", ["legacy", "new"])
@pytest.mark.parametrize(
    "build",
    [
        cases.linear,
        cases.recent,
        cases.same_second,
        cases.before_snowflakes,
        cases.crowded,
        cases.fork_at_root,
        cases.fork_in_middle,
        cases.update,
        cases.reply_to_stranger,
        cases.below_stranger,
        cases.stranger_reply,
        cases.bot_mention,
        cases.retweet,
        cases.deleted_middle,
        cases.two_deleted,
        cases.deleted_parent_of_last,
        cases.deleted_foreign_parent,
        cases.edit_with_children,
        cases.edited_head,
        cases.rich,
        cases.numbering_hint,
        cases.withheld_in_countries,
        cases.policy_placeholder,
        x_faults.empty_page,
        x_faults.looping_token,
        x_faults.unavailable_html,
        x_faults.renamed_midway,
    ],
)
def test_every_link_of_a_known_case_leads_to_the_same_line(visitor: Visitor, build: Builder, dialect: Dialect) -> None:
    case = build(visitor.world)
    for link in case.links.values():
        assert line(visitor.read(link, visitor.source(dialect=dialect))) == case.main


def test_a_deleted_head_is_gone_and_leaves_a_gap_before_the_rest(visitor: Visitor) -> None:
    case = cases.deleted_head(visitor.world)
    with pytest.raises(Gone):
        visitor.read(case.links.pop("head"))
    for link in case.links.values():
        assert line(visitor.read(link)) == case.main


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (cases.errors_only, Gone),
        (cases.protected, Protected),
        (cases.suspended, Suspended),
        (x_faults.protected_midway, Protected),
        (x_faults.out_of_credits, OutOfCredits),
        (x_faults.rate_limited_once, RateLimited),
    ],
)
@pytest.mark.parametrize("link", ["first", "middle", "last"])
def test_a_case_without_a_thread_ends_in_its_error(
    visitor: Visitor, build: Builder, error: type[UnrollError], link: str
) -> None:
    case = build(visitor.world)
    with pytest.raises(error):
        visitor.read(case.links[link])


def test_posts_of_seconds_ago_are_found_from_the_last_of_them(visitor: Visitor) -> None:
    case = x_faults.just_posted(visitor.world)
    assert line(visitor.read(case.links["last"])) == case.main


def test_posts_that_search_lists_late_come_with_the_second_fetch(visitor: Visitor) -> None:
    case = x_faults.search_lag(visitor.world)
    assert line(visitor.read(case.links["first"])) == case.main[:9]
    assert line(visitor.read(case.links["first"])) == case.main

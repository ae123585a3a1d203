"""The known cases on Bluesky: every link into them leads to the same line."""

from collections.abc import Callable

import pytest

from tests.sandbox import World
from tests.sandbox.cases import Case
from tests.sandbox.cases import bluesky as cases
from tests.sources.keyless_reading import Visitor


@pytest.mark.parametrize(
    "build",
    [
        cases.linear,
        cases.deep,
        cases.capped_depth,
        cases.fork,
        cases.deleted_middle,
        cases.below_stranger,
        cases.reply_to_stranger,
        cases.stranger_reply,
        cases.blocked_parent,
        cases.lying_clock,
        cases.rich,
        cases.odd_facets,
        cases.web_did,
        cases.replaced_record,
    ],
)
def test_every_link_of_a_known_case_leads_to_the_same_line(build: Callable[[World], Case]) -> None:
    with Visitor() as visitor:
        case = build(visitor.world)
        for link in case.links.values():
            assert visitor.read(link).line == case.main

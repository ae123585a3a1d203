"""The known cases on Mastodon: every link into them leads to the same line."""

from collections.abc import Callable

import pytest

from tests.sandbox import World
from tests.sandbox.cases import Case
from tests.sandbox.cases import mastodon as cases
from tests.sources.keyless_reading import Visitor


@pytest.mark.parametrize(
    "build",
    [
        cases.linear,
        cases.long,
        cases.busy,
        cases.fork,
        cases.below_stranger,
        cases.reply_to_stranger,
        cases.stranger_reply,
        cases.deleted_middle,
        cases.private_middle,
        cases.remote_copy,
        cases.home_down,
        cases.late_replies,
        cases.rich,
        cases.hostile,
        cases.not_indexed,
        cases.other_software,
    ],
)
def test_every_link_of_a_known_case_leads_to_the_same_line(build: Callable[[World], Case]) -> None:
    with Visitor() as visitor:
        case = build(visitor.world)
        for link in case.links.values():
            assert visitor.read(link).line == case.main

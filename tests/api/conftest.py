"""Alice pays, bob does not, charlie is a stranger."""

from collections.abc import Mapping
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.api.calling import Program
from tests.follows import a_reader, an_author
from tests.marking import BREAD, mark, said
from unroller.actions import follows, library, lookups, unrolling
from unroller.models import Cadence


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    """Plans differ."""
    settings.BILLING_ENABLED = True


@pytest.fixture
def alice(db: None) -> User:
    return a_reader("alice", premium=True)


@pytest.fixture
def program(alice: User) -> Program:
    """Alice's; it reads and writes."""
    return Program(alice)


@pytest.fixture
def stranger(db: None) -> Program:
    """Charlie's, who pays, too, and has nothing to do with alice."""
    return Program(a_reader("charlie", premium=True))


@pytest.fixture
def here(alice: User) -> Mapping[str, Any]:
    """Something of alice's for every part of an address."""
    thread = said(BREAD)
    saved = library.save(alice, thread, tags=["history"])
    mara = an_author("zoe")
    follows.follow(alice, mara, Cadence.DAILY)
    return {
        "source": "x",
        "path": thread.path,
        "saved_id": saved.id,
        "tag": "history",
        "highlight_id": mark(alice, thread, "Bread", 0).id,
        "author_id": mara.id,
        "unroll_id": str(unrolling.ask("https://x.com/zoe/status/777").id),
        "lookup_id": str(lookups.ask(alice, "@newcomer").id),
    }

"""Ana is an author, and has a blog."""

import pytest

from accounts.models import User
from tests.blogs.owning import ANA, a_story
from tests.follows import a_reader
from unroller.actions import profiles
from unroller.models import Profile, Proof, Thread


@pytest.fixture
def ana(db: None) -> User:
    return a_reader("ana")


@pytest.fixture
def thread(db: None) -> Thread:
    """A thread of hers with a hashtag, a picture and a quoted post of somebody else."""
    return a_story()


@pytest.fixture
def profile(ana: User, thread: Thread) -> Profile:
    assert thread.author.network_id == ANA.id
    return profiles.grant(ana, thread.author, Proof.BIO)

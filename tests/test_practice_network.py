"""The pretend network of the practice page: its threads, and what the bot finds and leaves there."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from tests.meeting import at_once
from unroller import networks
from unroller.actions import practicing
from unroller.budgets import SharedBudget
from unroller.core.errors import Gone
from unroller.models import Mention, PracticePost
from unroller.practice.network import PracticeNetwork, as_mention
from unroller.practice.samples import samples
from unroller.sources.recording import Raw, Recorder

NETWORK = PracticeNetwork()


def web() -> Recorder:
    return Recorder(Raw(source="practice", key=""), networks.http(), budget=SharedBudget())


def a_post(text: str = "@unroller unroll") -> PracticePost:
    return PracticePost.objects.create(visitor=uuid4(), sample="bridge", text=text)


@pytest.mark.parametrize("name", samples())
def test_every_sample_is_a_whole_thread_of_one_author(name: str) -> None:
    sample = samples()[name]
    assert len(sample.posts) >= 4
    assert sample.thread.reasons == ()
    assert {post.author for post in sample.posts} == {sample.thread.author}
    assert sample.replies
    assert all(post.text and post.html and post.direction for post in sample.posts)


def test_one_sample_reads_from_right_to_left() -> None:
    assert {sample.thread.head.direction for sample in samples().values()} == {"ltr", "rtl"}


@pytest.mark.django_db
def test_visitors_posts_are_found_once_and_in_order() -> None:
    first, second = a_post(), a_post("hello")
    found = NETWORK.mentions(NETWORK.who(web()), web(), cursor="")
    assert [mention.key for mention in found.mentions] == [str(first.pk), str(second.pk)]
    assert NETWORK.mentions(NETWORK.who(web()), web(), cursor=found.cursor).mentions == ()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "is_explicit"),
    [
        ("@unroller unroll", True),
        ("please @UNROLLER unroll this", True),
        ("＠unroller unroll", True),
        ("unroll", False),
        ("me@unroller.example unroll", False),
        ("@unrollers unroll", False),
        ("@@unroller", False),
    ],
)
def test_only_the_bots_own_name_is_a_mention(text: str, is_explicit: bool) -> None:
    assert as_mention(a_post(text)).is_explicit is is_explicit


@pytest.mark.django_db(transaction=True)
def test_an_answer_stands_once_whoever_posts_it() -> None:
    mention = as_mention(a_post())
    sent = at_once(*[lambda: NETWORK.answer(mention, "Here it is:", "https://site.example/t", web())] * 3)
    assert len(set(sent)) == 1
    assert NETWORK.own_answer(NETWORK.who(web()), mention, web()) == sent[0]
    assert PracticePost.objects.get(is_bot=True).text == "Here it is: https://site.example/t"


@pytest.mark.django_db
def test_a_post_that_was_cleared_away_gets_no_answer() -> None:
    post = a_post()
    mention = as_mention(post)
    post.delete()
    with pytest.raises(Gone):
        NETWORK.answer(mention, "Here it is:", "https://site.example/t", web())


@pytest.mark.django_db
def test_a_double_click_is_one_post() -> None:
    visitor = uuid4()
    posts = [practicing.say(visitor, "bridge", "@unroller unroll") for _ in range(2)]
    assert posts[0] == posts[1]
    with time_machine.travel(timezone.now() + timedelta(seconds=4)):
        assert practicing.say(visitor, "bridge", "@unroller unroll") != posts[0]
    assert Mention.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_double_click_in_the_same_instant_is_one_post() -> None:
    visitor = uuid4()
    posts = at_once(*[lambda: practicing.say(visitor, "bridge", "@unroller unroll")] * 4)
    assert len(set(posts)) == 1
    assert (PracticePost.objects.count(), Mention.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_after_a_day_nothing_is_left_of_it() -> None:
    with time_machine.travel(timezone.now() - timedelta(days=1, minutes=1)):
        practicing.say(uuid4(), "bridge", "old")
    practicing.say(uuid4(), "bridge", "new")
    assert practicing.tidy() == 1
    assert list(PracticePost.objects.values_list("text", flat=True)) == ["new"]
    assert Mention.objects.count() == 1

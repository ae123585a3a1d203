"""Kill -9 everywhere in an archive, a blog, an answer of the bot and news for a service: each is done once."""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.archives.bringing import WORDS, a_zip, brought, proves
from tests.blogs.owning import a_story, connected
from tests.bot.networks import POSTS, Talk
from tests.faults.harness import Errand, hear_bells, killed_everywhere
from tests.follows import a_reader
from tests.integrations.told import a_webhook
from tests.processes import until
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.test_unrolling import unroll
from tests.thread_files import own_place
from tests.threads import a_thread
from tests.x_archives import chain
from unroller import store
from unroller.actions import library, profiles
from unroller.actions.archives import files, receiving
from unroller.actions.blogs import publishing
from unroller.actions.bot import reading
from unroller.models import Archive, ArchivedThread, BlogPost, BotAccount, Delivery, Mention, Proof, Thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]
THREADS = 3


def test_an_archive_that_is_killed_anywhere_is_read_once(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MOST_REPORTS", 1_000)
    settings.BILLING_ENABLED = True
    own_place(tmp_path, settings)
    ana = a_reader("ana")
    proves(ana)

    def begin(number: int) -> Errand:
        starts = range(number * 100_000, number * 100_000 + THREADS * 1_000, 1_000)
        posts = [each for start in starts for each in chain(WORDS, start=start)]
        store.client().flushdb()  # more than anybody may begin in a day
        archive = brought(ana, a_zip(tmp_path, posts, name=f"mine{number}.zip"))

        def is_done() -> bool:
            return Archive.objects.get(pk=archive.pk).state in {Archive.State.DONE, Archive.State.FAILED}

        def check() -> int:
            row = Archive.objects.get(pk=archive.pk)
            assert (row.state, row.threads_found, row.threads_stored) == (Archive.State.DONE, THREADS, THREADS)
            assert ArchivedThread.objects.filter(archive=row).count() == THREADS
            assert Thread.objects.count() == THREADS * Archive.objects.count()
            if (left := files.path_of(archive.pk)).exists():  # the end was written, and the file outlived its worker
                os.utime(left, (0, 0))  # a minute has passed
                files.sweep()
            assert not left.exists()
            return 0

        return Errand.of("unroller.read_archive", archive.pk, is_done=is_done, check=check)

    assert killed_everywhere(begin, "unroller.sweep", "unroller.trim", folders=(tmp_path,)).kills


def test_a_thread_for_a_blog_that_is_killed_anywhere_is_there_once(world: World) -> None:
    ana = a_reader("ana")
    profiles.grant(ana, a_story().author, Proof.BIO)
    pretended = world.blogs["harbour"]
    blog = connected(ana, pretended)

    def begin(number: int) -> Errand:
        before = len(pretended.entries)
        post = publishing.publish(blog, a_story(first=10 + number * 10), draft=False)

        def is_done() -> bool:
            return BlogPost.objects.filter(pk=post.pk, finished_at__isnull=False).exists()

        def check() -> int:
            if BlogPost.objects.get(pk=post.pk).state == BlogPost.State.UNSURE:
                assert len(pretended.entries) == before, "its owner is asked where nothing is found, and says so"
                publishing.is_not_there(BlogPost.objects.get(pk=post.pk))
                hear_bells()
            assert BlogPost.objects.get(pk=post.pk).state == BlogPost.State.PUBLISHED
            assert len(pretended.entries) == before + 1
            return 0

        return Errand.of("unroller.publish", post.pk, is_done=is_done, check=check)

    assert killed_everywhere(begin, "unroller.sweep").kills


def test_an_answer_of_the_bot_that_is_killed_anywhere_is_given_once(world: World) -> None:
    def begin(number: int) -> Errand:
        posts = world.x.thread(world.x.person(f"mara{number}"), POSTS)
        unroll(world.x.link(posts[0]))
        talk = Talk(world, "x", posts)
        before, number = len(talk.answers), Mention.objects.count()
        talk.ask(f"asker{number}")
        store.client().flushdb()
        BotAccount.objects.update(due_at=timezone.now())
        reading.claim_due()
        until(lambda: bool(hear_bells(most=1)) and Mention.objects.count() == number + 1, what="the bot has looked")
        mention = Mention.objects.latest("created_at")

        def is_done() -> bool:
            return Mention.objects.filter(pk=mention.pk, finished_at__isnull=False).exists()

        def check() -> int:
            assert Mention.objects.get(pk=mention.pk).state == Mention.State.ANSWERED
            assert len(talk.answers) == before + 1
            return 0

        return Errand.of("unroller.bot_work", mention.pk, is_done=is_done, check=check)

    assert killed_everywhere(begin, "unroller.sweep").kills


def test_news_for_a_service_that_is_killed_anywhere_arrive_and_at_most_once_more_under_the_same_name(
    world: World, sandbox: Sandbox
) -> None:
    alice = a_reader("alice", premium=True)
    hook = a_webhook(alice, sandbox)

    def begin(number: int) -> Errand:
        library.save(alice, a_thread(2, first=1 + number * 100))
        delivery = Delivery.objects.latest("created_at")

        def is_done() -> bool:
            return not Delivery.objects.filter(finished_at=None).exists()

        def check() -> int:
            assert Delivery.objects.get(pk=delivery.pk).delivered
            came = world.receiver.names().count(str(delivery.pk))
            assert 1 <= came <= 2
            return came - 1

        return Errand.of("unroller.tell", hook.pk, is_done=is_done, check=check)

    assert killed_everywhere(begin, "unroller.sweep").kills

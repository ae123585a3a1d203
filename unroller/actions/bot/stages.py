"""Where the bot is mentioned, and where the threads come from that it is asked for.

Deciding and answering are the same everywhere; what differs between a network and the practice page is a Stage.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from django.conf import settings
from django.urls import reverse

from unroller import networks, queries
from unroller.actions import jobs, unrolling
from unroller.actions.bot.silence import ended
from unroller.actions.bot.wallets import DatabaseWallet
from unroller.core.errors import Broken, Gone
from unroller.models import Job, Mention, Thread
from unroller.practice.network import PracticeNetwork, sample_of
from unroller.practice.samples import SOURCE
from unroller.sources.base import PostRef
from unroller.sources.mentioning import Mentionable


class Unrolled(NamedTuple):
    """What an answer is about. `link` is absolute and leads to the post that was asked for; `thread` is None on the
    practice page."""

    link: str
    posts: int
    minutes: int
    thread: Thread | None = None


class Stage(Protocol):
    """A place where the bot is mentioned."""

    @property
    def network(self) -> Mentionable:
        """How mentions are read and answered."""

    def begin(self, row: Mention, *, by_author: bool) -> None:
        """Have the thread fetched that `row` names, in the caller's transaction, which saves the row. `by_author`: who
        asks wrote it. Raises KeepsSilent, CannotCome."""

    def unrolled(self, row: Mention) -> Unrolled | None:
        """The thread, or None for not yet. Raises KeepsSilent, CannotCome."""


class OnNetwork:
    """A network: the thread is fetched by a job like everybody's, unless it is here."""

    def __init__(self, network: Mentionable) -> None:
        self.network = network

    def begin(self, row: Mention, *, by_author: bool) -> None:
        """What is here already is not fetched again: the same thread gets the same link."""
        ref = PostRef(row.target_source, row.target)
        place = queries.member(ref)
        if place is not None and not unrolling.may_be_back(place.thread):
            row.thread = place.thread
        else:
            row.job = jobs.enqueue(ref, why=Job.Why.ASKED if by_author else Job.Why.MENTIONED)

    def unrolled(self, row: Mention) -> Unrolled | None:
        """By the job's end, or by what was here."""
        thread = Thread.objects.defer("document").filter(mentions=row.pk).first() or _fetched(row)
        if thread is None:
            return None
        if thread.private:
            raise ended("Uninvited")
        if thread.removed:
            raise ended(thread.removed)
        place = queries.member(PostRef(row.target_source, row.target))
        is_there = place is not None and place.thread_id == thread.pk
        address = queries.landing(place) if place and is_there else thread.get_absolute_url()
        return Unrolled(settings.SITE_URL + address, thread.post_count, thread.reading_minutes, thread)


class OnPracticePage:
    """The pretend network: its threads are here, and their pages are no rows."""

    network: Mentionable = PracticeNetwork()

    def begin(self, row: Mention, *, by_author: bool) -> None:
        """Nothing has to be fetched."""

    def unrolled(self, row: Mention) -> Unrolled | None:
        """The sample that the visitor replied to."""
        sample = sample_of(row.target)
        if sample is None:
            raise ended(Gone.__name__)
        link = settings.SITE_URL + reverse("practice-thread", args=[sample.name])
        return Unrolled(link, len(sample.posts), sample.length.minutes)


def stages() -> Mapping[str, Stage]:
    """The stages that are set up, by `Mention.source`."""
    there: dict[str, Stage] = {key: OnNetwork(each) for key, each in networks.mentionables(DatabaseWallet).items()}
    return {**there, SOURCE: OnPracticePage()}


def _fetched(row: Mention) -> Thread | None:
    """The thread that a job brought; None while it runs. Raises KeepsSilent, CannotCome."""
    rows = Job.objects.select_related("thread").defer("recording", "thread__document")
    job = rows.filter(mentions=row.pk).first()
    if job is None or (job.state == Job.State.DONE and job.thread is None):
        raise ended(Broken.__name__)
    if job.state == Job.State.FAILED:
        raise ended(job.error)
    return job.thread if job.state == Job.State.DONE else None

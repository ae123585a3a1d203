"""How fast waiting mentions are answered, while a worker is killed; and that none is answered twice."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from time import perf_counter
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from tests.processes import Worker, until
from tests.sandbox.bots import answers_of_bot
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.actions import practicing
from unroller.models import Job, Mention, PracticePost
from unroller.practice.samples import NAMES

MENTIONS = 1_000
KILLED_AT = 400
"""So many answers stand when the worker is killed."""
TEXTS = ["Bread begins the evening before.", "Flour, water, salt.", "And time, which is free."]
SECONDS = 900
WHAT = f"{MENTIONS:,} mentions waiting, a worker of 2 processes killed"


def measure() -> Iterator[str]:
    """On the practice page, which has no limits; and on Bluesky, which allows 1,666 posts an hour."""
    yield _on_the_practice_page()
    yield _on_bluesky()


def _on_the_practice_page() -> str:
    _forget()
    for _ in range(MENTIONS):
        practicing.say(uuid4(), NAMES[0], "@unroller unroll")
    seconds = _answer({}, lambda: PracticePost.objects.filter(is_bot=True).count(), queues="bot,clock")
    answered = Counter(PracticePost.objects.filter(is_bot=True).values_list("answers", flat=True))
    assert (len(answered), max(answered.values())) == (MENTIONS, 1)
    _forget()
    return f"bot, {WHAT}: {MENTIONS / seconds:.1f} answers/s, none twice"


def _on_bluesky() -> str:
    """Each mention stands below a thread that has to be fetched first."""
    world = World()
    for number in range(MENTIONS):
        posts = world.bluesky.thread(world.bluesky.person(f"author{number}"), TEXTS)
        world.bluesky.mention(world.bluesky.person(f"asker{number}"), below=posts[-1])
    with Sandbox(world) as sandbox:
        seconds = _answer(sandbox.env(), lambda: len(answers_of_bot(world.bluesky)), queues="bot,fetch,slow,look,clock")
    answered = Counter(post.parent.uri for post in answers_of_bot(world.bluesky) if post.parent)
    assert (len(answered), max(answered.values())) == (MENTIONS, 1)
    refused = sum(each.status == 429 for each in world.log.of("bluesky"))
    return (
        f"bot on Bluesky, {WHAT}: {MENTIONS / seconds:.1f} answers/s with as many threads fetched, none twice, "
        f"{refused} calls beyond a limit"
    )


def _answer(env: dict[str, str], count: Callable[[], int], *, queues: str) -> float:
    """Seconds of work until everything is answered, without the wait for the leases of the worker that was killed."""
    worker = Worker(env, "--beat", "--schedule", str(settings.DATA_DIR / "beat"), queues=queues)
    worker.start()
    start = perf_counter()
    until(lambda: count() >= KILLED_AT, what="some answers", seconds=SECONDS)
    seconds = perf_counter() - start
    worker.kill()
    past = timezone.now() - timedelta(seconds=1)
    for rows in (Mention.objects.filter(finished_at=None), Job.objects.filter(finished_at=None)):
        rows.filter(leased_until__isnull=False).update(leased_until=past, rung_at=None)
    worker.start()
    start = perf_counter()
    until(lambda: count() >= MENTIONS, what="all answers", seconds=SECONDS)
    until(lambda: not Mention.objects.filter(finished_at=None).exists(), what="all written down", seconds=SECONDS)
    seconds += perf_counter() - start
    worker.kill()
    return seconds


def _forget() -> None:
    Mention.objects.filter(source="practice").delete()
    PracticePost.objects.all().delete()

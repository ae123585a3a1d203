"""X and this site with the same posts, and the clockwork that asks X about them."""

from django.utils import timezone

from tests.sandbox.world import World
from tests.sandbox.x.model import Post
from tests.threads import a_thread
from unroller.actions.compliance import inquiries, vanished
from unroller.models import Inquiry, Sweep, Thread, Vanished

MOST_STEPS = 30


def known(world: World, count: int = 3, *, first: int = 1) -> tuple[Thread, list[Post]]:
    """A thread here, and its posts at X under the same ids."""
    numbers = range(first, first + count)
    posts = [world.x.post("maralind", f"This is post {number}.", post_id=number) for number in numbers]
    return a_thread(count, first=first), posts


def step() -> None:
    """The clock ticks once, and whatever waits is waited for."""
    Sweep.objects.filter(began_at__isnull=False).exclude(error="NotEntitled").update(due_at=timezone.now())
    inquiries.go_on()
    Inquiry.objects.filter(inquiries.OPEN).update(not_before=None, leased_until=None)
    for pk in list(Inquiry.objects.filter(inquiries.OPEN).values_list("pk", flat=True)):
        inquiries.run(str(pk))


def a_round() -> None:
    """Steps until a list was answered and no other is open."""
    for _ in range(MOST_STEPS):
        step()
        if Inquiry.objects.filter(state="done").exists() and not Inquiry.objects.filter(inquiries.OPEN).exists():
            break
    inquiries.go_on()


def act() -> None:
    """Do what was noted."""
    for pk in list(Vanished.objects.filter(done_at=None).values_list("pk", flat=True)):
        vanished.run(str(pk))


def noted() -> dict[str, str]:
    """Path → reason of everything noted."""
    return dict(Vanished.objects.values_list("path", "reason"))

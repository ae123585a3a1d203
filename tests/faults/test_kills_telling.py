"""Kill -9 everywhere in telling followers: each is told once; at most mails in hand come again, as the same mails."""

import pytest
from django.utils import timezone

from accounts import mail
from accounts.models import Letter
from tests.faults.harness import Errand, killed_everywhere
from tests.followers import a_follower, a_new_thread, announced
from tests.sandbox.mail.post import PostOffice
from unroller.actions import notifying
from unroller.core.posts import Person
from unroller.models import Cadence, Notification, Thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]
FOLLOWERS = 6
ONE_IN_HAND = 1


def a_followed_thread(number: int) -> Thread:
    """By an author of its own with followers of their own."""
    name = f"author{number}"
    person = Person(id=str(1_000 + number), handle=name, name=name, url=f"https://x.com/{name}")
    for one in range(FOLLOWERS):
        a_follower(f"reader{number}-{one}@example.com", Cadence.INSTANT, person=person)
    return a_new_thread(first=1 + number * 100, author=person)


def again(post_office: PostOffice, readers: str) -> int:
    """How many mails came more than once to readers whose addresses begin so; each has come, and was one mail."""
    ids: dict[str, list[str]] = {}
    for one in post_office.mails():
        if one.recipients[0].startswith(readers):
            ids.setdefault(one.recipients[0], []).append(one.message_id)
    assert len(ids) == FOLLOWERS
    assert all(len(set(each)) == 1 for each in ids.values())
    return sum(len(each) - 1 for each in ids.values())


def test_an_announcement_that_is_killed_anywhere_is_one_notification_for_each_follower() -> None:
    def begin(number: int) -> Errand:
        thread = a_followed_thread(number)

        def is_done() -> bool:
            return Thread.objects.filter(pk=thread.pk, announced_at__isnull=False).exists()

        def check() -> int:
            told = list(Notification.objects.filter(thread=thread).values_list("user__email", flat=True))
            assert sorted(told) == [f"reader{number}-{one}@example.com" for one in range(FOLLOWERS)]
            return 0

        return Errand.of("unroller.announce", thread.pk, is_done=is_done, check=check)

    assert killed_everywhere(begin, "unroller.announce_due").kills


def test_mail_that_is_killed_anywhere_reaches_each_follower(post_office: PostOffice) -> None:
    def begin(number: int) -> Errand:
        thread = a_followed_thread(number)
        announced(thread)

        def is_done() -> bool:
            return not Notification.objects.filter(thread=thread, settled_at=None).exists()

        def check() -> int:
            doubled = again(post_office, f"reader{number}-")
            assert doubled <= notifying.AHEAD
            return doubled

        return Errand.alone("unroller.notify", is_done=is_done, check=check)

    tally = killed_everywhere(begin, "unroller.notify")
    assert tally.kills
    assert sum(map(bool, tally.doubled)) < tally.kills, "most kills repeat nothing"


def test_letters_that_are_killed_anywhere_come_and_at_most_the_one_in_hand_comes_again(post_office: PostOffice) -> None:
    def begin(number: int) -> Errand:
        readers = [f"letter{number}-{one}@example.com" for one in range(FOLLOWERS)]
        for one in readers:
            mail.send("login_code", one, {"code": "246810"})

        def is_done() -> bool:
            return not Letter.objects.filter(settled_at=None, created_at__lt=timezone.now()).exists()

        def check() -> int:
            doubled = again(post_office, f"letter{number}-")
            assert doubled <= ONE_IN_HAND
            return doubled

        return Errand.alone("accounts.deliver", is_done=is_done, check=check)

    assert killed_everywhere(begin, "accounts.deliver").kills

"""Kill -9 everywhere in deletions, of an account, of what an author refuses, of a post: afterwards nothing remains."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import Settings

from accounts.actions import closing
from accounts.models import Closing, Letter
from billing.actions import outbox
from tests.accounts.signing import a_person
from tests.billing.ground import Money
from tests.faults.harness import Errand, killed_everywhere
from tests.rights.asking import asked
from tests.rights.test_opting_out import tables_with
from tests.sandbox.world import World
from tests.test_pages import Get, get
from tests.test_unrolling import a_chain, unroll
from tests.thread_files import Kind, made, own_place, stored
from tests.threads import a_thread
from tests.whole_person import a_whole_person, leftovers
from unroller.actions import proving
from unroller.actions.compliance import vanished
from unroller.core.posts import Quote
from unroller.models import Author, Claim, LibraryPart, Mention, Thread, Vanished

__all__ = ["get"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Path:
    return own_place(tmp_path, settings)


def test_an_account_whose_deletion_is_killed_anywhere_leaves_nothing(place: Path, tmp_path: Path) -> None:
    def begin(number: int) -> Errand:
        bob = a_whole_person(f"bob{number}@example.com")
        Mention.objects.update(finished_at=timezone.now())
        for part in LibraryPart.objects.filter(export__user=bob):
            default_storage.save(part.file, ContentFile(b"a library"))
        closing.ask(bob)

        def is_done() -> bool:
            return Closing.objects.filter(user_id=bob.id, done_at__isnull=False).exists()

        def check() -> int:
            assert leftovers(bob.id) == {}
            assert Letter.objects.filter(name="goodbye", to=bob.email).count() == 1
            assert [path for path in place.rglob("*") if path.is_file()] == []
            return 0

        return Errand.of("accounts.close", bob.id, is_done=is_done, check=check)

    assert killed_everywhere(begin, "accounts.sweep", folders=(tmp_path,)).kills


def test_a_member_whose_deletion_is_killed_anywhere_pays_no_more(money: Money) -> None:
    def begin(number: int) -> Errand:
        user = a_person(f"member{number}@example.com")
        subscription = money.subscribe(user).subscription_id
        closing.ask(user)

        def is_done() -> bool:
            money.deliver()
            is_closed = Closing.objects.filter(user_id=user.id, done_at__isnull=False).exists()
            return is_closed and not outbox.due().exists()

        def check() -> int:
            assert money.stripe.store.get("subscription", subscription)["status"] == "canceled"
            assert len(money.stripe.requests.of("DELETE", f"/v1/subscriptions/{subscription}")) == 1
            return 0

        return Errand.of("accounts.close", user.id, is_done=is_done, check=check)

    assert killed_everywhere(begin, "accounts.sweep", "billing.sweep").kills


def test_an_author_whose_refusal_is_killed_anywhere_is_named_nowhere(world: World, place: Path, tmp_path: Path) -> None:
    def begin(number: int) -> Errand:
        name = f"refuser{number}x"
        unroll(world.x.link(a_chain(world, name=name)[0]))
        thread = Thread.objects.get(author__handle=name)
        made(thread, Kind.EPUB)
        row = asked(who=f"https://x.com/{name}")
        proving.look(row, world.x.link(world.x.post(name, f"It is me: {row.code}")))

        def is_done() -> bool:
            is_over = Claim.objects.filter(pk=row.pk, done_at__isnull=False).exists()
            return is_over and not Author.objects.filter(opted_out=True, emptied_at=None).exists()

        def check() -> int:
            assert tables_with(name) == []
            assert Thread.objects.get(pk=thread.pk).removed == "OptedOut"
            assert stored(place) == []
            return 0

        return Errand.of("unroller.check_claim", row.pk, is_done=is_done, check=check)

    clock = ("unroller.sweep", "unroller.comply_opt_outs", "unroller.trim", "accounts.deliver")
    assert killed_everywhere(begin, *clock, folders=(tmp_path,)).kills


def test_a_thread_whose_end_is_killed_anywhere_is_nowhere_any_more(get: Get, place: Path, tmp_path: Path) -> None:
    def begin(number: int) -> Errand:
        mark, first = f"zanzibar{number}words", 1 + number * 100
        thread = a_thread(3, first=first, text=mark, html=f"<p>{mark}</p>")
        quote = Quote(id=str(first), url=f"https://x.com/maralind/status/{first}", text=mark, html=f"<p>{mark}</p>")
        quoting = a_thread(2, first=first + 50, quote=quote)
        made(thread, Kind.EPUB)
        for one in (thread, quoting):
            assert mark.encode() in get(one.get_absolute_url()).body
        vanished.note("x", path=str(first), reason="deleted", by="look")
        row = Vanished.objects.latest("id")

        def is_done() -> bool:
            return Vanished.objects.filter(pk=row.pk, done_at__isnull=False).exists()

        def check() -> int:
            assert tables_with(mark) == []
            assert get(thread.get_absolute_url()).status == 410
            assert mark.encode() not in get(quoting.get_absolute_url()).body
            assert stored(place) == []
            return 0

        return Errand.of("unroller.comply_vanished", row.pk, is_done=is_done, check=check)

    assert killed_everywhere(begin, "unroller.sweep", "unroller.trim", folders=(tmp_path,)).kills

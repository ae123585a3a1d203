"""Django's cache in Redis: what was put in comes back, from data alone, and whatever else lies there is nothing."""

import pickle
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django_redis.cache import RedisCache
from pytest_django import Settings

from accounts.models import Letter
from billing.models import Payment
from tests.accounts.signing import ask_for_code
from tests.processes import ROOT
from tests.threads import a_thread
from unroller import bot_names, outages, popular, store, tongues
from unroller.models import BotAccount, Job, ReadersOfDay

pytestmark = pytest.mark.django_db
USERS: dict[str, tuple[str, Callable[[], object]]] = {
    "unroller/bot_names.py": ("mastodon-bot", bot_names.names),
    "unroller/outages.py": ("outages", outages.outages),
    "unroller/popular.py": ("most-read", lambda: popular.most_read(3)),
    "unroller/tongues.py": ("tongues", tongues.spoken),
    "unroller/views/support.py": ("supporters", lambda: Client().get("/support").context["supporters"]),
}
"""Who keeps something in the cache besides sign-in: under which key, and what asks them."""
every_user = pytest.mark.parametrize(("key", "ask"), USERS.values(), ids=USERS)


class Trap:
    """What leaves a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self._path,)


@pytest.fixture(autouse=True)
def something_to_say(settings: Settings) -> None:
    """So that no answer of USERS is empty, which would be the same in every spelling."""
    settings.BILLING_ENABLED = True
    settings.MASTODON_BOT_URL, settings.MASTODON_BOT_TOKEN = "https://m.example", "t"
    now = datetime.now(UTC)
    BotAccount.objects.create(source="mastodon", handle="reads@m.example", due_at=now)
    Job.objects.create(source="x", key="1", error="OutOfCredits", not_before=now + timedelta(minutes=30))
    ReadersOfDay.objects.create(thread=a_thread(2), day=now.date(), readers=7)
    Payment.objects.create(payment_intent="p", charge_id="c", kind="donation", amount=500, currency="usd", paid_at=now)


@pytest.fixture
def of_before(settings: Settings) -> RedisCache:
    """The cache as the release before opens it, which pickled and knew no version."""
    return RedisCache(settings.REDIS_URL, {"KEY_PREFIX": "cache"})


@every_user
def test_what_was_kept_is_what_was_found(key: str, ask: Callable[[], object]) -> None:
    found = ask()
    assert found
    assert cache.get(key)
    assert ask() == found


def test_these_are_all_who_keep_something_there() -> None:
    importing = re.compile(r"^from django\.core\.cache import|^from django\.core import .*\bcache", re.MULTILINE)
    paths = [path for app in ("accounts", "billing", "unroller") for path in (ROOT / app).rglob("*.py")]
    assert {str(path.relative_to(ROOT)) for path in paths if importing.search(path.read_text())} == set(USERS)


@pytest.mark.parametrize("value", [pickle.dumps(["a"]), b"\x80", b"{", b""], ids=["pickle", "byte", "half", "empty"])
def test_whatever_is_no_data_of_ours_is_nothing(value: bytes) -> None:
    store.client().set(cache.make_key("outages"), value)
    assert cache.get("outages", []) == []
    assert [each.network for each in outages.outages()] == ["X"]


@every_user
def test_a_pickle_is_not_opened(key: str, ask: Callable[[], object], tmp_path: Path) -> None:
    for address in {f"cache:1:{key}", cache.make_key(key)}:
        store.client().set(address, pickle.dumps(Trap(tmp_path / "opened")))
    assert ask()
    assert not (tmp_path / "opened").exists()


def test_a_pickle_in_the_place_of_counted_codes_is_not_opened_either(tmp_path: Path) -> None:
    assert ask_for_code(Client()).status_code == 302
    counted = list(store.client().scan_iter("cache:*"))
    assert counted
    for key in counted:
        store.client().set(key, pickle.dumps(Trap(tmp_path / "opened")))
    assert ask_for_code(Client()).status_code == 302
    assert Letter.objects.count() == 2
    assert not (tmp_path / "opened").exists()


def test_the_release_before_and_this_one_do_not_see_what_the_other_keeps(of_before: RedisCache) -> None:
    cache.set("outages", [["X", "of this release"]], 60)
    assert of_before.get("outages") is None
    of_before.set("outages", [outages.Outage("X", "of the release before")], 60)
    assert cache.get("outages") == [["X", "of this release"]]

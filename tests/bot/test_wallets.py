"""Where the bot's sign-ins are kept."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from unroller.actions import alone
from unroller.actions.bot.wallets import DatabaseWallet
from unroller.core.errors import Unreachable
from unroller.models import BotAccount


@pytest.mark.django_db
def test_what_is_kept_is_read_again_and_lies_encrypted() -> None:
    wallet = DatabaseWallet("x")
    assert wallet.read() == ""
    wallet.write("the newest token")
    wallet.write("a newer token")
    assert wallet.read() == "a newer token"
    assert "token" not in BotAccount.objects.get().sealed
    wallet.write("")
    assert (wallet.read(), BotAccount.objects.get().sealed) == ("", "")


@pytest.mark.django_db
def test_what_another_key_sealed_counts_as_nothing(settings: Settings) -> None:
    DatabaseWallet("x").write("token")
    settings.SECRET_KEY = "another one"
    assert DatabaseWallet("x").read() == ""


def _renews(seen: list[str]) -> None:
    try:
        with DatabaseWallet("x").alone():
            seen.append("in")
    except Unreachable:
        seen.append("kept out")
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_one_renews_at_a_time_and_the_others_do_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "LONGEST_WAIT", timedelta(milliseconds=200))
    seen: list[str] = []
    with DatabaseWallet("x").alone(), DatabaseWallet("bluesky").alone():
        other = Thread(target=_renews, args=[seen])
        other.start()
        other.join()
    assert seen == ["kept out"]
    _renews(seen)
    assert seen == ["kept out", "in"]


def _fails_after_writing(wallet: DatabaseWallet) -> None:
    with wallet.alone():
        wallet.write("good once")
        raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_what_was_kept_stays_when_the_work_around_it_fails() -> None:
    wallet = DatabaseWallet("x")
    with pytest.raises(ZeroDivisionError):
        _fails_after_writing(wallet)
    assert wallet.read() == "good once"
    with transaction.atomic(), wallet.alone():
        assert wallet.read() == "good once"

"""`manage.py bot_connect x`: the whole way, from the address it prints to a bot that reads and answers."""

import io
import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from tests.sandbox.bots import answers_of_bot
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.sandbox.x.model import Person
from unroller import networks
from unroller.actions.bot import reading
from unroller.actions.bot.wallets import DatabaseWallet
from unroller.budgets import SharedBudget
from unroller.models import BotAccount
from unroller.sources.mentioning import Mentionable
from unroller.sources.recording import Raw, Recorder

pytestmark = pytest.mark.django_db(transaction=True)

ASK = re.compile(r'name="ask" value="([^"]+)"')
Browser = Callable[[str], str]
Connect = Callable[[Browser], str]


@pytest.fixture
def connect(sandbox: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """The command in an operator's hands: `browser` opens the address that is printed, and says where it ended."""
    settings.X_BOT_REFRESH_TOKEN = ""

    def run(browser: Browser) -> str:
        out = io.StringIO()
        monkeypatch.setattr("builtins.input", lambda _: browser(out.getvalue().split()[-1]))
        call_command("bot_connect", "x", stdout=out)
        return out.getvalue()

    return run


def agree(address: str, person: Person | None) -> str:
    """Opens X's page and says yes as somebody, or no."""
    page = httpx.get(address)
    assert page.status_code == 200
    [ask] = ASK.findall(page.text)
    form = {"ask": ask, "person": person.id if person else "cancel"}
    answer = httpx.post(address.partition("?")[0], data=form)
    assert answer.status_code == 303
    return answer.headers["location"]


def web() -> Recorder:
    return Recorder(Raw(source="x", key="test"), networks.http(), budget=SharedBudget())


def bot() -> Mentionable:
    return networks.mentionables(DatabaseWallet)["x"]


def test_whoever_says_yes_as_the_bot_has_a_bot_that_reads_and_answers(connect: Connect, world: World) -> None:
    said = connect(lambda address: f" {agree(address, world.x.bot)} ")
    assert said.endswith("Signed in.\n")
    call = world.x.mention("ben", below=world.x.post("ada", "one"))
    own = bot().who(web())
    [mention] = bot().mentions(own, web(), cursor="").mentions
    bot().answer(mention, "Here.", "https://unroller.example/t", web())
    assert (own.handle, [post.parent_id for post in answers_of_bot(world.x)]) == ("unroller", [call.id])


def test_the_sign_in_lasts_longer_than_its_first_token(connect: Connect, world: World) -> None:
    connect(lambda address: agree(address, world.x.bot))
    for _ in range(2):
        kept = DatabaseWallet("x").read()
        world.clock.advance(timedelta(hours=3))
        assert bot().who(web()).handle == "unroller"
        assert DatabaseWallet("x").read() != kept


def test_a_sign_in_anew_lets_the_bot_look_at_once(connect: Connect, world: World) -> None:
    later = timezone.now() + timedelta(minutes=15)
    BotAccount.objects.create(source="x", network_id="1", handle="old", error="NotConfigured", failures=9, due_at=later)
    connect(lambda address: agree(address, world.x.bot))
    reading.claim_due()
    account = BotAccount.objects.get(source="x")
    assert account.turn == 1
    reading.look("x", str(account.turn))
    account.refresh_from_db()
    assert (account.network_id, account.handle, account.error) == (world.x.bot.id, "unroller", "")


def test_somebody_else_who_says_yes_is_not_the_bot(connect: Connect, world: World) -> None:
    connect(lambda address: agree(address, world.x.person("ben")))
    reading.claim_due()
    account = BotAccount.objects.get(source="x")
    reading.look("x", str(account.turn))
    account.refresh_from_db()
    assert (account.error, account.network_id) == ("NotConfigured", "")


def test_no_is_an_answer(connect: Connect, world: World) -> None:
    with pytest.raises(CommandError, match="access_denied"):
        connect(lambda address: agree(address, None))
    assert not BotAccount.objects.exclude(sealed="").exists()


def test_what_is_pasted_too_late_is_refused_in_words(connect: Connect, world: World) -> None:
    def dawdle(address: str) -> str:
        ended = agree(address, world.x.bot)
        world.clock.advance(timedelta(seconds=31))
        return ended

    with pytest.raises(CommandError, match="X refuses the sign-in"):
        connect(dawdle)
    assert not BotAccount.objects.exclude(sealed="").exists()


@pytest.mark.parametrize(
    "pasted", ["", "nonsense", "http://[", "http://localhost:8000/?code=a&state=b", "http://localhost:8000/?state=b"]
)
def test_what_is_no_end_of_this_sign_in_is_refused_in_words(connect: Connect, pasted: str) -> None:
    with pytest.raises(CommandError, match="address"):
        connect(lambda _: pasted)


def test_a_code_of_another_sign_in_is_not_taken(connect: Connect, world: World) -> None:
    ended: list[str] = []

    def first(address: str) -> str:
        ended.append(agree(address, world.x.bot))
        return ended[0]

    connect(first)
    with pytest.raises(CommandError, match="another state"):
        connect(lambda _: ended[0])


def test_nobody_at_the_keyboard_is_no_crash(connect: Connect) -> None:
    def nobody(_: str) -> str:
        raise EOFError

    with pytest.raises(CommandError, match="Nothing was pasted"):
        connect(nobody)


@pytest.mark.parametrize("name", ["X_BOT_HANDLE", "X_CLIENT_ID"])
def test_settings_that_are_missing_are_named(connect: Connect, settings: Settings, name: str) -> None:
    setattr(settings, name, "")
    with pytest.raises(CommandError, match=name):
        connect(lambda address: address)

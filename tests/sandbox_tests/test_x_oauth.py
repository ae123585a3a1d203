"""The pretend X: its page to sign in, its tokens, and what they open."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.sandbox import Sandbox, World
from tests.sandbox.x.model import Person
from tests.sandbox.x.oauth import CODE_SECONDS, LONGEST_STATE, TOKEN_SECONDS, challenge_of

CALLBACK = "https://unroller.example/back"
VERIFIER = "v" * 64
BASIC = ("sandbox-client", "sandbox-secret")
ASKED = {
    "response_type": "code",
    "client_id": "sandbox-client",
    "redirect_uri": CALLBACK,
    "scope": "users.read tweet.read",
    "state": "xyz",
    "code_challenge": challenge_of(VERIFIER),
    "code_challenge_method": "S256",
}


@pytest.fixture
def ada(world: World) -> Person:
    world.x.sign_in.app.callbacks.append(CALLBACK)
    return world.x.person("ada", name="Ada <L>")


@pytest.fixture
def api(x: httpx.Client) -> httpx.Client:
    """The API without the app's own token."""
    del x.headers["Authorization"]
    return x


def page(sandbox: Sandbox, **changed: str) -> httpx.Response:
    return httpx.get(sandbox.env()["X_AUTHORIZE_URL"], params={**ASKED, **changed})


def press(sandbox: Sandbox, shown: httpx.Response, person: str) -> httpx.Response:
    """Presses a button of the page; the answer is not followed."""
    (ask,) = re.findall(r'name="ask" value="([^"]+)"', shown.text)
    return httpx.post(sandbox.env()["X_AUTHORIZE_URL"], data={"ask": ask, "person": person})


def come_back(sandbox: Sandbox, person: str, **changed: str) -> dict[str, list[str]]:
    """What the browser carries to the callback after a button was pressed."""
    answer = press(sandbox, page(sandbox, **changed), person)
    assert answer.status_code == 303
    there, _, query = answer.headers["location"].partition("?")
    assert there == CALLBACK
    return parse_qs(query)


def trade(api: httpx.Client, code: str, *, auth: Any = BASIC, **changed: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return api.post("oauth2/token", data={**form, **changed}, auth=auth)


def token(sandbox: Sandbox, api: httpx.Client, person: Person, **changed: str) -> str:
    body = trade(api, come_back(sandbox, person.id, **changed)["code"][0]).json()
    return str(body["access_token"])


def me(api: httpx.Client, bearer: str, **params: str) -> httpx.Response:
    return api.get("users/me", params=params, headers={"Authorization": f"Bearer {bearer}"})


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


# The page


def test_the_page_has_a_button_for_everybody_but_the_suspended(sandbox: Sandbox, world: World, ada: Person) -> None:
    banned = world.x.person("ben")
    world.x.suspend(banned)
    shown = page(sandbox)
    assert shown.status_code == 200
    assert "Ada &lt;L&gt;" in shown.text
    assert re.findall(r'name="person" value="([^"]+)"', shown.text) == [ada.id, "cancel"]


def test_a_button_sends_the_browser_back_with_code_and_state(sandbox: Sandbox, ada: Person) -> None:
    back = come_back(sandbox, ada.id)
    assert set(back) == {"code", "state"}
    assert back["state"] == ["xyz"]


def test_cancel_sends_the_browser_back_without_a_code(sandbox: Sandbox, ada: Person) -> None:
    assert come_back(sandbox, "cancel") == {"error": ["access_denied"], "state": ["xyz"]}


def test_a_page_is_answered_once_and_by_somebody_who_is_there(sandbox: Sandbox, ada: Person) -> None:
    shown = page(sandbox)
    assert press(sandbox, shown, "77").status_code == 400
    assert press(sandbox, shown, ada.id).status_code == 303
    assert press(sandbox, shown, ada.id).status_code == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("response_type", "token"),
        ("client_id", "another"),
        ("redirect_uri", f"{CALLBACK}/"),
        ("redirect_uri", f"{CALLBACK}?next=/"),
        ("redirect_uri", "https://evil.example/accounts/x/login/callback/"),
        ("redirect_uri", "http://localhost:8000/elsewhere"),
        ("redirect_uri", "http://localhost.evil.example/accounts/x/login/callback/"),
        ("scope", "users.read everything"),
        ("state", "s" * (LONGEST_STATE + 1)),
        ("code_challenge", VERIFIER),
        ("code_challenge_method", "plain"),
        *((name, "") for name in ASKED),
    ],
)
def test_a_request_that_is_not_in_order_is_shown_to_nobody(
    sandbox: Sandbox, ada: Person, name: str, value: str
) -> None:
    shown = page(sandbox, **{name: value})
    assert shown.status_code == 400
    assert name in shown.text
    assert "button" not in re.sub(r"<style>.*</style>", "", shown.text)


def test_the_longest_state_and_any_port_of_this_machine_are_good(sandbox: Sandbox, ada: Person) -> None:
    assert page(sandbox, state="s" * LONGEST_STATE).status_code == 200
    for host in ("localhost:8123", "127.0.0.1", "[::1]:9"):
        assert page(sandbox, redirect_uri=f"http://{host}/accounts/x/login/callback/").status_code == 200


def test_the_door_of_the_page_has_nothing_else(sandbox: Sandbox) -> None:
    parts = urlsplit(sandbox.env()["X_AUTHORIZE_URL"])
    assert httpx.get(f"http://{parts.netloc}/2/users/me").status_code == 404
    assert httpx.delete(sandbox.env()["X_AUTHORIZE_URL"]).status_code == 405


# Tokens


def test_a_code_is_traded_for_a_token_of_two_hours(sandbox: Sandbox, api: httpx.Client, ada: Person) -> None:
    body = trade(api, come_back(sandbox, ada.id)["code"][0]).json()
    assert {name: value for name, value in body.items() if name != "access_token"} == {
        "token_type": "bearer",
        "expires_in": TOKEN_SECONDS,
        "scope": "tweet.read users.read",
    }
    assert me(api, body["access_token"]).json() == {"data": {"id": ada.id, "name": "Ada <L>", "username": "ada"}}


def test_a_code_is_good_for_thirty_seconds(sandbox: Sandbox, api: httpx.Client, world: World, ada: Person) -> None:
    in_time, late = come_back(sandbox, ada.id)["code"][0], come_back(sandbox, ada.id)["code"][0]
    assert trade(api, in_time).status_code == 200
    world.clock.advance(timedelta(seconds=CODE_SECONDS))
    assert error(trade(api, late)) == (400, "invalid_grant")


def test_a_code_that_comes_twice_takes_the_token_of_the_first_time_with_it(
    sandbox: Sandbox, api: httpx.Client, ada: Person
) -> None:
    code = come_back(sandbox, ada.id)["code"][0]
    first = trade(api, code).json()["access_token"]
    assert me(api, first).status_code == 200
    assert error(trade(api, code)) == (400, "invalid_grant")
    assert me(api, first).status_code == 401


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"code": "another"}, "invalid_grant"),
        ({"code": ""}, "invalid_request"),
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": challenge_of(VERIFIER)}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": f"{CALLBACK}/"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
    ],
)
def test_a_trade_that_does_not_fit_fails_and_the_code_stays_good(
    sandbox: Sandbox, api: httpx.Client, ada: Person, changed: dict[str, str], answer: str
) -> None:
    code = come_back(sandbox, ada.id)["code"][0]
    assert error(trade(api, **{"code": code, **changed})) == (400, answer)
    assert trade(api, code).status_code == 200


def test_an_app_with_a_secret_shows_it_by_basic(sandbox: Sandbox, api: httpx.Client, ada: Person) -> None:
    code = come_back(sandbox, ada.id)["code"][0]
    for auth in (None, ("sandbox-client", "wrong"), ("another", "sandbox-secret")):
        assert error(trade(api, code, auth=auth, client_id="sandbox-client")) == (401, "invalid_client")
    assert trade(api, code).status_code == 200


def test_an_app_without_a_secret_names_itself_in_the_body(
    sandbox: Sandbox, api: httpx.Client, world: World, ada: Person
) -> None:
    world.x.sign_in.app.secret = ""
    assert sandbox.env()["X_CLIENT_SECRET"] == ""
    code = come_back(sandbox, ada.id)["code"][0]
    assert error(trade(api, code)) == (401, "invalid_client")
    assert error(trade(api, code, auth=None, client_id="another")) == (401, "invalid_client")
    assert trade(api, code, auth=None, client_id="sandbox-client").status_code == 200


def test_the_token_endpoint_reads_forms_only(api: httpx.Client) -> None:
    answer = api.post("oauth2/token", json={"grant_type": "authorization_code"}, auth=BASIC)
    assert error(answer) == (400, "invalid_request")
    assert api.get("oauth2/token").status_code == 404


def test_a_refresh_token_comes_to_those_who_ask_and_is_good_once(
    sandbox: Sandbox, api: httpx.Client, ada: Person
) -> None:
    scope = "users.read tweet.read offline.access"
    first = trade(api, come_back(sandbox, ada.id, scope=scope)["code"][0]).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": first}
    second = api.post("oauth2/token", data=form, auth=BASIC).json()
    assert second["refresh_token"] != first
    assert me(api, second["access_token"]).status_code == 200
    assert error(api.post("oauth2/token", data=form, auth=BASIC)) == (400, "invalid_grant")


# users/me


def test_a_person_is_shown_with_the_fields_that_were_asked_for(
    sandbox: Sandbox, api: httpx.Client, world: World, ada: Person
) -> None:
    bearer = token(sandbox, api, ada)
    world.x.rename(ada, "ada_two")
    found = me(api, bearer, **{"user.fields": "profile_image_url,nonsense"}).json()["data"]
    assert set(found) == {"id", "name", "username", "profile_image_url"}
    assert found["username"] == "ada_two"


def test_nobody_is_shown_without_a_persons_good_token(
    sandbox: Sandbox, api: httpx.Client, world: World, ada: Person
) -> None:
    bearer = token(sandbox, api, ada)
    for wrong in (sandbox.env()["X_BEARER_TOKEN"], "nonsense"):
        assert me(api, wrong).status_code == 401
    assert api.get("users/me").status_code == 401
    world.clock.advance(timedelta(seconds=TOKEN_SECONDS))
    assert me(api, bearer).status_code == 401


def test_a_token_that_may_not_read_people_is_refused(sandbox: Sandbox, api: httpx.Client, ada: Person) -> None:
    assert me(api, token(sandbox, api, ada, scope="tweet.read")).status_code == 403


def test_somebody_who_is_suspended_is_an_error_inside_a_200(
    sandbox: Sandbox, api: httpx.Client, world: World, ada: Person
) -> None:
    bearer = token(sandbox, api, ada)
    world.x.suspend(ada)
    answer = me(api, bearer)
    assert (answer.status_code, list(answer.json())) == (200, ["errors"])
    assert answer.json()["errors"][0]["title"] == "Forbidden"


def test_each_person_may_be_asked_for_75_times_in_a_quarter_of_an_hour(
    sandbox: Sandbox, api: httpx.Client, world: World, ada: Person
) -> None:
    mine, other = token(sandbox, api, ada), token(sandbox, api, world.x.person("ben"))
    statuses = [me(api, mine).status_code for _ in range(76)]
    assert statuses == [200] * 75 + [429]
    assert me(api, other).headers["x-rate-limit-remaining"] == "74"
    world.clock.advance(timedelta(minutes=16))
    assert me(api, mine).status_code == 200


def test_a_persons_token_opens_nothing_else(sandbox: Sandbox, api: httpx.Client, world: World, ada: Person) -> None:
    headers = {"Authorization": f"Bearer {token(sandbox, api, ada)}"}
    number = world.x.post("ada", "one").id
    for path in (f"tweets?ids={number}", f"users/{world.x.bot.id}/tweets", "tweets/search/all?query=from:ada"):
        assert api.get(path, headers=headers).status_code == 401

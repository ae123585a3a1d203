"""The pretend Patreon: its page, its tokens, what they open, and what it posts."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.sandbox import Sandbox, World
from tests.sandbox.patreon.model import Person
from tests.sandbox.patreon.network import Patreon
from tests.sandbox.patreon.oauth import CODE_SECONDS, TOKEN_SECONDS

CALLBACK = "https://unroller.example/patreon/callback"
CLIENT = {"client_id": "patreon-sandbox-client", "client_secret": "patreon-sandbox-secret"}
ASKED = {
    "response_type": "code",
    "client_id": "patreon-sandbox-client",
    "redirect_uri": CALLBACK,
    "scope": "identity",
    "state": "xyz",
}
ALL = "patron_status,currently_entitled_amount_cents,last_charge_status,is_free_trial,is_gifted"


@pytest.fixture
def patreon(world: World) -> Patreon:
    world.patreon.oauth.client.callbacks.append(CALLBACK)
    return world.patreon


@pytest.fixture
def mina(patreon: Patreon) -> Person:
    return patreon.person("Mina <F>")


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.env()["PATREON_API_URL"]) as client:
        yield client


def page(api: httpx.Client, **changed: str) -> httpx.Response:
    return api.get("/oauth2/authorize", params={**ASKED, **changed})


def press(api: httpx.Client, shown: httpx.Response, person: str) -> httpx.Response:
    found = re.search(r'name="ask" value="([^"]+)"', shown.text)
    assert found is not None
    return api.post("/oauth2/authorize", data={"ask": found[1], "person": person})


def code_of(api: httpx.Client, person: Person, **changed: str) -> str:
    answer = press(api, page(api, **changed), person.id)
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def trade(api: httpx.Client, code: str, **changed: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **CLIENT, **changed}
    return api.post("/api/oauth2/token", data=form)


def token_of(api: httpx.Client, person: Person, **changed: str) -> str:
    return str(trade(api, code_of(api, person, **changed)).json()["access_token"])


def read(api: httpx.Client, path: str, token: str, **params: str) -> httpx.Response:
    params = {re.sub(r"^(fields|page)_(\w+)$", r"\1[\2]", name): value for name, value in params.items()}
    return api.get(f"/api/oauth2/v2/{path}", params=params, headers={"Authorization": f"Bearer {token}"})


def words(answer: httpx.Response) -> tuple[int, Any]:
    body = answer.json()
    return answer.status_code, body.get("error") or body["errors"][0]["code_name"]


def test_the_page_sends_back_a_code_or_a_refusal_once(api: httpx.Client, mina: Person) -> None:
    shown = page(api)
    assert "Mina &lt;F&gt;" in shown.text
    back = press(api, shown, mina.id).headers["Location"]
    assert back.startswith(f"{CALLBACK}?")
    assert set(parse_qs(urlsplit(back).query)) == {"code", "state"}
    assert press(api, shown, mina.id).status_code == 400
    back = press(api, page(api), "cancel").headers["Location"]
    assert parse_qs(urlsplit(back).query) == {"error": ["access_denied"], "state": ["xyz"]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("response_type", "token"),
        ("client_id", "another"),
        ("redirect_uri", f"{CALLBACK}/"),
        ("redirect_uri", "https://evil.example/patreon/callback"),
        ("redirect_uri", "http://localhost:8000/elsewhere"),
        ("scope", "identity everything"),
        ("state", ""),
        ("code_challenge", "x"),
    ],
)
def test_a_request_that_is_not_in_order_is_shown_to_nobody(
    api: httpx.Client, mina: Person, name: str, value: str
) -> None:
    assert page(api, **{name: value}).status_code == 400


def test_a_code_is_traded_once_and_for_a_short_while(api: httpx.Client, world: World, mina: Person) -> None:
    code = code_of(api, mina)
    body = trade(api, code).json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", TOKEN_SECONDS, "identity")
    assert words(trade(api, code)) == (401, "invalid_grant")
    late = code_of(api, mina)
    world.clock.advance(timedelta(seconds=CODE_SECONDS))
    assert words(trade(api, late)) == (401, "invalid_grant")
    refreshed = api.post(
        "/api/oauth2/token", data={"grant_type": "refresh_token", "refresh_token": body["refresh_token"], **CLIENT}
    )
    assert refreshed.json()["access_token"] != body["access_token"]


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"code": "another"}, (401, "invalid_grant")),
        ({"redirect_uri": f"{CALLBACK}/"}, (401, "invalid_grant")),
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_secret": ""}, (400, "invalid_request")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
    ],
)
def test_a_trade_that_does_not_fit_is_refused(
    api: httpx.Client, mina: Person, changed: dict[str, str], answer: tuple[int, str]
) -> None:
    assert words(trade(api, **{"code": code_of(api, mina), **changed})) == answer


def test_the_token_endpoint_reads_forms_only(api: httpx.Client) -> None:
    assert words(api.post("/api/oauth2/token", json={})) == (400, "invalid_request")


def test_nothing_is_told_that_was_not_asked_for(api: httpx.Client, patreon: Patreon, mina: Person) -> None:
    patreon.join(mina)
    token = token_of(api, mina)
    assert read(api, "identity", token).json()["data"] == {"attributes": {}, "id": mina.id, "type": "user"}
    body = read(api, "identity", token, include="memberships", fields_user="full_name").json()
    assert body["data"]["attributes"] == {"full_name": "Mina <F>"}
    [member] = body["included"]
    assert (member["attributes"], "relationships" in member) == ({}, False)


def test_the_least_scope_tells_of_our_campaign_alone(api: httpx.Client, patreon: Patreon, mina: Person) -> None:
    ours, _ = patreon.join(mina), patreon.join(mina, campaign=patreon.other_campaign)
    asked = {"include": "memberships.campaign", "fields_member": ALL}
    body = read(api, "identity", token_of(api, mina), **asked).json()
    members = [each for each in body["included"] if each["type"] == "member"]
    assert [each["id"] for each in members] == [ours.id]
    assert members[0]["attributes"] == {
        "currently_entitled_amount_cents": 500,
        "is_free_trial": False,
        "is_gifted": False,
        "last_charge_status": "Paid",
        "patron_status": "active_patron",
    }
    assert members[0]["relationships"]["campaign"]["data"] == {"id": "4242", "type": "campaign"}
    all_of_them = token_of(api, mina, scope="identity identity.memberships")
    body = read(api, "identity", all_of_them, **asked).json()
    assert [each["type"] for each in body["included"]].count("member") == 2


def test_a_person_without_memberships_has_nothing_included(api: httpx.Client, mina: Person) -> None:
    body = read(api, "identity", token_of(api, mina), include="memberships").json()
    assert body["data"]["relationships"]["memberships"]["data"] == []
    assert "included" not in body


def test_a_creator_reads_their_own_members_and_nobody_elses(api: httpx.Client, patreon: Patreon, mina: Person) -> None:
    ours, theirs = patreon.join(mina), patreon.join(mina, campaign=patreon.other_campaign)
    creator = patreon.creator_token
    body = read(api, f"members/{ours.id}", creator, include="user,campaign").json()
    assert body["data"]["relationships"]["user"]["data"]["id"] == mina.id
    assert words(read(api, f"members/{theirs.id}", creator)) == (404, "ResourceMissing")
    assert words(read(api, "campaigns/777/members", creator)) == (404, "ResourceMissing")
    for token in ("another", token_of(api, mina)):
        assert words(read(api, f"members/{ours.id}", token)) == (401, "Unauthorized")


def test_members_come_page_by_page(api: httpx.Client, patreon: Patreon) -> None:
    for number in range(5):
        patreon.join(patreon.person(f"Patron {number}"))
    seen: list[str] = []
    params = {"page_count": "2"}
    while True:
        body = read(api, "campaigns/4242/members", patreon.creator_token, **params).json()
        seen += [each["id"] for each in body["data"]]
        assert body["meta"]["pagination"]["total"] == 5
        cursor = body["meta"]["pagination"]["cursors"]["next"]
        if not cursor:
            break
        params["page_cursor"] = cursor
    assert seen == list(patreon.members)


@pytest.mark.parametrize(
    "params",
    [
        {"include": "tiers"},
        {"fields_member": "patron_status,mood"},
        {"fields_tier": "title"},
        {"page_count": "0"},
        {"page_count": "1001"},
        {"page_cursor": "nowhere"},
        {"sort": "id"},
    ],
)
def test_what_is_not_known_is_refused(api: httpx.Client, patreon: Patreon, params: dict[str, str]) -> None:
    answer = read(api, "campaigns/4242/members", patreon.creator_token, **params)
    assert words(answer) == (400, "ParameterInvalid")


def test_a_client_that_does_not_say_what_it_is_is_dropped(api: httpx.Client) -> None:
    api.headers["User-Agent"] = ""
    assert api.get("/api/oauth2/v2/identity").status_code == 403


def test_webhooks_are_signed_over_their_bytes(patreon: Patreon, mina: Person) -> None:
    member = patreon.join(mina)
    create, pledge = patreon.hooks
    assert (create.event, pledge.event) == ("members:create", "members:pledge:create")
    expected = hmac.new(patreon.webhook_secret.encode(), create.body, hashlib.md5).hexdigest()
    assert create.headers()["X-Patreon-Signature"] == expected
    body = json.loads(create.body)
    assert (body["data"]["id"], body["data"]["relationships"]["user"]["data"]["id"]) == (member.id, mina.id)
    assert "email" not in body["data"]["attributes"]


def test_a_pledge_that_ends_is_an_update_once_something_was_paid(patreon: Patreon, mina: Person) -> None:
    patreon.join(mina)
    patreon.cancel(mina)
    assert [hook.event for hook in patreon.hooks[-2:]] == ["members:pledge:delete", "members:update"]
    other = patreon.person("Tomás Rey")
    patreon.join(other, charged=None)
    patreon.cancel(other)
    assert patreon.hooks[-1].event == "members:delete"
    assert patreon.membership(other) is None


def test_a_site_of_this_machine_that_somebody_connects_to_gets_the_webhooks(
    api: httpx.Client, patreon: Patreon, mina: Person
) -> None:
    code_of(api, mina)
    assert patreon.webhook_uri == ""
    code_of(api, mina, redirect_uri="http://localhost:8123/patreon/callback")
    assert patreon.webhook_uri == "http://localhost:8123/billing/patreon/webhook"


def test_the_levers_do_what_people_do(api: httpx.Client, patreon: Patreon, mina: Person) -> None:
    assert "Pledge $5" in api.get("/").text
    assert api.post("/", data={"person": mina.id, "act": "join"}).status_code == 303
    assert "active_patron, $5.00 a month, Paid" in api.get("/").text
    assert api.post("/", data={"person": mina.id, "act": "decline"}).status_code == 303
    member = patreon.membership(mina)
    assert member is not None
    assert member.patron_status == "declined_patron"
    assert api.post("/", data={"person": mina.id, "act": "explode"}).status_code == 400
    assert api.post("/", data={"person": patreon.person("Nobody").id, "act": "refund"}).status_code == 400

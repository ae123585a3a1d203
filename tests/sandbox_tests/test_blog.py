"""The pretend blogs keep to the IndieAuth living standard and to the Micropub Recommendation."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.sandbox import Sandbox, World
from tests.sandbox.blog.network import Blog

CLIENT, BACK = "https://unroller.example/blogs/client", "https://unroller.example/blogs/callback"
VERIFIER = "v" * 60
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ASK = {
    "response_type": "code",
    "client_id": CLIENT,
    "redirect_uri": BACK,
    "state": "s",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "scope": "create update media",
}
ENTRY = {"type": ["h-entry"], "properties": {"content": [{"html": "<p>Fog.</p>"}], "mp-slug": ["fog"]}}


@pytest.fixture
def harbour(world: World, sandbox: Sandbox) -> Blog:
    return world.blogs["harbour"]


def agreed(blog: Blog, **changes: str) -> str:
    """The code that comes back once the owner agreed."""
    asked = httpx.get(f"{blog.address}auth", params=ASK | changes)
    assert asked.status_code == 200, asked.text
    name = next(iter(blog.oauth.asks))
    form: dict[str, Any] = {"ask": name, "do": "allow", "scope": (ASK | changes)["scope"].split()}
    back = httpx.post(f"{blog.address}auth", data=form).headers["Location"]
    answer = parse_qs(urlsplit(back).query)
    assert (answer["state"], answer["iss"]) == (["s"], [blog.address])
    return answer["code"][0]


def redeemed(blog: Blog, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": CLIENT,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    return httpx.post(f"{blog.address}token", data=form | changes)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"response_type": "id"},
        {"state": ""},
        {"client_id": "https://10.0.0.1/"},
        {"client_id": "https://unroller.example"},
        {"redirect_uri": "https://other.example/"},
    ],
    ids=str,
)
def test_a_request_that_is_not_in_order_gets_no_page(harbour: Blog, changes: dict[str, str]) -> None:
    answer = httpx.get(f"{harbour.address}auth", params=ASK | changes)
    assert answer.status_code in {302, 400}
    assert not harbour.oauth.asks


def test_a_code_is_good_once_and_only_with_what_it_was_asked_for(harbour: Blog) -> None:
    for changes in ({"code_verifier": "w" * 60}, {"redirect_uri": f"{BACK}2"}, {"client_id": f"{CLIENT}2"}):
        assert redeemed(harbour, agreed(harbour), **changes).json()["error"] == "invalid_grant"
    code = agreed(harbour)
    given = redeemed(harbour, code).json()
    assert (given["me"], given["scope"], given["token_type"]) == (harbour.address, "create update media", "Bearer")
    assert redeemed(harbour, code).json()["error"] == "invalid_grant"
    assert redeemed(harbour, agreed(harbour, scope="")).json()["error"] == "invalid_grant"


def test_a_refresh_token_is_good_once_and_revoking_ends_both(harbour: Blog) -> None:
    given = redeemed(harbour, agreed(harbour)).json()
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": CLIENT}
    renewed = httpx.post(f"{harbour.address}token", data=form).json()
    assert httpx.post(f"{harbour.address}token", data=form).json()["error"] == "invalid_grant"
    asked = {"q": "config"}
    assert httpx.get(f"{harbour.address}micropub", params=asked, headers=bearer(given["access_token"])).is_error
    headers = bearer(renewed["access_token"])
    assert httpx.get(f"{harbour.address}micropub", params=asked, headers=headers).json()["media-endpoint"]
    for token in (renewed["refresh_token"], "nobody's"):
        assert httpx.post(f"{harbour.address}revoke", data={"token": token}).status_code == 200
    assert httpx.get(f"{harbour.address}micropub", params=asked, headers=headers).status_code == 401


def test_entries_are_created_changed_and_told(harbour: Blog) -> None:
    headers, endpoint = bearer(redeemed(harbour, agreed(harbour)).json()["access_token"]), f"{harbour.address}micropub"
    made = httpx.post(endpoint, json=ENTRY, headers=headers)
    url = made.headers["Location"]
    assert (made.status_code, url) == (201, f"{harbour.address}posts/fog")
    change = {"action": "update", "url": url, "replace": {"content": ["Sun."]}, "add": {"category": ["sea"]}}
    assert httpx.post(endpoint, json=change, headers=headers).status_code == 204
    told = httpx.get(endpoint, params={"q": "source", "url": url}, headers=headers).json()
    assert told == {"type": ["h-entry"], "properties": {"content": ["Sun."], "category": ["sea"]}}
    listed = httpx.get(endpoint, params={"q": "source"}, headers=headers).json()["items"]
    assert listed[0]["properties"]["url"] == [url]
    assert "Sun." in httpx.get(url).text


@pytest.mark.parametrize(
    "body",
    [
        {"type": "h-entry", "properties": {"content": ["a"]}},
        {"type": ["h-entry"], "properties": {"content": "a"}},
        {"type": ["h-entry"], "properties": {"content": [{"text": "a"}]}},
        {"type": ["h-entry"], "properties": {"content": ["a"], "published": ["2026-03-01"]}},
        {"type": ["h-entry"], "properties": {"content": ["a"], "category": []}},
        {"type": ["h-entry"], "properties": {"content": ["a"]}, "name": "a"},
        {"action": "update", "url": "http://elsewhere.example/", "replace": {"content": ["a"]}},
        {"action": "publish"},
        [],
    ],
    ids=str,
)
def test_what_is_no_entry_is_refused(harbour: Blog, body: Any) -> None:
    headers = bearer(redeemed(harbour, agreed(harbour)).json()["access_token"])
    answer = httpx.post(f"{harbour.address}micropub", json=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_token_does_what_it_is_for_and_no_more(harbour: Blog) -> None:
    endpoint = f"{harbour.address}micropub"
    assert httpx.post(endpoint, json=ENTRY).json()["error"] == "unauthorized"
    only_media = bearer(redeemed(harbour, agreed(harbour, scope="media")).json()["access_token"])
    refused = httpx.post(endpoint, json=ENTRY, headers=only_media)
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    drafts = bearer(redeemed(harbour, agreed(harbour, scope="draft")).json()["access_token"])
    httpx.post(endpoint, json=ENTRY, headers=drafts)
    assert harbour.entries[0].is_draft


def test_files_come_in_one_part_and_are_shown(harbour: Blog) -> None:
    headers = bearer(redeemed(harbour, agreed(harbour)).json()["access_token"])
    made = httpx.post(f"{harbour.address}media", files={"file": ("a.png", b"\x89PNG", "image/png")}, headers=headers)
    assert made.status_code == 201
    assert httpx.get(made.headers["Location"]).content == b"\x89PNG"
    other = httpx.post(f"{harbour.address}media", files={"photo": ("a.png", b"a", "image/png")}, headers=headers)
    assert other.status_code == 400


@pytest.mark.usefixtures("sandbox")
def test_each_blog_is_found_in_its_own_way(world: World) -> None:
    pages = {name: httpx.get(blog.address) for name, blog in world.blogs.all.items()}
    assert 'rel="indieauth-metadata"' in pages["harbour"].headers["Link"]
    assert 'rel="indieauth-metadata"' in pages["garden"].text
    assert 'rel="authorization_endpoint"' in pages["attic"].text
    assert "micropub" not in pages["shed"].headers["Link"]
    assert "rel=" not in pages["wall"].text.replace('rel="icon"', "")
    assert httpx.get(f"{world.blogs['attic'].address}metadata").status_code == 404
    assert httpx.get(f"{world.blogs['harbour'].address}metadata").json()["issuer"] == pages["harbour"].url
    assert httpx.get(f"{world.ground.addresses.blog}/").status_code == 200

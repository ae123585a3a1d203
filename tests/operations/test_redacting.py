"""Secrets are taken out, and ordinary words stay."""

import time

import pytest

from accounts import tokens
from unroller.redacting import HIDDEN, Redactor

LINK = "qX3v_Y0mX0b1cUwJ7m0w3sT-9aB2dE4fG6hI8jK0lM1"
UUID = "0b9ce1a2-5a1c-4c8e-9d6f-3a2b1c0d9e8f"
REDACTOR = Redactor({"the-key-of-this-site", "pass word", ""})


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("{'authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz"),
        ("asked with Bearer AAAA%2Fbbbb_cccc.dddd", "bbbb_cccc"),
        ("Cookie: sessionid=abc123; csrftoken=def456", "def456"),
        ("Set-Cookie: sessionid=abc123; Path=/", "abc123"),
        ('{"access_token": "AbC-123", "scope": "read"}', "AbC-123"),
        ("refresh_token=AbC123&grant_type=x", "AbC123"),
        ("client_secret=hunter22", "hunter22"),
        ("password: 'correct horse'", "correct"),
        ("GET /blogs/callback?code=SplxlOBeZQQ&state=xyzzy", "SplxlOBeZQQ"),
        ("GET /blogs/callback?code=SplxlOBeZQQ&state=xyzzy", "xyzzy"),
        ("GET /premium/done?session_id=cs_test_a1B2c3", "a1B2c3"),
        ("GET /unsubscribe?email=bob%40example.org", "bob%40example.org"),
        (f"GET /private/{LINK} 200", LINK),
        (f"GET /gift-file/{LINK}", LINK),
        (f"https://unroller.example/authors-rights/ask/{LINK}?x=1", LINK),
        (f"GET /feed/{UUID} 200", UUID),
        (f"POST /mail/stop/{UUID}", UUID),
        (f"/mail/weekly/{UUID}", UUID),
        (f"/mail/refuse/{'a1' * 32}:{'k' * 43}", "k" * 43),
        ("/accounts/confirm-email/MQ:1sZ:abcdef/", "MQ:1sZ:abcdef"),
        ("postgresql://unroller:s3cr3t@db.internal:5432/unroller", "s3cr3t"),
        ("redis://:s3cr3t@10.0.0.5:6379/0", "s3cr3t"),
        ("smtp://me:s3cr3t@mail.example", "s3cr3t"),
        ("key sk_live_51AbCdEf is refused", "51AbCdEf"),
        ("whsec_abcdef012345", "abcdef012345"),
        (f"token {tokens.sown('seed')} is unknown", tokens.sown("seed")),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJzdWIiOiIxIn0"),
        ("signed with the-key-of-this-site, wrongly", "the-key-of-this-site"),
        ("a pass word in words", "pass word"),
    ],
)
def test_a_secret_is_hidden(text: str, secret: str) -> None:
    said = REDACTOR.text(text)
    assert secret not in said
    assert HIDDEN in said


@pytest.mark.parametrize(
    "text",
    [
        "GET /thread/x/1585341984679469056 200 in 0.034 s",
        "GET /thread/bluesky/did:plc:z72i7hdynmk6r22z27h6tvur/3kowrpnsfhs2e 200",
        "Task unroller.fetch[0b9ce1a2-5a1c-4c8e-9d6f-3a2b1c0d9e8f] succeeded in 0.2s: None",
        "status_code=200 exit code: 1",
        "event evt_1: signature does not match",
        "/media/fW1/aHR0cHM6Ly8",
        "/unroll/0b9ce1a2-5a1c-4c8e-9d6f-3a2b1c0d9e8f",
        "https://example.org/a@b",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert REDACTOR.text(text) == text


def test_values_are_looked_through_by_name_and_by_word() -> None:
    found = REDACTOR.value(
        {
            "headers": {"Cookie": "a=b", "Accept": "text/html"},
            "list": [f"/private/{LINK}", 7],
            "code": "K4QXTM",
            "http.query": "email=bob%40example.org",
            "n": None,
        }
    )
    assert found == {
        "headers": {"Cookie": HIDDEN, "Accept": "text/html"},
        "list": [f"/private/{HIDDEN}", 7],
        "code": HIDDEN,
        "http.query": HIDDEN,
        "n": None,
    }


def test_where_nobody_is_to_be_named_addresses_go_too() -> None:
    words = "Key (email)=(Bob.Smith+x@mail.example.org) exists; @alice@wool.example asked at 10:04"
    said = Redactor(nobody=True).text(words)
    assert said == f"Key (email)=({HIDDEN}) exists; @{HIDDEN} asked at 10:04"
    assert REDACTOR.text(words) == words


def test_what_refers_to_itself_ends() -> None:
    turning: dict[str, object] = {}
    turning["again"] = turning
    assert HIDDEN in repr(REDACTOR.value(turning))


@pytest.mark.parametrize(
    "piece", ["token", "a-", "eyJaaaaaaaa", "cookie:", "x://", "/accounts/", "Bearer ", "?code=", "a@b."]
)
def test_a_long_hostile_line_takes_no_time(piece: str) -> None:
    began = time.process_time()
    Redactor({"the-key-of-this-site"}, nobody=True).text(piece * (100_000 // len(piece)))
    assert time.process_time() - began < 2

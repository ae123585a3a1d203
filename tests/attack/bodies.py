"""Bodies as nobody's browser sends them: every encoding, every kind of value, half of them broken."""

import json
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

BOUNDARY = "-----------------------------7e4"
NONSENSE = (
    "",
    " ",
    "0",
    "-1",
    "1",
    "9" * 25,
    "-" + "9" * 400,
    "1e999",
    "NaN",
    "²",
    "٣",
    "\x00",
    "a\x00b",
    "\ud800",
    "\u202e\u2066x",
    "a\r\nBcc: victim@example.com",
    "a" * 5_000,
    "é" * 70_000,
    "null",
    "[]",
    "{}",
    "true",
    "../../etc/passwd",
    "//evil.example/",
    "/\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "http://[::1",
    "https://x.com/zoe/status/" + "9" * 19,
    "https://bsky.app/profile/\x00/post/x",
    "https://" + "a." * 200 + "example/@a/1",
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "' OR 1=1 --",
    "%00",
    "%s%n",
    "00000000-0000-0000-0000-000000000000",
    "2026-02-30T25:61:61Z",
    "me@example.com",
    '"\n"@example.com',
    "a@" + "b" * 300,
    "xn--\u00e9",
)


class Body(NamedTuple):
    """What is sent, and as what."""

    kind: str
    data: bytes


values = st.one_of(st.sampled_from(NONSENSE), st.text(max_size=60))


def encoded(value: str) -> bytes:
    """UTF-8, lone surrogates as some programs write them."""
    return value.encode("utf-8", "surrogatepass")


def pairs(names: Sequence[str], known: Sequence[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Fields, some of them twice, some of them with what would be right; and a field that nobody knows."""
    name = st.sampled_from([*names, *names, *names, "nobody-knows-it", "a\x00b", "x[]"])
    value = st.one_of(values, values, st.sampled_from(known)) if known else values
    return st.lists(st.tuples(name, value), max_size=8)


def bodies(names: Sequence[str], known: Sequence[str] = ()) -> st.SearchStrategy[Body]:
    """Bodies with these fields; `known` are values that somebody has."""
    given = pairs(names, known)
    return st.one_of(
        given.map(as_form),
        given.map(as_form),
        given.map(as_multipart),
        st.tuples(given, st.integers(0, 400)).map(lambda both: cut(as_multipart(both[0]), both[1])),
        given.map(as_json),
        st.binary(max_size=200).map(lambda data: Body("application/x-www-form-urlencoded", data)),
        st.binary(max_size=200).map(lambda data: Body(f"multipart/form-data; boundary={BOUNDARY}", data)),
        st.sampled_from(("text/plain", "multipart/form-data", "multipart/form-data; boundary=\x00", "", "é/é")).map(
            lambda kind: Body(kind, b"url=1&url=2")
        ),
    )


def as_query(fields: Sequence[tuple[str, str]]) -> str:
    """For an address."""
    return "&".join(
        f"{quote_from_bytes(encoded(name))}={quote_from_bytes(encoded(value[:1500]))}" for name, value in fields
    )


def as_form(fields: Sequence[tuple[str, str]]) -> Body:
    text = "&".join(f"{quote_from_bytes(encoded(name))}={quote_from_bytes(encoded(value))}" for name, value in fields)
    return Body("application/x-www-form-urlencoded", text.encode())


def as_multipart(fields: Sequence[tuple[str, str]]) -> Body:
    """Every second field is a file."""
    parts = []
    for number, (name, value) in enumerate(fields):
        named = encoded(name).replace(b'"', b"%22").replace(b"\n", b"")
        file = b'; filename="../\xff<a>.zip"\r\nContent-Type: text/csv; charset=nonsense' if number % 2 else b""
        parts.append(
            b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
            % (
                BOUNDARY.encode(),
                named,
                file,
                encoded(value),
            )
        )
    return Body(f"multipart/form-data; boundary={BOUNDARY}", b"".join(parts) + f"--{BOUNDARY}--\r\n".encode())


def as_json(fields: Sequence[tuple[str, str]]) -> Body:
    return Body("application/json", json.dumps(dict(fields)).encode())


def cut(body: Body, length: int) -> Body:
    """It ends in the middle."""
    return Body(body.kind, body.data[:length])

"""What networks and blogs answered, kept once, and played again with a few of the answers spoiled."""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import IO, Any, NamedTuple

from hypothesis import strategies as st

from tests.attack.mutations import Spoiled, at, spoiled
from tests.sources.keyless_nonsense import places, put
from unroller.core.errors import TooLarge
from unroller.sources.http import MOST_BYTES, Answer, Http

STATUSES = (200, 200, 200, 201, 204, 302, 400, 401, 402, 403, 404, 410, 429, 500, 503)
TOLD = ("location", "link", "retry-after", "x-rate-limit-reset", "content-type", "www-authenticate")
"""Headers that somebody reads."""


class Kept(NamedTuple):
    """A question and its answer."""

    method: str
    url: str
    answer: Answer


class Tape(Http):
    """Keeps what a real client is answered, until it plays: then the network is asked no more."""

    def __init__(self, real: Http) -> None:
        self._real = real
        self._plays = False
        self.kept: list[Kept] = []
        self._answers: list[Answer] = []
        self._left: list[int] = []

    def play(self, broken: list[Answer]) -> None:
        """From the beginning, with these answers in the place of those that were kept."""
        self._plays, self._answers, self._left = True, broken, list(range(len(broken)))

    def base(self, host: str) -> str:
        return self._real.base(host)

    def check(self, url: str) -> None:
        self._real.check(url)

    def close(self) -> None:
        self._real.close()

    def get(self, url: str, **asked: Any) -> Answer:
        return self._answer("GET", url) if self._plays else self._keep("GET", url, self._real.get(url, **asked))

    def send(self, method: Any, url: str, body: bytes, **asked: Any) -> Answer:
        if self._plays:
            return self._answer(method, url)
        return self._keep(method, url, self._real.send(method, url, body, **asked))

    def download(self, url: str, into: IO[bytes], *, most_bytes: int, total_seconds: float) -> Answer:
        if self._plays:
            answer = self._answer("GET", url)
            into.write(answer.body)
            return answer._replace(body=b"")
        answer = self._real.download(url, into, most_bytes=most_bytes, total_seconds=total_seconds)
        into.seek(0)
        self._keep("GET", url, answer._replace(body=into.read()))
        return answer

    def _keep(self, method: str, url: str, answer: Answer) -> Answer:
        self.kept.append(Kept(method, url, answer))
        return answer

    def _answer(self, method: str, url: str) -> Answer:
        """The next answer to this question, or else to any of its kind; the last one again and again. Checks addresses
        as the real client does, since an answer may have named them."""
        self._real.check(url)
        here = [
            number for number, kept in enumerate(self.kept) if kept.method == method and _place(kept.url) == _place(url)
        ]
        left = [number for number in here if number in self._left]
        if left:
            self._left.remove(left[0])
        if not here:
            return Answer(404, {}, b'{"error": "NotFound"}', url)
        answer = self._answers[(left or here[-1:])[0]]
        if len(answer.body) > MOST_BYTES:
            raise TooLarge(url)
        return answer._replace(url=url)


def spoilings(tape: Tape) -> st.SearchStrategy[list[Answer]]:
    """The answers of a tape, up to four places in them spoiled, and perhaps one status."""
    documents = [_document(kept.answer) for kept in tape.kept]
    status = st.tuples(st.integers(0, len(documents) - 1), st.sampled_from((None, None, None, *STATUSES)))
    return st.builds(lambda bad, other: _answers(tape, bad, *other), spoiled(documents), status)


def with_things(tape: Tape) -> Iterator[list[Answer]]:
    """The answers of a tape with a thing, or a list, in the place of one text after the other."""
    documents = [_document(kept.answer) for kept in tape.kept]
    for path in places(documents):
        if "headers" not in path and isinstance(at(documents, path), str | int):
            changed = copy.deepcopy(documents)
            put(changed, path, {"a": {}} if len(path) % 2 else [{}])
            yield _answers(tape, Spoiled(changed), 0, None)


def _place(url: str) -> str:
    """Without what differs from question to question."""
    return url.partition("?")[0]


def _document(answer: Answer) -> dict[str, Any]:
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = answer.body.decode("utf-8", "replace")
    return {"headers": {name: value for name, value in answer.headers.items() if name in TOLD}, "body": body}


def _answers(tape: Tape, bad: Spoiled, other: int, status: int | None) -> list[Answer]:
    given = bad.document if isinstance(bad.document, list) else []
    made = []
    for number, kept in enumerate(tape.kept):
        told = given[number] if number < len(given) else None
        code = status if status and number == other else kept.answer.status
        made.append(_made(kept.answer, told if isinstance(told, dict) else {"body": told}, code))
    return made


def _made(old: Answer, told: dict[str, Any], status: int) -> Answer:
    headers: Mapping[str, Any] = told["headers"] if isinstance(told.get("headers"), dict) else {}
    sound = {str(name): _header(value) for name, value in headers.items()}
    was_text = isinstance(_document(old)["body"], str)
    body = told.get("body")
    words = body if was_text and isinstance(body, str) else json.dumps(body, default=str)
    return Answer(status, sound, words.encode("utf-8", "surrogatepass"), old.url)


def _header(value: Any) -> str:
    """As far as HTTP can say it."""
    return "".join(each for each in str(value)[:8_000] if each.isprintable() and ord(each) < 256)

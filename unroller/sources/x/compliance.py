"""Asking X which posts are gone: its compliance jobs, which are free, and plain lookups where there are none.

A job is a list of ids that X holds against what is still there: it is begun under a name, the list goes to an address
that X tells, and some time later the answer lies at another one. X runs one job at a time.
"""

import json
import tempfile
from collections.abc import Collection, Iterable
from typing import IO, Literal, NamedTuple, get_args

from unroller.core.errors import BadAnswer, Later, NotConfigured, OutOfCredits, UnrollError
from unroller.sources.fields import record
from unroller.sources.recording import Exchange, Recorder
from unroller.sources.x.gathered import paid
from unroller.sources.x.payload import Json, objects, post_id, string
from unroller.sources.x.problems import Why, problem, refusal, withheld
from unroller.sources.x.vocabulary import Vocabulary

BUCKET = "x-jobs"
"""Not one of `x:`, since jobs cost nothing: they go on when the day's paid reads are used up."""
MOST_ID = 40
MOST_RESULT = 64 * 1024 * 1024
"""Bytes of one answer: 200 for each id of a list of 100,000, three times over."""
STORE_SECONDS = 90.0
"""For a list that goes up, and for one that comes down."""
LAPSED = frozenset({400, 401, 403, 404, 410, 412})
"""What a store says to an address that is signed no longer, or was used."""
MOST_LINE = 4_000
PAGE = 100
"""Ids that one lookup takes."""

Status = Literal["created", "in_progress", "complete", "failed", "expired"]
REASONS = {
    "deleted": "deleted",
    "suspended": "suspended",
    "protected": "protected",
    "deactivated": "deactivated",
    "scrub_geo": "",
}
"""X's words, and ours; empty where nothing is to be done, since no places are kept. Any other is a deletion: whatever
the reason, X asks for one."""
SEEN: dict[Why, str] = {
    "gone": "deleted",
    "protected": "protected",
    "suspended": "suspended",
    "withheld": "withheld",
    "unavailable": "withheld",
}


class NotEntitled(NotConfigured):
    """This app's plan at X has no compliance jobs."""


class JobOver(Later):
    """X knows nothing of the job any more, or will not finish it: a new one is needed."""


class Inquest(NamedTuple):
    """A job as X tells of it; `name` is ours."""

    id: str
    name: str
    status: Status
    upload_url: str
    download_url: str


class Looked(NamedTuple):
    """What a lookup told: id → reason of those that are gone, and how many paid reads it cost."""

    gone: dict[str, str]
    cost: int


class Compliance:
    """The jobs, over one recording. Every method raises UnrollError: RateLimited and OutOfCredits as the recorder does,
    NotEntitled where X has no jobs for us, Unreachable and BadAnswer where nothing is known of what X did."""

    def __init__(self, web: Recorder, address: str, bearer: str) -> None:
        self._web = web
        self._address = f"{address.rstrip('/')}/2/compliance/jobs"
        self._headers = {"Authorization": f"Bearer {bearer}"}

    def create(self, name: str) -> Inquest:
        """Begins a job, once: who does not learn of it finds it by its name, and who may list jobs may begin them.
        Raises BadAnswer while X runs another one."""
        body = json.dumps({"type": "tweets", "name": name}).encode()
        headers = {**self._headers, "Content-Type": "application/json"}
        try:
            return _one(self._told(self._web.tell(self._address, body, bucket=BUCKET, headers=headers)))
        except NotEntitled as error:
            raise BadAnswer(str(error)) from error

    def named(self, name: str) -> Inquest | None:
        """The youngest job of this name that may still be of use."""
        told = self._told(self._web.ask(self._address, {"type": "tweets"}, bucket=BUCKET, headers=self._headers))
        found = [job for each in objects(told.get("data")) if (job := _inquest(each)) and job.name == name]
        living = [job for job in found if job.status not in {"failed", "expired"}]
        return max(living, key=lambda job: (len(job.id), job.id), default=None)

    def look(self, number: str) -> Inquest:
        """How far a job is. Raises JobOver when X does not know it."""
        exchange = self._web.ask(f"{self._address}/{number}", bucket=BUCKET, headers=self._headers)
        self._web.forget(exchange)
        if exchange.status == 404:
            raise JobOver(f"X does not know job {number}")
        return _one(self._told(exchange))

    def upload(self, job: Inquest, ids: Iterable[str]) -> None:
        """Hands the list in. Raises JobOver when the address takes it no longer."""
        body, headers = "\n".join(ids).encode(), {"Content-Type": "text/plain"}
        http = self._web.http
        answer = http.send("PUT", job.upload_url, body, headers=headers, most_bytes=0, total_seconds=STORE_SECONDS)
        if answer.status in LAPSED:
            raise JobOver(f"the list is refused with {answer.status}")
        if not 200 <= answer.status < 300:
            raise BadAnswer(f"status {answer.status} to a list")

    def download(self, job: Inquest) -> dict[str, str]:
        """id → reason of posts that are to be deleted. Raises JobOver when the answer is not there any more."""
        with tempfile.TemporaryFile() as file:
            http = self._web.http
            answer = http.download(job.download_url, file, most_bytes=MOST_RESULT, total_seconds=STORE_SECONDS)
            if answer.status in LAPSED:
                raise JobOver(f"the answer is refused with {answer.status}")
            if answer.status != 200:
                raise BadAnswer(f"status {answer.status} for an answer")
            file.seek(0)
            return dict(filter(None, map(_gone, _lines(file))))

    def _told(self, exchange: Exchange) -> Json:
        if exchange.status in {200, 201} and isinstance(exchange.body, dict):
            return exchange.body
        error = refusal(exchange.status, exchange.body)
        if isinstance(error, OutOfCredits):
            self._web.break_circuit(BUCKET)
        raise NotEntitled(str(error)) if exchange.status == 403 and isinstance(error, NotConfigured) else error


def look_up(web: Recorder, address: str, bearer: str, ids: Collection[str], *, vocabulary: Vocabulary) -> Looked:
    """Which of at most 100 posts X no longer shows; each one shown is a paid read. Raises UnrollError.

    What X neither shows nor explains is not taken for gone.
    """
    query = {"ids": ",".join(ids), vocabulary.parameter: "id,withheld"}
    headers = {"Authorization": f"Bearer {bearer}"}
    exchange = web.ask(f"{address.rstrip('/')}/2/tweets", query, bucket="x:lookup", headers=headers)
    if exchange.status != 200 or not isinstance(exchange.body, dict):
        raise _counted(web, refusal(exchange.status, exchange.body))
    problems = filter(None, map(problem, objects(exchange.body.get("errors"))))
    shown = objects(exchange.body.get("data"))
    gone = {found.id: SEEN[found.why] for found in problems if found.of == "post"}
    gone |= {string(post, "id"): "withheld" for post in shown if withheld(post)}
    web.spend("x", cost := paid(exchange.body))
    return Looked({key: why for key, why in gone.items() if key in ids}, cost)


def _counted(web: Recorder, error: UnrollError) -> UnrollError:
    if isinstance(error, OutOfCredits):
        web.break_circuit("x:lookup")
    return error


def _one(body: Json) -> Inquest:
    found = _inquest(record(body.get("data")))
    if found is None:
        raise BadAnswer("no job in X's answer")
    return found


def _inquest(told: Json) -> Inquest | None:
    """None for what has no id or no state that is known."""
    number, status = string(told, "id"), string(told, "status")
    if not number.isalnum() or len(number) > MOST_ID or status not in get_args(Status):
        return None
    return Inquest(
        id=number,
        name=string(told, "name"),
        status=status,  # type: ignore[arg-type]  # held against the names above
        upload_url=string(told, "upload_url"),
        download_url=string(told, "download_url"),
    )


def _lines(file: IO[bytes]) -> Iterable[Json]:
    """The objects of NDJSON. Raises BadAnswer where a line is none: then nothing of the answer is believed."""
    while line := file.readline(MOST_LINE):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadAnswer(f"no JSON in an answer: {line[:80]!r}") from error
        if not isinstance(told, dict) or not post_id(told.get("id")):
            raise BadAnswer(f"no post in a line of an answer: {line[:80]!r}")
        yield told


def _gone(told: Json) -> tuple[str, str] | None:
    """A post and why it is to go; None for lines that ask for something else."""
    if told.get("action") != "delete":
        return None
    reason = REASONS.get(string(told, "reason"), "deleted")
    return (string(told, "id"), reason) if reason else None

"""Compliance jobs of the pretend X: the endpoints of its API, and the store that lists go to and come from."""

import json

from ..clock import to_the_second
from ..wire import Json, RefusalError, Request, Response, json_response
from . import problems
from .api import QUARTER_HOUR, rate_headers
from .inquests import Inquest
from .network import XNetwork
from .writing import checked

JOBS_PATH = "/2/compliance/jobs"
LIMIT = 150
LONGEST_NAME = 64
STATES = frozenset({"created", "in_progress", "failed", "complete", "expired"})


class ComplianceApi:
    """With the app's own token: begin a job, list all, look at one."""

    def __init__(self, network: XNetwork) -> None:
        self._network = network

    def __call__(self, request: Request) -> Response:
        rest = request.path.removeprefix(JOBS_PATH)
        kind = f"{request.method} {'one' if rest else 'all'}"
        headers: dict[str, str] = {}
        try:
            if request.headers.get("authorization") != f"Bearer {self._network.bearer_token}":
                raise problems.unauthorized()
            allowance = self._network.windows.take(f"{JOBS_PATH} {kind}", LIMIT, seconds=QUARTER_HOUR)
            headers = rate_headers(LIMIT, allowance.remaining, allowance.reset)
            if not allowance.allowed:
                raise problems.too_many_requests(headers)
            if not self._network.inquests.allowed:
                raise problems.forbidden()
            response = self._answer(request, rest)
        except RefusalError as refusal:
            response = refusal.response
        response.headers = headers | response.headers
        return response

    def _answer(self, request: Request, rest: str) -> Response:
        inquests = self._network.inquests
        if (request.method, rest) == ("POST", ""):
            return self._create(request)
        if (request.method, rest) == ("GET", ""):
            found = [inquests.shown(job) for job in self._listed(request)]
            return json_response({**({"data": found} if found else {}), "meta": {"result_count": len(found)}})
        job = inquests.find(rest.removeprefix("/"))
        if request.method != "GET" or job is None:
            raise RefusalError(Response(404))
        return json_response({"data": inquests.shown(job)})

    def _listed(self, request: Request) -> list[Inquest]:
        """Newest first."""
        if request.first("type") != "tweets":
            raise problems.not_a_value("type", request.first("type") or "", "is not one of [tweets,users]")
        status, inquests = request.first("status"), self._network.inquests
        if status is not None and status not in STATES:
            raise problems.not_a_value("status", status, f"is not one of {sorted(STATES)}")
        return [job for job in reversed(inquests.every) if status in (None, inquests.status(job))]

    def _create(self, request: Request) -> Response:
        try:
            body = json.loads(request.body)
        except ValueError:
            raise problems.not_a_body("The body is not JSON") from None
        found = checked(body, {"type": str, "name": str, "resumable": bool}, "$")
        if found.get("type") != "tweets":
            raise problems.not_a_body("$.type: does not have a value in the enumeration [tweets, users]")
        if len(found.get("name", "")) > LONGEST_NAME:
            raise problems.not_a_body(f"$.name: must be at most {LONGEST_NAME} characters long")
        if self._network.inquests.running():
            raise problems.refused("You can run one batch job at a time.")
        job = self._network.inquests.create(found.get("name", ""))
        return json_response({"data": self._network.inquests.shown(job)})


class ComplianceStore:
    """Signed addresses for each job: `PUT` a list of ids, `GET` what became of them. It asks for no token."""

    def __init__(self, network: XNetwork) -> None:
        self._network = network

    def __call__(self, request: Request) -> Response:
        number, _, what = request.path.removeprefix("/twitter-compliance/").partition("/")
        job = self._network.inquests.find(number)
        signed = request.first("X-Goog-Signature")
        if job is None or "authorization" in request.headers:
            return Response(403)
        if (request.method, what, signed) == ("PUT", "submission", "up"):
            is_text = request.headers.get("content-type") == "text/plain"
            taken = is_text and self._network.inquests.upload(job, request.body.decode().split("\n"))
            return Response(200 if taken else 400)
        if (request.method, what, signed) == ("GET", "delivery", "down"):
            if self._network.inquests.status(job) != "complete":
                return Response(404)
            lines = (json.dumps(line) + "\n" for number in job.ids or () if (line := self._line(number)))
            body = self._network.inquests.answer or "".join(lines).encode()
            return Response(200, body, "application/x-ndjson")
        return Response(403)

    def _line(self, number: str) -> Json | None:
        """What is to be done about a post; None where nothing is, and for what never was one."""
        reason = self._network.inquests.reasons.get(number) or self._why(number)
        if reason is None:
            return None
        now = to_the_second(self._network.ground.clock.now())
        return {"id": number, "action": "delete", "created_at": now, "reason": reason, "redacted_at": now}

    def _why(self, number: str) -> str | None:
        post = self._network.posts.get(int(number)) if number.isdigit() else None
        if post is None:
            return None
        if post.deleted:
            return "deleted"
        if post.author.suspended:
            return "suspended"
        return "protected" if post.author.protected else None

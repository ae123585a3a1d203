"""What the pretend X API has for those who signed in: tokens, themselves, their timelines, and writing."""

from collections.abc import Callable
from urllib.parse import parse_qs

from ..wire import RefusalError, Request, Response, json_response
from . import problems
from .answers import Answer
from .api import OWN_LIMITS, QUARTER_HOUR, XApi, check_parameters, rate_headers, route
from .compliance import JOBS_PATH, ComplianceApi
from .model import Person
from .network import XNetwork
from .oauth import Grant, RefusedError
from .words import read_asked
from .writing import WRITE_LIMIT, WRITE_PATH, WRITE_SCOPES, write

TOKEN_PATH = "/2/oauth2/token"
ME_PATH = "/2/users/me"
ME_LIMIT = 75
ME_SCOPES = frozenset({"users.read", "tweet.read"})
FORM = "application/x-www-form-urlencoded"


class SignedInApi:
    """An `XApi` that also knows people's tokens. They open only what is their own: all else is asked with the app's."""

    def __init__(self, network: XNetwork) -> None:
        self._network = network
        self._rest = XApi(network)
        self._compliance = ComplianceApi(network)

    def __call__(self, request: Request) -> Response:
        if (request.method, request.path) == ("POST", TOKEN_PATH):
            return self._token(request)
        if (request.method, request.path) == ("GET", ME_PATH):
            return self._metered(request, ME_SCOPES, ME_LIMIT, self._me)
        if (request.method, request.path) == ("POST", WRITE_PATH):
            return self._metered(request, WRITE_SCOPES, WRITE_LIMIT, self._write)
        if request.path.startswith(JOBS_PATH):
            return self._compliance(request)
        return self._rest(request, self._own_reader(request))

    def _token(self, request: Request) -> Response:
        try:
            if request.headers.get("content-type", "").partition(";")[0].strip() != FORM:
                raise RefusedError("invalid_request", f"the body is not {FORM}")
            form = parse_qs(request.body.decode(), keep_blank_values=True)
            body = self._network.sign_in.token(form, request.headers.get("authorization", ""))
        except RefusedError as error:
            refusal = {"error": error.error, "error_description": error.description}
            return json_response(refusal, error.status)
        return json_response(body, headers={"Cache-Control": "no-store"})

    def _metered(
        self, request: Request, scopes: frozenset[str], limit: int, answer: Callable[[Grant, Request], Response]
    ) -> Response:
        """Answers whose token is good for these scopes, so often in a quarter of an hour."""
        headers: dict[str, str] = {}
        try:
            grant = self._holder(request, scopes)
            key = f"{request.method} {request.path} {grant.person.id}"
            allowance = self._network.windows.take(key, limit, seconds=QUARTER_HOUR)
            headers = rate_headers(limit, allowance.remaining, allowance.reset)
            if not allowance.allowed:
                raise problems.too_many_requests(headers)
            response = answer(grant, request)
        except RefusalError as refusal:
            response = refusal.response
        response.headers = headers | response.headers
        return response

    def _holder(self, request: Request, scopes: frozenset[str]) -> Grant:
        """Whose token it is. Raises RefusalError, also for the app's own, and for one that was not given enough."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._network.sign_in.holder(token) if scheme == "Bearer" else None
        if grant is None and scheme == "Bearer" and token == self._network.bearer_token and request.method == "POST":
            raise problems.user_token_needed()
        if grant is None:
            raise problems.unauthorized()
        if not grant.ask.scopes >= scopes:
            raise problems.forbidden()
        return grant

    def _own_reader(self, request: Request) -> Person | None:
        """Who reads a timeline of their own with their own token."""
        pattern, number = route(request.path) or ("", "")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._network.sign_in.holder(token) if scheme == "Bearer" else None
        mine = grant is not None and pattern in OWN_LIMITS and grant.person.id == number
        return grant.person if grant is not None and mine and grant.ask.scopes >= ME_SCOPES else None

    def _me(self, grant: Grant, request: Request) -> Response:
        check_parameters(request, frozenset())
        return self._shown(grant, request)

    def _write(self, grant: Grant, request: Request) -> Response:
        if grant.person.suspended:
            raise problems.forbidden()
        return write(self._network, grant.person, request)

    def _shown(self, grant: Grant, request: Request) -> Response:
        asked, person = read_asked(request, self._network.dialect), grant.person
        if person.suspended:
            error = problems.suspended(person.id, person.id, parameter="id", dialect=asked.dialect)
            return json_response({"errors": [error]})
        return json_response(Answer(self._network, asked).people(person))

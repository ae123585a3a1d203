"""What the pretend X API has for those who signed in: the token endpoint and `users/me`, before everything else."""

from urllib.parse import parse_qs

from ..wire import RefusalError, Request, Response, json_response
from . import problems
from .answers import Answer
from .api import QUARTER_HOUR, XApi, check_parameters, rate_headers
from .network import XNetwork
from .oauth import Grant, RefusedError
from .words import read_asked

TOKEN_PATH = "/2/oauth2/token"
ME_PATH = "/2/users/me"
ME_LIMIT = 75
ME_SCOPES = frozenset({"users.read", "tweet.read"})
FORM = "application/x-www-form-urlencoded"


class SignedInApi:
    """An `XApi` that also knows people's tokens. They open `users/me` alone: all else is asked with the app's own."""

    def __init__(self, network: XNetwork) -> None:
        self._network = network
        self._rest = XApi(network)

    def __call__(self, request: Request) -> Response:
        if (request.method, request.path) == ("POST", TOKEN_PATH):
            return self._token(request)
        if (request.method, request.path) == ("GET", ME_PATH):
            return self._me(request)
        return self._rest(request)

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

    def _me(self, request: Request) -> Response:
        headers: dict[str, str] = {}
        try:
            grant = self._holder(request)
            allowance = self._network.windows.take(f"{ME_PATH} {grant.person.id}", ME_LIMIT, seconds=QUARTER_HOUR)
            headers = rate_headers(ME_LIMIT, allowance.remaining, allowance.reset)
            if not allowance.allowed:
                raise problems.too_many_requests(headers)
            check_parameters(request, frozenset())
            response = self._shown(grant, request)
        except RefusalError as refusal:
            response = refusal.response
        response.headers = headers | response.headers
        return response

    def _holder(self, request: Request) -> Grant:
        """Whose token it is. Raises RefusalError, also for a token that may not read people."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._network.sign_in.holder(token) if scheme == "Bearer" else None
        if grant is None:
            raise problems.unauthorized()
        if not grant.ask.scopes >= ME_SCOPES:
            raise problems.forbidden()
        return grant

    def _shown(self, grant: Grant, request: Request) -> Response:
        asked, person = read_asked(request, self._network.dialect), grant.person
        if person.suspended:
            error = problems.suspended(person.id, person.id, parameter="id", dialect=asked.dialect)
            return json_response({"errors": [error]})
        return json_response(Answer(self._network, asked).people(person))

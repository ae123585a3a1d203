"""The door below `/v1/`: who asks, for what, with which parameters; and the answer in Stripe's form."""

import base64
import binascii
import json
import re
from collections.abc import Iterable

from ..wire import Json, Request, Response
from .errors import ApiError, invalid
from .expand import expanded
from .forms import nested, pairs_of, read
from .idempotency import Kept, Keys, digest
from .routes import Call, Operation
from .state import Stripe
from .types import parameters

VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")


class Api:
    """Answers requests. Takes the world's lock itself: calls with one idempotency key must be able to meet outside."""

    def __init__(self, stripe: Stripe, operations: Iterable[Operation]) -> None:
        self._stripe = stripe
        self._operations = tuple(operations)
        self._keys = Keys()

    def __call__(self, request: Request) -> Response:
        request_id = self._stripe.new_id("req")
        headers = {"Request-Id": request_id}
        try:
            self._admit(request)
            headers["Stripe-Version"] = self._version(request)
            operation, ids = self._find(request)
            pairs = pairs_of(request)
            key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
            if not key:
                return self._answered(self._perform(operation, ids, pairs, (request_id, None)), headers)
            return self._once(key, request, (operation, ids, pairs), headers)
        except ApiError as error:
            return self._answered((error.status, as_body({"error": self._refusal(error, request_id)})), headers)

    def _admit(self, request: Request) -> None:
        """401 without our key, which may come as a bearer token or as the name of basic authentication."""
        key = key_of(request.headers.get("authorization", ""))
        if not key:
            raise ApiError(
                401,
                "You did not provide an API key. You need to provide your API key in the Authorization header, using "
                "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            )
        if key != self._stripe.secret_key:
            raise ApiError(401, f"Invalid API Key provided: {key[:8]}{'*' * 8}{key[-4:]}")

    def _version(self, request: Request) -> str:
        version = request.headers.get("stripe-version", self._stripe.API_VERSION)
        if not VERSION.fullmatch(version):
            raise invalid(f"Invalid Stripe API version: {version}")
        return version

    def _find(self, request: Request) -> tuple[Operation, tuple[str, ...]]:
        for operation in self._operations:
            match = operation.pattern.fullmatch(request.path)
            if match and operation.method == request.method:
                return operation, match.groups()
        raise ApiError(
            404,
            f"Unrecognized request URL ({request.method}: {request.path}). Please see https://stripe.com/docs or we "
            "can help at https://support.stripe.com/.",
        )

    def _once(
        self,
        key: str,
        request: Request,
        call: tuple[Operation, tuple[str, ...], list[tuple[str, str]]],
        headers: dict[str, str],
    ) -> Response:
        """A call under an idempotency key."""
        headers["Idempotency-Key"] = key
        asked, now, request_id = (
            digest(request.method, request.path, call[2]),
            self._stripe.now(),
            headers["Request-Id"],
        )
        kept = self._keys.claim(key, asked, now)
        if kept:
            replayed = {"Original-Request": kept.request_id, "Idempotent-Replayed": "true"}
            return self._answered((kept.status, kept.body), headers | replayed)
        answer = None
        try:
            status, body = self._perform(*call, (request_id, key))
            answer = Kept(asked, status, body, request_id, now)
        except ApiError as error:
            if error.stored:
                body = as_body({"error": self._refusal(error, request_id)})
                answer = Kept(asked, error.status, body, request_id, now)
            raise
        finally:
            self._keys.release(key, answer)
        return self._answered((status, body), headers)

    def _perform(
        self, operation: Operation, ids: tuple[str, ...], pairs: list[tuple[str, str]], cause: tuple[str, str | None]
    ) -> tuple[int, bytes]:
        """Checks the parameters and has the operation done, under the world's lock."""
        params = read(nested(pairs), parameters(operation.params) if operation.params else {})
        paths = params.pop("expand", [])
        stripe = self._stripe
        with stripe.ground.lock:
            stripe.tick()
            self._fail_if_asked(operation, ids)
            stripe.request = {"id": cause[0], "idempotency_key": cause[1]}
            try:
                answer = operation.handler(Call(stripe, params, ids))
                return 200, as_body(expanded(stripe, answer, paths))
            finally:
                stripe.request = {"id": None, "idempotency_key": None}

    def _fail_if_asked(self, operation: Operation, ids: tuple[str, ...]) -> None:
        """A 500 of Stripe's own making, which the key remembers as it would remember a success."""
        path = "/v1/" + operation.path.format(*ids)
        for failure in ((operation.method, path), ("", "")):
            if failure in self._stripe.failures:
                self._stripe.failures.remove(failure)
                raise ApiError(500, "An unknown error occurred", type="api_error", stored=True)

    def _refusal(self, error: ApiError, request_id: str) -> Json:
        return {**error.error, "request_log_url": f"https://dashboard.stripe.com/test/logs/{request_id}"}

    def _answered(self, answer: tuple[int, bytes], headers: dict[str, str]) -> Response:
        return Response(answer[0], answer[1], "application/json", headers)


def key_of(authorization: str) -> str:
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(given, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def as_body(answer: Json) -> bytes:
    """Indented, as Stripe writes it."""
    return json.dumps(answer, ensure_ascii=False, indent=2).encode()

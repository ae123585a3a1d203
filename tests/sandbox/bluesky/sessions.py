"""Sessions at the pretend data server: a handle and an app password open one, its refresh token is good once."""

import secrets

from ..clock import Clock
from ..limits import Allowance
from ..wire import Json, RefusalError, Request, json_response

ACCESS_SECONDS = 7200


class Sessions:
    """Who is signed in. Tokens are words of chance; each knows whose it is."""

    def __init__(self, clock: Clock) -> None:
        self.passwords: dict[str, str] = {}
        """App passwords by DID."""
        self._clock = clock
        self._access: dict[str, tuple[str, float]] = {}
        self._refresh: dict[str, str] = {}

    def open(self, did: str) -> Json:
        """A fresh pair of tokens."""
        access, refresh = f"access.{secrets.token_urlsafe(24)}", f"refresh.{secrets.token_urlsafe(24)}"
        self._access[access] = did, self._clock.seconds() + ACCESS_SECONDS
        self._refresh[refresh] = did
        return {"accessJwt": access, "refreshJwt": refresh}

    def renew(self, request: Request) -> str:
        """The DID of a refresh token, which is good no more afterwards. Raises RefusalError."""
        token = bearer(request)
        if token in self._access:
            raise refusal(400, "InvalidToken", "Invalid token type")
        did = self._refresh.pop(token, None)
        if did is None:
            raise refusal(400, "ExpiredToken", "Token has been revoked")
        return did

    def holder(self, request: Request) -> str:
        """The DID of an access token. Raises RefusalError."""
        token = bearer(request)
        if token not in self._access:
            raise refusal(400, "InvalidToken", "Token could not be verified")
        did, until = self._access[token]
        if self._clock.seconds() >= until:
            raise refusal(400, "ExpiredToken", "Token has expired")
        return did


def bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise refusal(401, "AuthMissing", "Authentication Required")
    return token


def refusal(status: int, error: str, message: str) -> RefusalError:
    return RefusalError(json_response({"error": error, "message": message}, status))


def rate_headers(allowance: Allowance, seconds: int) -> dict[str, str]:
    """How the data server tells of a limit, in every answer."""
    return {
        "ratelimit-limit": str(allowance.limit),
        "ratelimit-remaining": str(allowance.remaining),
        "ratelimit-reset": str(allowance.reset),
        "ratelimit-policy": f"{allowance.limit};w={seconds}",
    }

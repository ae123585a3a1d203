"""The bot's sign-in at its data server: an app password once, then a session that renews itself."""

import json

from unroller.core.errors import BadAnswer, NotConfigured
from unroller.sources.bluesky.links import is_did
from unroller.sources.fields import record, string
from unroller.sources.mentioning import Wallet, keep, kept
from unroller.sources.recording import Exchange, Recorder

BUCKET = "bluesky:bot:session"
EXPIRED = frozenset({"ExpiredToken", "InvalidToken"})
JSON_BODY = {"Content-Type": "application/json"}


class Session:
    """Access tokens of the bot."""

    def __init__(self, address: str, handle: str, password: str, wallet: Wallet) -> None:
        self._address = f"{address.rstrip('/')}/xrpc/com.atproto.server."
        self._handle = handle
        self._password = password
        self._wallet = wallet

    def access(self, web: Recorder, *, refused: str = "") -> tuple[str, str]:
        """The bot's DID and a token; another one than `refused`. Raises NotConfigured."""
        found = self._kept(refused)
        if found:
            return found
        with self._wallet.alone():
            return self._kept(refused) or self._renewed(web)

    def _kept(self, refused: str) -> tuple[str, str] | None:
        facts = kept(self._wallet, self._since)
        did, token = string(facts.get("did")), string(facts.get("access"))
        return (did, token) if token and token != refused else None

    def _renewed(self, web: Recorder) -> tuple[str, str]:
        refresh = string(kept(self._wallet, self._since).get("refresh"))
        if refresh:
            headers = {"Authorization": f"Bearer {refresh}"}
            told = web.tell(f"{self._address}refreshSession", b"", bucket=BUCKET, headers=headers)
            if told.status == 200:
                return self._take(told)
        body = json.dumps({"identifier": self._handle, "password": self._password}).encode()
        told = web.tell(f"{self._address}createSession", body, bucket=BUCKET, headers=JSON_BODY)
        if told.status != 200:
            why = string(record(told.body).get("error")) or f"status {told.status}"
            raise NotConfigured(f"{why[:100]}: BLUESKY_BOT_HANDLE or BLUESKY_BOT_PASSWORD is refused")
        return self._take(told)

    def _take(self, told: Exchange) -> tuple[str, str]:
        facts = record(told.body)
        did, access, refresh = (string(facts.get(name)) for name in ("did", "accessJwt", "refreshJwt"))
        if not is_did(did) or not access or not refresh:
            raise BadAnswer("no session in the answer")
        keep(self._wallet, self._since, {"did": did, "access": access, "refresh": refresh})
        return did, access

    @property
    def _since(self) -> str:
        return f"{self._handle} {self._password}"


def is_expired(exchange: Exchange) -> bool:
    """Whether an answer means that the token is to be renewed."""
    return exchange.status == 401 or string(record(exchange.body).get("error")) in EXPIRED

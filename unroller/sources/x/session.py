"""The bot's sign-in to X: OAuth 2 with PKCE; tokens last two hours, what renews them is good once."""

import hashlib
import secrets
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from unroller.core.errors import BadAnswer, NotConfigured
from unroller.sources.fields import count, moment, record, string
from unroller.sources.mentioning import Wallet, keep, kept
from unroller.sources.recording import Exchange, Recorder

SCOPES = "tweet.read tweet.write users.read offline.access"
BUCKET = "x:bot:token"
MARGIN = timedelta(minutes=5)
"""Before its end a token is renewed, so that none ends on the way."""


class Client(NamedTuple):
    """The app of X that the bot acts through; `secret` is empty for a public one."""

    id: str
    secret: str


class Beginning(NamedTuple):
    """A sign-in that began: where to send the operator, and what its end is checked and exchanged with."""

    address: str
    state: str
    verifier: str


def begin(authorize_url: str, client: Client, redirect_uri: str) -> Beginning:
    """Where the operator, signed in to X as the bot, allows it to write."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return Beginning(f"{authorize_url}?{urlencode(query)}", state, verifier)


def code_of(address: str, beginning: Beginning) -> str:
    """The code in the address that X redirected to. Raises NotConfigured when it belongs to another sign-in."""
    try:
        query = parse_qs(urlsplit(address.strip()).query)
    except ValueError as error:
        raise NotConfigured("this is no address") from error
    if query.get("state") != [beginning.state] or not query.get("code"):
        raise NotConfigured(f"no code of this sign-in in the address: {query.get('error', ['another state'])[0]}")
    return query["code"][0]


class Session:
    """Access tokens of the bot. `first`: the refresh token of the settings, with which it all began."""

    def __init__(self, address: str, client: Client, first: str, wallet: Wallet) -> None:
        self._address = f"{address.rstrip('/')}/2/oauth2/token"
        self._client = client
        self._first = first
        self._wallet = wallet

    def access(self, web: Recorder, *, refused: str = "") -> str:
        """A token that X takes; another one than `refused`. Raises NotConfigured when the sign-in is over."""
        found = self._good(refused)
        if found:
            return found
        with self._wallet.alone():
            return self._good(refused) or self._renewed(web)

    def exchange(self, web: Recorder, code: str, verifier: str, redirect_uri: str) -> None:
        """Turns a code, which is good for 30 seconds, into tokens, and keeps them."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        with self._wallet.alone():
            self._take(self._told(web, form))

    def _good(self, refused: str) -> str:
        facts = kept(self._wallet, self._first)
        token, until = string(facts.get("access")), moment(facts.get("until"))
        return token if until and until - MARGIN > datetime.now(UTC) and token != refused else ""

    def _renewed(self, web: Recorder) -> str:
        last = string(kept(self._wallet, self._first).get("refresh"))
        tokens = list(dict.fromkeys(filter(None, (last, self._first))))
        if not tokens:
            raise NotConfigured("X_BOT_REFRESH_TOKEN is empty: sign in with `manage.py bot_connect x`")
        for token in tokens:
            told = self._told(web, {"grant_type": "refresh_token", "refresh_token": token})
            if told.status == 200:
                return self._take(told)
        facts = record(told.body)
        why = string(facts.get("error_description")) or string(facts.get("error")) or f"status {told.status}"
        raise NotConfigured(f"X refuses the bot's refresh token ({why[:200]}): `manage.py bot_connect x` signs in anew")

    def _told(self, web: Recorder, form: dict[str, str]) -> Exchange:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self._client.secret:
            pair = f"{quote(self._client.id, safe='')}:{quote(self._client.secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form = {**form, "client_id": self._client.id}
        return web.tell(self._address, urlencode(form).encode(), bucket=BUCKET, headers=headers)

    def _take(self, told: Exchange) -> str:
        """Keeps new tokens before anybody uses them: the old refresh token is spent. Raises NotConfigured."""
        facts = record(told.body)
        access, refresh = string(facts.get("access_token")), string(facts.get("refresh_token"))
        if told.status != 200:
            raise NotConfigured(f"X refuses the sign-in: {string(facts.get('error_description'))[:200] or told.status}")
        if not access or not refresh:
            raise BadAnswer("no tokens in X's answer; the scope offline.access may be missing")
        until = datetime.now(UTC) + timedelta(seconds=count(facts.get("expires_in")) or 7_200)
        keep(self._wallet, self._first, {"access": access, "refresh": refresh, "until": until.isoformat()})
        return access

"""Secrets, taken out of whatever is written down: log lines, error reports. No framework, so that settings can use it.

Three nets, since each has holes: names that say that a secret follows, addresses of which a part is a secret, and the
values of this site's own secrets, wherever they stand.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "[hidden]"
DEEPEST = 12
"""Levels of an error report that are looked into; what lies deeper is left out whole."""
SHORTEST = 6
"""Characters of a secret of ours: a shorter one would take ordinary words with it."""

_NAME = (
    r"[\w-]*(?:authorization|cookie|token|secret|passw(?:or)?d|passphrase|api[_-]?key|signature|credential|csrf|"
    r"session[_-]?(?:id|key)|otp|dsn)s?"
)
_NAMED = re.compile(
    rf"(?i)(?<![\w-])({_NAME})([\"']?(?:\s?:\s?|=)[bu]?[\"']?)(?:(?:bearer|basic|token)\s+)?([^\s\"',;&}})\]]+)"
)
_QUERY = re.compile(r"(?i)([?&;](?:code|state|key|sig|session_id|email|to|next)=)([^\s&\"'#]+)")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+([A-Za-z0-9._~+/=%-]{8,})")
_LOGIN = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)([^\s/@\"']*)@")
_COOKIES = re.compile(r"(?i)\b((?:set-)?cookie[\"']?\s*[:=]\s*)([^\r\n]+)")
_SHAPED = re.compile(
    r"\b(?:unr_[A-Za-z0-9]{8,}|(?:sk|rk|pk)_(?:live|test)_\w+|whsec_\w+|cs_(?:live|test)_\w+|"
    r"eyJ[\w-]{8,400}\.[\w.-]+)"
)
"""Tokens that are known by their look: our API's, Stripe's keys and payment pages, JSON web tokens."""
_UNGUESSABLE = re.compile(r"(?<=/)(?:[A-Za-z0-9_-]{43}|[0-9a-f]{64}:[\w-]{20,100})(?![\w-])")
"""A part of an address that is a secret by itself: private links, files for friends, wishes, refusals of mail."""
_UUIDS = re.compile(r"(?i)((?:^|[\s\"'/])(?:feed|mail/stop|mail/weekly)/)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The same where the secret is a UUID: personal feeds, and the links that stop mail."""
_KEYS_OF_PEOPLE = re.compile(r"(/accounts/(?:confirm-email|password/reset/key|login/code/confirm)/)[^\s\"'?#]+")
_BARE_NAMES = re.compile(rf"(?i)^(?:{_NAME}|code|codes|key|keys|pin|query_string|(?:http|url)\.(?:query|fragment))$")
_MAILBOX = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
"""An e-mail address, or somebody's on Mastodon."""


class Redactor:
    """What takes secrets out. `known`: values that are secrets of this site, in any text. `nobody`: people's addresses
    go, too."""

    def __init__(self, known: Iterable[str] = (), *, nobody: bool = False) -> None:
        self._nobody = nobody
        values = sorted({value for value in known if len(value) >= SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, values))) if values else None

    def text(self, text: str) -> str:
        """The same words without secrets. Time grows with the length alone."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        text = _LOGIN.sub(rf"\1{HIDDEN}@", text)
        text = _SHAPED.sub(HIDDEN, text)
        text = _COOKIES.sub(rf"\1{HIDDEN}", text)
        text = _BEARER.sub(rf"\1 {HIDDEN}", text)
        text = _NAMED.sub(rf"\1\2{HIDDEN}", text)
        text = _QUERY.sub(rf"\1{HIDDEN}", text)
        text = _UUIDS.sub(rf"\1{HIDDEN}", text)
        text = _KEYS_OF_PEOPLE.sub(rf"\1{HIDDEN}", text)
        text = _UNGUESSABLE.sub(HIDDEN, text)
        return _MAILBOX.sub(HIDDEN, text) if self._nobody else text

    def value(self, value: Any, name: str = "", *, depth: int = 0) -> Any:
        """Anything that JSON can say, without secrets; what a name says is secret goes whole."""
        if _BARE_NAMES.match(name) and value not in (None, "", True, False):
            return HIDDEN
        if depth > DEEPEST:
            return HIDDEN
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.value(each, str(key), depth=depth + 1) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(each, depth=depth + 1) for each in value]
        return value

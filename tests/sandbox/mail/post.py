"""The mail that arrived, in memory and bounded."""

import email.policy
import re
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property

from ..clock import Clock

KEPT_MAILS = 5_000
KEPT_BYTES = 64 << 20
LINK = re.compile(r"https?://[^\s<>\"')\]]+[^\s<>\"')\].,;:!?]")


@dataclass(frozen=True)
class Mail:
    """One mail as it came over the wire; `sender` and `recipients` are the envelope's."""

    number: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        parsed = BytesParser(policy=email.policy.default).parsebytes(self.raw)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"] or "").strip()

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def links(self) -> list[str]:
        """The addresses in the plain text, in order and once each."""
        return list(dict.fromkeys(LINK.findall(self.text)))

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part else ""


class PostOffice:
    """Every mail that was taken, the oldest thrown away beyond a bound; safe to ask while it runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._mails: deque[Mail] = deque()
        self._bytes = 0
        self.total = 0

    def keep(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> Mail:
        with self._lock:
            self.total += 1
            mail = Mail(self.total, self._clock.now(), sender, recipients, raw)
            self._mails.append(mail)
            self._bytes += len(raw)
            while len(self._mails) > KEPT_MAILS or (self._bytes > KEPT_BYTES and len(self._mails) > 1):
                self._bytes -= len(self._mails.popleft().raw)
        return mail

    def mails(self, to: str = "") -> list[Mail]:
        """What arrived, in order; for one address, or for all."""
        with self._lock:
            mails = list(self._mails)
        return [mail for mail in mails if not to or to.lower() in map(str.lower, mail.recipients)]

    def mail(self, number: int) -> Mail | None:
        return next((mail for mail in self.mails() if mail.number == number), None)

    def times(self, message_id: str) -> int:
        """How often the same mail arrived."""
        return sum(mail.message_id == message_id for mail in self.mails())

    def forget(self) -> None:
        with self._lock:
            self._mails.clear()
            self._bytes = 0

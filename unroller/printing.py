"""One mail to many readers: written once with blanks, then stamped with what differs from copy to copy.

To write a mail as MIME takes longer than to send it, and of what a thousand readers get about one thread only the
address, the Message-ID and the tokens differ.
"""

import re
from collections.abc import Mapping
from email import message_from_bytes
from email.message import Message
from typing import Any
from uuid import UUID, uuid4

from django.core.mail import EmailMultiAlternatives

BLANK_ADDRESS = f"{uuid4().hex}@blank.invalid"
PLAIN_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(\.[\w-]+)*", re.ASCII)
"""An address that stands in a header as it is."""


class Written(Message):
    """A mail as Django's backends want it, of which the bytes are there already."""

    def __init__(self, words: bytes) -> None:
        super().__init__()
        self._words = words

    def __getitem__(self, name: str) -> Any:
        return message_from_bytes(self._words)[name]

    def as_bytes(self, *_: Any, linesep: str = "\n", **__: Any) -> bytes:
        return self._words.replace(b"\n", linesep.encode())


class Copy(EmailMultiAlternatives):
    """One reader's copy; `written` are its bytes, or none where it has to be written by itself."""

    written = b""

    def message(self) -> Any:
        return Written(self.written) if self.written else super().message()


class Edition:
    """A mail made for BLANK_ADDRESS, with the random UUIDs `blanks` wherever its copies differ."""

    def __init__(self, mail: EmailMultiAlternatives, blanks: tuple[UUID, ...]) -> None:
        self._mail = mail
        self._written = mail.message().as_bytes()
        html = "".join(str(content) for content, _ in mail.alternatives)
        parts = "\n".join([str(mail.body), html, BLANK_ADDRESS, *mail.extra_headers.values()])
        names = [BLANK_ADDRESS, *map(str, blanks)]
        if any(self._written.count(name.encode()) != parts.count(name) for name in names):
            self._written = b""  # a long line was encoded and broke a blank

    def copy(self, to: str, stamps: Mapping[UUID, UUID]) -> Copy:
        """A mail of its own, with each blank filled."""
        texts = [(str(blank), str(stamp)) for blank, stamp in stamps.items()]
        copy = Copy(
            self._mail.subject,
            _stamped(str(self._mail.body), texts),
            self._mail.from_email,
            [to],
            reply_to=self._mail.reply_to,
            headers={name: _stamped(value, texts) for name, value in self._mail.extra_headers.items()},
        )
        for content, kind in self._mail.alternatives:
            copy.attach_alternative(_stamped(str(content), texts), str(kind))
        if PLAIN_ADDRESS.fullmatch(to):
            copy.written = self._written.replace(BLANK_ADDRESS.encode(), to.encode())
            for blank, stamp in texts:
                copy.written = copy.written.replace(blank.encode(), stamp.encode())
        return copy


def _stamped(text: str, stamps: list[tuple[str, str]]) -> str:
    for blank, stamp in stamps:
        text = text.replace(blank, stamp)
    return text

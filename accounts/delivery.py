"""One mail after the other over one connection, and every failure as one of three: later all, later this one, never.

Failed
├── Away       the server cannot be reached, dropped us, or has something against us: everything later
├── Deferred   this mail later
└── Refused    this mail never; `bounced` when there is no such address
"""

import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from anymail.backends.base import AnymailBaseBackend
from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused, AnymailRequestsAPIError
from django.core.mail import EmailMessage, get_connection

NO_SUCH_ADDRESS = re.compile(r"^5\.(1\.(1|2|3|6|10)|2\.1)\b")
"""The codes of RFC 3463 that speak of the recipient's address. 5.7.x is about us; a bare 550 may mean anything."""
TOO_LARGE = 552
"""Said to MAIL already, when the mail's size is announced there."""
PROVIDERS_OWN = ("Date", "Message-ID")
"""Headers that a provider's API writes itself and may refuse to take."""


class Failed(Exception):
    """The mail is not on its way; the words are the server's."""


class Away(Failed):
    """Try everything later. `answered`: the server said so, it did not just vanish."""

    def __init__(self, reason: str, *, answered: bool = False) -> None:
        super().__init__(reason)
        self.answered = answered


class Deferred(Failed):
    """Try this mail later."""


class Refused(Failed):
    """Do not try this mail again."""

    def __init__(self, reason: str, *, bounced: bool = False) -> None:
        super().__init__(reason)
        self.bounced = bounced


class Outbox:
    """A connection that is opened at the first mail, kept, and opened anew after a failure.

        with Outbox() as outbox:
            outbox.send(message)

    One mail, one recipient.
    """

    def __init__(self) -> None:
        self._connection: Any = get_connection()
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, message: EmailMessage) -> None:
        """Hand over one mail; when this returns, the server has it. Raises Away, Deferred or Refused."""
        if isinstance(self._connection, AnymailBaseBackend):
            for name in PROVIDERS_OWN:
                message.extra_headers.pop(name, None)
        worn = self._sent > 0
        try:
            self._send(message)
        except Away as error:
            # Many servers take only so many mails over one connection; they say so before they took this one.
            if not (worn and error.answered):
                raise
            self._send(message)

    def _send(self, message: EmailMessage) -> None:
        try:
            with _explained():
                self._connection.open()
        except Failed as error:
            self._close()
            raise Away(str(error)) from error
        try:
            with _explained():
                self._connection.send_messages([message])
                _look_at(message)
        except Away:
            self._close()
            raise
        self._sent += 1

    def _close(self) -> None:
        self._sent = 0
        self._connection.close()


def _look_at(message: EmailMessage) -> None:
    """A provider's status that Anymail lets pass. Raises Deferred."""
    status = getattr(message, "anymail_status", None)
    if status and status.status == {"failed"}:
        raise Deferred(f"{message.to}: failed at the provider")


@contextmanager
def _explained() -> Iterator[None]:
    """Errors of SMTP and of the providers' APIs as ours."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise _failed(code, words) from error
    except smtplib.SMTPDataError as error:
        raise _failed(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPResponseException as error:
        if error.smtp_code == TOO_LARGE:
            raise Refused(_line(error.smtp_code, error.smtp_error)) from error
        # Our sender address, our password, our greeting.
        raise Away(_line(error.smtp_code, error.smtp_error), answered=True) from error
    except smtplib.SMTPNotSupportedError as error:  # an address in letters that the server does not know
        raise Refused(str(error)) from error
    except AnymailError as error:
        raise _failed_at_provider(error) from error
    except OSError as error:
        raise Away(str(error) or repr(error)) from error
    except ValueError as error:  # an address or a header that cannot be written
        raise Refused(str(error)) from error


def _failed(code: int, words: bytes | str) -> Failed:
    """What a server's answer to one mail means."""
    line = _line(code, words)
    if code == 421:
        return Away(line, answered=True)
    if code < 500:
        return Deferred(line)
    return Refused(line, bounced=bool(NO_SUCH_ADDRESS.match(line.partition(" ")[2])))


def _failed_at_provider(error: AnymailError) -> Failed:
    """A refused recipient is known as such; what else a provider answers is mostly about the account."""
    words = str(error)
    if isinstance(error, AnymailInvalidAddress):
        return Refused(words, bounced=True)
    if isinstance(error, AnymailRecipientsRefused):
        status = getattr(error.email_message, "anymail_status", None)
        return Refused(words, bounced=bool(status and status.status == {"invalid"}))
    if isinstance(error, AnymailRequestsAPIError) and error.status_code is None:
        return Away(words)
    if error.status_code in {401, 403, 408, 429} or (error.status_code or 0) >= 500:
        return Away(words, answered=True)
    return Deferred(words)


def _line(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"

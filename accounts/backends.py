"""Django's mail backends as this site uses them: SMTP that waits long enough, and files that are easy to open."""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from email.message import Message
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as DjangoSmtp
from django.core.mail.message import sanitize_address
from django.utils import timezone

DATA_PATIENCE = 120.0
"""Seconds to wait for the answer to a whole mail. Who gives up too early sends it twice (RFC 5321 4.5.3.2.6 asks for
ten minutes; a worker's lease allows two)."""
NAME_LENGTH = 60
DOT = re.compile(rb"^\.", re.MULTILINE)
PLAIN_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(\.[\w-]+)*", re.ASCII)


class _Patient(smtplib.SMTP):
    """Waits longer for the answer to a mail than for any other, and names sender and recipient in one breath.

    A server that takes several commands at once (RFC 2920; nearly all do) has a mail after two questions, not four.
    """

    def sendmail(
        self,
        from_addr: str,
        to_addrs: str | Sequence[str],
        msg: Any,
        mail_options: Sequence[str] = (),
        rcpt_options: Sequence[str] = (),
    ) -> dict[str, tuple[int, bytes]]:
        """As smtplib does it and with its errors, for bytes to one recipient; anything else is left to smtplib."""
        self.ehlo_or_helo_if_needed()
        to = [to_addrs] if isinstance(to_addrs, str) else to_addrs
        plain = isinstance(msg, bytes) and len(to) == 1 and not mail_options and not rcpt_options
        if not plain or not self.has_extn("pipelining"):
            return super().sendmail(from_addr, to, msg, mail_options, rcpt_options)
        self._name(from_addr, to[0], len(msg))
        self._hand_over(msg)
        return {}

    def data(self, msg: Any) -> tuple[int, bytes]:
        with self._patience():
            try:
                return super().data(msg)
            except smtplib.SMTPDataError:  # smtplib forgets to end the transaction when the mail was not wanted
                self._forget()
                raise

    def _name(self, sender: str, recipient: str, size: int) -> None:
        """The envelope. Raises what smtplib raises, at the first thing that the server does not like."""
        announced = f" SIZE={size}" if self.has_extn("size") else ""
        commands = f"MAIL FROM:{smtplib.quoteaddr(sender)}{announced}\r\nRCPT TO:{smtplib.quoteaddr(recipient)}\r\n"
        self.send(f"{commands}DATA\r\n")
        mail = self._reply(lambda code, words: smtplib.SMTPSenderRefused(code, words, sender))
        rcpt = self._reply(lambda code, words: smtplib.SMTPRecipientsRefused({recipient: (code, words)}))
        data = self._reply(smtplib.SMTPDataError)
        wrong = mail or rcpt
        if wrong and data is None:  # it waits for words that would reach nobody
            self.send(".\r\n")
            self.getreply()
        if wrong or data:
            self._forget()
            raise wrong or data  # type: ignore[misc]

    def _hand_over(self, msg: bytes) -> None:
        end = b".\r\n" if msg.endswith(b"\r\n") else b"\r\n.\r\n"
        with self._patience():
            self.send(DOT.sub(b"..", msg) + end)
            refused = self._reply(smtplib.SMTPDataError)
        if refused:
            self._forget()
            raise refused

    def _reply(self, error: Callable[[int, bytes], smtplib.SMTPException]) -> smtplib.SMTPException | None:
        """The next answer, if it is a bad one. A server that closes (421) says nothing more: raised at once."""
        code, words = self.getreply()
        if code == 421:
            self.close()
            raise error(code, words)
        return None if code in {250, 251, 354} else error(code, words)

    def _forget(self) -> None:
        """End the transaction, if there is still somebody to tell."""
        with contextlib.suppress(smtplib.SMTPServerDisconnected):
            self.rset()

    @contextlib.contextmanager
    def _patience(self) -> Iterator[None]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("no connection")
        usual = self.sock.gettimeout()
        self.sock.settimeout(DATA_PATIENCE)
        try:
            yield
        finally:
            if self.sock is not None:
                self.sock.settimeout(usual)


class _PatientTls(_Patient, smtplib.SMTP_SSL):
    """The same inside TLS."""


class Smtp(DjangoSmtp):
    """Mail over SMTP."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _PatientTls if self.use_ssl else _Patient

    def _send(self, email_message: EmailMessage) -> bool:
        """As Django does it, without taking apart what is plainly an address, which takes as long as to send it."""
        recipients = email_message.recipients()
        if not (self.connection and len(recipients) == 1 and PLAIN_ADDRESS.fullmatch(recipients[0])):
            return bool(super()._send(email_message))  # type: ignore[misc]  # the stubs leave it out
        sender = _sanitized(email_message.from_email)
        self.connection.sendmail(sender, recipients, email_message.message().as_bytes(linesep="\r\n"))
        return True

    def _close_connection(self, connection: smtplib.SMTP) -> None:
        """A polite end; whatever comes of it, the connection is gone."""
        try:
            connection.quit()
        except (OSError, ssl.SSLError):
            connection.close()


@cache
def _sanitized(address: str) -> str:
    return str(sanitize_address(address, settings.DEFAULT_CHARSET))


class Files(BaseEmailBackend):
    """One .eml file a mail in `EMAIL_FILE_PATH`, named after its time and subject; every mail program opens it."""

    def send_messages(self, email_messages: Iterable[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH or ".")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # there are codes in them
        mails = [each.message() for each in email_messages]
        for mail in mails:
            (folder / _file_name(mail)).write_bytes(mail.as_bytes())
        return len(mails)


def _file_name(mail: Message) -> str:
    words = re.sub(r"\W+", "-", str(mail["Subject"])).strip("-")[:NAME_LENGTH]
    token = re.sub(r"\W+", "", str(mail["Message-ID"]))[:8]
    return f"{timezone.now():%Y-%m-%d-%H%M%S}-{words}-{token}.eml"

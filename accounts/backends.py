"""Django's mail backends as this site uses them: SMTP that waits long enough, and files that are easy to open."""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Iterable
from email.message import Message
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as DjangoSmtp
from django.utils import timezone

DATA_PATIENCE = 120.0
"""Seconds to wait for the answer to a whole mail. Who gives up too early sends it twice (RFC 5321 4.5.3.2.6 asks for
ten minutes; a worker's lease allows two)."""
NAME_LENGTH = 60


class _Patient(smtplib.SMTP):
    """Waits longer for the answer to a mail than for any other; a silent server is noticed at the next command."""

    def data(self, msg: Any) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("no connection")
        usual = self.sock.gettimeout()
        self.sock.settimeout(DATA_PATIENCE)
        try:
            return super().data(msg)
        except smtplib.SMTPDataError:  # smtplib forgets to end the transaction when the mail itself was not wanted
            with contextlib.suppress(smtplib.SMTPServerDisconnected):
                self.rset()
            raise
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

    def _close_connection(self, connection: smtplib.SMTP) -> None:
        """A polite end; whatever comes of it, the connection is gone."""
        try:
            connection.quit()
        except (OSError, ssl.SSLError):
            connection.close()


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

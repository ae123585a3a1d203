"""Mail: the server takes our name and password. Nothing is sent unless somebody asks for it."""

import smtplib
from collections.abc import Iterator

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from .finding import Finding, broken, in_words, ok, warning

_MEND = "See that EMAIL_URL has the server's address, user and password (docs/mail.md)."


def mail() -> Iterator[Finding]:
    """Connect and sign in, where that is possible without a mail."""
    backend = settings.EMAIL_BACKEND
    if backend == "accounts.backends.Files":
        yield warning("mail", f"written to {settings.EMAIL_FILE_PATH}, not sent", "Set EMAIL_URL (docs/mail.md).")
    elif backend == "accounts.backends.Smtp":
        yield _server()
    else:
        sentence = f"goes through {backend.split('.')[-2]}, which can only be tried by a mail"
        yield ok("mail", f"{sentence}: `manage.py doctor --send ADDRESS`")


def send(address: str) -> Finding:
    """Send one mail to somebody who asked for it."""
    words = f"This is a mail from {settings.SITE_NAME} ({settings.SITE_URL}). It was sent by `manage.py doctor`."
    try:
        EmailMessage(f"{settings.SITE_NAME}: mail arrives", words, to=[address]).send()
    except (OSError, smtplib.SMTPException) as error:
        return broken("mail sent", in_words(error), _MEND)
    except Exception as error:
        return broken("mail sent", in_words(error), _MEND)
    return ok("mail sent", f"to {address}: see that it arrives, and not among the unwanted ones")


def _server() -> Finding:
    place = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    door = get_connection(fail_silently=False)
    try:
        door.open()
        door.close()
    except (OSError, smtplib.SMTPException) as error:
        return broken("mail", f"{place}: {in_words(error)}", _MEND)
    return ok("mail", f"{place} takes our mail" if settings.EMAIL_HOST_USER else f"{place} answers")


LOOKS = (mail,)

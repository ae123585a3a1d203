"""The settings: what `manage.py check --deploy` finds, and what only a person can know was forgotten."""

from collections.abc import Iterator

from django.conf import settings
from django.core import checks

from unroller import env

from .finding import Finding, broken, ok, warning


def settings_are_sound() -> Iterator[Finding]:
    """A line for each message of Django's checks; on this machine alone, those about a public site are not asked."""
    public = settings.SITE_URL.startswith("https://")
    messages = [message for message in checks.run_checks(include_deployment_checks=public) if not message.is_silenced()]
    for message in messages:
        say = broken if message.level >= checks.ERROR else warning
        yield say("settings", f"{message.msg} ({message.id})", message.hint or "docs/settings.md says what it wants.")
    if not messages:
        yield ok("settings", f"valid{'' if public else ', for this machine alone (SITE_URL is not https)'}")


def the_key_is_kept() -> Iterator[Finding]:
    """A generated key is lost with its folder, and another machine has another one."""
    if "SECRET_KEY" in env.names_set():
        yield ok("SECRET_KEY", "set")
    elif settings.SITE_URL.startswith("https://"):
        sentence = f"not set: the one that was made is in {settings.DATA_DIR / 'secret-key'}"
        yield warning("SECRET_KEY", sentence, "Set it, the same on every machine, and keep it beside the backups.")
    else:
        yield ok("SECRET_KEY", "made by itself, for this machine alone")


def somebody_is_told() -> Iterator[Finding]:
    """Without ADMINS nobody hears when money or an author needs a person."""
    if settings.ADMINS:
        yield ok("ADMINS", f"{len(settings.ADMINS)} are told when something needs a person")
    elif settings.SITE_URL.startswith("https://"):
        yield warning("ADMINS", "empty: nobody is told when money needs a person", "Set ADMINS to your address.")
    else:
        yield ok("ADMINS", "nobody, on this machine alone")


LOOKS = (settings_are_sound, the_key_is_kept, somebody_is_told)

"""Typed readers of the environment: a bad value fails by name, a secret may come from a file (`NAME_FILE`).

Order: the environment, a `.env` file beside manage.py, the running sandbox (only for what pretends to be a network),
the default. Every name that is read is registered, so that a test can hold it against `.env.example` and the docs.
"""

import contextlib
import json
import os
import re
import secrets
from email.utils import getaddresses
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from dotenv import dotenv_values

BASE_DIR = Path(__file__).resolve().parent.parent

SET_UP_BY = {
    "X_": ("X_BEARER_TOKEN", "X_CLIENT_ID"),
    "BLUESKY_": ("BLUESKY_APPVIEW_URL", "BLUESKY_BOT_HANDLE"),
    "MASTODON_": ("MASTODON_BOT_URL",),
    "STRIPE_": ("STRIPE_SECRET_KEY",),
    "PATREON_": ("PATREON_URL", "PATREON_CLIENT_ID"),
}
"""A network's settings, by their beginning, and those that say that the real network is meant."""

SMTP_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
PROVIDERS = {
    "brevo": ("BREVO_API_KEY", "", ""),
    "mailgun": ("MAILGUN_API_KEY", "", "MAILGUN_SENDER_DOMAIN"),
    "mailjet": ("MAILJET_API_KEY", "MAILJET_SECRET_KEY", ""),
    "postmark": ("POSTMARK_SERVER_TOKEN", "", ""),
    "resend": ("RESEND_API_KEY", "", ""),
    "sparkpost": ("SPARKPOST_API_KEY", "", ""),
}
"""The mail providers whose API is spoken, and Anymail's settings that the user, password and host of a URL stand for.
Only those that take our headers and that Anymail supports; every other provider has SMTP."""

CONNECT_SECONDS = 5
"""To wait for PostgreSQL to take a connection: a host that is gone says nothing for minutes."""
GONE_SECONDS = 30
"""A host that says nothing for so long, not even that it heard, is gone: connections to it that are open are given up.
One that merely takes long to answer is not."""

SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|_KEY$")
"""In the name of a setting."""
REGISTERED: dict[str, str] = {}
"""Every setting that was read, with its default as text."""

_kept: set[str] = set()
_file = {} if os.environ.get("ENV_FILE") == "" else dotenv_values(os.environ.get("ENV_FILE") or BASE_DIR / ".env")


def text(name: str, default: str = "") -> str:
    """A string; from the file that `NAME_FILE` names when the variable itself is not set."""
    REGISTERED[name] = default
    value = _lookup(name)
    if value is not None:
        return value
    secret = _lookup(f"{name}_FILE")
    if secret:
        try:
            return Path(secret).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {error}") from error
    return _sandbox.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    """true/false, yes/no, on/off, 1/0."""
    value = text(name, str(default).lower()).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}")


def integer(name: str, default: int, *, least: int = 0) -> int:
    """A whole number of at least `least`."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from error
    if number < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {number}")
    return number


def names(name: str, default: str = "") -> tuple[str, ...]:
    """A comma list, without empty parts."""
    return tuple(part.strip() for part in text(name, default).split(",") if part.strip())


def address_ranges(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """A comma list of addresses and networks (`10.0.0.0/8`)."""
    try:
        return tuple(ip_network(part, strict=False) for part in names(name))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


def choice(name: str, default: str, options: tuple[str, ...]) -> str:
    """One of `options`."""
    value = text(name, default)
    if value not in options:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(options)}, not {value!r}")
    return value


def address(name: str, default: str = "") -> str:
    """An http(s) address without a slash at its end, or empty."""
    value = text(name, default).rstrip("/")
    if value and not value.startswith(("https://", "http://")):
        raise ImproperlyConfigured(f"{name} must begin with https:// or http://, not {value!r}")
    return value


def stream(name: str, default: str) -> str:
    """The address of a WebSocket; empty for `off`."""
    value = text(name, default)
    if value == "off":
        return ""
    if not value.startswith(("wss://", "ws://")):
        raise ImproperlyConfigured(f"{name} must begin with wss:// or ws://, or be off, not {value!r}")
    return value


def report_address(name: str) -> str:
    """Where faults are reported, `https://KEY@host/PROJECT`, or empty. Never says the key aloud."""
    value = text(name)
    parts = urlsplit(value)
    if value and not (
        parts.scheme in {"https", "http"} and parts.username and parts.hostname and parts.path.strip("/")
    ):
        raise ImproperlyConfigured(f"{name} must look like https://KEY@host/PROJECT")
    return value


def sender(name: str) -> str:
    """An address that mail comes from, with or without a name: `Unroller <mail@unroller.example>`; or empty."""
    value = text(name)
    mailboxes = [mailbox for _, mailbox in getaddresses([value])]
    if value and (not re.fullmatch(r"[^@\s,]+@[^@\s,]+", ",".join(mailboxes)) or not value.isprintable()):
        raise ImproperlyConfigured(
            f"{name} must be one address such as Unroller <mail@unroller.example>, not {value!r}"
        )
    return value


def kept_secret(data_dir: Path) -> str:
    """A secret made once and kept in the data folder, for an install that names none."""
    path, draft = data_dir / "secret-key", data_dir / f"secret-key.{os.getpid()}"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)  # whole or not at all, whoever comes first
        draft.unlink()
    _kept.add(path.read_text())
    return path.read_text()


def secrets_of_this_site() -> set[str]:
    """The values of settings that are secrets, by their names; passwords in addresses; for what must never be said."""
    found = {text(name, default) for name, default in list(REGISTERED.items()) if SECRET.search(name)}
    parts = [part.strip() for value in found for part in value.split(",")]
    logins = [urlsplit(text(name, default)) for name, default in list(REGISTERED.items()) if name.endswith("_URL")]
    passwords = [each.password or "" for each in logins]
    keys = [each.username or "" for each in logins if each.scheme in PROVIDERS]
    return {*_kept, *parts, *map(unquote, (*passwords, *keys))}


class MailServer(NamedTuple):
    """Django's and Anymail's settings for the way out of mail."""

    backend: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False
    anymail: dict[str, str] = {}


def mail_server(name: str) -> MailServer:
    """`smtp://user:password@host:587`, `smtps://…`, `smtp+plain://…`, or a provider's API (PROVIDERS); empty: files.

    smtp:// insists on STARTTLS, except towards this machine itself; smtp+plain:// never encrypts.
    """
    value = text(name)
    if not value:
        return MailServer("accounts.backends.Files")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if parts.scheme in PROVIDERS:
        return _provider(name, parts, (user, password, parts.hostname or ""))
    if parts.scheme not in SMTP_PORTS or not parts.hostname or bool(user) != bool(password):
        schemes = ", ".join(f"{scheme}://" for scheme in (*SMTP_PORTS, *PROVIDERS))
        raise ImproperlyConfigured(f"{name} must look like smtp://user:password@host:587 (or {schemes})")
    return MailServer(
        "accounts.backends.Smtp",
        parts.hostname,
        port or SMTP_PORTS[parts.scheme],
        user,
        password,
        starttls=parts.scheme == "smtp" and parts.hostname not in {"localhost", "127.0.0.1", "::1"},
        tls=parts.scheme == "smtps",
    )


def _provider(name: str, parts: SplitResult, given: tuple[str, str, str]) -> MailServer:
    """A provider's API. Never says a key aloud."""
    settings = PROVIDERS[parts.scheme]
    api_url = dict(parse_qsl(parts.query)).get("api_url")
    missing = [setting for setting, value in zip(settings, given, strict=True) if setting and not value]
    if missing or (api_url and not api_url.startswith(("https://", "http://"))):
        raise ImproperlyConfigured(f"{name}: {parts.scheme}:// is wrong or lacks a part (docs/mail.md shows its form)")
    anymail = {setting: value for setting, value in zip(settings, given, strict=True) if setting}
    if api_url:
        anymail[f"{parts.scheme.upper()}_API_URL"] = api_url
    return MailServer(f"anymail.backends.{parts.scheme}.EmailBackend", anymail=anymail)


def running_sandbox(data_dir: Path) -> dict[str, Any] | None:
    """What the sandbox that runs in `data_dir` says of itself; None when none does."""
    try:
        state: dict[str, Any] = json.loads((data_dir / "sandbox.json").read_text())
        os.kill(state["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return state


def use_sandbox(data_dir: Path) -> None:
    """Let the running sandbox stand in for the networks that are not set up here. A key is never sent to it."""
    state = running_sandbox(data_dir)
    real = tuple(prefix for prefix, names in SET_UP_BY.items() if any(map(_is_set, names)))
    if state is not None:
        _sandbox.update({name: value for name, value in state["env"].items() if not name.startswith(real)})


_sandbox: dict[str, str] = {}


def _is_set(name: str) -> bool:
    return bool(_lookup(name) or _lookup(f"{name}_FILE"))


def names_set() -> list[str]:
    """The settings that somebody set, without their values."""
    return sorted(name for name in REGISTERED if _is_set(name))


def _lookup(name: str) -> str | None:
    """What is set; an empty value is as good as none."""
    return os.environ.get(name) or _file.get(name) or None


def database(name: str, url: str) -> dict[str, object]:
    """Django's form of `postgresql://user:password@host:port/name`; a thread keeps its connection for a minute. With
    `?pgbouncer=true` every transaction may have another connection of the server; the rest of the query is libpq's."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:port/name")
    gone = {"tcp_user_timeout": str(1_000 * GONE_SECONDS), "keepalives_idle": "10", "keepalives_interval": "5"}
    options = {"connect_timeout": str(CONNECT_SECONDS), **gone, **dict(parse_qsl(parts.query))}
    pooled = options.pop("pgbouncer", "false")
    if pooled not in {"true", "false"}:
        raise ImproperlyConfigured(f"{name}: pgbouncer must be true or false, not {pooled!r}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": pooled == "true",
        "OPTIONS": options,
    }

"""Typed readers of the environment: a bad value fails by name, a secret may come from a file (`NAME_FILE`).

Order: the environment, a `.env` file beside manage.py, the running sandbox (only for what pretends to be a network),
the default. Every name that is read is registered, so that a test can hold it against `.env.example` and the docs.
"""

import json
import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from dotenv import dotenv_values

BASE_DIR = Path(__file__).resolve().parent.parent

SET_UP_BY = {"X_": "X_BEARER_TOKEN", "BLUESKY_": "BLUESKY_APPVIEW_URL"}
"""A network's settings, by their beginning, and the one that says that the real network is meant."""

REGISTERED: dict[str, str] = {}
"""Every setting that was read, with its default as text."""

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
    real = tuple(prefix for prefix, name in SET_UP_BY.items() if _lookup(name))
    if state is not None:
        _sandbox.update({name: value for name, value in state["env"].items() if not name.startswith(real)})


_sandbox: dict[str, str] = {}


def _lookup(name: str) -> str | None:
    """What is set; an empty value is as good as none."""
    return os.environ.get(name) or _file.get(name) or None


def database(url: str) -> dict[str, object]:
    """Django's form of `postgresql://user:password@host:port/name`; a thread keeps its connection for a minute."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:port/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }

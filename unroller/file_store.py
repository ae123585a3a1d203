"""Where the site's files lie, read from `STORAGE_URL`: a folder of this machine, or a bucket that all machines share.

The URL holds a key, so nothing of it is ever said aloud: a bad one fails by the setting's name and by its form.
"""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from unroller import env

FORM = "s3://KEY:SECRET@host/bucket?region=…&prefix=…"
ENCRYPTED, PLAIN = "s3", "s3+plain"
OPTIONS = ("region", "prefix")
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
REGION = re.compile(r"[a-z0-9-]{1,40}")
PREFIX = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
USUAL_REGION = "us-east-1"
"""What services that know no regions sign with."""
AMAZON = ".amazonaws.com"


class Away(OSError):
    """The store of files does not answer, or refuses what we ask; nothing was lost. Try again later."""


def read(name: str, *, folder: Path, plain_hosts: frozenset[str]) -> dict[str, Any]:
    """Django's form of a place for files: `folder` when the setting is empty. `plain_hosts`: beside this machine, the
    `host:port` of those that may be spoken to without encryption."""
    value = env.text(name)
    if not value:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    parts = _parts(name, value)
    host = _host(name, parts, plain_hosts)
    region, prefix = _options(name, parts)
    bucket = unquote(parts.path).strip("/")
    if not BUCKET.fullmatch(bucket):
        raise _wrong(name, "names no bucket, or more than one")
    if host.endswith(AMAZON) and not region:
        raise _wrong(name, "has to name the bucket's region at Amazon")
    key, secret = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(key) != bool(secret):
        raise _wrong(name, "has one half of a key; without both, the machine's own role is used")
    own_key = {"access_key": key, "secret_key": secret, "security_token": None, "session_profile": None}
    options = {
        "bucket_name": bucket,
        "location": prefix,
        "endpoint_url": f"{'http' if parts.scheme == PLAIN else 'https'}://{host}",
        "region_name": region or USUAL_REGION,
        "addressing_style": "virtual" if host.endswith(AMAZON) else "path",
    }
    return {"BACKEND": "unroller.object_store.ObjectStore", "OPTIONS": options | (own_key if key else {})}


def is_shared(place: dict[str, Any]) -> bool:
    """Whether such a place is one for all machines."""
    return bool(place["BACKEND"] == "unroller.object_store.ObjectStore")


def _parts(name: str, value: str) -> SplitResult:
    """Raises ImproperlyConfigured without the library's words, which quote what they stumble over."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        raise _wrong(name, "cannot be read: in a secret, characters such as / and + are percent-encoded") from None
    if parts.scheme not in {ENCRYPTED, PLAIN} or not parts.hostname or parts.fragment:
        raise _wrong(name, f"begins with neither {ENCRYPTED}://… nor {PLAIN}://…, or names no host")
    return parts


def _host(name: str, parts: SplitResult, plain_hosts: frozenset[str]) -> str:
    """`host` or `host:port`."""
    host = parts.netloc.rpartition("@")[2].lower()
    if parts.scheme == PLAIN and not _is_this_machine(parts.hostname or "") and host not in plain_hosts:
        raise _wrong(name, f"goes without encryption to a host that STORAGE_ALLOW_HOSTS does not name ({PLAIN}://)")
    return host


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _options(name: str, parts: SplitResult) -> tuple[str, str]:
    """Region and prefix."""
    found = dict(parse_qsl(parts.query, keep_blank_values=True))
    region, prefix = found.get("region", ""), found.get("prefix", "").strip("/")
    if set(found) - set(OPTIONS):
        raise _wrong(name, f"knows nothing behind its ? but {' and '.join(OPTIONS)}")
    if (region and not REGION.fullmatch(region)) or (prefix and not PREFIX.fullmatch(prefix)):
        raise _wrong(name, "has a region or a prefix that is none")
    return region, prefix


def _wrong(name: str, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} {why}. It looks like {FORM} (docs/settings.md)")

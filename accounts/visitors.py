"""Who is asking, by address: before Django, and in it."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest

PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA")
"""Headers that proxies write."""


def client_address(request: HttpRequest) -> str:
    """Who is asking; an IPv6 visitor is their /64. `X-Forwarded-For` is believed as far as TRUSTED_PROXIES wrote it."""
    return address_in(request.META)


def address_in(environ: Mapping[str, Any]) -> str:
    """The same out of what a server tells of a request, before it is one."""
    address: str = environ.get("REMOTE_ADDR", "")
    for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if not _is_proxy(address):
            break
        address = hop.strip() or address
    return spelled(address)


def scheme_in(environ: Mapping[str, Any]) -> str:
    """`https` where a proxy of TRUSTED_PROXIES says that the visitor came by it, and otherwise what the server saw."""
    said = environ.get("HTTP_X_FORWARDED_PROTO", "").partition(",")[0].strip()
    seen: str = environ["wsgi.url_scheme"]
    return "https" if said == "https" and _is_proxy(environ.get("REMOTE_ADDR", "")) else seen


def spelled(address: str) -> str:
    """An address as visitors are known by it: of IPv6 the network of their /64. Anything else stays as it is."""
    parsed = _parsed(address)
    if parsed is None:
        return address[:64]
    return str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def is_public(address: str) -> bool:
    """Whether it is one visitor's. Whatever comes from a private address comes from this machine, a proxy that is
    missing in TRUSTED_PROXIES, or the operator's own network: it may be everybody."""
    try:
        return ip_network(address).network_address.is_global
    except ValueError:
        return False


def came_through_proxy(request: HttpRequest) -> bool:
    """Whether one of TRUSTED_PROXIES sent it: what such a one says in headers is believed."""
    return _is_proxy(request.META.get("REMOTE_ADDR", ""))


def is_from_this_machine(request: HttpRequest) -> bool:
    """Whether a program on this machine asks, by itself: no proxy stands between, known or not."""
    parsed = _parsed(request.META.get("REMOTE_ADDR", ""))
    is_passed_on = any(name in request.META for name in PASSED_ON)
    return parsed is not None and parsed.is_loopback and not is_passed_on and not came_through_proxy(request)


def _is_proxy(address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in proxy for proxy in settings.TRUSTED_PROXIES)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """An address, IPv4 also where it comes in IPv6's clothes; None for anything else."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed

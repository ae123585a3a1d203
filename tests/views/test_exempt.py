"""Which views need no form token, and why each of them may."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from unroller.api import urls as api

EXEMPT = {
    "unroll": "stands on pages that are the same for everybody; checks Origin; belongs to no account",
    "refresh": "stands on pages that are the same for everybody; checks Origin; belongs to no account",
    "read": "the same; counts that somebody looked at a page, and belongs to no account",
    "account-reading": "the menu on pages that are the same for everybody; checks Origin; changes nothing but looks",
    "stop-mail": "the button of a mail program (RFC 8058): no cookie, no sign-in; a secret in its address",
    "stop-weekly": "the same: a secret in its address; ends the weekly book and nothing else",
    "refuse-mail": "the same for somebody without an account: a signed fingerprint of their address",
    "import-library": "checks the token itself, as soon as it knows that the fields are not too long to be read",
    "archives": "checks the token itself, once it said where a file of gigabytes is to be written",
    "mail-events": "a mail provider's report, with a secret in its address",
    "stripe-webhook": "signed by Stripe, and no older than five minutes",
    "patreon-webhook": "Patreon's word that a membership changed: Patreon's signature over the body",
}

BY_TOKEN = {pattern.name for pattern in api.operations[0]} | {"api-nowhere"}
"""The API reads no cookie: who asks is in its header."""


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


def test_the_views_without_a_token_are_these_and_no_others() -> None:
    found = {entry.name for entry in patterns(get_resolver()) if getattr(entry.callback, "csrf_exempt", False)}
    assert found == set(EXEMPT) | BY_TOKEN

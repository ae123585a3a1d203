"""A key never reaches a host that it is not for: the site does not even start."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from billing import keys
from billing.gateway.client import client
from tests.processes import ROOT

LIVE, TEST = "sk_live_0123456789", "sk_test_0123456789"
STRIPE = "https://api.stripe.com"


@pytest.mark.parametrize(
    ("key", "host"),
    [
        (LIVE, "http://127.0.0.1:4242"),
        (LIVE, "https://api.stripe.com.example"),
        (LIVE, "https://api.stripe.com:8443"),
        (LIVE, "http://api.stripe.com"),
        ("rk_live_0123456789", "http://localhost:4242"),
        (TEST, "https://stripe.example"),
        (TEST, "http://10.0.0.7:4242"),
        (TEST, "http://127.0.0.1.example"),
        (TEST, "http://127.0.0.1@stripe.example"),
        ("rk_test_0123456789", "https://stripe.example"),
        ("pk_live_0123456789", STRIPE),
        ("whsec_0123456789", "http://127.0.0.1:4242"),
    ],
)
def test_s50_a_key_with_a_host_that_it_is_not_for_makes_no_client(key: str, host: str, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_URL = key, host
    with pytest.raises(ImproperlyConfigured) as refusal:
        client()
    assert key not in str(refusal.value), "a key is never said"


@pytest.mark.parametrize(
    ("key", "host"),
    [
        (LIVE, STRIPE),
        ("rk_live_0123456789", STRIPE),
        (TEST, STRIPE),
        (TEST, "http://127.0.0.1:4242"),
        ("rk_test_0123456789", "http://localhost:4242"),
        (TEST, "http://[::1]:4242"),
        ("", "https://stripe.example"),
    ],
)
def test_s50_a_key_with_its_own_host_is_good(key: str, host: str) -> None:
    assert keys.refusal(key, host) == ""


@pytest.mark.parametrize(("key", "host"), [(LIVE, "http://127.0.0.1:4242"), (TEST, "https://stripe.example")])
def test_s50_the_site_refuses_to_start(key: str, host: str) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, "STRIPE_SECRET_KEY": key, "STRIPE_API_URL": host},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert run.stderr.startswith("STRIPE_SECRET_KEY is a ")
    assert key not in run.stderr

"""Secrets in the database: nobody reads or changes them without the site's key, nor opens one for another purpose."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from pytest_django import Settings

from accounts.sealing import Unreadable, seal, unseal

SECRET, PURPOSE = "a token of somebody", b"one purpose"


def test_what_lies_there_is_not_the_secret_and_never_twice_the_same() -> None:
    first, second = seal(SECRET, PURPOSE), seal(SECRET, PURPOSE)
    assert first != second
    assert SECRET.encode() not in urlsafe_b64decode(first)
    assert unseal(first, PURPOSE) == unseal(second, PURPOSE) == SECRET


def test_it_opens_for_no_other_purpose_and_with_no_other_key(settings: Settings) -> None:
    sealed = seal(SECRET, PURPOSE)
    with pytest.raises(Unreadable):
        unseal(sealed, b"another purpose")
    settings.SECRET_KEY = "another"
    with pytest.raises(Unreadable):
        unseal(sealed, PURPOSE)


def test_no_bit_of_it_can_be_changed() -> None:
    sealed = urlsafe_b64decode(seal(SECRET, PURPOSE))
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(Unreadable):
            unseal(urlsafe_b64encode(changed).decode(), PURPOSE)

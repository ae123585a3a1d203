"""What operators are told by mail when their second locks change past the pages of allauth's."""

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.actions import locks
from accounts.models import Letter, User
from tests.accounts.signing import newest_letter
from tests.operating import an_operator

pytestmark = pytest.mark.django_db

CODES = "/accounts/second-factor/codes/"


@pytest.fixture
def operator(client: Client) -> User:
    """Signed in, with ten recovery codes from before."""
    user = User.objects.get(pk=an_operator(client).session["_auth_user_id"])
    locks.first_recovery_codes(user)
    return user


def test_new_recovery_codes_are_told(client: Client, operator: User) -> None:
    client.get(CODES)
    assert not Letter.objects.exists()
    answer = client.post(CODES, headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
    letter = newest_letter(operator.email)
    assert letter.name == "recovery_codes_made"
    assert letter.user == operator
    assert "Firefox on Windows" in letter.text
    codes = answer.content.decode().split("<li><code>")[1:]
    assert len(codes) == 10
    assert not any(code[:8] in words for code in codes for words in (letter.text, letter.html))


def test_who_is_helped_from_the_console_is_told(operator: User) -> None:
    call_command("reset_second_factor", operator.email)
    letter = newest_letter(operator.email)
    assert letter.name == "second_factor_reset"
    assert letter.user == operator
    assert "signed out everywhere" in letter.text

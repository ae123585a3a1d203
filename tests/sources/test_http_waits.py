"""How long a server asks us to wait."""

from datetime import UTC, datetime

import pytest

from unroller.sources.http import Answer, retry_after


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("99999999", None),
        (f"Wed, 21 Oct 2099 07:28:00 +{'9' * 14}", None),
    ],
)
def test_retry_after_is_read(value: str, seconds: int | None) -> None:
    answer = Answer(429, {"retry-after": value}, b"", "")
    found = retry_after(answer)
    if seconds is None:
        assert found is None
    else:
        assert found is not None
        assert abs((found - datetime.now(UTC)).total_seconds() - seconds) < 2


def test_retry_after_may_be_a_date() -> None:
    answer = Answer(429, {"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}, b"", "")
    found = retry_after(answer)
    assert found is not None
    assert found.year == 2099

"""What clocks do step by step: one that fails stops none of the others."""

import pytest

from accounts.steps import each
from unroller.actions import copies, media
from unroller.tasks import clock

pytestmark = pytest.mark.django_db


def broken() -> None:
    raise ZeroDivisionError


def test_a_step_that_fails_is_named_and_the_others_are_done(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []
    each(lambda: done.append(1), broken, lambda: done.append(2))
    assert done == [1, 2]
    assert "tests.test_steps.broken" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_picture_cache_that_fails_leaves_the_copies_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setattr(media, "trim", broken)
    monkeypatch.setattr(copies, "collect_unused", lambda: done.append(1))
    clock.trim()
    assert done == [1]

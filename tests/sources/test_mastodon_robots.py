"""What robots.txt lets us read."""

import time

import pytest

from unroller.sources.mastodon.robots import allows

PATH = "/api/v1/statuses/113456789012345678"


@pytest.mark.parametrize(
    "robots",
    [
        "",
        "User-agent: *\nDisallow:\n",
        "User-agent: *\nDisallow: /media_proxy/\nDisallow: /interact/\n",
        "User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nDisallow: /interact/\n",
        "User-agent: *\nDisallow: /\n\nUser-agent: Unroller\nAllow: /api/\nDisallow: /\n",
        "User-agent: *\nDisallow: /api/\nAllow: /api/v1/statuses/\n",
        "User-agent: *\nDisallow: /api\nAllow: /api\n",
        "User-agent: *\nDisallow: /*.json$\n",
        "Disallow: /\n",
        "<!doctype html><title>Not a robots.txt</title><p>Disallow: /</p>",
    ],
)
def test_what_is_not_forbidden_is_allowed(robots: str) -> None:
    assert allows(robots, PATH)


@pytest.mark.parametrize(
    "robots",
    [
        "User-agent: *\nDisallow: /\n",
        "User-agent: *\nDisallow: /api/\n",
        "user-agent : *  # everybody\r\ndisallow : /api/  # please\r\n",
        "User-agent: unroller\nDisallow: /\n\nUser-agent: *\nAllow: /\n",
        "User-agent: GPTBot\nUser-agent: Unroller\nDisallow: /api/\n",
        "User-agent: *\nAllow: /\nDisallow: /api/v1/\n",
        "User-agent: *\nDisallow: /*/statuses/\n",
        "User-agent: *\nDisallow: /*5678$\n",
        "User-agent: *\nDisallow: /%61pi/\n",
        "User-agent: *\nDisallow: /about\n\nUser-agent: *\nDisallow: /api\n",
    ],
)
def test_what_is_forbidden_to_us_or_to_everybody_is_not_read(robots: str) -> None:
    assert not allows(robots, PATH)


def test_a_pattern_made_to_be_slow_is_not() -> None:
    started = time.monotonic()
    assert allows("User-agent: *\nDisallow: " + "/*a" * 100_000 + "$\n", "/" + "a" * 2_000)
    assert time.monotonic() - started < 1

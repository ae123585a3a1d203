"""The networks: reachable, keys accepted, budgets left; within a question or two each, of which none is paid for."""

import json
from collections.abc import Iterator
from http import HTTPStatus

from django.conf import settings

from unroller import bot_standing, budgets, networks, store
from unroller.core.errors import UnrollError
from unroller.sources.websocket import opened

from .finding import Finding, broken, in_words, off, ok, warning

_NO_POST, _ANY_POST = "1", "20"
"""Of X: one that never was, which costs nothing; and the first one there is."""
_SECONDS = 10.0
_REACH = "See that this machine reaches it (DNS, firewall), and that the address in the settings is right."


def x() -> Iterator[Finding]:
    """The key, by asking for a post that never was: X counts posts that it gives out."""
    if not settings.X_BEARER_TOKEN:
        yield off("X", "X_BEARER_TOKEN is not set: links to X are not read")
        return
    yield _ask_x(_NO_POST)
    try:
        spent = budgets.spent_today("x")
    except store.Unavailable:
        return  # said elsewhere
    sentence = f"{spent:,} of {budgets.daily('x'):,} posts were read today (UTC)"
    if spent >= budgets.daily("x"):
        yield warning("budget of X", sentence, "Wait for midnight UTC, or raise X_DAILY_BUDGET.")
    else:
        yield ok("budget of X", sentence)


def paid_x() -> Finding:
    """Read one post, which X charges for."""
    return _ask_x(_ANY_POST, name="X, a paid read")


def bluesky() -> Iterator[Finding]:
    """The AppView and the directory answer, and so does the stream."""
    profile = f"{settings.BLUESKY_APPVIEW_URL}/xrpc/app.bsky.actor.getProfile?actor=bsky.app"
    yield _answers("Bluesky", profile)
    yield _answers("directory of Bluesky", f"{settings.BLUESKY_PLC_URL}/_health")
    url = settings.BLUESKY_JETSTREAM_URL
    if not url:
        yield off("Jetstream", "BLUESKY_JETSTREAM_URL is off: rounds alone find out what was deleted")
        return
    try:
        with opened(f"{url}?requireHello=true", agent=settings.USER_AGENT, allowed=settings.FETCH_ALLOW_HOSTS):
            yield ok("Jetstream", "the stream can be opened")
    except UnrollError as error:
        yield warning("Jetstream", in_words(error), f"{_REACH} Until then rounds find out what was deleted.")


def mastodon() -> Iterator[Finding]:
    """Every server is its own; the one that can be asked is the bot's."""
    if not settings.MASTODON_BOT_URL:
        yield off("Mastodon", "needs no key to be read; MASTODON_BOT_URL is not set, so there is no bot")
        return
    url = f"{settings.MASTODON_BOT_URL}/api/v1/accounts/verify_credentials"
    yield _answers("Mastodon", url, token=settings.MASTODON_BOT_TOKEN, key="MASTODON_BOT_TOKEN")


def bot() -> Iterator[Finding]:
    """What the bot's last look at each network brought; nobody is asked anew."""
    for standing in bot_standing.standings():
        name = f"bot on {standing.source.label}"
        if standing.missing:
            yield off(name, f"{', '.join(standing.missing)} not set")
        elif standing.account is None:
            yield warning(name, "never looked for mentions", "Start a clock and a worker for the queue `bot`.")
        elif standing.error:
            yield broken(name, standing.error, "`manage.py bot_status` says more; docs/bot.md how to sign it in anew.")
        else:
            yield ok(name, f"signed in, {standing.waiting:,} mentions wait")


def _ask_x(post: str, *, name: str = "X") -> Finding:
    url = f"{settings.X_API_URL}/2/tweets?ids={post}"
    return _answers(name, url, token=settings.X_BEARER_TOKEN, key="X_BEARER_TOKEN")


def _answers(name: str, url: str, *, token: str = "", key: str = "") -> Finding:
    """One question; a refusal of something that is not there is an answer too."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = networks.http().get(url, headers=headers, total_seconds=_SECONDS)
    except UnrollError as error:
        return broken(name, in_words(error), _REACH)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return broken(name, "does not accept our key", f"Set {key or 'the key'} anew.")
    if answer.status in {HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN}:
        return broken(name, f"refuses us ({answer.status}): {_said(answer.body)}", "Look into the account there.")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return warning(name, "asks us to wait before we ask again", "Wait; work goes on by itself.")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return warning(name, f"is in trouble itself ({answer.status})", "Wait; work goes on by itself.")
    return ok(name, "answers and accepts our key" if token else "answers")


def _said(body: bytes) -> str:
    """The network's own words, shortly."""
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found.get("title") or found.get("detail") or "")[:200] if isinstance(found, dict) else ""


LOOKS = (x, bluesky, mastodon, bot)

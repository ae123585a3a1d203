"""`/help` leaves nothing out: every address of the site is explained, and every link in an article leads somewhere."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from tests.follows import a_reader
from tests.help_pages import links, pages, sold, words

__all__ = ["pages", "sold"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis", "sold")]

NO_FEATURES = {
    # Not read by people
    "read": "the counter of readers",
    "opensearch": "for browsers",
    "static-of-another-release": "for browsers, while the site is updated",
    "manifest": "for telephones",
    "robots": "for robots",
    "security-txt": "for who found a weakness",
    "healthz": "for operators",
    "readyz": "for operators",
    "metrics": "for operators",
    "blog-client": "for blogs",
    "support": "a part of thread pages",
    "personal": "a part of thread pages",
    "place": "where somebody stopped, told by a script",
    "api-nowhere": "an error",
    "stripe-webhook": "for Stripe",
    "patreon-webhook": "for Patreon",
    # Forms and steps of pages that are explained
    "wish": "a step after signing in",
    "unroll": "the form of the first page",
    "find-author": "a form of My Authors",
    "cadence": "a form of My Authors",
    "keep-author": "a form of My Authors",
    "unfollow": "a form of My Authors",
    "mark-seen": "a form of My Authors",
    "renew-feed": "a form of My Authors",
    "clear-report": "a form of the import",
    "library-do": "a form of the library",
    "forget-requests": "a form of My requests",
    "account-reading": "a form of the account",
    "account-mail": "a form of the account",
    "account-data": "a form of the account",
    "account-deleted": "the end of deleting an account",
    "report": "always about a page, which has the link to it",
    "reported": "the end of a report",
    "connect-blog": "a step of connecting a blog",
    "blog-callback": "a step of connecting a blog",
    "begin-archive": "a step of the upload",
    "premium-checkout": "a step of paying",
    "premium-chosen": "a step of paying",
    "premium-done": "the end of paying",
    "premium-manage": "a form of the account",
    "premium-resume": "a form of the account",
    "premium-switch": "a form of the account",
    "donate-thanks": "the end of a donation",
    "gift-done": "the end of a gift",
    "patreon-connect": "only where the site has a page on Patreon",
    "patreon-callback": "a step of connecting Patreon",
    "patreon-disconnect": "a form of connecting Patreon",
}
"""Addresses without parameters to which no article leads, and why."""

WITHIN = {
    "job": ("unroll-a-thread", "how far it is"),
    "refresh": ("something-is-missing", "force a refresh"),
    "thread": ("sharing", "thread"),
    "older-address": ("unroll-a-thread", "just the number"),
    "save": ("library", "Save"),
    "give-file": ("sharing", "Let a friend have a PDF or EPUB"),
    "gift-file": ("sharing", "opens without an account"),
    "revoke-gift": ("sharing", "take back what nobody took"),
    "send": ("sharing", "Send to a friend"),
    "add-highlight": ("highlights", "select some words"),
    "highlight": ("highlights", "change the color"),
    "thread-markdown": ("files", "Markdown"),
    "thread-text": ("files", "Plain text"),
    "thread-json": ("services", "API"),
    "thread-pdf": ("files", "PDF"),
    "thread-epub": ("files", "EPUB"),
    "thread-file": ("files", "buttons"),
    "author": ("my-authors", "author’s page"),
    "author-feed": ("my-authors", "feed (Atom)"),
    "follow": ("my-authors", "Follow"),
    "lookup": ("my-authors", "type a handle"),
    "personal-feed": ("my-authors", "Your own feed"),
    "private-link": ("private-links", "Only who has its link"),
    "private-thread": ("private-links", "unless you saved it"),
    "save-private": ("private-links", "unless you saved it"),
    "revoke-private-link": ("private-links", "revoke"),
    "prolong-private-link": ("private-links", "Prolong"),
    "saved": ("library", "Tags and note"),
    "keep-copies": ("kept-copies", "let go of the copies"),
    "library-import": ("bring-your-links", "report"),
    "library-part": ("take-it-with-you", "parts"),
    "forget-request": ("unroll-a-thread", "delete one"),
    "forget-mention": ("the-bot", "You can delete it"),
    "media": ("reading", "Pictures come through this site"),
    "stop-mail": ("mail", "a link at its end"),
    "stop-weekly": ("mail", "Weekly books"),
    "refuse-mail": ("sharing", "refuse all further ones"),
    "mail-events": ("mail", "your mail server told us"),
    "practice-thread": ("practice", "unrolled page"),
    "account-data-file": ("your-data", "the file waits"),
    "revoke-token": ("services", "revoke it"),
    "integration": ("services", "Paste your Readwise token"),
    "redeliver": ("services", "sent again"),
    "help-article": ("privacy", ""),
    "asked-as-author": ("opting-out", "form for authors without an account"),
    "claim": ("your-threads", "You get a code"),
    "profile": ("your-threads", "how many people read each"),
    "publish-thread": ("your-blog", "Publish on my blog"),
    "blog-post": ("your-blog", "Its page tells how far it is"),
    "remove-blog": ("your-blog", "Remove one"),
    "archive": ("x-archive", "The report"),
    "archive-part": ("x-archive", "goes on where it stopped"),
}
"""Addresses with parameters: the article that speaks of them, and in which words."""


def test_every_link_in_an_article_answers_and_every_anchor_is_there(client: Client, pages: dict[str, str]) -> None:
    member = Client()
    member.force_login(a_reader("alice", premium=True))
    inner = {(slug, link) for slug, page in pages.items() for link in links(page) if not link.startswith("http")}
    assert len(inner) > 100
    for slug, link in sorted(inner):
        parts = urlsplit(link)
        path = parts.path or f"/help/{slug}"
        answer = member.get(path, follow=True)
        assert answer.status_code == HTTPStatus.OK, (slug, link)
        if parts.fragment:
            html = client.get(path).content.decode() if path == "/" else answer.content.decode()
            assert f'id="{parts.fragment}"' in html, (slug, link)


def routes() -> dict[str, bool]:
    """Names of our own addresses, and whether they have parameters. Those of signing in and of the API's operations
    are explained as a whole."""
    found: dict[str, bool] = {}

    def walk(patterns: Sequence[object]) -> None:
        for each in patterns:
            if isinstance(each, URLPattern):
                if each.name and each.callback.__module__.startswith(("unroller", "billing")):
                    found[each.name] = bool(each.pattern.regex.groups)
            elif not each.namespace and each.app_name != "admin":  # type: ignore[attr-defined]
                walk(each.url_patterns)  # type: ignore[attr-defined]

    walk(get_resolver().url_patterns)
    return found


def test_every_feature_of_the_site_is_explained(pages: dict[str, str]) -> None:
    there = set().union(*(links(page) for page in pages.values()))
    paths = {urlsplit(link).path for link in there}
    for name, has_parameters in routes().items():
        if has_parameters:
            continue
        address = reverse(name)
        assert (address in paths) != (name in NO_FEATURES), f"{name}: explain {address}, or say why not"


def test_what_lies_below_other_pages_is_explained_there(pages: dict[str, str]) -> None:
    for name in (name for name, has_parameters in routes().items() if has_parameters):
        assert name in WITHIN or name in NO_FEATURES, f"{name}: which article speaks of it?"
    for name, (slug, said) in WITHIN.items():
        assert said in words(pages[slug]), name

"""What tests read on the help pages, where something is sold."""

import re
from html import unescape
from http import HTTPStatus

import pytest
from django.test import Client
from pytest_django import Settings

from unroller.help.articles import ARTICLES

HREF = re.compile(r'href="([^"]*)"')


@pytest.fixture(autouse=True)
def sold(settings: Settings) -> None:
    settings.BILLING_ENABLED = True


@pytest.fixture
def pages(client: Client, sold: None) -> dict[str, str]:
    return {slug: shown(client, f"/help/{slug}") for slug in ARTICLES}


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.OK, address
    return answer.content.decode()


def words(html: str) -> str:
    """What a reader reads in the middle of a page."""
    main = html.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def links(html: str) -> set[str]:
    return {unescape(each) for each in HREF.findall(html.partition("<main")[2].partition("</main>")[0])}


def top(client: Client, question: str) -> list[str]:
    """Slugs of what is found, the best first."""
    return re.findall(r'<article class="result">\s*<h2><a href="/help/([\w-]+)', shown(client, f"/help?q={question}"))

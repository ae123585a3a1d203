"""`/help`: every feature is explained, with the numbers by which the code goes, and found by asking."""

import re
from http import HTTPStatus
from typing import get_args

import pytest
from django.conf import settings as site_settings
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoAssertNumQueries, Settings

from tests.help_pages import links, pages, shown, sold, top, words
from unroller.core.posts import Reason
from unroller.help.articles import ARTICLES, SECTIONS
from unroller.help.numbers import numbers
from unroller.models import BotAccount

__all__ = ["pages", "sold"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis", "sold")]

TEMPLATES = site_settings.BASE_DIR / "templates" / "help"
PICTURES = site_settings.BASE_DIR / "unroller" / "static" / "help"
NOT_WORDS = re.compile(r"{#.*?#}|{{.*?}}|{%.*?%}|<code>.*?</code>|<kbd>.*?</kbd>|<[^>]*>|&\w+;", re.DOTALL)


def test_charlie_reads_all_of_it_without_a_cookie_and_without_a_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for address in ("/help", "/help?q=mail", *(f"/help/{slug}" for slug in ARTICLES)):
        with django_assert_num_queries(0):
            answer = client.get(address)
        assert answer.status_code == HTTPStatus.OK, address
        assert not answer.cookies


def test_the_list_leads_to_every_article(client: Client) -> None:
    assert {f"/help/{slug}" for slug in ARTICLES} <= links(shown(client, "/help"))
    assert len(ARTICLES) == sum(map(len, SECTIONS.values()))


def test_articles_about_money_are_only_there_where_something_is_sold(client: Client, settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    assert client.get("/help/premium").status_code == HTTPStatus.NOT_FOUND
    assert "premium" not in top(client, "premium")
    for slug, article in ARTICLES.items():
        if not article.sold:
            page = shown(client, f"/help/{slug}")
            assert "$" not in words(page), slug
            assert not {"/help/premium", "/help/paying"} & links(page), slug


def test_there_is_no_other_article(client: Client) -> None:
    for slug in ("nothing", "index", "_premium", "article"):
        assert client.get(f"/help/{slug}").status_code == HTTPStatus.NOT_FOUND


def test_see_also_names_articles_and_never_itself() -> None:
    for slug, article in ARTICLES.items():
        assert slug not in article.see
        assert set(article.see) <= set(ARTICLES)


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("reading-time", "238 a minute"),
        ("reading-time", "500 a minute"),
        ("reading-time", "12 seconds for the first"),
        ("reading-time", "never less than 3 seconds"),
        ("reading-time", "at most 60 seconds each"),
        ("something-is-missing", "once in 5 minutes"),
        ("something-is-missing", "1,000 posts at first"),
        ("unroll-a-thread", "20 new threads an hour, and 200 with premium"),
        ("my-authors", "20 authors, and 500 with premium"),
        ("my-authors", "3 posts in a chain"),
        ("mail", "comes at 8 o’clock"),
        ("library", "holds 100 threads"),
        ("files", "500 of its posts a day"),
        ("kept-copies", "5,000 megabytes"),
        ("kept-copies", "30 days more, and we write 7 days before"),
        ("private-links", "1, 7 or 30 days"),
        ("sharing", "20 files in 30 days"),
        ("services", "5 addresses"),
        ("premium", "$3.00 a month or $30.00 a year"),
        ("paying", "premium for 14 days"),
        ("paying", "$1.00 to $500.00"),
        ("the-bot", "5 answers to the same person within 10 minutes, or 30 within a day"),
        ("practice", "deleted after 24 hours"),
        ("account", "good for 15 minutes"),
        ("your-data", "waits for 7 days"),
    ],
)
def test_articles_say_the_numbers_by_which_the_code_goes(pages: dict[str, str], slug: str, said: str) -> None:
    assert said in words(pages[slug])


@pytest.mark.parametrize("slug", ARTICLES)
def test_no_number_is_typed_into_an_article(slug: str) -> None:
    assert re.findall(r"\d+", NOT_WORDS.sub(" ", (TEMPLATES / f"{slug}.html").read_text())) == []


def test_every_number_is_said_somewhere() -> None:
    said = "".join(path.read_text() for path in TEMPLATES.glob("*.html"))
    assert {name for name in numbers() if f"number.{name}" not in said} == set()


def test_every_reason_of_a_thread_that_is_not_complete_is_explained(pages: dict[str, str]) -> None:
    explained = pages["something-is-missing"].partition('id="reasons"')[2].partition("</dl>")[0]
    assert explained.count("<dt>") == len(get_args(Reason))


def test_a_setting_shows_where_the_bot_listens(client: Client, settings: Settings) -> None:
    settings.X_BOT_HANDLE, settings.BLUESKY_BOT_HANDLE, settings.MASTODON_BOT_TOKEN = "", "", ""
    assert "not connected to a network yet" in words(shown(client, "/help/the-bot"))
    settings.X_BOT_HANDLE, settings.MASTODON_BOT_URL, settings.MASTODON_BOT_TOKEN = "reads", "https://m.example", "t"
    BotAccount.objects.create(source="mastodon", handle="reads@m.example", due_at=timezone.now())
    page = words(shown(client, "/help/the-bot"))
    assert "X : @reads" in page
    assert "Mastodon : @reads@m.example" in page


def test_pictures_are_there_have_words_and_their_real_size(pages: dict[str, str]) -> None:
    found = re.findall(
        r'<img src="[^"]*?help/([\w-]+)(?:\.\w{8,16})?\.webp" width="(\d+)" height="(\d+)" alt="([^"]+)"',
        "".join(pages.values()),
    )
    assert len(found) >= 8
    assert {name for name, *_ in found} == {path.stem for path in PICTURES.glob("*.webp")}
    for name, width, height, alt in found:
        with Image.open(PICTURES / f"{name}.webp") as picture:
            assert picture.width / picture.height == pytest.approx(int(width) / int(height), rel=0.01)
        assert len(alt) > 20
    assert sum(path.stat().st_size for path in PICTURES.glob("*.webp")) < 600_000

"""`/help?q=`: a question finds its article, and nonsense is answered kindly."""

from http import HTTPStatus

import pytest
from django.test import Client

from tests.help_pages import shown, sold, top, words

__all__ = ["sold"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis", "sold")]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("cancel", "paying"),
        ("how do I cancel my membership?", "paying"),
        ("dark mode", "reading"),
        ("unsubscribe", "mail"),
        ("kindle", "kindle"),
        ("tagging", "library"),
        ("delete my account", "your-data"),
        ("reading time", "reading-time"),
        ("opt out", "opting-out"),
        ("webhook", "services"),
        ("highligts", "highlights"),
        ("ÉPUB", "files"),
        ("bookmarklet", "unroll-a-thread"),
    ],
)
def test_a_question_finds_its_article_first(client: Client, question: str, first: str) -> None:
    assert top(client, question)[0] == first


def test_a_hit_shows_the_sentence_and_leads_to_its_place(client: Client) -> None:
    page = shown(client, "/help?q=refuse+further")
    assert 'href="/help/sharing#mail"' in page
    assert "<mark>refuse</mark> all <mark>further</mark> ones" in page


def test_a_mistyped_word_is_understood_and_said(client: Client) -> None:
    assert "Read as “" in words(shown(client, "/help?q=highligts"))


def test_some_of_the_words_are_better_than_nothing(client: Client) -> None:
    page = words(shown(client, "/help?q=kindle+xylophone"))
    assert "No article holds all of these words." in page
    assert "Kindle and the weekly book" in page


@pytest.mark.parametrize("question", ["", "   ", "\0", "%00"])
def test_an_empty_question_shows_all_articles(client: Client, question: str) -> None:
    page = shown(client, f"/help?q={question}")
    assert "Nothing found" not in page
    assert "/help/trouble" in page


@pytest.mark.parametrize(
    "question", ["qqqzzz", "؟؟؟", "🦔", "<script>alert(1)</script>xq", "'; DROP", "x" * 5000, "龘龘"]
)
def test_nonsense_is_answered_kindly(client: Client, question: str) -> None:
    answer = client.get("/help", {"q": question})
    assert answer.status_code == HTTPStatus.OK
    page = answer.content.decode()
    assert "<script>alert" not in page
    assert "Nothing found" in page or "No article holds all" in page or "article" in page
    assert client.get("/help", {"q": "qqqzzz"}).content.decode().count("/help/trouble") == 1


def test_a_word_stands_with_what_is_said_of_it_and_cells_stand_apart(client: Client) -> None:
    page = words(shown(client, "/help?q=pdf"))
    assert "PDF : Words that can be selected" in page
    assert "PDF and EPUB · Of your own threads · Of any thread" in page

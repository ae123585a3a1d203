"""Public search: which threads answer, in which order, with which snippet."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pytest_django import DjangoAssertNumQueries

from tests.searches import found, marked, paths, somebody, wrote
from unroller import searching
from unroller.actions import indexing
from unroller.core.posts import Card, Media, Option, Poll, Quote
from unroller.core.search_terms import parse
from unroller.models import Thread, ThreadWords

pytestmark = pytest.mark.django_db

QUERIES = 8
"""A savepoint, the bounds, the words' forms, the search, the threads, the savepoint's end; then the documents of the
threads and their words' forms."""


def snippet(asked: str) -> str:
    """Of the first result."""
    first = searching.public(parse(asked), 1).results[0].snippet
    assert first is not None
    return marked(first.parts)


@pytest.mark.parametrize(
    ("lang", "text", "asked"),
    [
        ("en", "The lighthouses were shining brightly", "lighthouse shine"),
        ("en", "To be or not to be", '"to be or not to be"'),
        ("de", "Die Häuser am Hafen", "haus hafen"),
        ("de", "Die Häuser am Hafen", "hauser"),
        ("fr", "Les maisons légères", "maison legere"),
        ("es", "¿Dónde está el corazón?", "donde corazon"),
        ("ru", "Новые маяки на берегу", "маяк берег"),
        ("ru", "Ещё один ёж", "еще еж"),
        ("tr", "İstanbul'da IŞIK", "istanbul"),
        ("ar", "المَنَارَة القديمة في البحر", "المنارة"),
        ("he", "הַמִּגְדַּלּוֹר הישן", "המגדלור"),
        ("hi", "किताबें पढ़ना अच्छा है", "किताब"),
        ("th", "ประภาคารอยู่ริมทะเล", "ริมทะเล"),
        ("ja", "東京タワーの灯台", "灯台"),
        ("ja", "東京タワーの灯台", "台"),
        ("ja", "ﾄｳｷｮｳ", "トウキョウ"),
        ("zh", "海边的灯塔很美", "灯塔"),
        ("ko", "서울에서 등대를 보았다", "등대"),
        ("eo", "La lumturo ĉe la maro", "ce maro"),
        ("", "Wörter ohne Sprache", "worter sprache"),
        ("en", "Say naïve, not naive; #LightHouse_2026", "naive lighthouse 2026"),
    ],
)
def test_words_are_found_in_their_languages(lang: str, text: str, asked: str) -> None:
    wrote(1, text, lang=lang)
    wrote(100, "Something else altogether", author=somebody("Ali", "ali"))
    assert found(asked) == ["1"]
    assert "[" in snippet(asked)


def test_all_words_must_be_there() -> None:
    wrote(1, "A lamp on the pier")
    wrote(10, "A lamp in the house")
    assert found("lamp pier") == ["1"]
    assert set(found("lamp")) == {"1", "10"}
    assert set(found("pier OR house")) == {"1", "10"}
    assert found("lamp castle") == []


def test_a_phrase_stands_in_one_post_in_this_order() -> None:
    wrote(1, "the old lamp burns")
    wrote(10, "lamp of the old days")
    assert found('"old lamp"') == ["1"]
    assert found('"lamp old"') == []
    assert found('"burns this is"') == []
    assert found('-"old lamp" lamp') == ["10"]


def test_unspaced_words_are_phrases() -> None:
    wrote(1, "東京都に住む", lang="ja")
    wrote(10, "京都と東京", lang="ja")
    assert found("東京都") == ["1"]
    assert set(found("京都")) == {"1", "10"}
    assert found("京都 -東京都") == ["10"]


def test_exclusions_count_in_every_language() -> None:
    wrote(1, "Das Haus am See", lang="de")
    wrote(10, "Das Haus am Meer", lang="de")
    assert found("haus -meere") == ["1"]
    assert found("-see haus") == ["10"]


def test_authors_are_found_by_the_beginnings_of_their_names() -> None:
    wrote(1, "Mara is praised here", author=somebody("Ali Öztürk", "ali_o"))
    wrote(10, "A lamp")
    assert found("author:mara") == ["10"]
    assert found("author:@maral lamp") == ["10"]
    assert found("author:ozt") == ["1"]
    assert found('author:"ali ozturk"') == ["1"]
    assert found("author:ali_o") == ["1"]
    assert found("mara -author:mara") == ["1"]
    assert found("author:lind praised") == []


def test_threads_are_sifted_by_date_and_network() -> None:
    wrote(1, "An old lamp", created_at=datetime(2024, 5, 1, tzinfo=UTC))
    wrote(10, "A new lamp", created_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert found("lamp before:2025") == ["1"]
    assert found("lamp after:2024-05-02") == ["10"]
    assert found("lamp after:2024-05-01 before:2026-03-01") == ["1"]
    assert len(found("lamp network:x")) == 2
    assert found("lamp network:mastodon") == []


def test_whatever_a_reader_sees_is_found() -> None:
    wrote(
        1,
        "First words",
        quote=Quote(text="A quoted walrus", author=somebody("Nils", "nilsson")),
        media=(Media(type="photo", url="https://pbs.twimg.com/a.jpg", alt="A described penguin"),),
        poll=Poll(options=(Option(label="An albatross"),)),
        card=Card(url="https://example.com", title="A linked pelican", description="about herons"),
    )
    for asked in ("walrus", "penguin", "albatross", "pelican", "heron", "nilsson", "lindqvist"):
        assert found(asked) == ["1"]
    assert snippet("penguin") == "A described [penguin]"


def test_a_title_counts_more_than_words_and_words_more_than_what_hangs_on_them() -> None:
    wrote(1, "Something else", quote=Quote(text="a lamp"))
    wrote(10, "Something else at first.\n\nThen a lamp")
    wrote(20, "A lamp.\n\nSomething else follows")
    assert found("lamp") == ["20", "10", "1"]


def test_of_equals_the_newer_is_first() -> None:
    now = timezone.now()
    wrote(1, "A lamp", created_at=now - timedelta(days=900))
    wrote(10, "A lamp", created_at=now)
    wrote(20, "A lamp", created_at=now - timedelta(days=90))
    assert found("lamp") == ["10", "20", "1"]


def test_removed_and_unlisted_threads_are_never_found() -> None:
    wrote(1, "A lamp")
    wrote(10, "A lamp")
    Thread.objects.filter(path="1").update(unlisted=True)
    Thread.objects.filter(path="10").update(removed="gone", document=None)
    assert ThreadWords.objects.count() == 2
    assert found("lamp") == []


def test_unlisted_threads_do_not_crowd_out_the_listed_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "RANKED", 3)
    wrote(1, "A lamp on the pier", created_at=datetime(2024, 5, 1, tzinfo=UTC))
    nils = replace(somebody("Nils", "nilsson"), unlisted=True)
    for number in range(10, 60, 10):
        wrote(number, "A lamp again", author=nils)
    for number in range(100, 600, 100):
        Thread.objects.filter(id=wrote(number, "A lamp again").id).update(private=True)
    indexing.index_due()
    assert found("lamp") == ["1"]
    assert not searching.public(parse("lamp"), 1).more


def test_a_snippet_names_its_post_and_is_short() -> None:
    wrote(1, "light " * 100)
    page = searching.public(parse("post"), 1)
    first = page.results[0].snippet
    assert first is not None
    assert (first.text.anchor, marked(first.parts)) == ("post-2", "This is [post] 2.")
    assert len(snippet("light").replace("[", "").replace("]", "")) <= 280


def test_folded_words_are_found_but_not_shown() -> None:
    wrote(1, "The butler did it", warning="Spoilers")
    page = searching.public(parse("butler"), 1)
    assert paths(page) == ["1"]
    assert page.results[0].snippet is None


def test_a_page_reads_no_more_than_its_share_for_snippets(monkeypatch: pytest.MonkeyPatch) -> None:
    wrote(1, "A lamp " + "burns " * 2_000)
    wrote(10, "burns " * 2_000 + "lamp")
    wrote(20, "A lamp")
    monkeypatch.setattr(searching, "LETTERS", 6_000)
    shown = {result.thread.path: result.snippet for result in searching.public(parse("lamp"), 1).results}
    assert [path for path, snippet in shown.items() if snippet] == ["20", "1"]
    assert len(shown) == 3
    monkeypatch.setattr(searching, "POSTS", 1)
    assert [bool(result.snippet) for result in searching.public(parse("lamp"), 1).results] == [True, False, False]


def test_snippets_are_cut_after_the_transaction(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    wrote(1, "A lamp")
    with django_assert_num_queries(QUERIES) as asked:
        found("lamp")
    order = [query["sql"] for query in asked.captured_queries]
    assert [index for index, sql in enumerate(order) if sql.startswith("RELEASE")] == [QUERIES - 3]


def test_pages_hold_twenty_and_end() -> None:
    for number in range(1, 46, 2):
        wrote(number, "A lamp")
    first, second, third = (searching.public(parse("lamp"), number) for number in (1, 2, 3))
    assert (len(first.results), first.total, first.more, first.next_number) == (20, 23, False, 2)
    assert (len(second.results), second.total, second.next_number) == (3, 23, 0)
    assert third.results == []
    assert not set(paths(first)) & set(paths(second))


def test_more_matches_than_are_ranked_are_said_to_be_more() -> None:
    copies(wrote(1, "A lamp"), 1_200)
    page = searching.public(parse("lamp"), 50)
    assert (page.total, page.more, len(page.results), page.next_number) == (1000, True, 20, 0)
    assert len(searching.public(parse("lamp"), 10**9).results) == 20


def copies(thread: Thread, count: int) -> None:
    """More threads with the same words."""
    words = ThreadWords.objects.get(thread=thread)
    rows = [Thread(**(fields(thread) | {"id": None, "path": f"copy{number}"})) for number in range(count)]
    Thread.objects.bulk_create(rows)
    ThreadWords.objects.bulk_create(ThreadWords(**(fields(words) | {"thread_id": row.id})) for row in rows)


def fields(row: Thread | ThreadWords) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_search_asks_the_same_queries_for_n_and_2n(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for batch in (range(1, 9, 2), range(9, 17, 2)):
        for number in batch:
            wrote(number, "A lamp on the pier")
        with django_assert_num_queries(QUERIES):
            page = searching.public(parse('lamp "the pier" -castle author:mara'), 1)
        assert len(page.results) == Thread.objects.count()


def test_a_question_that_is_too_much_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "PUBLIC", "SELECT 1, 1, 1 FROM pg_sleep(5) WHERE %(exact)s <> ''")
    monkeypatch.setitem(searching.PLANNER, "statement_timeout", "100")
    with pytest.raises(searching.TooSlow):
        found("lamp")
    assert Thread.objects.count() == 0


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
    | st.text(alphabet="ab東é'\"-:|&!()<>*\\ \t@#%“”:,.~`^[]{}012$;/?=+_", max_size=40)
)
@example("'; DROP TABLE unroller_thread; --")
@example("a\\' & !b:* <-> (c|d)")
@example("%s %(user)s $1 {0} %")
@example("東" * 55)
def test_no_question_is_an_error(asked: str) -> None:
    wanted = parse(asked)
    if wanted.groups and not wanted.problem:
        assert searching.public(wanted, 1).results == []

"""Full-text search over ten thousand and a hundred thousand threads: what a page of results costs the database."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from django.db import connection, transaction

from tests.bench.polling import Meter
from unroller import searching, store
from unroller.actions import indexing, threads
from unroller.core.assemble import assemble
from unroller.core.posts import Person, Pile, Post
from unroller.core.search_terms import parse
from unroller.models import Thread

SMALL, LARGE = 10_000, 100_000
SAMPLES = 1_000
"""Threads that are made of words and read as on the site; all others are copies of them with a word of their own."""
POSTS = 8
WORDS_OF_A_POST = 40
VOCABULARY = 20_000
ALPHABETS = {
    "en": "aeioubcdfghlmnprstvw",
    "de": "aeiouäöübdfghklmnrst",
    "fr": "aeiouéèabcdlmnpqrstv",
    "ru": "аеиоубвгдклмнпрстчшы",
    "ar": "ابتثجحدرسشعفقكلمنهوي",
    "ja": "".join(chr(0x4E00 + 37 * number) for number in range(400)),
}


def measure() -> Iterator[str]:
    """Milliseconds of database time for a page of results at both sizes, the growth, and reading words in."""
    words = _samples()
    questions = {
        "a word of one thread": "own9999",
        "a rare word": words[5_000],
        "two words": f"{words[300]} {words[700]}",
        "a word of half of all threads": words[5],
        "the most common word": words[0],
        "a phrase of common words": f'"{words[5]} {words[3]}"',
        "a common word, one excluded": f"{words[5]} -{words[20]}",
        "authors by the beginning of a name": f"author:bench {words[5]}",
    }
    times: dict[str, list[float]] = {name: [] for name in questions}
    for size in (SMALL, LARGE):
        _grow(size)
        for name, question in questions.items():
            milliseconds, found = _ask(question)
            times[name].append(milliseconds)
            yield f"search of {size:,} threads, {name} ({found}): {milliseconds:.1f} ms database time (below 50)"
    for name, (small, large) in times.items():
        yield f"search, {name}: {large / small:.2f} times from {SMALL:,} to {LARGE:,} threads (at most 2)"
    for name in ("a look through all", "a look at what is new"):  # the second one is not due again
        if name == "a look through all":
            store.client().delete(indexing.LOOKED)
        meter = Meter()
        with meter.running():
            assert indexing.index_due() == 0
        yield f"nothing to read among {LARGE:,} threads, {name}: {meter.seconds * 1000:.1f} ms database time"
    _clear()


def _ask(question: str) -> tuple[float, str]:
    """Database time of one page, the fastest of ten after one to warm up; and how many results it tells of."""
    times = []
    for _ in range(11):
        meter = Meter()
        with meter.running():
            page = searching.public(parse(question), 1)
        times.append(meter.seconds * 1000)
    if not page.more:
        return min(times[1:]), f"{page.total:,}"
    is_cut = page.total < searching.RANKED
    return min(times[1:]), f"{page.total:,} of the newest" if is_cut else f"more than {page.total:,}"


def _clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE unroller_thread CASCADE")


def _samples() -> list[str]:
    """The threads that are really made and read; the words of English, the most common first."""
    chance = random.Random(5)
    weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
    vocabularies = {language: _vocabulary(chance, letters) for language, letters in ALPHABETS.items()}
    _clear()
    for number in range(SAMPLES):
        language = chance.choice(["en", "en", "en", *ALPHABETS])
        texts = [
            ("" if language == "ja" else " ").join(
                chance.choices(vocabularies[language], cum_weights=weights, k=WORDS_OF_A_POST)
            )
            for _ in range(POSTS)
        ]
        with transaction.atomic():
            threads.save(assemble(_pile(number, texts, language)).thread, None)
    while indexing.index_due():
        pass
    with connection.cursor() as cursor:  # all of it happened long ago
        for table in ("unroller_thread", "unroller_threadwords"):
            cursor.execute(f"UPDATE {table} SET changed_at = posted_at")
    return vocabularies["en"]


def _vocabulary(chance: random.Random, letters: str) -> list[str]:
    longest = 2 if len(letters) > 100 else 11
    return ["".join(chance.choices(letters, k=chance.randint(longest // 2, longest))) for _ in range(VOCABULARY)]


def _pile(number: int, texts: list[str], language: str) -> Pile:
    name = f"bench{number % 50}"
    author = Person(id=name, handle=name, name=f"Bench {number % 50}", url=f"https://x.com/{name}")
    first = 1_000_000 + number * 1_000
    beginning = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number)
    posts = tuple(
        Post(
            id=str(first + place),
            path=str(first + place),
            url=f"https://x.com/{name}/status/{first + place}",
            author=author,
            created_at=beginning + timedelta(minutes=place),
            time=beginning + timedelta(minutes=place),
            order=(10, str(first + place)),
            parent_id=str(first + place - 1) if place else "",
            parent_author_id=name if place else "",
            root_id=str(first),
            text=text,
            html=f"<p>{text}</p>",
            lang=language,
            direction="rtl" if language == "ar" else "ltr",
        )
        for place, text in enumerate(texts)
    )
    return Pile(source="x", anchor_id=posts[0].id, posts=posts)


def _grow(size: int) -> None:
    """Copies of the samples until there are `size` threads. Built without the index, which is made afterwards."""
    own = {"id", "path", "posted_at", "changed_at"}
    columns = ", ".join(field.column for field in Thread._meta.concrete_fields if field.column not in own)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS thread_words")
        cursor.execute("SELECT count(*) FROM unroller_thread")
        have = cursor.fetchone()[0]
        cursor.execute(
            f"""
            WITH samples AS (
                SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM unroller_thread
                WHERE path LIKE '1%%000' ORDER BY id LIMIT {SAMPLES}
            ), copies AS (
                INSERT INTO unroller_thread ({columns}, path, posted_at, changed_at)
                SELECT {columns}, 'copy-' || number, posted_at + number * interval '17 minutes', posted_at
                FROM generate_series(%s::int, %s::int) AS number JOIN samples ON place = number %% {SAMPLES}
                RETURNING id, path, posted_at, changed_at
            )
            INSERT INTO unroller_threadwords (thread_id, changed_at, edition, source, posted_at, listed, vector)
            SELECT copies.id, copies.changed_at, {indexing.EDITION}, 'x', copies.posted_at, true,
                words.vector || ('''own' || split_part(copies.path, '-', 2) || ''':1')::tsvector
            FROM copies JOIN samples ON place = split_part(copies.path, '-', 2)::int %% {SAMPLES}
            JOIN unroller_threadwords words ON words.thread_id = samples.id
            """,
            [have, size - 1],
        )
        cursor.execute("CREATE INDEX thread_words ON unroller_threadwords USING gin (vector) WITH (fastupdate = off)")
        cursor.execute("VACUUM ANALYZE unroller_threadwords, unroller_thread")

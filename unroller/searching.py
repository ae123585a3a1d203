"""Reads of full-text search: a reader's question to a page of threads, the best first, each with a snippet.

The newest RANKED threads that answer a question are ranked, whatever their number: the index finds them without
reading a single lexeme, so a word of every second thread costs little more than a rare one. Phrases must be read to be
known; they are looked for in the newest READ threads that hold their words.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import OperationalError, connections, transaction
from psycopg.errors import QueryCanceled

from accounts.models import User
from unroller import own_words, replica, stemming
from unroller.core.posts import from_document
from unroller.core.search_terms import ONLY_SIFTED, Wanted
from unroller.core.snippets import Snippet, Text, best, needles, promising, texts, words_to_stem
from unroller.core.tsqueries import Forms, Queries, queries, rest
from unroller.models import Thread
from unroller.own_words import Own
from unroller.queries import LISTED

ON_A_PAGE = 20
MOST_PAGES = 50
RANKED = ON_A_PAGE * MOST_PAGES
READ = 3_000
LONGEST = timedelta(seconds=2)
"""What one question may cost the database."""
POSTS, LETTERS = 10_000, 1_000_000
"""What is read of a page's threads for their snippets, all of them together. Behind that they show how they begin."""
ONLY_IN_LIBRARY = "Tags are your own, so tag: looks in your library only. Search there, or leave the tag out."
PLANNER = {
    "statement_timeout": str(LONGEST // timedelta(milliseconds=1)),
    **dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"), "off"),
    "max_parallel_workers_per_gather": "0",
}
"""For the length of one question. The planner does not count that lexemes are kept apart from their rows, and so takes
reading all of them for cheap."""

SCORE = """
    ts_rank_cd('{0.1, 0.3, 0.6, 1}', words.vector, %(ranked)s::tsquery, 1)
    * (1 + 0.3 / (1 + extract(epoch FROM now() - thread.posted_at) / 31557600))
"""
"""D, C, B, A: a title counts ten times what hangs on a post. A thread of today is worth a third more than an old one
is."""
# The column `listed` keeps others from filling the LIMIT; it may be minutes late, so the threads themselves decide.
SHOWN = " AND ".join(f"thread.{column} = %({column})s" for column in LISTED)
# Nothing of a reader's is part of these statements: all of it goes in as parameters.
PUBLIC = f"""
    WITH quick AS MATERIALIZED (
        SELECT words.thread_id FROM unroller_threadwords words
        WHERE words.vector @@ %(quick)s::tsquery AND words.listed
            AND (%(network)s = '' OR words.source = %(network)s)
            AND (%(after)s::timestamptz IS NULL OR words.posted_at >= %(after)s)
            AND (%(before)s::timestamptz IS NULL OR words.posted_at < %(before)s)
        ORDER BY words.posted_at DESC, words.thread_id DESC LIMIT %(most)s
    ), ranked AS MATERIALIZED (
        SELECT words.thread_id, words.posted_at, {SCORE} AS score
        FROM quick JOIN unroller_threadwords words USING (thread_id)
        JOIN unroller_thread thread ON thread.id = quick.thread_id
        WHERE {SHOWN} AND (%(is_quick)s OR words.vector @@ %(exact)s::tsquery)
        LIMIT {RANKED}
    )
    SELECT thread_id, count(*) OVER (), (SELECT count(*) FROM quick) FROM ranked
    ORDER BY score DESC, posted_at DESC, thread_id DESC LIMIT {ON_A_PAGE} OFFSET %(offset)s
"""  # noqa: S608  # nosec B608
LIBRARY = f"""
    WITH own AS (SELECT * FROM unnest(%(own)s::bigint[], %(rests)s::text[]) AS own(thread_id, rest)),
    found AS (
        SELECT saved.thread_id FROM unroller_saved saved JOIN unroller_threadwords words USING (thread_id)
        JOIN unroller_thread thread ON thread.id = saved.thread_id AND thread.removed = ''
        WHERE saved.user_id = %(user)s AND words.vector @@ %(exact)s::tsquery
        UNION SELECT saved.thread_id FROM unroller_saved saved WHERE saved.user_id = %(user)s AND %(exact)s = ''
        UNION SELECT own.thread_id FROM own LEFT JOIN unroller_threadwords words USING (thread_id)
        WHERE own.rest = '' OR coalesce(words.vector, '') @@ own.rest::tsquery
    ), newest AS MATERIALIZED (
        SELECT saved.thread_id, saved.saved_at FROM found JOIN unroller_saved saved USING (thread_id)
        JOIN unroller_thread thread ON thread.id = thread_id
        WHERE saved.user_id = %(user)s AND NOT thread_id = ANY(%(dropped)s::bigint[])
            AND saved.tags @> %(tags)s::varchar[] AND NOT saved.tags && %(without_tags)s::varchar[]
            AND (%(network)s = '' OR thread.source = %(network)s)
            AND (%(after)s::timestamptz IS NULL OR thread.posted_at >= %(after)s)
            AND (%(before)s::timestamptz IS NULL OR thread.posted_at < %(before)s)
        ORDER BY saved.saved_at DESC, thread_id DESC LIMIT %(most)s
    ), ranked AS MATERIALIZED (
        SELECT thread_id, saved_at,
            coalesce({SCORE}, 0) + CASE WHEN thread_id = ANY(%(own)s::bigint[]) THEN 0.3 ELSE 0 END AS score
        FROM newest JOIN unroller_thread thread ON thread.id = thread_id
        LEFT JOIN unroller_threadwords words USING (thread_id) LIMIT {RANKED}
    )
    SELECT thread_id, count(*) OVER (), (SELECT count(*) FROM newest) FROM ranked
    ORDER BY score DESC, saved_at DESC, thread_id DESC LIMIT {ON_A_PAGE} OFFSET %(offset)s
"""  # noqa: S608  # nosec B608


class TooSlow(Exception):
    """The database was stopped: the question is too much for it."""

    sentence = "This search takes too long. Please ask with rarer words, or with fewer of them."


class Result(NamedTuple):
    """A thread that answers. `snippet` is of its words, None where those are not what was found; `own` are the
    reader's: their tags, notes and highlights that hold what was asked."""

    thread: Thread
    snippet: Snippet | None
    own: tuple[Own, ...] = ()


class _Answers(NamedTuple):
    """Some of the threads that answer, without their documents; the rest is as in a page."""

    threads: list[Thread]
    total: int
    more: bool


class Page(NamedTuple):
    """Some of the results, the best first. `total` are all that were ranked; `more`: there are others besides."""

    results: list[Result]
    total: int
    more: bool
    number: int

    @property
    def next_number(self) -> int:
        """The page after this one; 0 after the last."""
        return self.number + 1 if self.number * ON_A_PAGE < self.total and self.number < MOST_PAGES else 0


def problem(wanted: Wanted, *, in_library: bool) -> str:
    """Why a question makes no sense, or none in this place; empty when it does."""
    has_tags = bool(wanted.tags or wanted.without_tags)
    if wanted.problem or in_library:
        return wanted.problem
    if wanted.is_sifted_only:
        return ONLY_SIFTED
    return ONLY_IN_LIBRARY if has_tags else ""


@replica.may_lag
def public(wanted: Wanted, number: int) -> Page:
    """A page of listed threads. `wanted` has a group. Raises TooSlow."""
    with _bounded():
        forms = _forms(wanted)
        asked = queries(wanted, forms)
        most = RANKED if asked.is_quick else READ
        parameters = _parameters(wanted, asked, number) | LISTED | {"most": most + 1}
        answers = _answers(PUBLIC, parameters)
    return _page(answers, wanted, forms, {}, number=parameters["number"])


def library(user: User, wanted: Wanted, number: int) -> Page:
    """A page of the threads that a reader saved; words in their own notes, tags and highlights count, too.
    Raises TooSlow."""
    with _bounded():
        forms = _forms(wanted)
        own = own_words.found(user, wanted, forms)
        parameters = _parameters(wanted, queries(wanted, forms), number) | {
            "user": user.pk,
            "most": RANKED + 1,
            "own": [thread for thread, found in own.items() if not found.is_excluded],
            "rests": [rest(wanted, found.groups, forms) for found in own.values() if not found.is_excluded],
            "dropped": [thread for thread, found in own.items() if found.is_excluded],
            "tags": list(wanted.tags),
            "without_tags": list(wanted.without_tags),
        }
        answers = _answers(LIBRARY, parameters)
    shown = {thread: found.shown for thread, found in own.items()}
    return _page(answers, wanted, forms, shown, number=parameters["number"])


@contextmanager
def _bounded() -> Iterator[None]:
    """One question, at most so long, by the index and row by row from there."""
    try:
        database = replica.alias()
        with transaction.atomic(using=database), connections[database].cursor() as cursor:
            names = ", ".join("set_config(%s, %s, true)" for _ in PLANNER)
            cursor.execute(f"SELECT {names}", [part for setting in PLANNER.items() for part in setting])
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise


def _forms(wanted: Wanted) -> Forms:
    terms = [*wanted.excluded, *(term for group in wanted.groups for term in group)]
    return stemming.forms(each.text for term in terms for each in term.elements if each.whole)


def _parameters(wanted: Wanted, asked: Queries, number: int) -> dict[str, Any]:
    return {
        "exact": asked.exact,
        "quick": asked.quick,
        "ranked": asked.ranked,
        "is_quick": asked.is_quick,
        "network": wanted.network,
        "after": wanted.after,
        "before": wanted.before,
        "number": min(max(number, 1), MOST_PAGES),
        "offset": (min(max(number, 1), MOST_PAGES) - 1) * ON_A_PAGE,
    }


def _answers(statement: str, parameters: dict[str, Any]) -> _Answers:
    with connections[replica.alias()].cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    total, looked_at = rows[0][1:] if rows else (0, 0)
    known = Thread.objects.select_related("author").defer("document").in_bulk([row[0] for row in rows])
    threads = [known[row[0]] for row in rows if row[0] in known]
    return _Answers(threads, total, more=looked_at >= parameters["most"] or total >= RANKED)


def _page(answers: _Answers, wanted: Wanted, forms: Forms, own: Mapping[int, tuple[Own, ...]], *, number: int) -> Page:
    snippets = _snippets(answers.threads, wanted, forms)
    results = [Result(thread, snippets.get(thread.id), own.get(thread.id, ())) for thread in answers.threads]
    return Page(results, answers.total, answers.more, number)


def _snippets(threads: list[Thread], wanted: Wanted, forms: Forms) -> dict[int, Snippet]:
    """What is shown of each thread, by its id. One statement stems the words of all that may be meant."""
    beginnings = needles(wanted, forms)
    found = _promising(threads, beginnings) if beginnings else {}
    stems = stemming.Stems(pair for hits in found.values() for pair in words_to_stem(hits, beginnings))
    snippets = {thread: best(hits, wanted, forms, forms_of=stems) for thread, hits in found.items()}
    return {thread: snippet for thread, snippet in snippets.items() if snippet}


def _promising(threads: list[Thread], beginnings: frozenset[str]) -> dict[int, list[Text]]:
    """The texts that may hold what was found, by their thread's id. Short threads come first, since what they leave is
    for the long ones; documents are read one by one until there were enough."""
    rows = Thread.objects.filter(id__in=[thread.id for thread in threads], document__isnull=False)
    rows = rows.order_by("post_count", "word_count", "id")
    found: dict[int, list[Text]] = {}
    posts, letters = POSTS, LETTERS
    for place, (thread, document) in enumerate(rows.values_list("id", "document").iterator(chunk_size=1)):
        content = from_document(document or {})
        found[thread], looked_at = promising(texts(content), beginnings, most=letters // (len(threads) - place))
        posts -= len(list(content.posts))
        letters -= looked_at
        if posts <= 0:
            break
    return found

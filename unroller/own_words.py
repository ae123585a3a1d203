"""What a reader wrote and marked themselves, read for a question: tags, notes and highlights of their saved threads.

There are few of them, in whatever language, and they are nobody else's: they are read when they are asked for.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from django.db import connection

from accounts.models import User
from unroller import stemming
from unroller.core.search_terms import Wanted
from unroller.core.snippets import Part, Text, best, holds, needles, words_to_stem
from unroller.core.tsqueries import Forms
from unroller.core.words import skimmed

PASSAGE = "Your highlight"
SHOWN = 3
"""Of one thread."""
OWN = """
    SELECT thread_id, kind, words FROM (
        SELECT thread_id, 1 AS place, 'Tags' AS kind, array_to_string(tags, ', ') AS words
        FROM unroller_saved WHERE user_id = %(user)s AND tags <> '{}'
        UNION ALL SELECT thread_id, 2, 'Your note', note
        FROM unroller_saved WHERE user_id = %(user)s AND note <> ''
        UNION ALL SELECT thread_id, 3, %(passage)s, quote
        FROM unroller_highlight WHERE user_id = %(user)s AND quote <> ''
        UNION ALL SELECT thread_id, 4, 'Your note on a highlight', note
        FROM unroller_highlight WHERE user_id = %(user)s AND note <> ''
    ) AS own ORDER BY thread_id, place
"""


class Own(NamedTuple):
    """Something of a reader's that holds what they asked."""

    kind: str
    parts: tuple[Part, ...]

    @property
    def is_passage(self) -> bool:
        """Whether the words are the thread's, which the reader marked."""
        return self.kind == PASSAGE


class Found(NamedTuple):
    """What a reader's own words on a thread answer: the numbers of the groups, and whether they hold what was
    excluded."""

    groups: frozenset[int]
    is_excluded: bool
    shown: tuple[Own, ...]


def found(user: User, wanted: Wanted, forms: Forms) -> dict[int, Found]:
    """By the id of the thread; only threads on which something was found."""
    terms = tuple((term,) for term in wanted.excluded)
    beginnings = needles(wanted._replace(groups=wanted.groups + terms), forms)
    hits = _promising(user, beginnings)
    pairs = words_to_stem((text for _, _, text in hits), beginnings)
    known = stemming.forms({word for _, word in pairs})
    answers = {
        thread: _answer(((kind, text) for _, kind, text in rows), wanted, forms, known)
        for thread, rows in groupby(hits, key=lambda hit: hit[0])
    }
    return {thread: answer for thread, answer in answers.items() if answer.groups or answer.is_excluded}


def _promising(user: User, beginnings: frozenset[str]) -> list[tuple[int, str, Text]]:
    """Their texts that may hold what is looked for, thread by thread."""
    if not beginnings:
        return []
    with connection.cursor() as cursor:
        cursor.execute(OWN, {"user": user.pk, "passage": PASSAGE})
        rows = cursor.fetchall()
    skims = ((thread, kind, words, skimmed(words)) for thread, kind, words in rows)
    return [(thread, kind, Text(words)) for thread, kind, words, skim in skims if any(n in skim for n in beginnings)]


def _answer(rows: Iterable[tuple[str, Text]], wanted: Wanted, forms: Forms, known: Forms) -> Found:
    groups: set[int] = set()
    shown: list[Own] = []
    is_excluded = False

    def forms_of(_: str, word: str) -> frozenset[str]:
        return known.get(word, frozenset())

    for kind, text in rows:
        snippet = best([text], wanted, forms, forms_of=forms_of)
        if snippet:
            groups |= snippet.groups
            shown.append(Own(kind, snippet.parts))
        is_excluded = is_excluded or holds(text, wanted.excluded, forms, forms_of=forms_of)
    return Found(frozenset(groups), is_excluded, tuple(shown[:SHOWN]))

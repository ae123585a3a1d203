"""What PostgreSQL's dictionaries make of words: the forms under which a word is found in its language."""

from collections.abc import Iterable, Mapping

from django.db import connections

from unroller import replica
from unroller.core.words import plain

LANGUAGES: Mapping[str, str] = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""Languages that PostgreSQL 18 can stem. With an older one some of these words stay as they are."""
DICTIONARIES = """
    SELECT oid, dictname FROM pg_catalog.pg_ts_dict
    WHERE dictnamespace = 'pg_catalog'::regnamespace AND dictname LIKE '%%\\_stem'
"""
STEM = f"""
    SELECT asked.dictionary, asked.word, ts_lexize(known.oid::regdictionary, asked.word)
    FROM unnest(%s::text[], %s::text[]) AS asked(dictionary, word)
    JOIN ({DICTIONARIES}) AS known ON known.dictname = asked.dictionary
"""  # noqa: S608  # nosec B608
STEM_IN_ALL = f"""
    SELECT asked.word, array_agg(DISTINCT form)
    FROM unnest(%s::text[]) AS asked(word), ({DICTIONARIES}) AS known,
        unnest(ts_lexize(known.oid::regdictionary, asked.word)) AS form
    GROUP BY asked.word
"""  # noqa: S608  # nosec B608


class Stems:
    """The forms of words that were asked for together, in one statement."""

    def __init__(self, words: Iterable[tuple[str, str]]) -> None:
        """`words`: each with its language, a BCP 47 tag or empty."""
        asked = {(language, form) for language, word in words for form in (word, plain(word))}
        pairs = sorted({(name, word) for tag, word in asked if (name := dictionary(tag))})
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}
        if pairs:
            with connections[replica.alias()].cursor() as cursor:
                cursor.execute(STEM, [[name for name, _ in pairs], [word for _, word in pairs]])
                self._known = {(name, word): tuple(forms or ()) for name, word, forms in cursor.fetchall()}

    def __call__(self, language: str, word: str) -> frozenset[str]:
        """All forms of a word, without the marks that readers leave out: whoever leaves them out finds it, too.
        A stop word has one form: itself."""
        name = dictionary(language)
        both = (word, plain(word))
        return frozenset(plain(form) for each in both for form in self._known.get((name, each)) or (each,))


def forms(words: Iterable[str]) -> dict[str, frozenset[str]]:
    """The forms of words whose language nobody knows: those of every dictionary, and the bare word."""
    asked = {word: plain(word) for word in words}
    if not asked:
        return {}
    with connections[replica.alias()].cursor() as cursor:
        cursor.execute(STEM_IN_ALL, [sorted({*asked, *asked.values()})])
        known: dict[str, list[str]] = dict(cursor.fetchall())
    return {
        word: frozenset(plain(form) for form in (bare, *known.get(word, ()), *known.get(bare, ())))
        for word, bare in asked.items()
    }


def dictionary(language: str) -> str:
    """PostgreSQL's name for what stems a language; empty where there is none."""
    name = LANGUAGES.get(language.partition("-")[0].lower(), "")
    return f"{name}_stem" if name else ""

"""X's search language: operators, negation, OR and parentheses, turned into a predicate over posts."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..wire import RefusalError
from .model import Person, Post
from .problems import invalid

Predicate = Callable[[Post], bool]

TOKEN = re.compile(
    r'\s*(?P<open>-?\()|\s*(?P<close>\))|\s*(?P<negated>-)?(?P<term>"[^"]*"|[^\s():"]+(?::(?:"[^"]*"|[^\s()]+))?)'
)
STANDALONE = {"conversation_id", "from", "to", "in_reply_to_tweet_id", "quotes_of_tweet_id"}


@dataclass(slots=True)
class Query:
    """A parsed query. `conversations` are those asked for: their roots are usually not found."""

    matches: Predicate
    conversations: frozenset[int]
    has_keyword: bool


class Parser:
    """Recursive descent over the tokens; juxtaposition binds tighter than OR."""

    def __init__(self, text: str, named: Callable[[str], Person | None]) -> None:
        self._text = text
        self._named = named
        self._tokens = list(tokens(text))
        self._at = 0
        self._conversations: set[int] = set()
        self._anchored = False
        self._keyword = False

    def parse(self) -> Query:
        predicate = self._either()
        if self._at < len(self._tokens):
            raise self._refusal("unbalanced parentheses")
        if not self._anchored:
            raise self._refusal("a query needs at least one operator or keyword that can stand alone")
        return Query(predicate, frozenset(self._conversations), self._keyword)

    def _either(self) -> Predicate:
        parts = [self._all()]
        while self._peek() == "OR":
            self._at += 1
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda post: any(part(post) for part in parts)

    def _all(self) -> Predicate:
        parts: list[Predicate] = []
        while (token := self._peek()) not in ("", "OR", ")"):
            self._at += 1
            parts.append(self._group(token) if token in ("(", "-(") else self._term(token))
        if not parts:
            raise self._refusal("an operand is missing")
        return lambda post: all(part(post) for part in parts)

    def _group(self, token: str) -> Predicate:
        inner = self._either()
        if self._peek() != ")":
            raise self._refusal("unbalanced parentheses")
        self._at += 1
        return (lambda post: not inner(post)) if token == "-(" else inner

    def _term(self, token: str) -> Predicate:
        negated = token.startswith("-")
        name, colon, value = token.removeprefix("-").partition(":")
        predicate = self._operator(name, value) if colon else self._word(name)
        if not negated and (not colon or name in STANDALONE):
            self._anchored = True
        if name == "conversation_id" and not negated:
            self._conversations.add(int(value))
        return (lambda post: not predicate(post)) if negated else predicate

    def _word(self, word: str) -> Predicate:
        self._keyword = True
        wanted = word.strip('"').casefold()
        return lambda post: wanted in post.text.casefold()

    def _operator(self, name: str, value: str) -> Predicate:
        if name in ("conversation_id", "in_reply_to_tweet_id", "quotes_of_tweet_id"):
            return self._by_number(name, value)
        if name in ("from", "to"):
            return self._by_person(name, value)
        kinds: dict[str, Predicate] = {
            "reply": lambda post: post.parent_id is not None,
            "retweet": lambda post: post.retweeted_id is not None,
            "quote": lambda post: post.quoted_id is not None,
        }
        if name != "is" or value not in kinds:
            raise self._refusal(f"reference to invalid operator '{name}:{value}'")
        return kinds[value]

    def _by_number(self, name: str, value: str) -> Predicate:
        if not value.isdecimal():
            raise self._refusal(f"'{value}' is not a valid id for {name}")
        number = int(value)
        attribute = {"conversation_id": "conversation_id", "in_reply_to_tweet_id": "parent_id"}
        name = attribute.get(name, "quoted_id")
        return lambda post: getattr(post, name) == number

    def _by_person(self, name: str, value: str) -> Predicate:
        handle = value.removeprefix("@")
        named = self._named(handle)
        number = named.id if named else handle
        if name == "from":
            return lambda post: post.author.id == number
        return lambda post: post.parent_author is not None and post.parent_author.id == number

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _refusal(self, why: str) -> RefusalError:
        return invalid("query", self._text, f"There were errors processing your request: {why}")


def tokens(text: str) -> list[str]:
    """`(`, `-(`, `)`, `OR`, and terms with their minus in front."""
    found: list[str] = []
    position, text = 0, text.strip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise invalid("query", text, f"There were errors processing your request: at position {position}")
        found.append(match["open"] or match["close"] or f"{match['negated'] or ''}{match['term']}")
        position = match.end()
    return found


def parse_query(text: str, named: Callable[[str], Person | None]) -> Query:
    """Raises RefusalError with X's 400 for what the language does not know."""
    return Parser(text, named).parse()

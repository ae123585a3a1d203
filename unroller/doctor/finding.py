"""What the doctor says of one thing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "broken", "off"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`name`: the thing, in a word or two. `sentence`: how it is. `mend`: what to do, where there is trouble."""

    state: State
    name: str
    sentence: str
    mend: str = ""


Look = Callable[[], Iterator[Finding]]
"""Looks after one subject. An error it raises counts as broken: a look is short and handles what is usual."""


def ok(name: str, sentence: str) -> Finding:
    return Finding("ok", name, sentence)


def off(name: str, sentence: str) -> Finding:
    return Finding("off", name, sentence)


def warning(name: str, sentence: str, mend: str) -> Finding:
    return Finding("warning", name, sentence, mend)


def broken(name: str, sentence: str, mend: str) -> Finding:
    return Finding("broken", name, sentence, mend)


def in_words(error: BaseException) -> str:
    """An error as one line. None of those that come here carries a password."""
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")

"""A reader's question in the language of PostgreSQL's tsquery. Pure text, made of letters, digits and marks only."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from unroller.core.search_terms import Element, Term, Wanted
from unroller.core.vectors import AUTHOR
from unroller.core.words import plain

Forms = Mapping[str, frozenset[str]]
"""From a word to the forms under which it may have been kept (stemming.forms)."""


class Queries(NamedTuple):
    """`exact` is the question. `quick` finds all of its answers and perhaps more: those that hold the words of its
    phrases anywhere, which the index knows by itself. `ranked` is what makes one answer better than another."""

    exact: str
    quick: str
    ranked: str

    @property
    def is_quick(self) -> bool:
        """Whether the index alone knows the answers."""
        return self.exact == self.quick


def queries(wanted: Wanted, forms: Forms) -> Queries:
    """What to ask for a question with at least one group."""
    groups = [[phrase(term, forms) for term in group] for group in wanted.groups]
    quick = [[anywhere(term, forms) for term in group] for group in wanted.groups]
    excluded = [f"!({phrase(term, forms)})" for term in wanted.excluded]
    surely = [f"!({phrase(term, forms)})" for term in wanted.excluded if len(term.elements) == 1]
    return Queries(
        exact=" & ".join([*map(_any, groups), *excluded]),
        quick=" & ".join([*map(_any, quick), *surely]),
        ranked=" & ".join(map(_any, groups)),
    )


def rest(wanted: Wanted, groups: Iterable[int], forms: Forms) -> str:
    """The question without the groups that are answered already; may be empty."""
    answered = set(groups)
    open_groups = [group for number, group in enumerate(wanted.groups) if number not in answered]
    return queries(wanted._replace(groups=tuple(open_groups)), forms).exact


def phrase(term: Term, forms: Forms) -> str:
    """A term whose elements stand where they stand in it."""
    first, *others = term.elements
    found = _element(first, term, forms)
    place = first.place
    for element in others:
        found += f" <{element.place - place}> {_element(element, term, forms)}"
        place = element.place
    return found


def anywhere(term: Term, forms: Forms) -> str:
    """A term whose elements stand anywhere."""
    return " & ".join(_element(element, term, forms) for element in term.elements)


def _any(terms: list[str]) -> str:
    return "(" + " | ".join(f"({term})" for term in terms) + ")"


def _element(element: Element, term: Term, forms: Forms) -> str:
    if term.about == "author":
        return f"'{AUTHOR}{plain(element.text)}':*"
    if not element.whole:
        return f"'{element.text}'" + (":*" if element.begins else "")
    return "(" + " | ".join(f"'{form}'" for form in sorted(forms[element.text])) + ")"

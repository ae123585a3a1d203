"""What a host's robots.txt lets us read: RFC 9309, with longest match, `*` and `$`."""

from typing import NamedTuple
from urllib.parse import unquote

AGENT = "unroller"
"""Our name in robots.txt."""
MOST_CHARACTERS = 500_000


class Rule(NamedTuple):
    pattern: str
    allows: bool


def allows(robots: str, path: str) -> bool:
    """Whether a robots.txt lets us read a path. The longest matching rule counts; allowing wins a tie."""
    rules = _rules(robots[:MOST_CHARACTERS])
    matching = [rule for rule in rules if rule.pattern and _matches(rule.pattern, path)]
    if not matching:
        return True
    return max(matching, key=lambda rule: (len(rule.pattern), rule.allows)).allows


def _rules(robots: str) -> list[Rule]:
    """The rules of the groups that name us, or else of those for everybody."""
    groups: dict[str, list[Rule]] = {AGENT: [], "*": []}
    named: set[str] = set()
    names: list[str] = []
    in_rules = False
    for line in robots.splitlines():
        field, _, value = line.partition("#")[0].partition(":")
        field, value = field.strip().lower(), value.strip()
        if field == "user-agent":
            names = [value.lower()] if in_rules else [*names, value.lower()]
            named.update(names)
            in_rules = False
        elif field in {"allow", "disallow"}:
            in_rules = True
            for name in groups.keys() & set(names):
                groups[name].append(Rule(unquote(value), field == "allow"))
    return groups[AGENT] if AGENT in named else groups["*"]


def _matches(pattern: str, path: str) -> bool:
    """`*` stands for anything, `$` for the end; one pass, whatever the pattern."""
    ends = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    for place, piece in enumerate(others):
        if ends and place == len(others) - 1:
            return path.endswith(piece) and len(path) - len(piece) >= position
        found = path.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return not ends or position == len(path)

"""Every regular expression of the product, found in the code, and texts that are made to keep each of them busy.

A text is a beginning that leads to a repetition, what that takes, many times, and an end that spoils the match.
"""

import ast
import importlib
import inspect
import pkgutil
import re
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from re import _constants as code
from re import _parser as parser
from types import FrameType, ModuleType
from typing import Any, NamedTuple

import regex
from django.core.validators import RegexValidator
from django.forms import BaseForm
from django.urls import URLPattern, URLResolver, get_resolver

import accounts
import billing
import unroller
from tests.attack.depth import DEPTH

FUNCTIONS = {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
ANCHORED, SEARCHED = frozenset({"match", "fullmatch"}), frozenset({"search"})
ENDS = ("!", "", "\n", "\x00", "\udfff", " ")
UNKNOWN = "unknown"
"""The module of a pattern that is put together while the site runs."""
SAMPLES = "a0 _-\n./:@é漢<&;"
"""Characters that stand for a class of them."""


class Expression(NamedTuple):
    """A pattern, the flags of its module, and where it stands. `methods`: how it is used."""

    pattern: str | bytes
    flags: int
    module: str
    """`re` or `regex`."""
    methods: frozenset[str]
    where: str

    @property
    def compiled(self) -> Any:
        return (regex if self.module == "regex" else re).compile(self.pattern, self.flags)


def modules() -> Iterator[ModuleType]:
    """All modules of the product, but its settings and commands, which run nothing on others' words."""
    for package in (unroller, accounts, billing):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in found.name and not found.name.endswith((".wsgi", ".__main__")):
                yield importlib.import_module(found.name)


@cache
def expressions() -> dict[str, Expression]:
    """All of them, by where they stand."""
    everywhere = list(in_addresses(get_resolver()))
    for module in modules():
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        everywhere += [*in_values(module), *in_calls(module, tree), *in_forms(module)]
    once = {(each.pattern, each.flags, each.methods): each for each in everywhere}
    return {f"{each.where} {each.pattern!r}": each for each in once.values()}


def in_values(module: ModuleType) -> Iterator[Expression]:
    """Patterns that a module holds under a name, also inside of tuples and dictionaries."""
    text = inspect.getsource(module) if Path(str(module.__file__)).stat().st_size else ""
    for name, value in vars(module).items():
        for pattern in compiled_in(value):
            uses = set(re.findall(rf"\b{name}\.(\w+)\(", text))
            yield of(pattern, f"{module.__name__}.{name}", frozenset(uses & FUNCTIONS or SEARCHED))


def compiled_in(value: object) -> Iterator[Any]:
    if isinstance(value, re.Pattern | regex.Pattern):
        yield value
    elif isinstance(value, tuple | list | set | frozenset):
        for each in value:
            yield from compiled_in(each)
    elif isinstance(value, dict):
        yield from compiled_in([*value.keys(), *value.values()])


def of(pattern: Any, where: str, methods: frozenset[str]) -> Expression:
    module = "re" if isinstance(pattern, re.Pattern) else "regex"
    return Expression(pattern.pattern, pattern.flags, module, methods, where)


def in_calls(module: ModuleType, tree: ast.Module) -> Iterator[Expression]:
    """Patterns that are written where they are used."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            library, method = node.func.value.id, node.func.attr
            if getattr(vars(module).get(library), "__name__", "") in {"re", "regex"} and method in FUNCTIONS - {
                "compile"
            }:
                where, flags = f"{module.__name__}:{node.lineno}", flags_of(node, module)
                for written in choices(node.args[0]):
                    pattern = value_of(written, module)
                    known = pattern if isinstance(pattern, str | bytes) else None
                    if known is not None:
                        yield Expression(known, flags, library, frozenset({method}), where)
                    elif not isinstance(pattern, re.Pattern | regex.Pattern):
                        yield Expression("", 0, UNKNOWN, SEARCHED, f"{module.__name__}: {ast.unparse(written)}")


def choices(node: ast.expr) -> list[ast.expr]:
    """An expression, or both that an `if` chooses from."""
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


def value_of(node: ast.expr, module: ModuleType) -> object:
    """What an expression of the code is worth in its module; None for what is only known at run time."""
    try:
        return eval(compile(ast.Expression(node), "pattern", "eval"), dict(vars(module)))
    except Exception:
        return None


def flags_of(node: ast.Call, module: ModuleType) -> int:
    found = [value_of(each, module) for each in [*node.args[1:], *(keyword.value for keyword in node.keywords)]]
    return next((int(each) for each in found if isinstance(each, re.RegexFlag | regex.RegexFlag)), 0)


def in_forms(module: ModuleType) -> Iterator[Expression]:
    """Validators of a module's forms and tables."""
    for value in vars(module).values():
        if inspect.isclass(value) and value.__module__ == module.__name__:
            fields = dict(getattr(value, "base_fields", {})) if issubclass(value, BaseForm) else {}
            table = getattr(value, "_meta", None)
            fields |= {field.name: field for field in getattr(table, "concrete_fields", ())}
            for name, field in fields.items():
                for validator in field.validators:
                    if isinstance(validator, RegexValidator):
                        yield of(re.compile(validator.regex), f"{module.__name__}.{value.__name__}.{name}", SEARCHED)


def in_addresses(resolver: URLResolver) -> Iterator[Expression]:
    """Addresses that are regular expressions."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver) and entry.app_name != "admin":
            yield from in_addresses(entry)
        elif isinstance(entry, URLPattern) and hasattr(entry.pattern, "_regex"):
            yield of(re.compile(str(entry.pattern)), f"address {entry.name}", SEARCHED)


def texts(each: Expression) -> Iterator[Callable[[int], str]]:
    """Makers of texts of about so many characters."""
    seen = set()
    for before, pump in [*pumps(each), *(("", sample) for sample in SAMPLES)]:
        for end in ENDS if DEPTH > 1 else ENDS[:2]:
            if pump and (before, pump, end) not in seen:
                seen.add((before, pump, end))
                yield lambda length, a=before, b=pump, c=end: a + b * (length // len(b)) + c  # type: ignore[misc]


def pumps(each: Expression) -> Iterator[tuple[str, str]]:
    """For each repetition: what leads to it, and what it takes; two neighbors also in turns."""
    pattern = each.pattern.decode("latin-1") if isinstance(each.pattern, bytes) else each.pattern
    try:
        with warnings.catch_warnings(
            action="ignore", category=FutureWarning
        ):  # sets of `regex` mean more than those of `re`
            parsed = parser.parse(simpler(pattern), each.flags & re.IGNORECASE)
    except (re.error, OverflowError):
        parsed = parser.parse(re.escape(re.sub(r"\W", "", pattern)) or "a")
    found = list(repeated(parsed, ""))
    yield from found
    for (before, first), (_, second) in pairwise(found):
        yield before, first + second
        yield before + first, second


def simpler(pattern: str) -> str:
    r"""What only `regex` knows, in words of `re`: \p{…}, \X, classes that hold classes, atomic groups."""
    pattern = re.sub(r"\\[pP]\{[^}]*\}", lambda _: r"\w", pattern)
    pattern = pattern.replace(r"\X", ".").replace("(?V1)", "")
    return re.sub(r"\[\[([^\]]*)\](?:--|&&|\|\|)\[[^\]]*\]\]", r"[\1]", pattern)


def repeated(parsed: Any, before: str) -> Iterator[tuple[str, str]]:
    for operation, argument in parsed:
        if operation in {code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT}:
            least, most, inner = argument
            if most > 8:
                for variant in range(3):
                    yield before, one(inner, variant)
            yield from repeated(inner, before)
            before += one(inner) * min(least, 60)
        elif operation == code.SUBPATTERN:
            yield from repeated(argument[-1], before)
            before += one(argument[-1])
        elif operation == code.BRANCH:
            for branch in argument[1]:
                yield from repeated(branch, before)
            before += one(argument[1][0])
        elif operation in {code.ASSERT, code.ASSERT_NOT}:
            yield from repeated(argument[1], before)
        else:
            before += one([(operation, argument)])


def one(parsed: Any, variant: int = 0) -> str:
    """A short text that a piece of a pattern takes."""
    said = ""
    for operation, argument in parsed:
        if operation == code.LITERAL:
            said += chr(argument)
        elif operation in {code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT}:
            said += one(argument[2], variant) * min(max(argument[0], 1), 60)
        elif operation in {code.SUBPATTERN, code.ATOMIC_GROUP}:
            said += one(argument[-1] if operation == code.SUBPATTERN else argument, variant)
        elif operation == code.BRANCH:
            said += one(argument[1][variant % len(argument[1])], variant)
        elif operation in {code.IN, code.NOT_LITERAL, code.ANY}:
            said += member(operation, argument, variant)
    return said


def member(operation: Any, argument: Any, variant: int) -> str:
    """A character of a class."""
    if operation == code.ANY:
        return SAMPLES[variant]
    if operation == code.NOT_LITERAL:
        return next(each for each in SAMPLES if ord(each) != argument)
    tried = [chr(each[1]) for each in argument if each[0] == code.LITERAL]
    tried = [*(each for each in SAMPLES if matches(argument, each)), *tried, *map(chr, range(0x20, 0x250))]
    fitting = [each for each in tried if matches(argument, each)] or ["a"]
    return fitting[variant % min(len(fitting), 3)]


def matches(argument: Any, character: str) -> bool:
    """Whether a class holds a character."""
    kinds = {code.CATEGORY_DIGIT: r"\d", code.CATEGORY_SPACE: r"\s", code.CATEGORY_WORD: r"\w"}
    kinds |= {code.CATEGORY_NOT_DIGIT: r"\D", code.CATEGORY_NOT_SPACE: r"\S", code.CATEGORY_NOT_WORD: r"\W"}
    negated = bool(argument) and argument[0][0] == code.NEGATE
    held = any(
        (kind == code.LITERAL and ord(character) == value)
        or (kind == code.RANGE and value[0] <= ord(character) <= value[1])
        or (kind == code.CATEGORY and re.fullmatch(kinds[value], character) is not None)
        for kind, value in argument
        if kind != code.NEGATE
    )
    return held != negated


class TooLong(Exception):
    """It took more than it may."""


def seconds(each: Expression, text: str, *, most: float) -> float:
    """Processor seconds that an expression needs for a text; `most` when it needs more."""
    subject: Any = text.encode("latin-1", "replace") if isinstance(each.pattern, bytes) else text
    compiled = each.compiled

    def over(signum: int, frame: FrameType | None) -> None:
        raise TooLong

    limit = {"timeout": most} if each.module == "regex" else {}  # it looks at no signals
    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, 2 * most)
    begun = time.thread_time()
    try:
        for method in each.methods & ANCHORED:
            getattr(compiled, method)(subject, **limit)
        for _ in compiled.finditer(subject, **limit) if each.methods - ANCHORED else ():
            if time.thread_time() - begun > most:
                break
        return min(most, time.thread_time() - begun)
    except (TooLong, TimeoutError):
        return most
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

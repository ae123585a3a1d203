"""Objects, events and requests held against the types that the installed `stripe` package declares.

It knows nothing of the sandbox: what the pretend Stripe sends and what our code asks are both judged by the package.
Every function answers sentences about what is wrong, none when all is well.
"""

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin
from urllib.parse import parse_qsl

import stripe
import typing_extensions
from stripe._object_classes import OBJECT_CLASSES
from stripe._request_options import RequestOptions
from stripe._stripe_object import StripeObject, UntypedStripeObject

PACKAGE = Path(stripe.__file__).parent
ON_REQUEST = {
    "charge": {"refunds"},
    "checkout.session": {"line_items"},
    "coupon": {"applies_to", "currency_options"},
    "customer": {"cash_balance", "invoice_credit_balance", "sources", "subscriptions", "tax_ids"},
    "event.data": {"previous_attributes"},
    "invoice": {"confirmation_secret", "payments"},
    "price": {"currency_options", "tiers"},
    "webhook_endpoint": {"secret"},
}
"""Fields that Stripe sends only when asked to `expand` them, or only with some answers of a kind."""

Problems = list[str]


def problems_in_object(obj: Mapping[str, Any]) -> Problems:
    """An object of any kind: every field there, none besides, each of its type, all the way down."""
    kind = obj.get("object")
    if kind not in OBJECT_CLASSES:
        return [f"{kind!r} is no kind of object"]
    return _object_problems(obj, _class_of(str(kind)), str(kind))


def problems_in_event(event: Mapping[str, Any]) -> Problems:
    """The event, the object it carries, and that what changed belongs to that object."""
    carried = event["data"]["object"]
    found = problems_in_object(event) + [f"{event['type']}: {each}" for each in problems_in_object(carried)]
    if event["type"] == "invoice.upcoming":
        found.remove("invoice.upcoming: invoice.id is missing")  # it has none yet
    previous = event["data"].get("previous_attributes") or {}
    return found + [f"{event['type']}: no previous {name}" for name in previous if name not in carried]


def problems_in_request(method: str, target: str, body: str = "") -> Problems:
    """A call of the API by its method, its path with query, and its form: a known call with declared parameters."""
    path, _, query = target.partition("?")
    name = parameters_type(method, path)
    if name is None:
        return [f"the package has no {method} {path}"]
    params = nested(parse_qsl(query, keep_blank_values=True) + parse_qsl(body, keep_blank_values=True))
    return _form_problems(params, _parameters(name), f"{method} {path}")


# Which parameters a call takes


@cache
def parameters_type(method: str, path: str) -> str | None:
    """`stripe.params.checkout.SessionCreateParams` for `POST /v1/checkout/sessions`, as the client's services say."""
    return next((name for verb, pattern, name in _calls() if verb == method.lower() and pattern.fullmatch(path)), None)


@cache
def _calls() -> list[tuple[str, re.Pattern[str], str]]:
    """Every call of the services, fixed paths before those with ids."""
    found = [call for path in sorted(PACKAGE.rglob("_*_service.py")) for call in _calls_in(path.read_text())]
    return sorted(found, key=lambda call: call[1].pattern.count("["))


CALL = re.compile(
    r'params: (?:Optional\[)?"(?P<type>\w+)".*?self\._request\(\s*"(?P<verb>\w+)",\s*"(?P<path>/v1/[^"]*)"', re.DOTALL
)


def _calls_in(source: str) -> Iterable[tuple[str, re.Pattern[str], str]]:
    """Read from the text: loading all services would take longer than a whole test."""
    for function in re.split(r"\n    (?:async )?def ", source):
        if match := CALL.search(function):
            module = re.search(rf"from (stripe\.params[\w.]*) import \(?\s*{match['type']}\b", source)
            assert module is not None
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(match["path"]))
            yield match["verb"], re.compile(pattern), f"{module[1]}.{match['type']}"


def parameter_names(name: str) -> set[str]:
    """What `parameters_type` names, opened: the names of the parameters."""
    return set(_fields(_parameters(name)))


@cache
def _parameters(name: str) -> Any:
    module, _, short = name.rpartition(".")
    return getattr(importlib.import_module(module), short)


# What an annotation means


def _class_of(kind: str) -> type[StripeObject]:
    module, name = OBJECT_CLASSES[kind]
    found: type[StripeObject] = getattr(importlib.import_module(module), name)
    return found


@cache
def _names(module: str) -> Mapping[str, Any]:
    """What the annotations of a module may speak of, with what it imports only for type checkers."""
    loaded = sys.modules[module]
    found = dict(vars(loaded))
    for node in ast.walk(ast.parse(inspect.getsource(loaded))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                name = each.asname or each.name
                if name not in found:
                    found[name] = getattr(importlib.import_module(node.module), each.name)
    return found


@cache
def _resolved(note: Any, module: str) -> Any:
    """An annotation without quotes at its outermost level."""
    while isinstance(note, str | ForwardRef):
        text = note.__forward_arg__ if isinstance(note, ForwardRef) else note
        note = eval(text, dict(_names(module)))
    return note


@cache
def _fields(cls: Any) -> dict[str, Any]:
    """The annotated fields of a class, or the parameters of a dictionary without the options of the client."""
    options = RequestOptions.__annotations__ if typing_extensions.is_typeddict(cls) else {}
    notes = {name: _resolved(note, cls.__module__) for name, note in cls.__annotations__.items() if name not in options}
    return {name: note for name, note in notes.items() if get_origin(note) is not ClassVar and not name.startswith("_")}


# Objects


def _object_problems(value: Any, cls: Any, where: str) -> Problems:
    if not isinstance(value, dict):
        return [f"{where} is no object but {value!r}"]
    if value.get("deleted") is True:
        return [f"{where}.{name} of a deleted object" for name in value.keys() - {"id", "object", "deleted"}]
    known = _fields(cls)
    kind = value["object"] if isinstance(value.get("object"), str) else where
    absent = ON_REQUEST.get(kind, set()) | {"deleted"}
    found = [f"{where}.{name} is missing" for name in known if name not in value and name not in absent]
    found += [f"{where}.{name} is no field" for name in value if name not in known]
    for name, note in known.items():
        if name in value:
            found += _value_problems(value[name], note, (cls.__module__, f"{where}.{name}"))
    return found


def _value_problems(value: Any, note: Any, place: tuple[str, str]) -> Problems:
    module, where = place
    note = _resolved(note, module)
    origin, inner = get_origin(note), get_args(note)
    if origin in UNIONS:
        meant = [each for each in inner if _fits(value, _resolved(each, module))]
        return min((_value_problems(value, each, place) for each in meant), key=len, default=[f"{where} is {value!r}"])
    if origin in LITERALS:
        return [] if value in inner else [f"{where} is {value!r}, which is none of {', '.join(map(str, inner))}"]
    if origin in CONTAINERS:
        return CONTAINERS[origin](value, inner[-1], place)
    if isinstance(note, type) and issubclass(note, StripeObject):
        return _object_problems(value, note, where)
    return [] if SCALARS[note](value) else [f"{where} is {value!r}"]


def _fits(value: Any, note: Any) -> bool:
    """Whether an alternative is meant at all: objects by their kind, scalars by their type."""
    if isinstance(note, type) and issubclass(note, StripeObject):
        kind = getattr(note, "OBJECT_NAME", None)
        return isinstance(value, dict) and (kind is None or value.get("object") == kind)
    return SCALARS[note](value) if note in SCALARS else True


def _list_problems(value: Any, note: Any, place: tuple[str, str]) -> Problems:
    return _each(enumerate(value), note, place) if isinstance(value, list) else [f"{place[1]} is no list"]


def _dictionary_problems(value: Any, note: Any, place: tuple[str, str]) -> Problems:
    return _each(value.items(), note, place) if isinstance(value, dict) else [f"{place[1]} is no dictionary"]


def _page_problems(value: Any, note: Any, place: tuple[str, str]) -> Problems:
    if not isinstance(value, dict) or value.get("object") != "list":
        return [f"{place[1]} is no list object"]
    if not isinstance(value.get("has_more"), bool) or not isinstance(value.get("url"), str):
        return [f"{place[1]} has no has_more or no url"]
    return _list_problems(value["data"], note, place)


def _each(entries: Iterable[tuple[Any, Any]], note: Any, place: tuple[str, str]) -> Problems:
    module, where = place
    return [each for key, value in entries for each in _value_problems(value, note, (module, f"{where}[{key}]"))]


UNIONS = (Union, UnionType)
LITERALS = (Literal, typing_extensions.Literal)
CONTAINERS: dict[Any, Callable[[Any, Any, tuple[str, str]], Problems]] = {
    list: _list_problems,
    dict: _dictionary_problems,
    UntypedStripeObject: _dictionary_problems,
    stripe.ListObject: _page_problems,
}
SCALARS: dict[Any, Callable[[Any], bool]] = {
    Any: lambda value: True,
    type(None): lambda value: value is None,
    str: lambda value: isinstance(value, str),
    bool: lambda value: isinstance(value, bool),
    int: lambda value: isinstance(value, int) and not isinstance(value, bool),
    float: lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    Decimal: lambda value: isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None,
}
"""Decimals travel as text."""


# Requests


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0][c]=1` → `{"a": {"b": {"0": {"c": "1"}}}}`; `a[]=1` counts its places itself."""
    made: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        place = made
        for step in path:
            place = place.setdefault(step or str(len(place)), {})
        place[last or str(len(place))] = value
    return made


def _form_problems(params: Mapping[str, Any], cls: Any, where: str) -> Problems:
    known = _fields(cls)
    found = [f"{where}: unknown parameter {name}" for name in params if name not in known]
    for name, note in known.items():
        optional = get_origin(note) is typing_extensions.NotRequired
        if name in params:
            inner = get_args(note)[0] if optional else note
            found += _parameter_problems(params[name], inner, (cls.__module__, f"{where}: {name}"))
        elif not optional:
            found.append(f"{where}: {name} is missing")
    return found


def _parameter_problems(value: Any, note: Any, place: tuple[str, str]) -> Problems:
    """Every scalar is text on the wire."""
    module, where = place
    note = _resolved(note, module)
    origin, inner = get_origin(note), get_args(note)
    if origin in UNIONS:
        words_last = sorted(inner, key=lambda each: get_origin(_resolved(each, module)) in LITERALS)
        return min((_parameter_problems(value, each, place) for each in words_last), key=len)
    if origin in LITERALS:
        return [] if value in inner else [f"{where} is {value!r}, which is none of {', '.join(map(str, inner))}"]
    if not isinstance(value, str if note in WORDS else dict):
        return [f"{where} is {value!r}"]
    if note in WORDS:
        return [] if WORDS[note].fullmatch(value) else [f"{where} is {value!r}"]
    if origin is None:
        return _form_problems(value, note, where)
    values = {key: one for key, one in value.items() if one or origin is list}  # an empty value unsets a key
    return [
        each for key, one in values.items() for each in _parameter_problems(one, inner[-1], (module, f"{where}[{key}]"))
    ]


WORDS: dict[Any, re.Pattern[str]] = {
    Any: re.compile(r".*", re.DOTALL),
    str: re.compile(r".+", re.DOTALL),
    bool: re.compile(r"true|false"),
    int: re.compile(r"-?\d+"),
    float: re.compile(r"-?\d+(\.\d+)?"),
    Decimal: re.compile(r"-?\d+(\.\d+)?"),
}

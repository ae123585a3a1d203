"""The types of the installed `stripe` package, read once: which fields an object has, which parameters a call takes."""

import ast
import importlib
import inspect
import sys
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final, ForwardRef, Literal, Union, get_args, get_origin

import stripe
import typing_extensions
from stripe._object_classes import OBJECT_CLASSES
from stripe._request_options import RequestOptions

ON_REQUEST: Final = frozenset(
    {
        ("charge", "refunds"),
        ("checkout.session", "line_items"),
        ("coupon", "applies_to"),
        ("coupon", "currency_options"),
        ("customer", "cash_balance"),
        ("customer", "invoice_credit_balance"),
        ("customer", "sources"),
        ("customer", "subscriptions"),
        ("customer", "tax_ids"),
        ("invoice", "confirmation_secret"),
        ("invoice", "payments"),
        ("price", "currency_options"),
        ("price", "tiers"),
    }
)
"""(kind, field) that is sent only when it is asked for with `expand`."""
NEVER_ON_LIVING: Final = frozenset({"deleted"})
"""Only the stump of a deleted object has it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A type without spelling: what a value may be.

    `kind` is one of: str int float bool decimal any (scalars) · choice (`values`) · list, map, page (`options[0]` is
    what they hold) · object (`cls`) · union (`options`). `nullable` says that it may be null.
    """

    kind: str
    nullable: bool = False
    values: tuple[Any, ...] = ()
    options: tuple["Shape", ...] = ()
    cls: type | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object or a parameter of a call; `required` matters for parameters alone."""

    name: str
    shape: Shape
    required: bool


SCALARS: Final[Mapping[Any, str]] = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    Decimal: "decimal",
    Any: "any",
}


@cache
def class_of(kind: str) -> type:
    """The class for a value of `object`, e.g. `checkout.session`. Raises KeyError."""
    module, name = OBJECT_CLASSES[kind]
    return typing.cast(type, getattr(importlib.import_module(module), name))


@cache
def fields(cls: type) -> Mapping[str, Field]:
    """The fields of a resource class, of a class nested in one, or of a parameter dictionary, in their order."""
    if issubclass(cls, dict) or typing_extensions.is_typeddict(cls):
        return dictionary(cls)
    names = {name: note for name, note in cls.__annotations__.items() if not name.startswith("_")}
    return {name: Field(name, shape(note, cls.__module__), True) for name, note in names.items() if plain(note)}


def plain(note: Any) -> bool:
    """Not a constant of the class."""
    return get_origin(note) is not typing.ClassVar


def dictionary(cls: Any) -> Mapping[str, Field]:
    found: dict[str, Field] = {}
    for name, note in cls.__annotations__.items():
        if name in RequestOptions.__annotations__:
            continue
        whole = evaluated(note, cls.__module__)
        optional = get_origin(whole) in (typing_extensions.NotRequired, typing.NotRequired)
        found[name] = Field(name, shape(get_args(whole)[0] if optional else whole, cls.__module__), not optional)
    return found


@cache
def parameters(name: str) -> Mapping[str, Field]:
    """The parameters of a call by the name of its type (`CustomerCreateParams`, `checkout.SessionCreateParams`)."""
    place, _, short = name.rpartition(".")
    module = importlib.import_module("stripe.params" + (f".{place}" if place else ""))
    return fields(getattr(module, short))


@cache
def shape(note: Any, module: str) -> Shape:
    """The shape behind an annotation that stands in a module."""
    note = evaluated(note, module)
    if note in SCALARS:
        return Shape(SCALARS[note])
    origin, inner = get_origin(note), get_args(note)
    if origin in (Union, types.UnionType):
        return union(inner, module)
    if origin is Literal or origin is typing_extensions.Literal:
        return Shape("choice", values=inner)
    if origin in (list, dict, stripe.ListObject) or getattr(origin, "__name__", "") == "UntypedStripeObject":
        kind = {list: "list", stripe.ListObject: "page"}.get(origin, "map")
        return Shape(kind, options=(shape(inner[-1], module),))
    if isinstance(note, type):
        return Shape("object", cls=note)
    raise TypeError(f"no shape for {note!r} in {module}")


def union(notes: tuple[Any, ...], module: str) -> Shape:
    """Null becomes a flag; a list of words beside `str` is those words: Stripe refuses others, whatever the package."""
    nullable = type(None) in notes
    options = [shape(note, module) for note in notes if note is not type(None)]
    nullable = nullable or any(option.nullable for option in options)
    if len(options) == 1:
        only = options[0]
        return Shape(only.kind, nullable, only.values, only.options, only.cls)
    return Shape("union", nullable, options=tuple(options))


def evaluated(note: Any, module: str) -> Any:
    """The annotation behind a name in quotes."""
    if isinstance(note, ForwardRef):
        note = note.__forward_arg__
    if isinstance(note, str):
        return evaluated(eval(note, dict(names(module))), module)
    return note


@cache
def names(module: str) -> Mapping[str, Any]:
    """What the annotations of a module may name, with what it imports for checkers only."""
    loaded = sys.modules.get(module) or importlib.import_module(module)
    found = dict(vars(loaded))
    for node in ast.walk(ast.parse(inspect.getsource(loaded))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            source = importlib.import_module(node.module)
            for each in node.names:
                found.setdefault(each.asname or each.name, getattr(source, each.name, None))
    return found

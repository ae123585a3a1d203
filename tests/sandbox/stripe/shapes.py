"""Objects with every field of their type: what is not given is null, empty, or a nested object made the same way."""

import copy
from typing import Any

from ..wire import Json
from .types import NEVER_ON_LIVING, ON_REQUEST, Shape, class_of, fields

EMPTY: dict[str, Any] = {
    "str": "",
    "int": 0,
    "float": 0.0,
    "bool": False,
    "decimal": "0",
    "any": None,
    "list": [],
    "map": {},
    "page": {"object": "list", "data": [], "has_more": False, "url": ""},
}


def new(kind: str, **values: Any) -> Json:
    """An object of a kind. Values may be parts of nested objects, which are completed. TypeError for a wrong field."""
    made = complete(class_of(kind), {"object": kind, **values}, kind)
    if "livemode" in made:
        made["livemode"] = values.get("livemode", False)
    return made


def complete(cls: type, values: Json, where: str) -> Json:
    """All fields of a class; `where` is the kind or the place, for the error."""
    known = fields(cls)
    if strange := values.keys() - known.keys():
        raise TypeError(f"{where} has no {', '.join(sorted(strange))}")
    made: Json = {}
    for name, field in known.items():
        if name in values:
            made[name] = filled_out(field.shape, values[name], f"{where}.{name}")
        elif name in unreadable_null(cls):
            made[name] = {}
        elif name not in NEVER_ON_LIVING and (where, name) not in ON_REQUEST:
            made[name] = default(field.shape, f"{where}.{name}")
    return made


def unreadable_null(cls: type) -> tuple[str, ...]:
    """Objects by a word (`currency_options`): the package's client cannot read a null there."""
    return tuple(getattr(cls, "_inner_class_dicts", ()))


def filled_out(shape: Shape, value: Any, where: str) -> Any:
    """Nested objects of the package's own classes get their missing fields; objects that are kinds stay as they are."""
    if isinstance(value, dict) and "object" not in value:
        for option in (shape, *shape.options) if shape.kind == "union" else (shape,):
            if option.kind == "object" and option.cls and "object" not in fields(option.cls):
                return complete(option.cls, value, where)
    if isinstance(value, list) and shape.kind == "list":
        return [filled_out(shape.options[0], each, where) for each in value]
    return copy.deepcopy(value)


def default(shape: Shape, where: str) -> Any:
    """What stands in a field that nobody named."""
    if shape.nullable:
        return None
    if shape.kind == "choice":
        return shape.values[0]
    if shape.kind == "union":
        return default(shape.options[0], where)
    if shape.kind == "object" and shape.cls:
        return complete(shape.cls, {}, where)
    return copy.deepcopy(EMPTY[shape.kind])

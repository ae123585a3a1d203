"""Parameters as they travel (`a[b][0][c]=1`), made into what an operation's types say, or refused in Stripe's words."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from ..wire import Json, Request
from .errors import ApiError, invalid
from .types import Field, Shape, fields

NAME = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")
WHOLE = re.compile(r"-?\d+")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
MOST_KEYS, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500
CLEARED = frozenset({"default_payment_method", "description", "email", "name", "phone"})
NO_LONGER = {
    "payment_method_types": (
        "The `payment_method_types` parameter is no longer supported: leave it out, or use a filter instead.",
        "payment_method_types_no_longer_supported",
    )
}


def pairs_of(request: Request) -> list[tuple[str, str]]:
    """The parameters of a call: a POST's in its body, all others' in the query. 400 for a body that is no form."""
    asked = [(name, value) for name, values in request.query.items() for value in values]
    if not request.body:
        return asked
    if "json" in request.headers.get("content-type", ""):
        raise invalid("Invalid request: send parameters as application/x-www-form-urlencoded, not as JSON.")
    return asked + parse_qsl(request.body.decode(), keep_blank_values=True)


def nested(pairs: Iterable[tuple[str, str]]) -> Json:
    """`a[b]=1` → `{"a": {"b": "1"}}`; list places stay numbers in dictionaries until a type says that it is a list."""
    made: Json = {}
    for name, value in pairs:
        *path, last = NAME.findall(name) or [name]
        place = made
        for step in path:
            place = place.setdefault(step or str(len(place)), {})
            if not isinstance(place, dict):
                raise invalid(f"Invalid {path[0]}: it is given as a value and as an object", path[0])
        place[last or str(len(place))] = value
    return made


def read(params: Json, known: Mapping[str, Field], inside: str = "") -> Json:
    """The parameters with their types. Raises `ApiError` (400) for what is unknown, missing or of the wrong type."""
    for name in params:
        if name not in known:
            raise unknown(name, inside)
    for name, field in known.items():
        if field.required and name not in params:
            raise invalid(f"Missing required param: {place(inside, name)}.", place(inside, name), "parameter_missing")
    return {name: of_field(value, known[name], place(inside, name)) for name, value in params.items()}


def of_field(value: Any, field: Field, where: str) -> Any:
    """An empty text stays one where Stripe takes it, although the package's types do not say so."""
    if value == "" and field.name in CLEARED and not field.required:
        return ""
    return coerced(value, field.shape, where)


def unknown(name: str, inside: str) -> ApiError:
    if not inside and name in NO_LONGER:
        message, code = NO_LONGER[name]
        return invalid(message, name, code)
    where = place(inside, name)
    return invalid(f"Received unknown parameter: {where}", where, "parameter_unknown")


def place(inside: str, name: str) -> str:
    return f"{inside}[{name}]" if inside else name


def coerced(value: Any, shape: Shape, where: str) -> Any:
    """A value as its shape has it; an empty string stays one where it unsets something."""
    match shape.kind:
        case "union":
            return of_union(value, shape, where)
        case "object" if shape.cls:
            return read(needed(value, dict, "object", where), fields(shape.cls), where)
        case "list":
            return of_list(value, shape.options[0], where)
        case "map":
            return of_map(needed(value, dict, "object", where), shape.options[0], where)
    return scalar(needed(value, str, "string", where), shape, where)


def needed(value: Any, kind: type, word: str, where: str) -> Any:
    if not isinstance(value, kind):
        raise invalid(f"Invalid {word}: {where}", where)
    return value


def of_list(value: Any, item: Shape, where: str) -> list[Any]:
    if not isinstance(value, dict) or not all(WHOLE.fullmatch(name) for name in value):
        raise invalid("Invalid array", where)
    ordered = sorted(value.items(), key=lambda entry: int(entry[0]))
    return [coerced(each, item, f"{where}[{number}]") for number, (_, each) in enumerate(ordered)]


def of_map(value: Json, item: Shape, where: str) -> Json:
    """Metadata and its kin: an empty value takes its key away; 50 keys of 40 characters, values of 500."""
    if len(value) > MOST_KEYS:
        raise invalid(f"Metadata can have at most {MOST_KEYS} keys.", where)
    for name, each in value.items():
        if len(name) > LONGEST_KEY:
            raise invalid(f"Metadata keys can have up to {LONGEST_KEY} characters, but {name} has more.", where)
        if isinstance(each, str) and len(each) > LONGEST_VALUE:
            raise invalid(f"Metadata values can have up to {LONGEST_VALUE} characters.", place(where, name))
    return {
        name: "" if each == "" and item.kind == "str" else coerced(each, item, place(where, name))
        for name, each in value.items()
    }


def of_union(value: Any, shape: Shape, where: str) -> Any:
    """The first alternative that takes the value. Words beside `str` are the only words that Stripe takes."""
    words = [word for option in shape.options if option.kind == "choice" for word in option.values]
    if value == "" and "" in words:
        return ""
    options = [option for option in shape.options if option.kind != "choice" or set(option.values) != {""}]
    if [word for word in words if word] and {option.kind for option in options} == {"choice", "str"}:
        options = [option for option in options if option.kind == "choice"]
    refusal: ApiError | None = None
    for option in options:
        try:
            return coerced(value, option, where)
        except ApiError as error:
            refusal = refusal if refusal and isinstance(value, str) == (option.kind in STRUCTURED) else error
    raise refusal or invalid(f"Invalid value: {where}", where)


STRUCTURED = frozenset({"object", "list", "map"})


def scalar(value: str, shape: Shape, where: str) -> Any:
    if value == "" and shape.kind != "choice":
        raise invalid(
            f"You passed an empty string for '{where}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{where}' cannot be unset. You should remove '{where}' from your request or supply a non-empty "
            "value.",
            where,
            "parameter_invalid_empty",
        )
    match shape.kind:
        case "int" if not WHOLE.fullmatch(value):
            raise invalid(f"Invalid integer: {value}", where, "parameter_invalid_integer")
        case "int":
            return int(value)
        case "bool" if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", where)
        case "bool":
            return value == "true"
        case "float" | "decimal" if not NUMBER.fullmatch(value):
            raise invalid(f"Invalid decimal: {value}", where)
        case "float":
            return float(value)
        case "choice" if value not in shape.values:
            raise invalid(f"Invalid {where}: must be one of {', '.join(map(str, shape.values))}", where)
    return value

"""Every address of the site and every field that its views read, found in the code and not in a list by hand."""

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from django import forms
from django.urls import URLPattern, URLResolver, get_resolver

READ = {"POST", "GET", "FILES"}
"""What of a request holds the fields that somebody sent."""
BY_VARIABLE = {"url", "text", "title", "once", "back", "next", "author", "thread", "code", "state", "error", "iss"} | {
    *("amount", "session_id", "plan", "to", "from_name", "words", "email", "day", "file", "me", "client_id"),
}
"""Fields whose names do not stand beside `request.POST` or `request.GET`."""
OF_ALLAUTH = {"login", "password", "code", "email", "id", "action", "account", "credential", "name", "next", "process"}
"""Fields of the views that are not ours; those with an `action_` come on top."""


def patterns(resolver: URLResolver | None = None) -> Iterator[tuple[str, URLPattern]]:
    """Every pattern with what stands before it, but those of the admin and of the API."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield "", entry
        elif entry.app_name != "admin" and str(entry.pattern) != "api/":
            for before, inner in patterns(entry):
                yield f"{entry.pattern}{before}", inner


def named(entry: URLPattern) -> list[str]:
    """The parts of an address that differ."""
    return [*entry.pattern.converters, *re.findall(r"\?P<(\w+)>", str(entry.pattern))]


def filled(before: str, entry: URLPattern, values: dict[str, Any]) -> str:
    """The address with values in it, also those that it would not take."""
    route = str(entry.pattern)
    if hasattr(entry.pattern, "_route"):
        route = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), route)
    else:
        route = re.sub(r"\(\?P<(\w+)>(?:[^()\\]|\\.|\([^()]*\))*\)", lambda found: str(values[found[1]]), route)
        route = re.sub(r"\(\?:\\(\.\w+)\)\?", r"\1", route).strip("^$").replace("\\", "")
    return f"/{before}{route}"


@cache
def home(entry: URLPattern) -> ModuleType:
    """The module that holds the view itself, below all that is wrapped around it."""
    view: Callable[..., Any] = inspect.unwrap(entry.callback, stop=lambda each: hasattr(each, "view_class"))
    return sys.modules[getattr(view, "view_class", view).__module__]


@cache
def fields(module: ModuleType) -> frozenset[str]:
    """The names that a module reads out of requests: those of its forms, and those that stand in its code."""
    found = set(in_code(module))
    for value in vars(module).values():
        if inspect.isclass(value) and issubclass(value, forms.BaseForm):
            found |= set(getattr(value, "base_fields", {}))
        elif inspect.ismodule(value) and value.__name__.startswith(("unroller.forms", "unroller.views", "billing.")):
            found |= {name for name in in_code(value) if value.__name__.startswith("unroller.views")}
    is_signing_in = module.__name__.startswith(("allauth", "accounts"))
    return frozenset(found | BY_VARIABLE | (OF_ALLAUTH if is_signing_in else set()))


@cache
def in_code(module: ModuleType) -> frozenset[str]:
    """`request.POST["a"]`, `request.GET.get("b")` and the like."""
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    return frozenset(name for node in ast.walk(tree) if (name := _named_by(node)))


def _named_by(node: ast.AST) -> str:
    """The field that a piece of code reads, if it reads one."""
    inner, key = None, None
    if isinstance(node, ast.Subscript):
        inner, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        inner, key = node.func.value, node.args[0]
    is_read = isinstance(inner, ast.Attribute) and inner.attr in READ
    return key.value if is_read and isinstance(key, ast.Constant) and isinstance(key.value, str) else ""

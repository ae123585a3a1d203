"""The one place where operators' deeds are written down: around every view of the admin.

A deed is written before the view runs and for itself, so that nothing is done without a trace, also when the process
dies in between. What turns out to be refused by a form is in the log, too.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.forms import BooleanField
from django.http import HttpRequest, HttpResponseBase

from accounts import visitors
from accounts.actions import deeds
from accounts.models import User

View = Callable[..., HttpResponseBase]
VALUES = {
    "accounts.user": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions"),
    "accounts.allowance": ("name", "who", "amount"),
    "accounts.ban": ("network", "until_0", "until_1"),
    "unroller.blockedhost": ("host", "subdomains"),
}
"""Fields whose values are written down, by table; of all other forms only the names of the fields are."""
LIST = "changelist_view"
"""The only view that does actions."""
CONFIRMED = "post"
"""The field of pages that ask "are you sure?", or why, before an action is done; Django's own has it, too."""
ASKING = frozenset({"delete_selected"})
"""Actions that ask first; actions of ours that do are marked (`asks_first`)."""
SECRET = frozenset({"csrfmiddlewaretoken", "password", "password1", "password2", "usable_password"})


def watch(site: AdminSite) -> None:
    """Have every deed in an admin site written down."""
    wrapped = site.admin_view

    def admin_view(view: View, cacheable: bool = False) -> View:
        return wrapped(_noting(view), cacheable)

    site.admin_view = admin_view  # type: ignore[method-assign, assignment]  # the one door that all of its views go through


def _noting(view: View) -> View:
    @wraps(view)
    def noted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and isinstance(request.user, User):
            _note(request, request.user, view, kwargs)
        return view(request, *args, **kwargs)

    return noted


def _note(request: HttpRequest, operator: User, view: View, kwargs: dict[str, Any]) -> None:
    owner = getattr(view, "__self__", None) or getattr(getattr(view, "__wrapped__", None), "__self__", None)
    options = getattr(owner, "opts", None)
    kind, name = options.label_lower if options else "", getattr(view, "__name__", "")
    actions = request.POST.getlist("action") if name == LIST else []  # a page may send several, and says which it means
    if actions and CONFIRMED not in request.POST and all(_asks_first(owner, each) for each in actions):
        return
    deeds.note(
        operator,
        " ".join(actions) or name or request.path,
        address=visitors.client_address(request),
        kind=kind,
        subjects=_subjects(request, kwargs, is_action=bool(actions)),
        reason=request.POST.get("reason", "") or request.POST.get("answer", ""),
        details=_details(request, kind, is_action=bool(actions)),
    )


def _subjects(request: HttpRequest, kwargs: dict[str, Any], *, is_action: bool) -> list[str]:
    if not is_action:
        return [str(kwargs[name]) for name in ("object_id", "id") if kwargs.get(name)]
    return ["all"] if _is_across(request) else request.POST.getlist(ACTION_CHECKBOX_NAME)


def _is_across(request: HttpRequest) -> bool:
    """Whether an action is meant for all rows of a list, in Django's own reading of the field."""
    return bool(BooleanField(required=False).to_python(request.POST.get("select_across")))


def _asks_first(owner: object, action: str) -> bool:
    return action in ASKING or bool(getattr(getattr(owner, action, None), "asks_first", False))


def _details(request: HttpRequest, kind: str, *, is_action: bool) -> dict[str, object]:
    """What a form was sent with: rights and orders by their values, everything else by the names of the fields."""
    if is_action:
        return {"across": True, "path": request.get_full_path()[:500]} if "select_across" in request.POST else {}
    found: dict[str, object] = {"fields": sorted(name for name in request.POST if name not in SECRET)[:100]}
    if kind in VALUES:
        found["values"] = {name: request.POST.getlist(name) for name in VALUES[kind]}
    return found

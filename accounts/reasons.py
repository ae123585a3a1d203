"""Actions of the admin that ask for a reason first, on a page of their own."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.watched import CONFIRMED

SHOWN = 50
"""Rows that are named on the page."""


Deed = Callable[[Any, HttpRequest, QuerySet[Any], str], str]
"""What a method of an admin does with the chosen rows once there is a reason; answers what to say about it."""


class Why(forms.Form):
    """The reason."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 8, "cols": 40}),
        max_length=2_000,
        error_messages={"required": "Please say why: nothing is decided without a reason."},
    )


def asks_why(
    description: str, consequence: str, *, permissions: tuple[str, ...] = ("change",)
) -> Callable[[Deed], Callable[..., HttpResponse | None]]:
    """An action with a page before it that says what follows, and takes the reason."""

    def decorate(deed: Deed) -> Callable[..., HttpResponse | None]:
        @admin.action(description=description, permissions=permissions)
        @wraps(deed)
        def action(self: Any, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
            form = Why(request.POST if CONFIRMED in request.POST else None)
            if form.is_valid():
                messages.success(request, deed(self, request, chosen, form.cleaned_data["reason"]))
                return None
            return _asked(self, request, chosen, form, {"title": description, "consequence": consequence})

        action.asks_first = True  # type: ignore[attr-defined]  # accounts/watched.py asks for it
        return action

    return decorate


def _asked(
    owner: Any, request: HttpRequest, chosen: QuerySet[Any], form: Why, words: dict[str, str]
) -> TemplateResponse:
    rows = list(chosen[: SHOWN + 1])
    context = {
        **owner.admin_site.each_context(request),
        **words,
        "opts": owner.opts,
        "form": form,
        "rows": rows[:SHOWN],
        "has_more": len(rows) > SHOWN,
        "action": request.POST["action"],
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "across": request.POST.get("select_across", "0"),
        "checkbox": ACTION_CHECKBOX_NAME,
        "confirmed": CONFIRMED,
    }
    return TemplateResponse(request, "admin/reason.html", context)

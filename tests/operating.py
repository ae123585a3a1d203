"""An operator in the admin, for tests: what lists and pages say, and what actions do."""

import time
from typing import Any

from django.db.models import Model
from django.test import Client

from accounts.models import User


def an_operator(client: Client) -> Client:
    """Signed in, with all rights, and with the second factor shown."""
    client.force_login(User.objects.create_superuser("operator@example.org", "a long password"))
    return confirmed(client)


def confirmed(client: Client, *, at: float | None = None) -> Client:
    """As if whoever is signed in had just shown their second factor; what allauth writes down then."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": at or time.time()}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return client


def address(model: type[Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def listed(operator: Client, model: type[Model], **query: Any) -> str:
    """The list of a model."""
    answer = operator.get(address(model), query)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(operator: Client, row: Model) -> str:
    """The page of a row."""
    answer = operator.get(f"{address(type(row))}{row.pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def act(operator: Client, action: str, *rows: Model) -> str:
    """Do something with rows; the list afterwards, with what it says about that."""
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return operator.post(address(type(rows[0])), chosen, follow=True).content.decode()


def decide(operator: Client, action: str, *rows: Model, reason: str) -> str:
    """The same with an action that asks why."""
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows], "post": "yes", "reason": reason}
    return operator.post(address(type(rows[0])), chosen, follow=True).content.decode()

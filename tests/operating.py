"""An operator in the admin, for tests: what lists and pages say, and what actions do."""

from typing import Any

from django.db.models import Model
from django.test import Client

from accounts.models import User


def an_operator(client: Client) -> Client:
    """Signed in, with all rights."""
    client.force_login(User.objects.create_superuser("operator@example.org", "a long password"))
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

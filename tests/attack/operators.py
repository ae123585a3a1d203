"""What an operator's browser could send to the admin: real forms with fields spoiled, odd lists, deeds on any rows."""

import re
from collections.abc import Sequence
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st

from accounts.models import Allowance, Ban, Closing, Deed, User
from billing.models import Alert, BillingAccount, OutboxCall, Reconciliation, WebhookEvent
from tests.attack.bodies import as_form, as_query, bodies, pairs, values
from tests.attack.people import alice, charlie, named_by, of_nobody
from tests.attack.test_forms import HEADERS, Request
from tests.operating import address
from tests.threads import a_thread
from unroller import models as ours
from unroller.actions import cases

LOOKUPS = (
    "",
    "__exact",
    "__isnull",
    "__gte",
    "__in",
    "__range",
    "__isempty",
    "__year",
    "__day",
    "__regex",
    "__pk",
    "__x",
)
OF_LISTS = (
    "q",
    "o",
    "p",
    "all",
    "e",
    "_popup",
    "_to_field",
    "_facets",
    "_changelist_filters",
    "state",
    "year",
    "month",
)
SOUND = {
    "network": ["203.0.113.0/24", "2001:db8::/48"],
    "until_0": ["2999-01-01"],
    "until_1": ["12:00:00"],
    "starts_at_0": ["2026-01-01"],
    "starts_at_1": ["12:00:00"],
    "ends_at_0": ["2999-01-01"],
    "ends_at_1": ["12:00:00"],
    "reason": ["It is spam."],
    "answer": ["We looked at it."],
    "amount": ["5"],
    "who": ["", "203.0.113.9"],
    "host": ["spam.example"],
    "email": ["new@example.com"],
    "password1": ["a long password"],
    "password2": ["a long password"],
    "name": ["editors"],
}
"""What a form takes in a field for which its page has no value."""


class Owner(NamedTuple):
    """A table in the admin: rows of it, the fields of its pages with values they take, and what its list can do."""

    model: type[Model]
    keys: list[str]
    forms: dict[str, dict[str, list[str]]]
    queries: list[str]
    actions: list[str]


class Fields(HTMLParser):
    """The fields of a page's forms, with what stands in them and what can be chosen."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self._select = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"input", "select", "textarea", "button"} and given.get("name"):
            self._select = given["name"] if tag == "select" else ""
            self.found.setdefault(given["name"], []).extend([given["value"]] if given.get("value") else [])
        elif tag == "option" and self._select:
            self.found[self._select].append(given.get("value", ""))


def everything() -> User:
    """Rows of every table that the admin has, two people's."""
    person = alice()
    charlie()
    of_nobody(person)
    named_by(person)
    now, thread = timezone.now(), a_thread(2, first=900)
    cases.decide_thread(a_thread(2, first=950), ours.Case.Decision.HIDDEN, "It is spam.")
    account = BillingAccount.objects.filter(user=person).get()
    for model, fields in (
        (Group, {"name": "helpers"}),
        (Allowance, {"name": "unrolls_guest", "amount": 5, "reason": "Busy."}),
        (Ban, {"network": "203.0.113.0/24", "reason": "A flood.", "until": now + timedelta(days=1)}),
        (Closing, {"user_id": person.pk}),
        (Deed, {"operator_id": 1, "operator": "a@b.example", "address": "::1", "what": "ban"}),
        (Alert, {"kind": "odd", "key": "1", "sentence": "Odd.", "account": account}),
        (OutboxCall, {"action": "refund", "idempotency_key": "1", "account": account}),
        (WebhookEvent, {"event_id": "evt_1", "type": "a", "livemode": False, "stripe_created": now, "raw": "{}"}),
        (Reconciliation, {"started_at": now}),
        (ours.BlockedHost, {"host": "evil.example", "reason": "Spam."}),
        (ours.BotAccount, {"source": "x", "due_at": now}),
        (ours.BotDay, {"source": "x", "day": now.date()}),
        (ours.ContactMessage, {"email": "a@b.example", "subject": "Hello", "text": "Hello."}),
        (ours.DataExport, {"user": person}),
        (ours.Inquiry, {"first": 1, "last": 2}),
        (ours.Job, {"source": "x", "key": "1", "link": "https://x.com/a/status/1", "state": "failed"}),
        (ours.LeftAlone, {"source": "x", "network_id": "1"}),
        (ours.Medium, {"digest": "0" * 64, "type": "image/png", "size": 1}),
        (ours.Sweep, {"look": "x", "due_at": now}),
        (ours.Vanished, {"source": "x", "reason": "deleted", "by": "network"}),
        (ours.ThreadFile, {"thread": thread, "kind": "pdf", "changed_at": now - timedelta(days=1)}),
    ):
        if not model._default_manager.exists() or model in {Ban, ours.ThreadFile}:
            model._default_manager.create(**fields)
    return person


def owners(operator: Client) -> list[Owner]:
    """Every table that an operator has a list of."""
    return [owner(operator, model, site) for model, site in admin.site._registry.items()]


def owner(operator: Client, model: type[Model], site: Any) -> Owner:
    keys = [str(row.pk) for row in model._default_manager.order_by("pk")[:5]]
    pages = {
        path: operator.get(path)
        for path in (f"{address(model)}add/", *(f"{address(model)}{key}/change/" for key in keys))
    }
    forms = {path: Fields(page.content.decode()).found for path, page in pages.items() if page.status_code == 200}
    fields = [field.name for field in model._meta.fields]
    filters = [each if isinstance(each, str) else each[0] for each in site.list_filter if isinstance(each, str | tuple)]
    queries = [name + lookup for name in {*fields, *filters} for lookup in LOOKUPS]
    return Owner(model, keys, forms, queries, [*map(str, site.actions or ()), "delete_selected"])


def lists(own: Owner) -> st.SearchStrategy[Request]:
    """Its list, asked for in odd ways."""
    query = pairs([*OF_LISTS, *own.queries], [*own.keys, "open", "all", "1.-2", "true"]).map(as_query)
    return st.builds(lambda asked: got(f"{address(own.model)}?{asked}"), query)


def deeds(own: Owner) -> st.SearchStrategy[Request]:
    """What is done with chosen rows, mostly with what it wants."""
    chosen = st.lists(st.one_of(st.sampled_from([*own.keys, "1"]), values), max_size=3)
    fields = st.builds(
        lambda action, rows, reason, more: [
            ("action", action),
            ("post", "yes"),
            ("reason", reason),
            *(("_selected_action", row) for row in [*own.keys[:1], *rows]),
            *more,
        ],
        st.one_of(*[st.sampled_from(own.actions)] * 4, values),
        chosen,
        st.one_of(st.just("It is spam."), values),
        pairs(["select_across", "index", "action", "post", "reason"], own.actions),
    )
    return st.builds(lambda given: Request("POST", address(own.model), as_form(given), {}), fields)


@st.composite
def forms(draw: st.DrawFn, own: Owner) -> Request:
    """One of its forms as it stands there, sent with up to two fields spoiled."""
    path = draw(st.sampled_from(sorted(own.forms)))
    given = {name: draw(st.sampled_from(SOUND.get(name) or held or [""])) for name, held in own.forms[path].items()}
    for _ in range(draw(st.integers(0, 2))):
        given[draw(st.sampled_from(sorted(given)))] = draw(values)
    for name in draw(st.sampled_from((("_addanother", "_saveasnew"), ("_continue", "_saveasnew"), ()))):
        given.pop(name, None)
    return Request("POST", path, as_form(list(given.items())), {})


def odd(own: Owner) -> st.SearchStrategy[Request]:
    """Any method at any of its addresses, with any body."""
    names = sorted({name for held in own.forms.values() for name in held} | {"post", "_popup", "_to_field"})
    key = st.one_of(*[st.sampled_from([*own.keys, "1"])] * 3, values.map(lambda each: re.sub(r"[?#]", "", each)[:300]))
    ends = st.sampled_from(("", "change/", "delete/", "history/", "password/", "x/"))
    path = st.builds(lambda at, end: f"{address(own.model)}{at}/{end}", key, ends)
    query = st.one_of(st.just(""), pairs([*OF_LISTS, *own.queries], own.keys).map(as_query))
    whole = st.tuples(path, query).map("?".join)
    methods = st.sampled_from(("GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"))
    return st.builds(Request, methods, whole, bodies(names, own.keys), st.sampled_from(HEADERS))


def got(path: str) -> Request:
    return Request("GET", path, as_form([]), {})


def requests(own: Owner) -> st.SearchStrategy[Request]:
    """All of it."""
    kinds = [lists(own), odd(own), deeds(own)]
    return st.one_of(*kinds, *([forms(own)] * 2 if own.forms else []))


def beside(keys: Sequence[str]) -> st.SearchStrategy[Request]:
    """What the site has beside its tables."""
    paths = (
        "",
        "jsi18n/",
        "autocomplete/",
        "r/1/",
        "r/2/\x00/",
        "password_change/",
        "login/",
        "logout/",
        "unroller/",
        "x/",
    )
    names = ["next", "term", "app_label", "model_name", "field_name", "page", "old_password", "new_password1"]
    query = pairs(names, [*keys, "billing", "grant", "user", "accounts", "/admin/"]).map(as_query)
    whole = st.tuples(st.sampled_from(paths).map("/admin/{}".format), query).map("?".join)
    return st.builds(Request, st.sampled_from(("GET", "POST")), whole, bodies(names, keys), st.sampled_from(HEADERS))

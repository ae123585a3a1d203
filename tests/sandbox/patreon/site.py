"""The pretend patreon.com: the page that asks whether one agrees, and a page with the levers of everybody's pledge."""

from collections.abc import Callable
from html import escape
from urllib.parse import parse_qs

from ..wire import Request, Response, html_response
from .api import PatreonApi
from .model import Person
from .network import Patreon
from .oauth import RefusedError

AUTHORIZE_PATH = "/oauth2/authorize"
CANCEL = "cancel"
STYLE = (
    "body{font:1rem/1.5 system-ui;max-width:44rem;margin:2rem auto;padding:0 1rem}button{font:inherit}"
    "li{margin:0 0 1rem}small{display:block}"
)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Pretend Patreon</title><link rel="icon" href="data:,"><style>{style}</style></head><body>{body}</body></html>
"""
ACTS: dict[str, tuple[str, Callable[[Patreon, Person], object]]] = {
    "join": ("Pledge $5", lambda network, person: network.join(person)),
    "join-little": ("Pledge $1", lambda network, person: network.join(person, 100)),
    "join-pending": ("Pledge $5, payment pending", lambda network, person: network.join(person, charged="Pending")),
    "paid": ("Payment arrives", lambda network, person: network.charge(person)),
    "decline": ("Payment declined", lambda network, person: network.charge(person, "Declined")),
    "refund": ("Refund", lambda network, person: network.refund(person)),
    "cancel": ("End the pledge", lambda network, person: network.cancel(person)),
}
FIRST = frozenset({"join", "join-little", "join-pending"})
"""What somebody can do who is no patron; all the rest is for those who are."""


class PatreonSite:
    """`/` the levers, `/oauth2/authorize` the page to agree on, everything else the API."""

    def __init__(self, network: Patreon) -> None:
        self._network = network
        self._api = PatreonApi(network)

    def __call__(self, request: Request) -> Response:
        if request.path == AUTHORIZE_PATH:
            return self._authorize(request)
        if request.path == "/":
            return self._levers(request)
        return self._api(request)

    def _authorize(self, request: Request) -> Response:
        """`GET` shows the page, `POST` (a button of it) sends the browser back with a code, or without one."""
        try:
            if request.method == "GET":
                return self._page(self._network.oauth.ask(request.query))
            if request.method == "POST":
                return self._answer(parse_qs(request.body.decode()))
        except RefusedError as error:
            return html_page(f"<h1>Something went wrong</h1><p>{escape(error.description)}</p>", 400)
        return Response(405)

    def _page(self, ask: str) -> Response:
        buttons = "".join(
            f'<p><button name="person" value="{each.id}"><bdi>{escape(each.full_name)}</bdi></button>'
            f"{self._says(each)}</p>"
            for each in self._network.people.values()
        )
        return html_page(
            "<h1>Pretend Patreon: let the site know you as …</h1>"
            "<p>This page stands in for patreon.com. Nobody here is real.</p>"
            f'<form method="post" action="{AUTHORIZE_PATH}"><input type="hidden" name="ask" value="{escape(ask)}">'
            f'{buttons}<p><button name="person" value="{CANCEL}">Cancel</button></p></form>'
        )

    def _answer(self, form: dict[str, list[str]]) -> Response:
        chosen = form.get("person", [""])[0]
        person = self._network.people.get(chosen)
        if person is None and chosen != CANCEL:
            raise RefusedError("invalid_request", "nobody was chosen")
        oauth = self._network.oauth
        ask = oauth.asked(form.get("ask", [""])[0])
        if person is None:
            return Response(303, headers={"Location": oauth.refuse(ask)})
        self._network.learn_of(ask.callback)
        return Response(303, headers={"Location": oauth.agree(ask, person)})

    def _levers(self, request: Request) -> Response:
        if request.method == "POST":
            return self._pull(parse_qs(request.body.decode()))
        rows = "".join(
            f'<li><b><bdi>{escape(each.full_name)}</bdi></b> {self._says(each)}<form method="post" action="/">'
            f'<input type="hidden" name="person" value="{each.id}">{self._buttons(each)}</form></li>'
            for each in self._network.people.values()
        )
        told = escape(self._network.webhook_uri) or "nobody yet: connect somebody first"
        return html_page(f"<h1>Pretend Patreon</h1><p>Webhooks go to {told}.</p><ul>{rows}</ul>")

    def _pull(self, form: dict[str, list[str]]) -> Response:
        person = self._network.people.get(form.get("person", [""])[0])
        act = ACTS.get(form.get("act", [""])[0])
        if person is None or act is None:
            return html_page("<h1>There is no such lever</h1>", 400)
        try:
            act[1](self._network, person)
        except LookupError as error:
            return html_page(f"<h1>{escape(str(error))}</h1>", 400)
        return Response(303, headers={"Location": "/"})

    def _buttons(self, person: Person) -> str:
        member = self._network.membership(person)
        gives = member is not None and member.patron_status != "former_patron"
        names = [name for name in ACTS if (name in FIRST) != gives]
        return " ".join(f'<button name="act" value="{name}">{ACTS[name][0]}</button>' for name in names)

    def _says(self, person: Person) -> str:
        member = self._network.membership(person)
        if member is None:
            return "<small>no member</small>"
        cents, charged = member.entitled_cents, member.last_charge_status or "not charged"
        return f"<small>{member.patron_status}, ${cents // 100}.{cents % 100:02d} a month, {charged}</small>"


def html_page(body: str, status: int = 200) -> Response:
    return html_response(PAGE.format(style=STYLE, body=body), status)

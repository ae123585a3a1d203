"""The pretend x.com, as far as signing in goes: one page that asks whom to be."""

from html import escape
from urllib.parse import parse_qs

from ..wire import Request, Response, html_response
from .network import XNetwork
from .oauth import RefusedError

AUTHORIZE_PATH = "/i/oauth2/authorize"
CANCEL = "cancel"
STYLE = (
    "body{font:1rem/1.5 system-ui;max-width:30rem;margin:2rem auto;padding:0 1rem}button{font:inherit;padding:.5rem}"
)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Pretend X</title><link rel="icon" href="data:,"><style>{style}</style></head><body>{body}</body></html>
"""


class XSite:
    """`GET` shows the page, `POST` (a button of it) sends the browser back with a code, or without one."""

    def __init__(self, network: XNetwork) -> None:
        self._network = network

    def __call__(self, request: Request) -> Response:
        if request.path != AUTHORIZE_PATH:
            return Response(404)
        try:
            if request.method == "GET":
                return self._page(self._network.sign_in.ask(request.query))
            if request.method == "POST":
                return self._answer(parse_qs(request.body.decode()))
        except RefusedError as error:
            return html_page(f"<h1>Something went wrong</h1><p>{escape(error.description)}</p>", 400)
        return Response(405)

    def _page(self, name: str) -> Response:
        everybody = self._network.people.values()
        people = [person for person in everybody if not (person.suspended or self._network.is_bot(person))]
        buttons = "".join(
            f'<p><button name="person" value="{escape(person.id)}"><bdi>{escape(person.name)}</bdi> '
            f"<small>@{escape(person.username)}</small></button></p>"
            for person in sorted(people, key=lambda person: person.username)
        )
        return html_page(
            f"<h1>Pretend X: sign in as …</h1><p>This page stands in for x.com. Nobody here is real.</p>"
            f'<form method="post" action="{AUTHORIZE_PATH}"><input type="hidden" name="ask" value="{escape(name)}">'
            f'{buttons}<p><button name="person" value="{CANCEL}">Cancel</button></p></form>'
        )

    def _answer(self, form: dict[str, list[str]]) -> Response:
        chosen = form.get("person", [""])[0]
        person = self._network.people.get(chosen)
        if person is None and chosen != CANCEL:
            raise RefusedError("invalid_request", "nobody was chosen")
        sign_in = self._network.sign_in
        ask = sign_in.asked(form.get("ask", [""])[0])
        return Response(303, headers={"Location": sign_in.agree(ask, person) if person else sign_in.refuse(ask)})


def html_page(body: str, status: int = 200) -> Response:
    return html_response(PAGE.format(style=STYLE, body=body), status)

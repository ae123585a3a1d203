"""Stripe's own pages: paying, 3-D Secure, the portal, invoices, receipts."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from ..wire import Request, Response
from . import invoice_page, look, pay_page, portal_page
from .errors import ApiError
from .front import Front

PATH = re.compile(r"/(?P<room>pay|3ds|portal|invoice|receipt)/(?P<id>[A-Za-z0-9_]+)(?P<more>(/[A-Za-z0-9_]+)*)")
Page = Callable[[Front, str, str], Response]
"""Shows: the account, the id in the path, and what follows it."""
Act = Callable[[Front, str, str, Mapping[str, str]], Response]
"""Does what a form says."""
SHOWN: Mapping[str, Page] = {
    "pay": pay_page.show,
    "3ds": pay_page.ask,
    "portal": portal_page.show,
    "invoice": invoice_page.show,
    "receipt": invoice_page.show_receipt,
}
DONE: Mapping[str, Act] = {
    "pay": pay_page.act,
    "3ds": pay_page.answer,
    "portal": portal_page.act,
    "invoice": invoice_page.act,
}


class Pages:
    """Answers below `/pay/`, `/3ds/`, `/portal/`, `/invoice/` and `/receipt/`; takes the world's lock."""

    PATHS = ("/pay/", "/3ds/", "/portal/", "/invoice/", "/receipt/")

    def __init__(self, stripe: Front) -> None:
        self._stripe = stripe

    def __call__(self, request: Request) -> Response:
        match = PATH.fullmatch(request.path)
        if match is None:
            return look.page("Not here", "<p>There is no such page.</p>", 404)
        room, object_id, more = match["room"], match["id"], match["more"].strip("/")
        try:
            with self._stripe.ground.lock:
                if request.method in ("GET", "HEAD"):
                    return SHOWN[room](self._stripe, object_id, more)
                if request.method == "POST" and room in DONE:
                    fields = dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
                    return DONE[room](self._stripe, object_id, more, fields)
        except ApiError as error:
            return look.page("This does not work", look.alert(str(error)), error.status)
        return Response(405, headers={"Allow": "GET, POST"})

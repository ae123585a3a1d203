"""What arrived, to look at: a list, one mail with its parts, and the same as JSON for tests.

`GET /` and `/messages.json?to=` list the mails, newest first; `/messages/<number>`, `…/html`, `…/raw` and `….json`
show one; `POST /forget` throws all away.
"""

import re
from html import escape
from typing import Any

from ..wire import Request, Response, html_response, json_response
from .post import LINK, Mail, PostOffice

ONE = re.compile(r"/messages/(?P<number>\d{1,9})(?P<form>|/html|/raw|\.json)")
FRAME_RULES = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)
"""Mail programs run no scripts and load nothing by themselves; links open in a tab of their own."""
STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.4rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: start; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884 }
iframe { width: 100%; height: 44rem; border: 1px solid #8884; border-radius: .5rem }
pre { white-space: pre-wrap; font: .9rem/1.5 ui-monospace, monospace; border: 1px solid #8884; padding: 1rem }
.again { color: #c0392b; font-weight: 600 }
small { opacity: .7 }
"""


class MailPage:
    """The web side of the post office."""

    def __init__(self, post: PostOffice) -> None:
        self._post = post

    def __call__(self, request: Request) -> Response:
        if request.method == "POST" and request.path == "/forget":
            self._post.forget()
            return Response(303, headers={"Location": "/"})
        mails = self._post.mails(request.first("to") or "")[::-1]
        if request.path == "/":
            return html_response(self._list(mails))
        if request.path == "/messages.json":
            return json_response([self._facts(mail) for mail in mails])
        match = ONE.fullmatch(request.path)
        mail = self._post.mail(int(match["number"])) if match else None
        if match is None or mail is None:
            return html_response(
                page("Not here", "<p>This mail is not here (any more). <a href='/'>All mail</a></p>"), 404
            )
        return self._one(mail, match["form"])

    def _one(self, mail: Mail, form: str) -> Response:
        if form == "/html":
            framed = f'<base target="_blank">{mail.html}'
            return Response(200, framed.encode(), "text/html; charset=utf-8", {"Content-Security-Policy": FRAME_RULES})
        if form == "/raw":
            return Response(200, mail.raw, "text/plain; charset=utf-8")
        if form == ".json":
            return json_response(self._facts(mail))
        return html_response(self._shown(mail))

    def _facts(self, mail: Mail) -> dict[str, Any]:
        return {
            "number": mail.number,
            "received_at": mail.received_at.isoformat(),
            "sender": mail.sender,
            "recipients": list(mail.recipients),
            "subject": mail.subject,
            "message_id": mail.message_id,
            "times": self._post.times(mail.message_id),
            "headers": [[name, str(value)] for name, value in mail.message.items()],
            "text": mail.text,
            "html": mail.html,
            "links": mail.links,
        }

    def _list(self, mails: list[Mail]) -> str:
        if not mails:
            return page("Mail", "<h1>Mail</h1><p>Nothing has arrived yet. This page looks again by itself.</p>", wait=3)
        rows = "".join(
            f'<tr><td><a href="/messages/{mail.number}">{escape(mail.subject) or "(no subject)"}</a></td>'
            f"<td>{escape(', '.join(mail.recipients))}</td><td>{mail.received_at:%H:%M:%S}</td></tr>"
            for mail in mails
        )
        body = (
            f"<h1>Mail</h1><p><small>{self._post.total} arrived. Times are UTC.</small></p>"
            f"<table><tr><th>Subject<th>To<th>Time</tr>{rows}</table>"
            '<form method="post" action="/forget"><p><button>Throw all away</button></p></form>'
        )
        return page("Mail", body, wait=3)

    def _shown(self, mail: Mail) -> str:
        times = self._post.times(mail.message_id)
        again = f'<p class="again">This mail arrived {times} times.</p>' if times > 1 else ""
        headers = "".join(
            f"<tr><th>{escape(name)}</th><td>{linked(str(value))}</td></tr>" for name, value in mail.message.items()
        )
        html = f'<h2>HTML</h2><iframe title="HTML" src="/messages/{mail.number}/html"></iframe>' if mail.html else ""
        body = (
            f'<p><a href="/">All mail</a></p><h1>{escape(mail.subject) or "(no subject)"}</h1>{again}{html}'
            f"<h2>Text</h2><pre>{linked(mail.text)}</pre><h2>Headers</h2><table>{headers}</table>"
            f"<p>Envelope: {escape(mail.sender) or '(empty)'} to {escape(', '.join(mail.recipients))} · "
            f'<a href="/messages/{mail.number}/raw">raw source</a></p>'
        )
        return page(mail.subject or "Mail", body)


def linked(text: str) -> str:
    """Text for a page, with its addresses to be clicked."""
    parts, end = [], 0
    for match in LINK.finditer(text):
        address = escape(match[0])
        parts += [escape(text[end : match.start()]), f'<a href="{address}" rel="noopener">{address}</a>']
        end = match.end()
    return "".join(parts) + escape(text[end:])


def page(title: str, body: str, *, wait: int = 0) -> str:
    """A whole page; one that waits looks again after so many seconds."""
    refresh = f'<meta http-equiv="refresh" content="{wait}">' if wait else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{refresh}'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )

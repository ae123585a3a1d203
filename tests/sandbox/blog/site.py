"""The server of the pretend blogs: their pages, the page on which an owner agrees, and a page with their levers."""

from collections.abc import Callable
from html import escape
from urllib.parse import parse_qs

from ..mail.page import page
from ..wire import Request, Response, html_response, json_response
from . import micropub
from .network import Blog, Blogs, Entry
from .oauth import RefusedError

RULES = {"Content-Security-Policy": "default-src 'none'; img-src * data:; style-src 'unsafe-inline'"}
"""What somebody posted shows words and pictures, and runs nothing."""


class BlogSite:
    """`/` the levers; below each blog's name its pages and endpoints."""

    def __init__(self, blogs: Blogs) -> None:
        self._blogs = blogs

    def __call__(self, request: Request) -> Response:
        if request.path == "/":
            return self._levers(request)
        blog = self._blogs.at(request.path)
        if blog is None:
            return nothing()
        rest = request.path.removeprefix(blog.path)
        if rest.startswith("posts/"):
            return shown(blog.entry(f"{blog.address}{rest}"))
        if rest.startswith("files/"):
            found = blog.uploads.get(rest.removeprefix("files/"))
            return Response(200, found.body, found.type) if found else nothing()
        act = ENDPOINTS.get(rest)
        return act(blog, request) if act and is_there(blog, rest) else nothing()

    def _levers(self, request: Request) -> Response:
        if request.method == "POST":
            form = parse_qs(request.body.decode())
            oauth = self._blogs[form["blog"][0]].oauth
            oauth.expire() if form["act"] == ["expire"] else oauth.tokens.clear()
            return Response(303, headers={"Location": "/"})
        rows = "".join(
            f'<tr><td><a href="{escape(blog.path)}">{escape(blog.title)}</a><td><code>{escape(blog.address)}</code>'
            f'<td>{len(blog.entries)} posts<td><form method="post" action="/">'
            f'<input type="hidden" name="blog" value="{escape(name)}">'
            '<button name="act" value="expire">Tokens grow old</button> '
            '<button name="act" value="revoke">Revoke all tokens</button></form></tr>'
            for name, blog in self._blogs.all.items()
        )
        return html_response(page("Pretend blogs", f"<h1>Pretend blogs</h1><table>{rows}</table>"))


def is_there(blog: Blog, rest: str) -> bool:
    """Whether a blog has such an endpoint at all."""
    has = {"micropub": blog.takes_posts, "media": blog.has_media, "metadata": blog.found in {"header", "link"}}
    return has.get(rest, blog.found != "" or rest == "")


def front(blog: Blog, request: Request) -> Response:
    """The blog's own page, which says where everything is."""
    links: dict[str, str] = {}
    if blog.found in {"header", "link"}:
        links["indieauth-metadata"] = "metadata"
    elif blog.found == "rels":
        links |= {"authorization_endpoint": "auth", "token_endpoint": "token"}
    if blog.takes_posts:
        links["micropub"] = "micropub"
    in_page = "".join(f'<link rel="{rel}" href="{escape(blog.path)}{place}">' for rel, place in links.items())
    headers = {}
    if blog.found == "header":
        headers["Link"] = ", ".join(f'<{place}>; rel="{rel}"' for rel, place in links.items())
        in_page = ""
    rows = "".join(
        f'<li><a href="{escape(each.url)}">{escape(name_of(each))}</a>{" (draft)" if each.is_draft else ""}</li>'
        for each in blog.entries[::-1]
    )
    body = page(blog.title, f"<h1>{escape(blog.title)}</h1><ul>{rows}</ul>").replace("</head>", f"{in_page}</head>")
    return Response(200, body.encode(), "text/html; charset=utf-8", headers)


def metadata(blog: Blog, request: Request) -> Response:
    """RFC 8414, as IndieAuth wants it."""
    return json_response(
        {
            "issuer": blog.oauth.issuer,
            "authorization_endpoint": f"{blog.address}auth",
            "token_endpoint": f"{blog.address}token",
            "revocation_endpoint": f"{blog.address}revoke",
            "revocation_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": ["create", "update", "media"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
    )


def authorize(blog: Blog, request: Request) -> Response:
    """`GET` shows the page, `POST` (a button of it) sends the browser back with a code, or without one."""
    try:
        if request.method == "GET":
            return consent(blog, blog.oauth.ask(request.query))
        form = parse_qs(request.body.decode())
        name = form.get("ask", [""])[0]
        allowed = form.get("do") == ["allow"]
        to = blog.oauth.agree(name, tuple(form.get("scope", []))) if allowed else blog.oauth.deny(name)
        return Response(302, headers={"Location": to})
    except RefusedError as error:
        if error.back:
            return Response(302, headers={"Location": error.back})
        return html_response(page("Wrong", f"<h1>Something is wrong</h1><p>{escape(error.description)}</p>"), 400)


def consent(blog: Blog, name: str) -> Response:
    ask = blog.oauth.asks[name]
    boxes = "".join(
        f'<p><label><input type="checkbox" name="scope" value="{each}" checked> {each}</label></p>'
        for each in ask.scopes
    )
    body = (
        f"<h1>{escape(blog.title)}</h1><p><code>{escape(ask.client_id)}</code> would like to post here.</p>"
        f'<form method="post" action="{escape(blog.path)}auth"><input type="hidden" name="ask" value="{escape(name)}">'
        f'{boxes}<p><button name="do" value="allow">Allow</button> '
        '<button name="do" value="deny">Deny</button></p></form>'
    )
    return html_response(page("May it?", body))


def token(blog: Blog, request: Request) -> Response:
    """`POST` gives and renews tokens. The old way to end one is here too (`action=revoke`)."""
    form = posted(request)
    if form is None:
        return json_response({"error": "invalid_request"}, 400)
    if form.get("action") == ["revoke"]:
        blog.oauth.revoke(form.get("token", [""])[0])
        return Response(200)
    try:
        return json_response(blog.oauth.token(form), headers={"Cache-Control": "no-store"})
    except RefusedError as error:
        return json_response({"error": error.error, "error_description": error.description}, error.status)


def revoke(blog: Blog, request: Request) -> Response:
    """RFC 7009: 200, whatever the token was."""
    form = posted(request)
    if form is None or not form.get("token"):
        return json_response({"error": "invalid_request"}, 400)
    blog.oauth.revoke(form["token"][0])
    return Response(200)


def posted(request: Request) -> dict[str, list[str]] | None:
    is_form = request.headers.get("content-type", "").partition(";")[0] == "application/x-www-form-urlencoded"
    return parse_qs(request.body.decode()) if request.method == "POST" and is_form else None


def shown(entry: Entry | None) -> Response:
    """One post as everybody reads it."""
    if entry is None:
        return nothing()
    facts = ", ".join(map(str, entry.properties.get("category", [])))
    origin = "".join(
        f'<p><a class="u-syndication" href="{escape(each)}">{escape(each)}</a></p>'
        for each in entry.properties.get("syndication", [])
    )
    body = page(
        name_of(entry),
        f"<h1>{escape(name_of(entry))}</h1><p>{'Draft. ' if entry.is_draft else ''}{escape(facts)}</p>"
        f'<style>img{{max-width:100%;height:auto}}</style><article class="e-content">{entry.html}</article>{origin}',
    )
    return Response(200, body.encode(), "text/html; charset=utf-8", RULES)


def name_of(entry: Entry) -> str:
    return str(entry.properties.get("name", [entry.slug])[0])


def nothing() -> Response:
    return html_response(page("Not here", "<p>There is nothing here.</p>"), 404)


ENDPOINTS: dict[str, Callable[[Blog, Request], Response]] = {
    "": front,
    "metadata": metadata,
    "auth": authorize,
    "token": token,
    "revoke": revoke,
    "micropub": micropub.answer,
    "media": micropub.upload,
}

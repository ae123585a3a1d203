"""A stage for the bot: somebody calls it below a thread of the shelf, and the conversation shows what it answers.

`GET /` lists the threads, `GET /thread?link=` has the form, `POST /say` writes, `GET /talk?link=` shows the rest.
"""

from html import escape
from urllib.parse import parse_qs, urlencode

from .bluesky.model import Post as BlueskyPost
from .bots import answers_of_bot
from .finding import Found, find, link_of
from .mail.page import linked, page
from .mastodon.model import Status
from .wire import Request, Response, html_response
from .world import World
from .x.model import Post as XPost

ASKERS = {"x": "visitor", "bluesky": "visitor.bsky.social", "mastodon": "visitor"}
LOOK_AGAIN = 3


class StagePage:
    """Server-rendered, without scripts."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, request: Request) -> Response:
        try:
            if (request.method, request.path) == ("POST", "/say"):
                return self._say({name: values[0] for name, values in parse_qs(request.body.decode()).items()})
            if request.path == "/":
                return html_response(self._list())
            link = request.first("link") or ""
            if request.path == "/thread":
                return html_response(self._form(link, find(self._world, link)))
            if request.path == "/talk":
                return html_response(self._talk(find(self._world, link)))
        except LookupError:
            return html_response(page("Not here", '<p>There is no such post. <a href="/">All threads</a></p>'), 404)
        return html_response(page("Not here", '<p><a href="/">All threads</a></p>'), 404)

    def _list(self) -> str:
        rows = "".join(
            f'<tr><td><a href="/thread?{escape(urlencode({"link": link}))}">{escape(title)}</a>'
            f"<td>{escape(network)}</tr>"
            for network, title, link in self._world.shown
        )
        blogs = escape(self._world.ground.addresses.blog)
        blog = f'<p>Authors publish their own threads to <a href="{blogs}/">pretend blogs</a>.</p>'
        return page("Stage", f"<h1>Call the bot</h1><table><tr><th>Below<th>On</tr>{rows}</table>{blog}")

    def _form(self, link: str, post: Found) -> str:
        network = network_of(post)
        bot = self._world.bluesky.bot.handle if network == "bluesky" else "unroller"
        return page(
            "Stage",
            f'<p><a href="/">All threads</a></p><h1>Call the bot</h1><pre>{linked(post.text)}</pre>'
            f'<form method="post" action="/say"><input type="hidden" name="link" value="{escape(link)}">'
            f'<p><label>As <input name="by" value="{ASKERS[network]}" required></label></p>'
            f'<p><label>Say <textarea name="text" rows="3" required>@{bot} unroll</textarea></label></p>'
            '<p><button name="way" value="reply">Reply</button> '
            '<button name="way" value="quote">Quote</button></p></form>',
        )

    def _say(self, said: dict[str, str]) -> Response:
        """Writes a reply to the post, or a quote of it, and shows the conversation."""
        world, post = self._world, find(self._world, said.get("link", ""))
        by, text, quotes = said.get("by", "visitor"), said.get("text", ""), said.get("way") == "quote"
        with world.ground.lock:
            call: Found
            if isinstance(post, XPost):
                call = world.x.mention(by, text, below=None if quotes else post, quoting=post if quotes else None)
            elif isinstance(post, BlueskyPost):
                call = world.bluesky.mention(by, text, below=None if quotes else post, quoting=post if quotes else None)
            else:
                call = world.mastodon.mention(
                    by, text, below=None if quotes else post, quoting=post if quotes else None
                )
        return Response(303, headers={"Location": f"/talk?{urlencode({'link': link_of(world, call)})}"})

    def _talk(self, call: Found) -> str:
        parts = "".join(f"<h2>@unroller</h2><pre>{html}</pre>" for html in self._answers(call))
        waiting = "" if parts else "<p>No answer yet. This page looks again by itself.</p>"
        body = (
            f'<p><a href="/">All threads</a></p><h1>The conversation</h1><pre>{linked(call.text)}</pre>{parts}{waiting}'
        )
        return page("Stage", body, wait=LOOK_AGAIN)

    def _answers(self, call: Found) -> list[str]:
        if isinstance(call, XPost):
            return [linked(each.text) for each in answers_of_bot(self._world.x) if each.parent_id == call.id]
        if isinstance(call, BlueskyPost):
            return [faceted(each) for each in answers_of_bot(self._world.bluesky) if each.parent is call]
        return [linked(each.text) for each in answers_of_bot(self._world.mastodon) if each.parent is call]


def faceted(post: BlueskyPost) -> str:
    """The text of a record with the links of its facets, which go by bytes."""
    text, parts, end = post.text.encode(), [], 0
    for facet in (post.raw_record or {}).get("facets", []):
        start, stop = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        address = next((escape(each["uri"]) for each in facet["features"] if "uri" in each), "")
        shown = escape(text[start:stop].decode())
        parts += [escape(text[end:start].decode()), f'<a href="{address}" rel="noopener">{shown}</a>']
        end = stop
    return "".join(parts) + escape(text[end:].decode())


def network_of(post: Found) -> str:
    return "x" if isinstance(post, XPost) else "mastodon" if isinstance(post, Status) else "bluesky"

"""Authors and their blogs for tests: connected over real HTTP, threads published by a worker's turns."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.test import Client

from accounts.models import User
from tests.sandbox.blog.network import Blog as Pretended
from tests.threads import a_post, stored
from unroller.actions.blogs import connecting, publishing, working
from unroller.core.posts import Media, Person, Pile, Quote
from unroller.models import Blog, BlogPost, Thread

ANA = Person(id="did:plc:ana", handle="ana.example", name="Ana", url="https://bsky.app/profile/ana.example")
BOB = Person(id="did:plc:bob", handle="bob.example", name="Bob", url="https://bsky.app/profile/bob.example")
TAG = '<p>Fog over the <a class="hashtag" href="https://bsky.app/hashtag/Sea" rel="nofollow"><bdi>#Sea</bdi></a>.</p>'
SAID = Quote(
    id="9", url="https://bsky.app/profile/bob.example/post/9", author=BOB, text="No.", html="<p>Bob says no.</p>"
)
PICTURE = "/picture/coast/1/120x80.png"


def a_story(picture: str = "", *, source: str = "bluesky", first: int = 1, **changes: Any) -> Thread:
    """Three posts of Ana's. `picture`: the address of one in the second."""
    media = (Media(type="photo", url=picture, alt="Fog"),) if picture else ()
    values = {
        "text": "Fog over the #Sea. It is grey.",
        "html": TAG,
        "url": f"https://bsky.app/profile/ana.example/post/{first}",
    }
    posts = (
        a_post(first, author=ANA, first=first, **(values | changes)),
        a_post(first + 1, author=ANA, first=first, media=media),
        a_post(first + 2, author=ANA, first=first, quote=SAID),
    )
    return stored(Pile(source=source, anchor_id=str(first), posts=posts))


def agree(address: str, *scopes: str, do: str = "allow") -> str:
    """The owner answers the page of their blog; where their browser goes then."""
    page = httpx.get(address)
    assert page.status_code == 200, page.text
    ask = re.search(r'name="ask" value="([^"]+)"', page.text)
    assert ask is not None
    wanted = scopes or tuple(re.findall(r'name="scope" value="(\w+)"', page.text))
    form = {"ask": ask[1], "do": do, "scope": list(wanted)}
    return httpx.post(address.partition("?")[0], data=form).headers["Location"]


def connected(user: User, pretended: Pretended, *scopes: str) -> Blog:
    """A blog of theirs, as the pages connect it."""
    asked = connecting.begin(user, pretended.address)
    back = httpx.URL(agree(connecting.leave_address(asked), *scopes))
    return connecting.finish(user, asked, back.params["code"])


def walk(client: Client, typed: str, **answer: Any) -> httpx.URL:
    """From the form to the blog and back, to right before the browser follows."""
    assert client.post("/blogs", {"address": typed}).status_code == 303
    page = client.get("/blogs/connect").content.decode()
    way = re.search(r'<a class="button strong" href="([^"]+)"', page)
    assert way is not None
    return httpx.URL(agree(unescape(way[1]), **answer))


def come_back(client: Client, back: httpx.URL) -> str:
    """The browser follows; what the page says then."""
    parts = urlsplit(str(back))
    return client.get(f"{parts.path}?{parts.query}", follow=True).content.decode()


def publish(blog: Blog, thread: Thread, *, draft: bool = False) -> BlogPost:
    """Asked for, and a worker's turn."""
    return turn(publishing.publish(blog, thread, draft=draft))


def turn(row: BlogPost) -> BlogPost:
    """Whatever it waited for has come, and a worker goes on with it."""
    BlogPost.objects.filter(pk=row.pk).update(not_before=None, leased_until=None)
    working.run(str(row.pk))
    row.refresh_from_db()
    return row

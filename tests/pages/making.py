"""Whole pages, of ordinary and of hostile data."""

from datetime import datetime, timedelta
from typing import get_args
from uuid import UUID

from django.core.paginator import Paginator

from tests.pages.cast import (
    BEGINNING,
    MARA,
    a_branch,
    a_gap,
    a_photo,
    a_post,
    a_row,
    a_thread,
    rendered,
    thread_context,
)
from unroller.core.posts import Card, Emoji, Media, MediaType, Option, Person, Poll, Quote, Thread
from unroller.models import Job

EVIL = """"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7|add:1 }}\u202e&lt;"""
EVIL_URL = "javascript:alert(1)//https://x.com"


def hostile(text: str = EVIL, url: str = EVIL_URL) -> Thread:
    """A thread whose every field is an attack; `html` alone is ours and safe by contract."""
    emojis = (Emoji(shortcode=text, url=url), Emoji(shortcode="cat", url=url))
    person = Person(id=text, handle="evil@host", name=f"{text} :cat:", url=url, avatar=url, emojis=emojis)
    media = tuple(
        Media(type=kind, url=address, alt=text, poster=url, width=3, height=2, streamed=True)
        for kind in get_args(MediaType)
        for address in (url, "https://files.example/a\"b'c")
    )
    quote = Quote(id=text, url=url, author=person, created_at=BEGINNING, text=text, html="<p>Safe.</p>", lang=text)
    post = a_post(
        text,
        html="<p>Safe.</p>",
        author=person,
        url=url,
        lang=text,
        media=media,
        warning=text,
        emojis=emojis,
        poll=Poll(options=(Option(label=text, votes=1), Option(label=":cat:", votes=2))),
        card=Card(url=url, title=text, description=text, image=url, label=text),
        quote=quote,
    )
    parts = (post, a_gap(), a_post(text, html="", author=person, quote=Quote(unavailable=text)))
    return a_thread(*parts, branches=(a_branch(post, post),), context=quote, reasons=("gap", "cap"))


def every_thread() -> Thread:
    """A thread with one of everything."""
    parent = a_post(
        "The fork.",
        media=(a_photo(alt="A light"), a_photo(), a_photo(900, 1200)),
        card=Card(url="https://tides.example", title="Tables", image="https://pbs.twimg.com/c.jpg"),
        quote=Quote(id="9", url="https://x.com/m/status/9", author=MARA, text="Logs", html="<p>Logs</p>"),
    )
    film = Media(type="video", url="https://video.twimg.com/a.mp4", poster="https://pbs.twimg.com/a.jpg")
    animation = Media(type="gif", url="https://video.twimg.com/g.mp4", width=480, height=300)
    later = a_post("Update.", at=BEGINNING + timedelta(days=3))
    return a_thread(
        parent,
        a_gap(),
        a_post(warning="food", media=(a_photo(),), poll=Poll(options=(Option(label="Yes", votes=1),))),
        a_post(media=(film, animation), sensitive=True),
        later,
        branches=(a_branch(parent, a_post(), a_post()), a_branch(parent, a_post())),
        updates=(later.id,),
        context=Quote(id="7", unavailable="Not available."),
        reasons=("gap", "cap"),
    )


def a_job(**changes: object) -> Job:
    """A job, not saved."""
    values = {"id": UUID(int=1), "source": "x", "key": "1", "link": "https://x.com/a/status/1", "state": "running"}
    return Job(**(values | changes))


def a_job_page(*, until: datetime | None = None, template: str = "job.html", **changes: object) -> str:
    """Its page, or the part of it that moves."""
    return rendered(template, job=a_job(**changes), wait_until=until)


def thread_page(content: Thread) -> str:
    """A thread's page with everything a view can add."""
    row = a_row(content)
    return rendered(
        "thread.html", **thread_context(content, row=row, others=[row, row], can_grow=True, linked_reply=True)
    )


def home_page(content: Thread, text: str = "Lights", error: str = "") -> str:
    """The home page with one recent thread and one sample."""
    shelf = [{"network": text, "title": text, "url": text, "note": text}]
    return rendered("home.html", recent=[a_row(content)], shelf=shelf, link=text, error=error)


def author_page(content: Thread, count: int = 30, page: int = 1) -> str:
    """One page of an author who wrote the same thread again and again."""
    row = a_row(content)
    return rendered("author.html", author=row.author, page=Paginator([row] * count, 24).page(page))

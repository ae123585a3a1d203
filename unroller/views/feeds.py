"""Atom feeds of threads, one entry a thread."""

from collections.abc import Iterable

from django.conf import settings
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape

from unroller.core.posts import from_document
from unroller.models import Thread

TYPE = "application/atom+xml; charset=utf-8"


def written(feed: Atom1Feed, rows: Iterable[Thread]) -> str:
    """A feed with its entries: title and excerpt for X (its redistribution rule), all words of other networks.

    Rows of X need no document; one without its document gives its excerpt.
    """
    for row in rows:
        link = settings.SITE_URL + row.get_absolute_url()
        feed.add_item(
            title=row.title or f"A thread by {row.author.name}",
            link=link,
            unique_id=link,
            description=_content(row),
            pubdate=row.posted_at,
            updateddate=row.changed_at,
            author_name=row.author.name,
        )
    return feed.writeString("utf-8")


def _content(row: Thread) -> str:
    if row.source == "x" or row.document is None:
        return escape(row.excerpt)
    posts = from_document(row.document).posts_of_line
    return "<hr>".join(f"<p>{escape(post.opening)}</p>" if post.warning else post.html for post in posts)

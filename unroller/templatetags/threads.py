"""The filters and tags of our templates: addresses, words, times. Figures and sentences are made next door."""

import html
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import regex
from django import template
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from unroller import media
from unroller.core.markup import with_emojis
from unroller.core.posts import Emoji, Person, Poll
from unroller.core.posts import Thread as Content
from unroller.core.text import direction, is_web, without_direction_marks
from unroller.exports.wording import counted, percents, playing_time
from unroller.models import Author, Thread
from unroller.models.threads import SourceKey
from unroller.templatetags.figures import figures
from unroller.templatetags.sentences import found, incompleteness, later

register = template.Library()
for function in (counted, direction, figures, found, incompleteness, later, playing_time):
    register.filter(function)

IMAGE = regex.compile(r"<img\b[^>]*>")
OUR_EMOJI = regex.compile(r'<img class="emoji" alt="(:\w{1,64}:)" title="\1" src="([^"<>]+)">')
SHORTCODE = regex.compile(r"\s*(?<![\w:])(?::(?=\w*[a-z_])\w{2,64}:)+(?![\w:])", regex.ASCII | regex.IGNORECASE)
SCRIPT_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


# Addresses


@register.filter
def picture(url: str) -> str:
    """The address at which this site shows a network's picture; empty for what is no web address."""
    return media.address(url) if is_web(url) else ""


@register.filter
def href(url: str) -> SafeString:
    """A whole href attribute; nothing for what is no web address, which leaves a link that leads nowhere."""
    return format_html(' href="{}"', url) if is_web(url) else SafeString("")


@register.filter
def src(url: str) -> SafeString:
    """A whole src attribute for a recording that the reader's browser takes from its network."""
    return format_html(' src="{}"', url) if is_web(url) else SafeString("")


@register.filter
def host(url: str) -> str:
    """The site a link leads to, as a reader says it."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


class Share(NamedTuple):
    """A way to pass a thread on."""

    label: str
    address: str


@register.simple_tag
def ways_to_share(title: str, link: str) -> list[Share]:
    """Links that open the networks' own composers, and the reader's mail, with title and link filled in."""
    both = f"{title}\n{link}"
    return [
        Share("X", "https://x.com/intent/post?" + urlencode({"text": title, "url": link})),
        Share("Bluesky", "https://bsky.app/intent/compose?" + _query(text=both)),
        Share("Mastodon", "https://share.joinmastodon.org/#" + _query(text=both)),
        Share("E-mail", "mailto:?" + _query(subject=title, body=link)),
    ]


def _query(**values: str) -> str:
    """Spaces as %20: mail programs and fragments show a plus sign as it is."""
    return urlencode(values).replace("+", "%20")


@register.filter
def preview(content: Content) -> str:
    """The first picture that may be shown without asking, for the cards other sites make of a link; may be empty."""
    for post in content.posts_of_line:
        if not (post.warning or post.sensitive):
            for item in post.media:
                shown = picture(item.url if item.type == "photo" else item.poster)
                if shown:
                    return shown
    return ""


# Words


@register.filter
def markup(safe_html: str) -> SafeString:
    """A post's safe HTML with its custom emoji fetched through this site; any other picture is left out."""
    if "<img" not in safe_html:
        return SafeString(safe_html)  # nosec B703  # core.text or core.markup made it
    return SafeString(IMAGE.sub(_emoji, safe_html))  # nosec B703


def _emoji(image: "regex.Match[str]") -> str:
    ours = OUR_EMOJI.fullmatch(image.group())
    source = picture(html.unescape(ours[2])) if ours else ""
    if ours is None or not source:
        return ""
    return (
        f'<img class="emoji" alt="{ours[1]}" title="{ours[1]}" src="{escape(source)}"'
        ' width="20" height="20" loading="lazy">'
    )


@register.filter
def with_pictures(words: str, emojis: Iterable[Emoji]) -> SafeString:
    """Plain text with the custom emoji it uses."""
    return markup(with_emojis(words, {emoji.shortcode: emoji.url for emoji in emojis}))


@register.filter
def full_name(person: Person) -> SafeString:
    """A person's name with its custom emoji; the handle where there is no name."""
    return with_pictures(person.name or person.handle, person.emojis)


@register.filter
def without_shortcodes(words: str) -> str:
    """Text for places that cannot hold pictures: without the names of custom emoji."""
    return SHORTCODE.sub("", words).strip() if ":" in words else words


@register.filter
def plain_name(person: Person | Author) -> str:
    """A name for places that hold text only; the handle where nothing is left of it."""
    return without_direction_marks(without_shortcodes(person.name)).strip() or f"@{person.handle}"


@register.filter
def network_name(key: str) -> str:
    """A network as readers call it, by our word for it in addresses."""
    return dict(SourceKey.choices).get(key, key)


@register.filter
def headline(thread: Thread) -> str:
    """A thread's title, or what it is and whose where its words hold none."""
    name = plain_name(thread.author)
    return without_shortcodes(thread.title) or f"{'A post' if thread.post_count == 1 else 'A thread'} by {name}"


# Times, all in UTC


@register.filter
def day(moment: datetime) -> str:
    """Nov 14; with its year when that is not the present one."""
    moment = moment.astimezone(UTC)
    this_year = moment.year == timezone.now().year
    return f"{moment:%b} {moment.day}" + ("" if this_year else f", {moment.year}")


@register.filter
def over(moment: datetime, words: str) -> str:
    """The first of two words, parted by a comma, for a time that is over; else the second."""
    past, _, ahead = words.partition(",")
    return past if moment < timezone.now() else ahead


@register.filter
def minute(moment: datetime) -> str:
    """Nov 14, 10:23"""
    return f"{day(moment)}, {moment.astimezone(UTC):%H:%M}"


@register.filter
def iso(moment: datetime) -> str:
    """For machines: 2026-11-14T10:23:00Z"""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@register.filter
def until(moment: datetime) -> str:
    """A time ahead of us: only the hour when it is today."""
    today = moment.astimezone(UTC).date() == timezone.now().date()
    return f"{moment.astimezone(UTC):%H:%M} UTC" if today else f"{minute(moment)} UTC"


# What a thread's data says


class Bar(NamedTuple):
    """One answer of a poll; `percent` is None while the network hides the votes."""

    label: str
    percent: int | None
    leads: bool


@register.filter
def bars(poll: Poll) -> list[Bar]:
    """A poll's answers with their share of the votes."""
    most = max((option.votes or 0 for option in poll.options), default=0)
    return [
        Bar(option.label, percent, bool(option.votes) and option.votes == most)
        for option, percent in zip(poll.options, percents(poll), strict=True)
    ]


@register.simple_tag
def linked_data(thread: Thread, content: Content, site_url: str) -> SafeString:
    """The thread as schema.org describes an article, for search engines: data, never run."""
    described = {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": headline(thread),
        "url": site_url + thread.get_absolute_url(),
        "isBasedOn": content.head.url,
        "author": {"@type": "Person", "name": plain_name(content.author), "url": content.author.url},
        "datePublished": iso(content.head.created_at),
        "dateModified": iso(thread.changed_at),
        "wordCount": thread.word_count,
    }
    written = json.dumps(described, ensure_ascii=False).translate(SCRIPT_ESCAPES)
    return SafeString(f'<script type="application/ld+json">{written}</script>')  # nosec B703  # escaped above

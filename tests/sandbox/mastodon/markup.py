"""Text as Mastodon renders it to HTML: paragraphs, links with their hidden ends, mentions, hashtags."""

import re
from html import escape

from ..wire import Json
from .model import Account, Status
from .network import Instance

PIECE = re.compile(
    r"(?P<url>https?://[^\s<>\"]+)"
    r"|(?<![\w@/])@(?P<mention>\w+(?:@[\w.:-]*[\w-])?)"
    r"|(?<![\w&/])#(?P<hashtag>\w*[^\W\d_]\w*)"
)
AFTER_URL = ".,;:!?)'\"、。）」』"
SCHEME = re.compile(r"https?://(?:www\.)?")
SHOWN = 30
SHORTCODE = re.compile(r":([a-z0-9_]{2,}):")


def content(status: Status, text: str, viewer: Instance) -> str:
    """The `content` of a status; the host of a copy cleans it, so `<br />` becomes `<br>`."""
    if status.markup:
        return status.markup
    home = viewer.network.home(status)
    greeting = "".join(f"@{home.acct(account)} " for account in status.greeted)
    html = quoted_line(status, viewer) + paragraphs(greeting + text, home)
    return html if viewer is home else html.replace("<br />", "<br>")


def paragraphs(text: str, home: Instance) -> str:
    """An empty text stays empty; blank lines divide paragraphs, other line ends break lines."""
    if not text.strip():
        return ""
    html = linked(text.strip(), home)
    html = re.sub(r"\n{2,}", "</p><p>", html).replace("\n", "<br />")
    return f"<p>{html}</p>"


def linked(text: str, home: Instance) -> str:
    parts, position = [], 0
    for found in PIECE.finditer(text):
        parts.append(escape(text[position : found.start()], quote=True))
        position = found.end()
        if found["url"]:
            url = found["url"].rstrip(AFTER_URL)
            position = found.start() + len(url)
            parts.append(link(url))
        elif found["mention"]:
            account = find_account(found["mention"], home)
            parts.append(mention(account, home) if account else escape(found.group()))
        else:
            tag = found["hashtag"]
            parts.append(
                f'<a href="{home.base}/tags/{escape(tag)}" class="mention hashtag" rel="tag">'
                f"#<span>{escape(tag)}</span></a>"
            )
    parts.append(escape(text[position:], quote=True))
    return "".join(parts)


def link(url: str) -> str:
    """The scheme and what comes after 30 characters are there for screen readers' copies only."""
    prefix = SCHEME.match(url)
    start = prefix.end() if prefix else 0
    shown, rest = url[start : start + SHOWN], url[start + SHOWN :]
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{escape(url[:start])}</span>'
        f'<span class="{"ellipsis" if rest else ""}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(rest)}</span></a>'
    )


def mention(account: Account, home: Instance) -> str:
    url = f"{home.network.instance(account.home).base}/@{account.username}"
    return (
        f'<span class="h-card" translate="no"><a href="{url}" class="u-url mention">'
        f"@<span>{account.username}</span></a></span>"
    )


def quoted_line(status: Status, viewer: Instance) -> str:
    """Servers that know no quotes show this line instead."""
    if status.quote is None:
        return ""
    return f'<p class="quote-inline">RE: {link(viewer.network.link(status.quote))}</p>'


def find_account(acct: str, home: Instance) -> Account | None:
    """Known here, or known to the other host."""
    username, _, host = acct.partition("@")
    for instance in (home.network.one, home.network.two):
        if host in (instance.host, instance.name) or (not host and instance is home):
            return instance.named(username)
    return None


def mentioned(status: Status, viewer: Instance) -> list[Account]:
    home = viewer.network.home(status)
    found = (find_account(match["mention"], home) for match in PIECE.finditer(status.text) if match["mention"])
    return list(dict.fromkeys([*status.greeted, *(account for account in found if account is not None)]))


def hashtags(status: Status) -> list[str]:
    found = (match["hashtag"] for match in PIECE.finditer(status.text) if match["hashtag"])
    return list(dict.fromkeys(tag.lower() for tag in found))


def emojis_in(home: Instance, *texts: str) -> list[str]:
    """The shortcodes the author's host has a picture for."""
    found = (code for text in texts for code in SHORTCODE.findall(text))
    return [code for code in dict.fromkeys(found) if code in home.emojis]


def status_page(status: Status, viewer: Instance) -> str:
    """What a browser gets at the address of a status."""
    name = escape(status.author.name or status.author.username)
    body = content(status, status.text, viewer)
    robots = '<meta name="robots" content="noindex">' if status.author.noindex else ""
    return (
        f'<!doctype html><html lang="{escape(status.language)}"><head><meta charset="utf-8">{robots}'
        f"<title>{name}</title></head><body><article><h1>{name} @{escape(viewer.acct(status.author))}</h1>"
        f"{body}<p><time>{status.at:%Y-%m-%d %H:%M}</time></p></article></body></html>"
    )


def poll_texts(status: Status) -> list[str]:
    return [label for label, _ in status.poll.options] if status.poll else []


def emoji_facts(codes: list[str], viewer: Instance, picture_path: str) -> list[Json]:
    """`emojis[]` for these shortcodes; `picture_path` has a `{}` for the shortcode."""
    base = viewer.ground.addresses.media
    return [
        {
            "shortcode": code,
            "url": base + picture_path.format(code),
            "static_url": base + picture_path.format(code),
            "visible_in_picker": True,
        }
        for code in codes
    ]

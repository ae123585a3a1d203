"""One post of a book as XHTML, with everything that hangs on it. Every word comes from a network, and is escaped."""

from collections.abc import Iterable

from unroller.core.layout import Place
from unroller.core.markup import with_emojis
from unroller.core.posts import Card, Emoji, Gap, Media, Person, Poll, Post, Quote
from unroller.core.text import direction, one_line
from unroller.exports.album import Album, Print
from unroller.exports.json import moment
from unroller.exports.text import missing
from unroller.exports.wording import counted, day, host, minute, percents, playing_time
from unroller.exports.xhtml import element, flow, language_tag, link, ours, phrase, text

SHORT_DESCRIPTION = 120
"""Characters of a description that can stand below its picture as a caption."""
NOUNS = {"photo": "Photo", "video": "Video", "gif": "Animation", "audio": "Audio"}
CALLS = {"video": "Watch the video", "gif": "Watch the animation", "audio": "Listen"}


class Articles:
    """Writes posts; their pictures come from the book's album."""

    def __init__(self, album: Album) -> None:
        self._album = album

    def entry(self, place: Place) -> str:
        """A post or a gap, with its fragment."""
        if isinstance(place.entry, Gap):
            return element("p", ours(text(missing(place.entry))), class_="gap", id=place.anchor)
        post = place.entry
        parts = [
            self._warning(post),
            self._words(post.html, post.lang, post.direction),
            *(self._media(media, post.url) for media in post.media),
            self._poll(post.poll, post) if post.poll else "",
            self._card(post.card) if post.card else "",
            self.quote(post.quote) if post.quote else "",
            _foot(place.number, post),
        ]
        label = f"Post {place.number}"
        return element("section", "\n".join(filter(None, parts)), class_="post", id=place.anchor, aria_label=label)

    def quote(self, quote: Quote) -> str:
        """A quoted post as a card; where there is none, why."""
        if quote.unavailable or quote.author is None:
            return (
                element("p", element("bdi", text(quote.unavailable)), class_="quote gone") if quote.unavailable else ""
            )
        date = element("time", day(quote.created_at), datetime=moment(quote.created_at)) if quote.created_at else ""
        who = link(quote.author.url, element("b", self.name(quote.author)))
        handle = element("bdi", text(f"@{one_line(quote.author.handle)}"))
        caption = " ".join(filter(None, [who, handle, link(quote.url, date) if date else ""]))
        side = direction(quote.text)
        words = flow(quote.html, self.emoji)
        attributes = {"lang": language_tag(quote.lang), "dir": side or "auto"}
        parts = [
            element("figcaption", caption),
            element("p", f"Content warning: {text(one_line(quote.warning))}", class_="warning")
            if quote.warning
            else "",
            element("blockquote", words, **attributes) if words else "",
            *(self._media(media, quote.url) for media in quote.media),
        ]
        return element("figure", "\n".join(filter(None, parts)), class_="quote", dir=side)

    def name(self, person: Person) -> str:
        """A person's name with its custom emoji; the handle where there is no name."""
        return element("bdi", self._with_emojis(one_line(person.name or person.handle), person.emojis))

    def face(self, person: Person) -> str:
        """The author's portrait, beside whose name it says nothing; empty where there is none."""
        found = self._album.print(person.avatar)
        return element("img", class_="face", src=found.href, alt="") if found else ""

    def emoji(self, address: str, name: str) -> str:
        """A custom emoji as a picture among words; its name where there is none."""
        found = self._album.print(address)
        return element("img", class_="emoji", src=found.href, alt=name) if found else text(name)

    def _with_emojis(self, words: str, emojis: Iterable[Emoji]) -> str:
        return phrase(with_emojis(words, {emoji.shortcode: emoji.url for emoji in emojis}), self.emoji)

    def _warning(self, post: Post) -> str:
        if post.warning:
            return _warned(self._with_emojis(one_line(post.warning), post.emojis))
        return element("p", ours("Sensitive media"), class_="warning") if post.sensitive and post.media else ""

    def _words(self, html: str, lang: str, side: str) -> str:
        words = flow(html, self.emoji)
        return element("div", words, class_="text", lang=language_tag(lang), dir=side or "auto") if words else ""

    def _media(self, media: Media, post_url: str) -> str:
        alt = one_line(media.alt)
        found = self._album.print(media.url if media.type == "photo" else media.poster)
        if media.type == "photo":
            self._album.is_described &= bool(alt) or not found
            return _figure(found, alt, "photo") if found else _lost(alt, media.url)
        address = post_url if media.streamed else media.url
        length = f" ({playing_time(media.seconds)})" if media.seconds else ""
        play = element("p", link(address, ours(f"{CALLS[media.type]}{length}")), class_="play")
        noun = NOUNS[media.type]
        if not found:
            return element("div", play + (_caption("p", alt) if alt else ""), class_="recording")
        picture = element("img", src=found.href, alt=f"{noun}: {alt}" if alt else noun)
        caption = _caption("p", alt, is_repeated=True) if alt and len(alt) <= SHORT_DESCRIPTION else ""
        return element("figure", link(address, picture) + element("figcaption", play + caption), class_="recording")

    def _poll(self, poll: Poll, post: Post) -> str:
        shares = percents(poll)
        rows = []
        for option, share in zip(poll.options, shares, strict=True):
            bar = f'<rect width="{share}" height="2"/>' if share else ""
            label = element("bdi", self._with_emojis(one_line(option.label), post.emojis) or "…")
            told = "" if share is None else f" <b>{share}%</b>{_BAR.format(bar)}"
            rows.append(element("li", label + told))
        said = [
            counted(poll.votes, "vote") if poll.votes else "Poll",
            "more than one answer allowed" if poll.multiple else "",
            f"until {day(poll.ends_at)}" if poll.ends_at else "",
        ]
        facts = element("p", ours(" · ".join(filter(None, said))))
        answers = element("ul", "".join(rows), aria_label="Poll") if rows else ""
        return element("div", answers + facts, class_="poll", dir=post.direction)

    def _card(self, card: Card) -> str:
        found = self._album.print(card.image)
        side = direction(card.title) or "auto"
        title = element("p", link(card.url, element("b", text(one_line(card.title or card.url)))), dir=side)
        said = element("p", text(one_line(card.description)), dir="auto") if card.description else ""
        place = text(one_line(card.label or host(card.url)))
        parts = [
            element("img", src=found.href, alt="") if found else "",
            title,
            said,
            element("p", element("bdi", place, dir="ltr"), class_="host") if place else "",
        ]
        return element("div", "".join(parts), class_="card")


_BAR = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
)


def _figure(found: Print, alt: str, kind: str) -> str:
    caption = _caption("figcaption", alt, is_repeated=True) if alt and len(alt) <= SHORT_DESCRIPTION else ""
    return element(
        "figure", element("img", src=found.href, alt=alt or "Photo without a description") + caption, class_=kind
    )


def _caption(name: str, alt: str, *, is_repeated: bool = False) -> str:
    """A description to be read by those who see; a screen reader has read it with the picture."""
    return element(
        name, text(alt), class_="caption", dir=direction(alt) or "auto", aria_hidden="true" if is_repeated else ""
    )


def _lost(alt: str, address: str) -> str:
    words = element("bdi", text(alt) or "no description")
    return element("p", ours(f"{link(address, 'A photo')} that is not in this file: {words}"), class_="lost")


def _warned(words: str) -> str:
    return element("p", ours(f"Content warning: {element('bdi', words)}"), class_="warning")


def _foot(number: str, post: Post) -> str:
    date = element("time", minute(post.created_at), datetime=moment(post.created_at))
    edited = " · Edited" if post.edited else ""
    return element("p", ours(link(post.url, f"{number} · {date}") + edited), class_="foot")

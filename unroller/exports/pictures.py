"""Pictures as exports hold them: scaled, in a type every reader of files knows, never cut.

What comes in was fetched from a network and may be anything. The header decides before a pixel is decoded, and what a
camera wrote beside the picture (the place where it was taken) goes no further.
"""

import html
import io
from collections.abc import Iterator
from typing import NamedTuple

import regex
from PIL import Image, ImageCms, ImageOps

from unroller.core.posts import Emoji, Media, Person, Poll, Post, Quote, Thread
from unroller.core.text import is_web
from unroller.exports import jpeg

MOST = 1400
"""Pixels of the longer side: sharp on paper at the width of a page."""
MOST_PIXELS = 50_000_000
MOST_COLORS = 128
"""A drawing or a screenshot has few colors and stays sharp as PNG; a photograph has more, even one without color."""
QUALITY = 80
LIGHT = 0.4
"""Bytes for each pixel of a JPEG file that is not worth compressing again."""
HEADERS = 4_000
ORIENTATION = 0x0112
KINDS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
EMOJI = regex.compile(r'<img class="emoji"[^>]* src="([^"<>]+)"')


class Picture(NamedTuple):
    """One picture, ready for a file. `type` is `image/jpeg` or `image/png`; sizes are pixels."""

    data: bytes
    type: str
    width: int
    height: int


class Unusable(ValueError):
    """What was fetched is no picture that can be shown; the text says why, for logs."""


def wanted(thread: Thread) -> list[str]:
    """Every network address of a picture that an export shows, each once, in the order in which they are shown."""
    found = [thread.author.avatar, *_of_name(thread.author)]
    if thread.context:
        found += _of_quote(thread.context)
    for post in thread.posts:
        found += _of_post(post)
    return list(dict.fromkeys(address for address in found if is_web(address)))


def still(media: Media) -> str:
    """The address of the picture that stands for an attachment on paper; empty where there is none."""
    return media.url if media.type == "photo" else media.poster


def scaled(body: bytes, *, most: int = MOST) -> Picture:
    """A picture with at most `most` pixels on its longer side: JPEG for photographs, PNG for drawings.

    Of something animated it is the first image. Raises Unusable.
    """
    try:
        with Image.open(io.BytesIO(body), formats=KINDS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Unusable(f"It has {image.width} × {image.height} pixels.")
            kept = jpeg.stripped(body) if _may_stay(image, most) else None
            if kept is not None and len(kept) <= HEADERS + LIGHT * image.width * image.height:
                return _checked(image, kept)
            image.draft("RGB", (most, most))
            return _written(_upright(image, most), may_be_drawing=image.format != "JPEG")
    except Unusable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unusable("It has too many pixels.") from None
    except Exception as error:  # every decoder has errors of its own for what is broken
        raise Unusable(f"It cannot be read as a picture: {type(error).__name__}.") from error


def _of_post(post: Post) -> Iterator[str]:
    yield from _of_words(post.html)
    yield from _named(f"{post.warning}{_labels(post.poll)}", post.emojis)
    yield from map(still, post.media)
    if post.card:
        yield post.card.image
    if post.quote:
        yield from _of_quote(post.quote)


def _of_quote(quote: Quote) -> Iterator[str]:
    if quote.unavailable or quote.author is None:
        return
    yield from _of_name(quote.author)
    yield from _of_words(quote.html)
    yield from map(still, quote.media)


def _of_name(person: Person) -> Iterator[str]:
    return _named(person.name, person.emojis)


def _of_words(words: str) -> Iterator[str]:
    return (html.unescape(match[1]) for match in EMOJI.finditer(words))


def _named(words: str, emojis: tuple[Emoji, ...]) -> Iterator[str]:
    return (emoji.url for emoji in emojis if f":{emoji.shortcode}:" in words)


def _labels(poll: Poll | None) -> str:
    return " ".join(option.label for option in poll.options) if poll else ""


def _may_stay(image: Image.Image, most: int) -> bool:
    """Whether it is as it should be: a JPEG of that size that was held upright, in the web's own colors."""
    return (
        image.format == "JPEG"
        and image.mode in {"RGB", "L"}
        and max(image.size) <= most
        and "icc_profile" not in image.info
        and image.getexif().get(ORIENTATION, 1) == 1
    )


def _checked(image: Image.Image, kept: bytes) -> Picture:
    """Read to its end for what is broken, but only as a small copy."""
    size = image.size
    image.draft(image.mode, (1, 1))
    image.load()
    return Picture(kept, "image/jpeg", *size)


def _upright(image: Image.Image, most: int) -> Image.Image:
    """Decoded, turned as its camera held it, in RGB or RGBA of the web's colors, and no larger than wanted."""
    profile = image.info.get("icc_profile")
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    turned: Image.Image = image
    if turned.mode.startswith("I"):  # 16 bits a pixel, of which we keep the upper 8
        turned = turned.point(lambda value: value / 256).convert("L")
    turned = _in_web_colors(turned, profile) if turned.mode in {"RGB", "CMYK"} and profile else turned
    seen_through = turned.mode in {"RGBA", "LA", "PA"} or "transparency" in turned.info
    turned = turned.convert("RGBA" if seen_through else "RGB")
    if max(turned.size) > most:
        turned.thumbnail((most, most), Image.Resampling.HAMMING, reducing_gap=1.5)
    turned.info.clear()
    return turned


def _in_web_colors(image: Image.Image, profile: bytes) -> Image.Image:
    """A wide color space as sRGB; as it is where its description is broken."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image
    return changed or image


def _written(image: Image.Image, *, may_be_drawing: bool) -> Picture:
    """Without anything but its pixels."""
    if may_be_drawing and _has_few_colors(image):
        drawing = _bytes(image, "PNG", optimize=True)
        if image.mode == "RGBA" or len(drawing) <= len(_jpeg(image)):
            return Picture(drawing, "image/png", *image.size)
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    return Picture(_jpeg(image), "image/jpeg", *image.size)


def _has_few_colors(image: Image.Image) -> bool:
    sample = image.resize((min(image.width, 200), min(image.height, 200)), Image.Resampling.NEAREST)
    return sample.getcolors(MOST_COLORS) is not None


def _jpeg(image: Image.Image) -> bytes:
    return _bytes(image, "JPEG", quality=QUALITY, optimize=True)


def _bytes(image: Image.Image, kind: str, **options: bool | int) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()

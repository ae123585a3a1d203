"""Pictures of a thread: which are wanted, and what becomes of what was fetched."""

import io
import struct
import time
import zlib
from typing import Any

import pytest
from msgspec.structs import replace
from PIL import Image, ImageDraw

from tests.core.piles import ALICE, post
from tests.exports.sample import QUOTE, THREAD, WAVES, single
from unroller.core.markup import emoji
from unroller.core.posts import Card, Emoji, Media, Option, Poll
from unroller.exports.pictures import MOST, Picture, Unusable, scaled, wanted

ORIENTATION, GPS = 0x0112, 0x8825


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Something like a photograph."""
    grey = Image.effect_noise((width, height), 80)
    return grey.convert(mode) if mode != "RGBA" else Image.merge("RGBA", (grey, grey, grey, grey))


def file(image: Image.Image, kind: str, **options: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def opened(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.data))
    image.load()
    assert (image.width, image.height) == (picture.width, picture.height)
    assert f"image/{(image.format or '').lower()}" == picture.type
    return image


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))


def png_header(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and holds nothing."""
    size = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


# Which


def test_every_picture_is_wanted_once_in_the_order_of_reading() -> None:
    assert wanted(THREAD) == ["https://social.example/pier.jpg", "https://social.example/waves.jpg"]


def test_everything_that_shows_a_picture_is_asked() -> None:
    def address(name: str) -> str:
        return f"https://a.example/{name}.png"

    def named(name: str) -> Emoji:
        return Emoji(shortcode=name, url=address(name))

    author = replace(ALICE, avatar=address("avatar"), name="Alice :star:", emojis=(named("star"), named("unused")))
    thread = single(
        author=author,
        html=f"<p>{emoji('lamp', address('lamp'))}</p>",
        warning="Fog :fog:",
        poll=Poll(options=(Option(label=":bell:"),)),
        emojis=(named("fog"), named("bell"), named("other")),
        media=(WAVES, Media(type="audio", url=address("sound"))),
        card=Card(url="https://a.example", title="x", image=address("card")),
        quote=replace(QUOTE, author=author),
    )
    thread = replace(thread, context=replace(QUOTE, media=(Media(type="photo", url=address("context")),)))
    names = ["avatar", "star", "context", "lamp", "fog", "bell"]
    assert wanted(thread) == [
        *map(address, names),
        WAVES.poster,
        address("card"),
        "https://social.example/pier.jpg",
    ]


def test_what_is_no_web_address_is_not_wanted() -> None:
    thread = single(
        media=(Media(type="photo", url="javascript:alert(1)"), Media(type="video", url="https://a.example/v"))
    )
    assert wanted(thread) == []


def test_a_quote_that_cannot_be_shown_has_no_pictures() -> None:
    assert wanted(single(quote=replace(QUOTE, unavailable="It was deleted."))) == []


# How


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_photographs_become_smaller_jpeg_files(kind: str) -> None:
    made = scaled(file(noise(2000, 1000), kind))
    assert (made.type, made.width, made.height) == ("image/jpeg", MOST, MOST // 2)
    assert opened(made).mode == "RGB"


def test_small_pictures_keep_their_size() -> None:
    assert scaled(file(noise(30, 20), "PNG"))[2:] == (30, 20)


def test_a_smaller_size_may_be_asked_for() -> None:
    assert scaled(file(noise(300, 600), "JPEG"), most=100)[2:] == (50, 100)


def test_drawings_stay_sharp() -> None:
    drawing = Image.new("RGB", (1600, 900), "white")
    ImageDraw.Draw(drawing).rectangle((100, 100, 700, 300), fill="navy")
    made = scaled(file(drawing, "PNG"))
    assert made.type == "image/png"
    assert opened(made).getpixel((300, 150)) == (0, 0, 128)


def test_drawings_keep_what_can_be_seen_through() -> None:
    drawing = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    ImageDraw.Draw(drawing).ellipse((8, 8, 56, 56), fill="red")
    for body in (file(drawing, "PNG"), file(drawing, "WEBP", lossless=True), file(drawing, "GIF")):
        made = opened(scaled(body))
        assert made.mode == "RGBA"
        assert made.getpixel((0, 0))[3] == 0  # type: ignore[index]  # four channels


def test_photographs_that_can_be_seen_through_stand_on_white() -> None:
    clear = noise(400, 400, "RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((400, 400)))
    made = opened(scaled(file(clear, "PNG")))
    assert made.mode == "RGB"
    assert min(made.getpixel((200, 0))) > 240  # type: ignore[arg-type]  # three channels


def test_a_picture_stands_as_its_camera_held_it_and_says_nothing_of_the_place() -> None:
    image = noise(200, 100)
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[2] = (47.0, 33.0, 4.0)
    exif[0x010F] = "A camera of somebody"
    made = scaled(file(image, "JPEG", exif=exif, comment=b"A secret"))
    assert (made.width, made.height) == (100, 200)
    assert not opened(made).getexif()
    assert b"somebody" not in made.data
    assert b"secret" not in made.data


def test_the_colors_of_print_become_those_of_the_web() -> None:
    made = opened(scaled(file(Image.new("CMYK", (50, 50), (0, 255, 255, 0)), "JPEG", quality=95)))
    red, green, blue = made.convert("RGB").getpixel((25, 25))  # type: ignore[misc]  # three channels
    assert red > 200
    assert max(green, blue) < 60


def test_sixteen_bits_become_eight() -> None:
    deep = Image.new("I;16", (50, 50), 0x8000)
    assert opened(scaled(file(deep, "PNG"))).convert("L").getpixel((5, 5)) == 0x80


def test_of_an_animation_the_first_image_is_kept() -> None:
    frames = [Image.new("P", (20, 20), number) for number in range(3)]
    frames[0].putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    made = scaled(file(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert opened(made).convert("RGB").getpixel((5, 5)) == (255, 0, 0)


def test_the_same_picture_gives_the_same_bytes() -> None:
    body = file(noise(500, 400), "PNG")
    assert scaled(body) == scaled(body)


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (10_000, 9_500), (8_000, 8_000)])
def test_too_many_pixels_are_refused_before_one_is_read(width: int, height: int) -> None:
    start = time.perf_counter()
    with pytest.raises(Unusable, match="pixels"):
        scaled(png_header(width, height))
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>Not found</title>",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><script>alert(1)</script></svg>',
        b"\x00\x00\x00\x18ftypmp42" + bytes(100),
        file(noise(300, 300), "JPEG")[:2_000],
        file(noise(300, 300), "PNG")[:5_000],
        file(noise(300, 300), "TIFF"),
        file(noise(300, 300), "BMP"),
        png_header(300, 300),
        b"\xff\xd8\xff\xe0" + bytes(500),
        b"GIF89a" + bytes(20),
    ],
)
def test_what_is_no_picture_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(Unusable, match=r"^It .*\.$"):
        scaled(body)


def test_a_strip_of_one_pixel_stays_a_picture() -> None:
    assert scaled(file(noise(5_000, 1), "PNG"))[2:] == (MOST, 1)


def test_posts_without_pictures_want_none() -> None:
    assert wanted(single()) == []
    assert wanted(replace(THREAD, line=(post(1),), branches=())) == []

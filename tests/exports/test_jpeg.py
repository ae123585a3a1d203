"""JPEG files that are kept as they were compressed, but for what a camera wrote beside the picture."""

import io
import random
from typing import Any

import pytest
from PIL import Image

from tests.exports.sample import single
from unroller.core.posts import Media
from unroller.exports import jpeg, pdf
from unroller.exports.pictures import MOST, Unusable, scaled

ORIENTATION, GPS, OWNER = 0x0112, 0x8825, 0x8298
PIER = Media(type="photo", url="https://a.example/pier.jpg", alt="The pier")


def photo(mode: str = "RGB", size: tuple[int, int] = (320, 240), **options: Any) -> bytes:
    """Something like a photograph, with the place where it was taken."""
    image = Image.effect_noise(size, 15)
    if mode != "L":
        image = Image.merge("RGB", (image, image.transpose(Image.Transpose.ROTATE_180), image)).convert(mode)
    exif = Image.Exif()
    exif[ORIENTATION] = options.pop("orientation", 1)
    exif[OWNER] = "somebody"
    exif.get_ifd(GPS)[2] = (47.0, 33.0, 4.0)
    written = io.BytesIO()
    image.save(written, "JPEG", exif=exif, comment=b"a secret", **{"quality": 75, **options})
    return written.getvalue()


def pixels(body: bytes) -> bytes:
    return Image.open(io.BytesIO(body)).tobytes()


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize(
    "options",
    [{}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 2}, {"restart_marker_blocks": 3}],
)
def test_no_pixel_changes_and_nothing_else_is_kept(mode: str, options: dict[str, Any]) -> None:
    body = photo(mode, **options) + b"a film that a telephone hid behind the picture"
    kept = scaled(body)
    assert kept.data == jpeg.stripped(body)
    assert pixels(kept.data) == pixels(body)
    assert not Image.open(io.BytesIO(kept.data)).getexif()
    assert not [word for word in (b"Exif", b"somebody", b"secret", b"film") if word in kept.data]
    assert kept[1:] == ("image/jpeg", 320, 240)


@pytest.mark.parametrize(
    "body",
    [
        photo("CMYK"),
        photo(orientation=3),
        photo(size=(MOST + 1, 20)),
        photo(quality=100),
        photo(icc_profile=b"not a profile"),
        photo(keep_rgb=True),
    ],
    ids=["print", "upside down", "large", "heavy", "other colors", "red, green and blue"],
)
def test_what_is_not_as_it_should_be_is_compressed_again(body: bytes) -> None:
    made = scaled(body)
    assert made.data != jpeg.stripped(body)
    assert made.type == "image/jpeg"
    assert b"somebody" not in made.data


@pytest.mark.parametrize("at", [0, 1, 2, 30, 200, 700, -40, -2])
def test_what_is_cut_off_is_no_picture(at: int) -> None:
    body = photo()[:at]
    assert jpeg.stripped(body) is None
    if at != -2:  # without its last mark it can still be seen
        with pytest.raises(Unusable):
            scaled(body)


def test_what_was_damaged_on_its_way_can_still_be_set() -> None:
    """Typst decodes every picture too, and a volume must not fail for one of them."""
    chance = random.Random(7)
    shown = 0
    for number in range(60):
        body = bytearray(photo(size=(64, 48), progressive=number % 2 == 0))
        for _ in range(1 + number % 7):
            body[chance.randrange(2, len(body))] = chance.randrange(256)
        try:
            made = scaled(bytes(body))
        except Unusable:
            continue
        shown += made.data == jpeg.stripped(bytes(body))
        assert pdf.export(single(media=(PIER,)), {PIER.url: made})
    assert shown > 10

"""Pictures and clips that posts carry, and their addresses on the sandbox's media server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture: `scene` chooses the drawing (see `scenes.py`), `seed` its variant."""

    scene: str
    width: int = 1200
    height: int = 800
    alt: str = ""
    seed: str = "1"

    def path(self) -> str:
        return f"/picture/{self.scene}/{self.seed}/{self.width}x{self.height}.png"

    def smaller(self, longest: int) -> "Picture":
        """The same picture with its longest side cut down to `longest`."""
        scale = min(1.0, longest / max(self.width, self.height))
        size = max(1, round(self.width * scale)), max(1, round(self.height * scale))
        return Picture(self.scene, *size, alt=self.alt, seed=self.seed)


@dataclass(frozen=True, slots=True)
class Clip:
    """A video, or with `looped` an animated GIF; `poster` is drawn like any picture."""

    poster: Picture
    seconds: float = 4.0
    looped: bool = False

    @property
    def alt(self) -> str:
        return self.poster.alt


@dataclass(frozen=True, slots=True)
class Card:
    """What a network shows of the page behind a link."""

    url: str
    title: str
    description: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll: labels with their votes, open for `minutes` from the post's time."""

    options: tuple[tuple[str, int], ...]
    minutes: int = 1440
    multiple: bool = False


Attachment = Picture | Clip


@dataclass(frozen=True, slots=True)
class Film:
    """A film of so many bytes that no player can show: what counts is what it weighs."""

    seed: str
    size: int

    def path(self) -> str:
        return f"/film/{self.seed}/{self.size}.mp4"

    def body(self) -> bytes:
        beginning = b"\0\0\0\x18ftypmp42" + self.seed.encode()
        return beginning + bytes(self.size - len(beginning))


CLIP_PATH = "/clip/harbour.mp4"
PLAYLIST_PATH = "/clip/harbour.m3u8"
CLIP_WIDTH, CLIP_HEIGHT = 640, 360


def avatar(name: str) -> Picture:
    """The face of an account: a small drawing that depends on its name only."""
    return Picture("avatar", 400, 400, seed=name)


def emoji(shortcode: str) -> Picture:
    """A custom emoji's drawing."""
    return Picture("emoji", 64, 64, seed=shortcode)

"""A zip of X with bits that flipped, pieces that went or came twice, and lies about lengths."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.attack.depth import examples
from tests.attack.mutations import Spoiled, spoiled
from tests.x_archives import NOON, chain, note, script, zipped
from unroller.core.errors import BadArchive
from unroller.sources.x_archive.reader import open_archive

EXAMPLES = 60
POSTS = chain(("The tide turns at noon.", "It does so every day.", "That is all."))
LENGTHS = (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\xff\xff\xff\x7f", b"\x01\x00\x00\x00")


def read(path: Path) -> int:
    """How many threads there are, -1 where the archive is refused."""
    try:
        with open_archive(path) as archive:
            return len(list(archive.threads()))
    except BadArchive:
        return -1


@st.composite
def mangled(draw: st.DrawFn, body: bytes) -> bytes:
    """Up to six places changed: a bit, a run of bytes, a length, a piece that goes or comes again."""
    changed = bytearray(body)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(changed) - 1)))
        to = min(len(changed), at + draw(st.integers(1, 200)))
        match draw(st.sampled_from(("bit", "bit", "bytes", "length", "gone", "twice", "end"))):
            case "bit" if changed:
                changed[at] ^= 1 << draw(st.integers(0, 7))
            case "bytes":
                changed[at:to] = draw(st.binary(max_size=50))
            case "length":
                changed[at : at + 4] = draw(st.sampled_from(LENGTHS))
            case "gone":
                del changed[at:to]
            case "twice":
                changed[at:at] = changed[at:to]
            case "end":
                del changed[at:]
    return bytes(changed)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return zipped(tmp_path / "sound.zip", POSTS, notes=[note("Long words.", NOON)])


def test_a_sound_one_is_read(sound: Path) -> None:
    assert read(sound) == 1


def test_a_mangled_zip_is_read_or_refused(sound: Path, tmp_path: Path) -> None:
    @examples(EXAMPLES * 4)
    @given(body=mangled(sound.read_bytes()))
    def attack(body: bytes) -> None:
        path = tmp_path / "mangled.zip"
        path.write_bytes(body)
        assert -1 <= read(path) <= 3

    attack()


@pytest.mark.parametrize("name", ["tweets.js", "note-tweet.js", "account.js", "profile.js", "manifest.js"])
def test_a_mangled_script_in_a_sound_zip_is_read_or_refused(tmp_path: Path, sound: Path, name: str) -> None:
    whole = script("tweets", POSTS) if name == "tweets.js" else script(name.partition(".")[0], [{"account": {"a": 1}}])

    @examples(EXAMPLES)
    @given(body=mangled(whole))
    def attack(body: bytes) -> None:
        assert -1 <= read(zipped(tmp_path / "mangled.zip", POSTS, files={name: body})) <= 3

    attack()


def test_spoiled_posts_in_a_sound_script_are_read_or_left_out(tmp_path: Path) -> None:
    @examples(EXAMPLES)
    @given(posts=spoiled(POSTS))
    def attack(posts: Spoiled) -> None:
        files = {"tweets.js": script("tweets", posts.document)}
        assert -1 <= read(zipped(tmp_path / "spoiled.zip", POSTS, files=files)) <= 60

    attack()

"""How long a thread is: words, and minutes to read it.

minutes = max(1, round(words / 238 + characters / 500 + seconds of media / 60)), where characters are those of Chinese
and Japanese, whose words have no spaces between them, a picture takes 12 seconds, the next 11, and so on down to 3,
and a recording its own time up to 60 seconds.
"""

from collections.abc import Iterable
from typing import NamedTuple

import regex

from unroller.core.posts import Post

WORDS_A_MINUTE = 238
CHARACTERS_A_MINUTE = 500
FIRST_PICTURE_SECONDS = 12
LEAST_PICTURE_SECONDS = 3
MOST_RECORDING_SECONDS = 60

CHARACTERS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
SPOKEN = regex.compile(r"[\p{L}\p{N}]")
"""What makes a word of what stands between spaces."""


class Length(NamedTuple):
    """`words` of all posts (a Chinese or Japanese character counts as one), and whole `minutes`, at least 1."""

    words: int
    minutes: int


def measure(posts: Iterable[Post]) -> Length:
    """The length of posts, in their order."""
    words = characters = pictures = 0
    seconds = 0.0
    for post in posts:
        characters += len(CHARACTERS.findall(post.text))
        words += sum(SPOKEN.search(word) is not None for word in CHARACTERS.sub(" ", post.text).split())
        for media in post.media:
            if media.type == "photo":
                seconds += max(LEAST_PICTURE_SECONDS, FIRST_PICTURE_SECONDS - pictures)
                pictures += 1
            else:
                seconds += max(0, min(media.seconds, MOST_RECORDING_SECONDS))
    minutes = words / WORDS_A_MINUTE + characters / CHARACTERS_A_MINUTE + seconds / 60
    return Length(words + characters, max(1, round(minutes)))

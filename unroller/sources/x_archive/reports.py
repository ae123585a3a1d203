"""What a reading found and what it left out, in numbers."""

from typing import Literal

import msgspec

Reason = Literal[
    "retweet",
    "alone",
    "older-version",
    "duplicate",
    "no-id",
    "no-time",
    "unreadable",
    "withheld",
    "cut-long-post",
    "over-the-cap",
]

WORDS: dict[Reason, str] = {
    "retweet": "were reposts of others",
    "alone": "stand alone: a thread has at least two posts",
    "older-version": "are earlier versions of posts that were edited",
    "duplicate": "were there twice",
    "no-id": "had no number",
    "no-time": "had no date",
    "unreadable": "could not be read",
    "withheld": "are withheld by X",
    "cut-long-post": "are long posts of which the archive holds only the beginning",
    "over-the-cap": "are beyond the most that a thread can have here",
}
"""How a sentence about so many posts goes on. Posts that are only cut are in their threads all the same."""


class Report(msgspec.Struct):
    """Plain data. `posts_read`: entries that were looked at; `long_posts`: those whose whole words were found."""

    posts_read: int = 0
    threads: int = 0
    posts_in_threads: int = 0
    long_posts: int = 0
    is_partial: bool = False
    """X says that this zip is one of several."""
    missing_files: list[str] = []
    """Files of posts that the archive speaks of and does not hold."""
    skipped: dict[Reason, int] = {}

    def skip(self, why: Reason, posts: int = 1) -> None:
        if posts:
            self.skipped[why] = self.skipped.get(why, 0) + posts

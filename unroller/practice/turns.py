"""What a visitor wrote on the practice page, and what became of it."""

from typing import NamedTuple
from uuid import UUID

from unroller.models import Mention, PracticePost
from unroller.practice.samples import SOURCE

SHOWN = 20


class Turn(NamedTuple):
    """A visitor's post, the bot's answer below it when there is one, and the row that the bot works on."""

    post: PracticePost
    answer: PracticePost | None
    mention: Mention | None

    @property
    def is_open(self) -> bool:
        """The bot is still at it."""
        return self.answer is None and (self.mention is None or self.mention.finished_at is None)


def turns(visitor: UUID, sample: str) -> list[Turn]:
    """The last of them, in their order; two queries for any number."""
    mine = PracticePost.objects.filter(visitor=visitor, sample=sample, is_bot=False)
    posts = list(mine.select_related("answer").order_by("-id")[:SHOWN])
    keys = [str(post.pk) for post in posts]
    mentions = {row.key: row for row in Mention.objects.filter(source=SOURCE, key__in=keys)}
    return [Turn(post, getattr(post, "answer", None), mentions.get(str(post.pk))) for post in reversed(posts)]

"""The pretend network as the bot sees it: the same protocol as X, Bluesky and Mastodon, over rows of our own."""

from typing import ClassVar
from uuid import UUID

import regex
from django.conf import settings
from django.db import IntegrityError, transaction

from unroller.core.errors import Gone
from unroller.core.posts import Person
from unroller.models import PracticePost
from unroller.practice.samples import SOURCE, Sample, samples
from unroller.sources.mentioning import Mention, Mentions, Sent
from unroller.sources.recording import Recorder

HANDLE = "unroller"
NAMES_THE_BOT = regex.compile(rf"(?<![\w@.])[@＠]{HANDLE}(?![\w@])", regex.IGNORECASE)
AT_ONCE = 100


class PracticeNetwork:
    """`Mentionable` without keys, limits or costs. A post is known by its row's number."""

    key: ClassVar = SOURCE
    label: ClassVar = "The practice page"
    most_characters: ClassVar = 500

    def who(self, web: Recorder) -> Person:
        return Person(id=HANDLE, handle=HANDLE, name=settings.SITE_NAME, url=settings.SITE_URL)

    def mentions(self, own: Person, web: Recorder, *, cursor: str) -> Mentions:
        """The visitors' posts after the number `cursor`."""
        after = int(cursor) if cursor.isdecimal() else 0
        rows = list(PracticePost.objects.filter(is_bot=False, id__gt=after).order_by("id")[:AT_ONCE])
        return Mentions(mentions=tuple(map(as_mention, rows)), cursor=str(rows[-1].pk) if rows else cursor)

    def answer(self, mention: Mention, words: str, link: str, web: Recorder) -> Sent:
        """The answer stands once: a visitor's post has place for one. Raises Gone when that post was cleared away."""
        try:
            with transaction.atomic():
                below = PracticePost.objects.filter(id=int(mention.key)).first()
                if below is None:
                    raise Gone
                text = f"{words} {link}".strip()
                row = PracticePost.objects.create(
                    visitor=below.visitor, sample=below.sample, is_bot=True, answers=below, text=text
                )
        except IntegrityError:
            row = PracticePost.objects.get(answers=int(mention.key))
        return Sent(key=str(row.pk))

    def own_answer(self, own: Person, mention: Mention, web: Recorder) -> Sent | None:
        row = PracticePost.objects.filter(answers=int(mention.key)).first()
        return Sent(key=str(row.pk)) if row else None


def as_mention(post: PracticePost) -> Mention:
    """A visitor's reply below the last post of a sample thread."""
    sample = samples()[post.sample]
    last = sample.posts[-1]
    return Mention(
        key=str(post.pk),
        asker=visitor(post.visitor),
        text=post.text,
        written_at=post.created_at,
        is_explicit=bool(NAMES_THE_BOT.search(post.text)),
        parent_key=last.path,
        parent_author_id=last.author.id,
    )


def visitor(name: UUID) -> Person:
    """Whoever sits at that browser."""
    return Person(id=str(name), handle="you", name="You", url="/practice")


def sample_of(target: str) -> Sample | None:
    """The thread that a post (`PostRef.key`) stands in."""
    return samples().get(target.partition("/")[0])

"""Visitors of the practice page write posts; the bot hears them at once instead of looking for them later."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import slices
from unroller import queries
from unroller.actions.bot import reading
from unroller.models import Mention, PracticePost
from unroller.practice.network import as_mention
from unroller.practice.samples import SOURCE

KEPT = timedelta(days=1)
MOST = 500
"""Characters of a post."""


def say(visitor: UUID, sample: str, text: str) -> PracticePost:
    """A visitor replies to a sample thread. What they wrote twice in a row, by a double click, is one post."""
    with transaction.atomic():
        queries.lock(f"practice {visitor}")
        last = PracticePost.objects.filter(visitor=visitor, sample=sample, is_bot=False).order_by("-id").first()
        is_again = (
            last is not None and last.text == text[:MOST] and timezone.now() - last.created_at < timedelta(seconds=3)
        )
        if last is not None and is_again:
            return last
        post = PracticePost.objects.create(visitor=visitor, sample=sample, text=text[:MOST])
        reading.keep(SOURCE, [as_mention(post)], everything=True)
    return post


def tidy() -> int:
    """Delete what visitors wrote more than a day ago, and what the bot kept of it; how many posts there were."""
    long_ago = timezone.now() - KEPT
    slices.delete(Mention.objects.filter(source=SOURCE, created_at__lt=long_ago))
    return slices.delete(PracticePost.objects.filter(created_at__lt=long_ago))

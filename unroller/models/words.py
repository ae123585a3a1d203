"""What full-text search looks into: one row of lexemes for each thread that has words."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from unroller.models.threads import SourceKey, Thread


class ThreadWords(models.Model):
    """The lexemes of a thread as it was when it was read.

    What a search sifts and sorts by stands beside them. The lexemes themselves are kept apart from the row (a storage
    setting in the migration): the newest of many thousand matches are found without reading them.
    """

    thread = models.OneToOneField(Thread, models.CASCADE, primary_key=True, related_name="words")
    changed_at = models.DateTimeField(help_text="The thread's, when it was read.")
    edition = models.PositiveSmallIntegerField(help_text="Of the way words are found (actions/indexing.py).")
    source = models.CharField(max_length=16, choices=SourceKey)
    posted_at = models.DateTimeField()
    listed = models.BooleanField(help_text="Neither unlisted nor private: public search sifts by it.")
    vector = SearchVectorField()

    class Meta:
        verbose_name_plural = "thread words"
        # Without a pending list: every search would have to read it to its end.
        indexes = [GinIndex(fields=["vector"], name="thread_words", fastupdate=False)]

    def __str__(self) -> str:
        return f"words of {self.thread}"

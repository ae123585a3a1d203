"""What visitors report, what operators decide about it, and servers that nothing is fetched from."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from unroller.models.threads import Author, Thread


class Case(models.Model):
    """A thread or an author that somebody reported: one row for all who do so until it is decided."""

    class Decision(models.TextChoices):
        DISMISSED = "dismissed", "nothing was done"
        HIDDEN = "hidden", "hidden"
        REMOVED = "removed", "removed for good"
        BANNED = "banned", "author banned"
        GONE = "gone", "no longer here"  # never an operator's choice: what nothing was left to be done about

    thread = models.ForeignKey(Thread, models.CASCADE, null=True, blank=True, related_name="cases")
    author = models.ForeignKey(Author, models.CASCADE, null=True, blank=True, related_name="cases")
    opened_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    words = models.TextField(blank=True, help_text="Why, as those who reported it read it.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(thread=None, author__isnull=False) | Q(thread__isnull=False, author=None),
                name="case_about_one_thing",
            ),
            models.UniqueConstraint(fields=["thread"], condition=Q(decided_at=None), name="open_case_of_thread"),
            models.UniqueConstraint(fields=["author"], condition=Q(decided_at=None), name="open_case_of_author"),
        ]
        indexes = [
            models.Index(fields=["opened_at"], condition=Q(decided_at=None), name="case_open"),
            models.Index(fields=["decided_at"], name="case_decided"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}: {self.thread or self.author}"


class Report(models.Model):
    """What one visitor says is wrong with a thread or an author."""

    class Reason(models.TextChoices):
        ILLEGAL = "illegal", "It is against the law"
        HATE = "hate", "Hate, threats, or a call to violence"
        PRIVATE = "private", "Private data of somebody"
        COPYRIGHT = "copyright", "Copied without leave"
        SPAM = "spam", "Spam or a fraud"
        OTHER = "other", "Something else"

    case = models.ForeignKey(Case, models.CASCADE, related_name="reports")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    reporter = models.CharField(max_length=64, help_text="A keyed digest of who it was: their account or address.")
    reason = models.CharField(max_length=10, choices=Reason)
    words = models.TextField(blank=True)
    email = models.EmailField(blank=True, help_text="Where they want the answer.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "reporter"], name="report_once")]

    def __str__(self) -> str:
        return f"report {self.pk}"


class Hiding(models.Model):
    """Why a thread is not shown for now, and its words for a while, so that it can be shown again."""

    thread = models.OneToOneField(Thread, models.CASCADE, related_name="hiding")
    document = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    with_author = models.BooleanField(default=False, help_text="Hidden because its author is banned.")
    hidden_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["hidden_at"], condition=Q(document__isnull=False), name="hiding_with_words"),
        ]

    def __str__(self) -> str:
        return f"hiding of thread {self.thread_id}"


class WithheldMedium(models.Model):
    """A picture of a post that operators took away: nobody gets it from here, though its network still has it."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, help_text="SHA-256 of its address at the network.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "thread"], name="withheld_medium_once")]

    def __str__(self) -> str:
        return f"picture of thread {self.thread_id}"


class BlockedHost(models.Model):
    """A server that nothing is fetched from or sent to."""

    host = models.CharField(max_length=253, unique=True)
    subdomains = models.BooleanField("and everything below it", default=True)
    reason = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"*.{self.host}" if self.subdomains else self.host

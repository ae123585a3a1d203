"""Who proved to be an author, how they do it, and what authors without an account ask of us."""

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Leased
from unroller.models.threads import Author, SourceKey, Thread


class Proof(models.TextChoices):
    """How somebody showed that a profile is theirs."""

    SIGN_IN = "sign-in", "by signing in with the network"
    BIO = "bio", "by a code in the profile"
    POST = "post", "by a code in a post"
    OPERATOR = "operator", "to an operator of this site"


class Profile(models.Model):
    """A person proved that an author is them. Several people may share an account, and each proves it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="profiles")
    author = models.ForeignKey(Author, models.CASCADE, related_name="profiles")
    proof = models.CharField(max_length=10, choices=Proof)
    proved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "author"], name="profile_once")]

    def __str__(self) -> str:
        return f"{self.user} is {self.author}"


class Wish(models.TextChoices):
    """What an author without an account asks for."""

    OPT_OUT = "opt-out", "take everything away and leave me alone"
    OPT_IN = "opt-in", "unroll my threads again"
    REMOVE = "remove", "take one thread away"
    OTHER = "other", "something else"


def new_code() -> str:
    """What is put into a profile or a post: short enough for both, and nobody's guess (80 bits)."""
    return f"unroller-{secrets.token_hex(10)}"


class Claim(Leased):
    """Somebody says that a profile is theirs and is about to show it. A worker looks for the code:
    the row is its queue.

    With `user` it ends in a Profile; with `email` it carries a `wish`. That one is CHECKING until the wish is done too:
    with a `proof` its code is not looked for again. What is not proved, or no worker can do, an operator decides.
    """

    class State(models.TextChoices):
        OPEN = "open", "waits for the code to be placed"
        CHECKING = "checking", "a worker looks for it"
        PROVED = "proved"
        ENDED = "ended", "refused, given up, or too old"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="claims")
    email = models.EmailField(blank=True)
    wish = models.CharField(max_length=10, choices=Wish, blank=True)
    words = models.TextField(blank=True, help_text="What the author wrote to us.")
    thread = models.ForeignKey(Thread, models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=500, help_text="The profile as they named it.")
    source = models.CharField(max_length=16, choices=SourceKey)
    key = models.CharField(max_length=512, help_text="ProfileRef.key")
    code = models.CharField(max_length=40, unique=True, default=new_code)
    digest = models.CharField(
        max_length=43, blank=True, help_text="SHA-256 of the secret in the address of a wish, in base64url."
    )
    post_link = models.CharField(max_length=2048, blank=True, help_text="Where the code is, when not in the profile.")
    author = models.ForeignKey(Author, models.SET_NULL, null=True, blank=True, related_name="claims")

    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    proof = models.CharField(max_length=10, choices=Proof, blank=True)
    sentence = models.CharField(max_length=300, blank=True, help_text="What the last look found.")
    answer = models.TextField(blank=True, help_text="What an operator wrote back.")
    done_at = models.DateTimeField(null=True, blank=True, help_text="When the wish was fulfilled or refused.")
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When a look was last asked for.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(user__isnull=False) & Q(email="", wish="")) | (Q(user=None) & ~Q(email="") & ~Q(wish="")),
                name="claim_of_a_reader_or_a_wish",
            ),
            models.UniqueConstraint(
                fields=["user", "source", "key"],
                condition=Q(state__in=["open", "checking"], user__isnull=False),
                name="one_open_claim",
            ),
            models.UniqueConstraint(fields=["digest"], condition=~Q(digest=""), name="wish_by_its_address"),
        ]
        indexes = [models.Index(fields=["created_at"], condition=Q(state="checking"), name="claim_to_check")]

    def __str__(self) -> str:
        return f"{self.source}/{self.key}: {self.state}"

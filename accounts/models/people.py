"""People who have an account. The e-mail address is the name."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    """Makes people; addresses are kept in lower case, as allauth looks for them, and compared without regard to it."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person without any rights. Raises ValueError without an address, IntegrityError for one that is taken."""
        if not email:
            raise ValueError("an e-mail address is needed")
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An operator who may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class MailStopped(models.TextChoices):
    """Why an address gets no more mail, sign-in codes excepted."""

    BOUNCED = "bounced", "the address does not exist or does not take our mail"
    COMPLAINED = "complained", "a mail was reported as spam"


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address. `email` is the primary verified one (allauth keeps the rest)."""

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_staff = models.BooleanField("may use the admin", default=False)
    is_active = models.BooleanField("may sign in", default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name; decides when morning is.")
    reading = models.CharField(
        max_length=40, blank=True, help_text="theme.size.width.face, as the cookie `reading` has it; empty: defaults."
    )
    mail_stopped = models.CharField(
        max_length=10, choices=MailStopped, blank=True, help_text="Why no mail is sent to this address any more."
    )
    mail_stopped_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_per_address")]
        indexes = [models.Index(fields=["joined_at"], condition=Q(last_login=None), name="user_never_here")]

    def __str__(self) -> str:
        return self.email

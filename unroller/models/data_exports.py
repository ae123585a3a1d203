"""All of a person's data as a file, made by a worker on their wish."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Leased


class DataExport(Leased):
    """A wish for one's own data. The row is the queue; the file lies in the default storage until it expires."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="data_exports")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    failed = models.BooleanField(default=False)
    file = models.CharField(max_length=200, blank=True, help_text="Its name in the storage.")
    withdrawn = models.BooleanField(default=False, help_text="The file is gone since a thread it quoted was removed.")
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(finished_at=None), name="one_open_export_per_person")
        ]

    def __str__(self) -> str:
        return f"data of {self.user}"

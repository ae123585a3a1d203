"""How many people read which thread."""

from django.db import models

from unroller.models.threads import Thread


class ReadersOfDay(models.Model):
    """How many different visitors opened a thread's page on one day (UTC): a number, nobody's name."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="readers")
    day = models.DateField()
    readers = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "readers of days"
        constraints = [models.UniqueConstraint(fields=["thread", "day"], name="readers_of_day_once")]
        indexes = [models.Index(fields=["day", "-readers"], name="readers_by_day")]

    def __str__(self) -> str:
        return f"{self.readers} on {self.day}"

"""Notifications in parts, as docs/scaling.md says: everybody is told once, as before, and what is old goes."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.followers import a_new_thread, announced, many_followers
from tests.scale.partitioning import PARTS, partition
from unroller.actions import claims, notifying
from unroller.models import Notification

pytestmark = pytest.mark.django_db


def test_readers_are_told_once_whatever_part_they_are_in() -> None:
    readers = many_followers(40)
    early, thread = a_new_thread(), a_new_thread(first=100)
    assert announced(early) == 40
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    partition()
    assert Notification.objects.count() == 40
    assert announced(thread) == 40
    assert announced(thread) == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT tableoid) FROM unroller_notification")
        assert PARTS // 2 < cursor.fetchone()[0] <= PARTS
    with pytest.raises(IntegrityError), transaction.atomic():
        Notification.objects.create(user=readers[0], thread=thread, due_at=timezone.now())
    Notification.objects.update(due_at=timezone.now())
    batch = claims.claim()
    assert batch is not None
    assert {claim.reader for claim in batch.claims} <= {reader.pk for reader in readers}
    Notification.objects.update(settled_at=timezone.now() - 2 * notifying.KEPT)
    assert notifying.tidy() == 80
    assert not Notification.objects.exists()

"""Threads of an author who opted out and in again may come back out of their archive."""

from pathlib import Path

import pytest
from django.db import transaction

from accounts.models import User
from tests.archives.bringing import a_zip, proves, read
from unroller.actions import threads
from unroller.core.errors import Allowed
from unroller.models import Thread

pytestmark = pytest.mark.django_db


def test_what_its_author_allows_again_comes_back(ana: User, tmp_path: Path) -> None:
    proves(ana)
    read(ana, a_zip(tmp_path))
    with transaction.atomic():
        threads.remove(Thread.objects.select_for_update().get(), Allowed())
    archive = read(ana, a_zip(tmp_path, name="again.zip"))
    thread = Thread.objects.get()
    assert (thread.removed, thread.post_count, archive.threads_stored) == ("", 3, 1)

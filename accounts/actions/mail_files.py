"""Mail as files, where no mail server is named: looked at while the site is tried out, and deleted after a while."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

KEPT = timedelta(days=30)


def tidy() -> int:
    """Delete old ones; how many."""
    if settings.EMAIL_BACKEND != "accounts.backends.Files":
        return 0
    before = (timezone.now() - KEPT).timestamp()
    old = [path for path in Path(settings.EMAIL_FILE_PATH).glob("*.eml") if path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)

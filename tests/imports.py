"""Lists of links on their way, for tests."""

from django.utils import timezone

from accounts.models import User
from tests.threads import a_thread
from unroller import imported
from unroller.actions import library_imports
from unroller.core import link_lists
from unroller.models import Job, LibraryImport


def bring(user: User, text: str) -> LibraryImport:
    return library_imports.bring_in(user, link_lists.read(text))


def link(number: int) -> str:
    return f"https://x.com/maralind/status/{number}"


def unknown(count: int, *, first: int = 5_001) -> str:
    return "\n".join(link(number) for number in range(first, first + count))


def go_on() -> int:
    """A turn for every list, as if their time had come."""
    LibraryImport.objects.exclude(look_at=None).update(look_at=timezone.now())
    return library_imports.go_on()


def finish_jobs(*, error: str = "") -> int:
    """Every open job ends: its thread is here, or it says why not."""
    count = 0
    for job in Job.objects.filter(state=Job.State.QUEUED):
        job.state, job.finished_at = (Job.State.FAILED if error else Job.State.DONE), timezone.now()
        job.sentence, job.thread = error, None if error else a_thread(1, first=int(job.key))
        job.save()
        count += 1
    return count


def counts(origin: LibraryImport) -> tuple[int, int, int]:
    report = imported.report(origin)
    return report.saved, report.waiting, report.failed

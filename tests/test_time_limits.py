"""Tasks that make files end by themselves before Celery ends them, and before their lease runs out."""

import pytest

from unroller.actions import books, gathering, library_contents, library_exports, thread_files
from unroller.exports import workshop
from unroller.tasks.rows import export_library, make_file, send_parcel

MAKING = gathering.SECONDS + workshop.MOST_SECONDS + workshop.SECONDS_A_PICTURE * gathering.MOST_PICTURES
"""The largest file of one thread, in seconds."""
STORING = 60.0
"""To write it to a slow storage."""
BINDING = gathering.SECONDS + 2 * books.SECONDS
MAILING = 300.0


@pytest.mark.parametrize(
    ("task", "seconds"),
    [
        (make_file, MAKING + STORING),
        (
            export_library,
            max(library_exports.PACKING_SECONDS, library_exports.TURN_SECONDS + MAKING + STORING)
            + library_contents.WAIT_SECONDS
            + STORING,
        ),
        (send_parcel, BINDING + MAILING),
    ],
)
def test_a_task_may_last_as_long_as_its_parts_together(task: object, seconds: float) -> None:
    assert getattr(task, "time_limit", None) is not None
    assert getattr(task, "time_limit", 0) > seconds


def test_an_export_keeps_its_lease_while_the_largest_file_is_made() -> None:
    assert library_exports.LEASE.total_seconds() > MAKING + STORING


def test_a_folder_is_taken_for_left_behind_only_after_every_task_is_over() -> None:
    assert max(make_file.time_limit, send_parcel.time_limit) < thread_files.LEFT_BEHIND_SECONDS

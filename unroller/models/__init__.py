"""Tables and constraints, nothing else."""

from unroller.models.data_exports import DataExport
from unroller.models.follows import Cadence, Chain, Follow, Lookup, Reader, Watch
from unroller.models.notifications import Notification
from unroller.models.readings import Reading
from unroller.models.threads import Author, Job, Member, Thread

__all__ = [
    "Author",
    "Cadence",
    "Chain",
    "DataExport",
    "Follow",
    "Job",
    "Lookup",
    "Member",
    "Notification",
    "Reader",
    "Reading",
    "Thread",
    "Watch",
]

"""Tables and constraints, nothing else."""

from unroller.models.api import Replay
from unroller.models.data_exports import DataExport
from unroller.models.files import ThreadFile
from unroller.models.follows import Cadence, Chain, Follow, Lookup, Reader, Watch
from unroller.models.imports import ImportedLink, LibraryExport, LibraryImport, LibraryPart
from unroller.models.integrations import Delivery, Integration, ReadwiseCopy
from unroller.models.keeping import Keeper, Keeping, KeptMedium, Medium
from unroller.models.library import Color, Copies, Highlight, Saved
from unroller.models.links import FileGift, PrivateLink
from unroller.models.notifications import Notification
from unroller.models.readings import Reading
from unroller.models.sending import Bundled, Parcel, Recommendation, Refusal, Shelf
from unroller.models.threads import Author, Job, Member, Thread
from unroller.models.words import ThreadWords

__all__ = [
    "Author",
    "Bundled",
    "Cadence",
    "Chain",
    "Color",
    "Copies",
    "DataExport",
    "Delivery",
    "FileGift",
    "Follow",
    "Highlight",
    "ImportedLink",
    "Integration",
    "Job",
    "Keeper",
    "Keeping",
    "KeptMedium",
    "LibraryExport",
    "LibraryImport",
    "LibraryPart",
    "Lookup",
    "Medium",
    "Member",
    "Notification",
    "Parcel",
    "PrivateLink",
    "Reader",
    "Reading",
    "ReadwiseCopy",
    "Recommendation",
    "Refusal",
    "Replay",
    "Saved",
    "Shelf",
    "Thread",
    "ThreadFile",
    "ThreadWords",
    "Watch",
]

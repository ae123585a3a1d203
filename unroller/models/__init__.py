"""Tables and constraints, nothing else."""

from unroller.models.api import Replay
from unroller.models.archives import Archive, ArchivedThread
from unroller.models.blogs import Blog, BlogPost
from unroller.models.bot import BotAccount, BotDay, LeftAlone, Mention, Place, PracticePost, Stage
from unroller.models.claims import Claim, Profile, Proof, Wish
from unroller.models.compliance import Inquiry, Sweep, Vanished
from unroller.models.contact import ContactMessage
from unroller.models.counts import ReadersOfDay
from unroller.models.data_exports import DataExport
from unroller.models.files import ThreadFile
from unroller.models.follows import Cadence, Chain, Follow, Lookup, Reader, Watch
from unroller.models.imports import ImportedLink, LibraryExport, LibraryImport, LibraryPart
from unroller.models.integrations import Delivery, Integration, ReadwiseCopy
from unroller.models.keeping import Keeper, Keeping, KeptMedium, Medium
from unroller.models.library import Color, Copies, Highlight, Saved
from unroller.models.links import FileGift, PrivateLink
from unroller.models.moderation import BlockedHost, Case, Hiding, Report, WithheldMedium
from unroller.models.notifications import Notification
from unroller.models.readings import Reading
from unroller.models.requests import Request
from unroller.models.sending import Bundled, Parcel, Recommendation, Refusal, Shelf
from unroller.models.threads import Author, Job, Member, Thread
from unroller.models.words import ThreadWords

__all__ = [
    "Archive",
    "ArchivedThread",
    "Author",
    "BlockedHost",
    "Blog",
    "BlogPost",
    "BotAccount",
    "BotDay",
    "Bundled",
    "Cadence",
    "Case",
    "Chain",
    "Claim",
    "Color",
    "ContactMessage",
    "Copies",
    "DataExport",
    "Delivery",
    "FileGift",
    "Follow",
    "Hiding",
    "Highlight",
    "ImportedLink",
    "Inquiry",
    "Integration",
    "Job",
    "Keeper",
    "Keeping",
    "KeptMedium",
    "LeftAlone",
    "LibraryExport",
    "LibraryImport",
    "LibraryPart",
    "Lookup",
    "Medium",
    "Member",
    "Mention",
    "Notification",
    "Parcel",
    "Place",
    "PracticePost",
    "PrivateLink",
    "Profile",
    "Proof",
    "Reader",
    "ReadersOfDay",
    "Reading",
    "ReadwiseCopy",
    "Recommendation",
    "Refusal",
    "Replay",
    "Report",
    "Request",
    "Saved",
    "Shelf",
    "Stage",
    "Sweep",
    "Thread",
    "ThreadFile",
    "ThreadWords",
    "Vanished",
    "Watch",
    "Wish",
    "WithheldMedium",
]

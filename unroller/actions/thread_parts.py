"""Everything that hangs on threads: a line for each room, with what it does when a thread changes, is removed, is
deleted, or takes in another one. Whoever writes threads goes through this list; a new room adds itself here.

The order matters in two places. Readers' saved threads are locked before their highlights, whatever happens. And
keeping goes before library: it asks who saved each of the parts, of which library makes one row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Model

from unroller.actions import (
    announcing,
    counting,
    file_gifts,
    hidings,
    highlights,
    indexing,
    keeping,
    library,
    linked,
    parcels,
    readings,
    requests,
    thread_files,
    withdrawing,
)
from unroller.actions.archives import owning
from unroller.actions.blogs import publishing
from unroller.core.posts import Thread as Content
from unroller.models import (
    ArchivedThread,
    BlogPost,
    Bundled,
    Case,
    FileGift,
    Hiding,
    Highlight,
    Keeping,
    LibraryPart,
    Mention,
    Notification,
    Parcel,
    PrivateLink,
    ReadersOfDay,
    Reading,
    Recommendation,
    Request,
    Saved,
    Thread,
    ThreadFile,
    ThreadWords,
    WithheldMedium,
)


def _replace_nothing(thread: Thread, found: Content) -> None:
    """It goes by the thread's row alone."""


def _forget_nothing(thread: Thread) -> None:
    """It holds no words, or the database deletes it with the thread."""


def _inherit_nothing(thread: Thread, parts: Sequence[Thread]) -> None:
    """It is made anew of the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One room. Each hook is called in the transaction that writes the thread, whose row is locked.

    `tables` name a thread, by a key or otherwise. `replace`: the words are others. `forget`: they were taken away, and
    the row that says so stays. `discard`: the row itself is about to be deleted, and nobody takes its place. `inherit`:
    the rows of `parts` are about to be deleted, and whatever led there leads here.
    """

    tables: tuple[type[Model], ...]
    replace: Callable[[Thread, Content], None] = _replace_nothing
    forget: Callable[[Thread], None] = _forget_nothing
    discard: Callable[[Thread], None] = _forget_nothing
    inherit: Callable[[Thread, Sequence[Thread]], None] = _inherit_nothing

    @property
    def forgets(self) -> bool:
        return self.forget is not _forget_nothing

    @property
    def inherits(self) -> bool:
        return self.inherit is not _inherit_nothing


PARTS = (
    Part(tables=(Notification,), inherit=announcing.inherit),
    Part(tables=(Reading,), inherit=readings.inherit),
    Part(tables=(Request, Mention), inherit=requests.inherit),
    Part(tables=(ReadersOfDay,), inherit=counting.inherit),
    Part(
        tables=(Keeping,),
        replace=keeping.replace,
        forget=keeping.forget,
        discard=keeping.discard,
        inherit=keeping.inherit,
    ),
    Part(tables=(Saved,), inherit=library.inherit),
    Part(tables=(Highlight,), replace=highlights.replace, forget=highlights.forget_words, inherit=highlights.inherit),
    Part(tables=(PrivateLink,), inherit=linked.inherit),
    Part(tables=(ArchivedThread,), inherit=owning.inherit),
    Part(tables=(FileGift,), inherit=file_gifts.inherit),
    Part(tables=(BlogPost,), forget=publishing.forget, inherit=publishing.inherit),
    Part(tables=(Parcel, Bundled, Recommendation), inherit=parcels.inherit),
    Part(
        tables=(ThreadFile,),
        replace=lambda thread, found: thread_files.forget(thread),
        forget=thread_files.forget,
        discard=thread_files.discard,
        inherit=lambda thread, parts: thread_files.discard(*parts),
    ),
    Part(tables=(Hiding,), forget=hidings.forget),
    Part(tables=(WithheldMedium,)),
    Part(tables=(Case,), inherit=hidings.inherit),
    Part(tables=(ThreadWords,), forget=indexing.forget),
    Part(
        tables=(LibraryPart,),
        forget=withdrawing.withdraw,
        discard=withdrawing.withdraw,
        inherit=withdrawing.inherit,
    ),
)

"""No table that names threads is forgotten when a thread is removed or becomes a part of another one."""

from django.apps import apps
from django.db.models import Model

from unroller import models
from unroller.actions.thread_parts import PARTS
from unroller.models import Thread

WITHOUT_INHERITING = {
    models.Claim: "the key is emptied: what an author asks for is decided by what they wrote",
    models.Member: "threads.py leads the places of posts to the whole by itself",
    models.Hiding: "a hidden thread is not taken in by another one: refusing.need_leave keeps both away",
    models.WithheldMedium: "the same",
    models.ThreadWords: "deleted with its thread: the words of the whole are read when they are due",
    models.Job: "the key is emptied: where a job landed is an address, and that leads on",
    models.ImportedLink: "the key is emptied: one that still waits finds the whole by its address",
}
"""What goes with a thread that became a part of another one, and why nobody misses it."""

WITHOUT_FORGETTING = {
    models.Claim: "what its author wrote to us about it",
    models.Case: "what was reported about it, and how it was decided",
    models.WithheldMedium: "digests of addresses, by which its pictures are not handed out",
    models.Member: "a link to a removed thread leads to the page that says so",
    models.Saved: "the reader's own note and tags, on a card that says it was removed",
    models.Reading: "where a reader stopped",
    models.ReadersOfDay: "numbers",
    models.Notification: "mail is made of the thread as it is then, and names none that was removed",
    models.ArchivedThread: "that a reader brought it; its page says that it was removed",
    models.PrivateLink: "it opens the page that says so",
    models.FileGift: "it opens the page that says so",
    models.Parcel: "its worker finds the thread removed and tells the reader",
    models.Bundled: "that a reader had it in a mail",
    models.Recommendation: "that a friend was told of it",
    models.Request: "the link as the reader gave it",
    models.Mention: "who asked the bot, and its own words",
    models.Job: "a fetch under way finds the thread removed and ends; of one that ended its address alone stays",
    models.ImportedLink: "the reader's own list",
}
"""What stays although a thread was removed: it holds none of its words."""


def test_a_thread_that_becomes_a_part_of_another_leaves_nothing_that_leads_nowhere() -> None:
    inheriting = {table for part in PARTS if part.inherits for table in part.tables}
    assert inheriting | WITHOUT_INHERITING.keys() == naming_threads()
    assert not inheriting & WITHOUT_INHERITING.keys()


def test_a_removed_thread_leaves_no_words_behind() -> None:
    forgetting = {table for part in PARTS if part.forgets for table in part.tables}
    assert forgetting | WITHOUT_FORGETTING.keys() == naming_threads()
    assert not forgetting & WITHOUT_FORGETTING.keys()


def naming_threads() -> set[type[Model]]:
    """The tables with a key to a thread, or with a list of threads' numbers."""
    return {
        table
        for table in apps.get_models()
        for field in table._meta.get_fields()
        if not field.auto_created and (field.related_model is Thread or field.name == "thread_ids")
    }

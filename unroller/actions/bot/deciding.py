"""Whether the bot does what a mention asks for: an explicit mention and the word, by somebody who may, for a post of
somebody who does not mind."""

from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from unroller import networks, queries
from unroller.actions.bot.silence import KeepsSilent, Silence, ended
from unroller.core.errors import Gone, NotAPost
from unroller.core.mentions import Heard, heard, links, refuses_bots
from unroller.models import Author, BotAccount, LeftAlone, Mention, Place, Thread
from unroller.models.threads import SourceKey
from unroller.sources import mentioning
from unroller.sources.base import PostRef

OLDEST = timedelta(days=1)
"""Nobody expects an answer to what they wrote before."""
OFTEN, A_WHILE = 5, timedelta(minutes=10)
MANY, A_DAY = 30, timedelta(days=1)
"""Answers that one person gets at most in a while, and in a day."""
AGAIN = timedelta(minutes=10)
"""In one conversation, the answer for a thread is not given again within that time."""
EDITABLE = timedelta(hours=1)
"""Nor to the same person for the same post: where a network does not tell its history, an edited post is a new one."""
SAID_SO = "said so"
SERVED = tuple(set(Mention.State) - {Mention.State.NEW, Mention.State.SILENT})


class Target(NamedTuple):
    """The post to unroll, and who wrote it, where the mention tells; of a link it does not."""

    ref: PostRef
    place: Place
    author_id: str = ""


def target(row: Mention, found: mentioning.Mention, own_id: str) -> Target:
    """The post that a mention asks for: the one above, else the one it quotes, else the first one it links to; never
    the mention itself. Raises KeepsSilent."""
    _ask_for_word(row, found, own_id)
    _refuse_asker(row, found)
    wanted = _named(row.source, found)
    if wanted.author_id == own_id:
        raise KeepsSilent(Silence.OWN)
    if wanted.author_id and is_refused(row.source, wanted.author_id):
        raise KeepsSilent(Silence.AUTHOR_REFUSES)
    _refuse_flood(row)
    return wanted


def is_asked_for(found: mentioning.Mention, own_id: str) -> bool:
    """Whether a mention says anything to the bot; what does not is not even kept."""
    return _is_addressed(found, own_id) and heard(found.text) != Heard.NOTHING


def is_refused(source: str, network_id: str, handle: str = "") -> bool:
    """Whether somebody wants the bot to have nothing to do with them or their posts."""
    alone = queries.is_left_alone(source, network_id, handle)
    return alone or queries.has_opted_out(source, network_id, handle)


def refuse_thread(row: Mention, thread: Thread) -> None:
    """What can only be asked once the thread is here, in the transaction that writes the answer's words. Raises
    KeepsSilent."""
    author = Author.objects.get(id=thread.author_id)
    if BotAccount.objects.filter(source=author.source, network_id=author.network_id).exists():
        raise KeepsSilent(Silence.OWN)
    if is_refused(author.source, author.network_id, author.handle):
        raise KeepsSilent(Silence.AUTHOR_REFUSES)
    if (author.unlisted or thread.unlisted) and not _is_by_asker(author, row):
        raise KeepsSilent(Silence.UNLISTED)


def refuse_meanwhile(row: Mention) -> None:
    """What may have changed while words waited for their turn to be posted. Raises KeepsSilent, CannotCome."""
    thread = Thread.objects.defer("document").filter(mentions=row.pk).first()
    if thread is None and row.source in SourceKey.values:
        raise ended(Gone.__name__)
    if thread is not None and thread.removed:
        raise ended(thread.removed)
    if thread is not None:
        refuse_thread(row, thread)
    if is_refused(row.source, row.asker_id, row.asker_handle):
        raise KeepsSilent(Silence.LEFT_ALONE)


def refuse_again(row: Mention, thread: Thread) -> None:
    """One answer is enough for a conversation: it stands below the thread for everybody. Locks the thread's name until
    the end of the transaction. Raises KeepsSilent."""
    queries.lock(f"bot thread {row.source}/{thread.pk}")
    now = timezone.now()
    others = Mention.objects.filter(thread=thread, source=row.source, place=row.place).exclude(id=row.id)
    answered = others.filter(state__in=[Mention.State.READY, Mention.State.SENDING, Mention.State.ANSWERED])
    theirs = answered.filter(asker_id=row.asker_id, target=row.target, created_at__gt=now - EDITABLE)
    is_there = row.place == Place.PARENT and answered.filter(created_at__gt=now - AGAIN).exists()
    if is_there or theirs.exists():
        raise KeepsSilent(Silence.JUST_ANSWERED)


def _is_by_asker(author: Author, row: Mention) -> bool:
    mine, theirs = ((row.source, row.asker_id, row.asker_handle), (author.source, author.network_id, author.handle))
    return row.source == author.source and queries.lasting_name(*mine) == queries.lasting_name(*theirs)


def _ask_for_word(row: Mention, found: mentioning.Mention, own_id: str) -> None:
    if not _is_addressed(found, own_id):
        raise KeepsSilent(Silence.NOT_ADDRESSED)
    if found.asker.id == own_id:
        raise KeepsSilent(Silence.OWN)
    said = heard(found.text)
    if said == Heard.STOP:
        leave_alone(row)
        raise KeepsSilent(Silence.STOPPED)
    if said == Heard.START:
        answer_again(row)
        raise KeepsSilent(Silence.STARTED)
    if said == Heard.NOTHING:
        raise KeepsSilent(Silence.NO_WORD)


def _is_addressed(found: mentioning.Mention, own_id: str) -> bool:
    """Named in the post itself; but whoever answers the bot with "stop" need not name it."""
    return found.is_explicit or (found.parent_author_id == own_id and heard(found.text) == Heard.STOP)


def _refuse_asker(row: Mention, found: mentioning.Mention) -> None:
    if found.by_bot or refuses_bots(found.asker.bio):
        raise KeepsSilent(Silence.BOT)
    if is_refused(row.source, row.asker_id, row.asker_handle):
        raise KeepsSilent(Silence.LEFT_ALONE)
    if row.written_at < row.created_at - OLDEST:
        raise KeepsSilent(Silence.TOO_OLD)


def _named(source: str, found: mentioning.Mention) -> Target:
    """Raises KeepsSilent."""
    if found.parent_key:
        return Target(PostRef(source, found.parent_key), Place.PARENT, found.parent_author_id)
    if found.quoted_key:
        return Target(PostRef(source, found.quoted_key), Place.QUOTE, found.quoted_author_id)
    for link in links(found.text):
        try:
            ref = networks.find(link)
        except NotAPost:
            continue
        if ref.key != found.key:
            return Target(ref, Place.LINK)
    raise KeepsSilent(Silence.NO_TARGET)


def _refuse_flood(row: Mention) -> None:
    """Locks the asker's name until the end of the transaction, so that two mentions of theirs are counted in turn."""
    queries.lock(f"bot asker {row.source}/{row.asker_id}")
    mine = Mention.objects.filter(source=row.source, asker_id=row.asker_id, state__in=SERVED).exclude(id=row.id)
    now = timezone.now()
    of_today = list(mine.filter(created_at__gt=now - A_DAY).values_list("created_at", flat=True)[:MANY])
    if len(of_today) >= MANY or sum(moment > now - A_WHILE for moment in of_today) >= OFTEN:
        raise KeepsSilent(Silence.TOO_MANY)


def leave_alone(row: Mention) -> None:
    """Never answer somebody again, nor unroll what they wrote. On the practice page nobody is remembered."""
    if row.source in SourceKey.values:
        name = queries.lasting_name(row.source, row.asker_id, row.asker_handle)
        LeftAlone.objects.get_or_create(source=row.source, network_id=name, defaults={"reason": SAID_SO})


def answer_again(row: Mention) -> None:
    """Somebody takes back that they told the bot to stop; what an operator wrote down stays."""
    queries.left_alone(row.source, row.asker_id, row.asker_handle).filter(reason=SAID_SO).delete()

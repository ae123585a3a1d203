"""What authors without an account wished for: done once they proved who they are, and told to them by mail.

The wish is done first and written down afterwards: a worker that is killed in between leaves a row that another goes on
with, and to opt out twice is to opt out. The mail is kept with the row's end, so that it is sent once.
"""

from django.utils import timezone

from unroller import mail
from unroller.actions import opting_out, profiles
from unroller.models import Claim, Proof, Thread, Wish

NOT_THEIRS = "The thread you named was not written by the account you named, so we left it where it is."


def fulfil(row: Claim) -> str:
    """Do what a proved row wishes for; nothing, or the sentence why it cannot be done. Doing it twice is harmless."""
    author = row.author
    if author is None:
        raise ValueError("a wish is done for an author who is known")
    if row.wish == Wish.OPT_OUT:
        opting_out.opt_out(author)
    elif row.wish == Wish.OPT_IN:
        opting_out.opt_in(author)
    elif row.wish == Wish.REMOVE and row.thread_id is not None:
        if not Thread.objects.filter(pk=row.thread_id, author=author).exists():
            return NOT_THEIRS
        profiles.take_away(author, row.thread_id)
    return ""


def settle(row: Claim, refusal: str = "") -> None:
    """Write the end of a wish, and tell the author. `row` is locked, in the caller's transaction; `refusal` says why it
    was not done."""
    if refusal:
        mail.author_wish_refused(row, refusal)
    else:
        mail.author_wish_done(row)
    row.state, row.sentence = Claim.State.ENDED if refusal else Claim.State.PROVED, refusal[:300]
    row.proof = row.proof or ("" if refusal else Proof.OPERATOR)
    row.done_at = row.finished_at = timezone.now()
    row.leased_until = None
    if row.wish == Wish.OPT_OUT and not refusal:
        row.text = row.key = row.post_link = row.words = ""  # they name a person who asked for nothing to be kept
    row.save()

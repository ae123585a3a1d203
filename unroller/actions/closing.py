"""What the site lets go of before an account is deleted, beyond the rows that fall with it."""

from typing import Any

from accounts.models import User
from unroller.actions import data_exports, follows, library_exports
from unroller.actions.archives import receiving
from unroller.actions.blogs import connecting
from unroller.models import Author


def let_go(user: User, **_: Any) -> None:
    """Receiver of `account_closing`: files of theirs are deleted, keys to their blogs are ended, authors whom nobody
    else follows are watched no more.

    Raises data_exports.Busy and library_exports.Busy while such a file is being made.
    """
    data_exports.forget(user)
    library_exports.forget(user)
    receiving.forget(user)
    connecting.forget(user)
    for author in list(Author.objects.filter(follows__user=user)):
        follows.unfollow(user, author)

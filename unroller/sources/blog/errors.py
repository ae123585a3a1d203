"""Why a blog cannot be connected or does not take an entry, each with the sentence that its owner reads.

What may be tried again later is an error of core.errors (Unreachable, RateLimited).
"""

from unroller.core.errors import Unreachable


class BlogError(Exception):
    """Trying again as it is would change nothing."""

    sentence = "This did not work."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.sentence)


class NotAnAddress(BlogError):
    sentence = "This is no address of a blog. It looks like https://blog.example."


class NotPublic(BlogError):
    sentence = "Only public https addresses are opened, on port 443 and without a name and password."


class NoPage(BlogError):
    sentence = "There is no page at this address."


class NoIndieAuth(BlogError):
    sentence = "This page does not say where it gives leave to post (IndieAuth), so there is nobody to ask."


class NoMicropub(BlogError):
    sentence = "This blog takes no posts from other programs: it names no Micropub endpoint."


class BadMetadata(BlogError):
    sentence = "What this blog says about giving leave (IndieAuth) contradicts itself."


class NoLeave(BlogError):
    sentence = "The blog gave us no key. Please begin again."


class OtherOwner(BlogError):
    sentence = "The key that came is for another address, which does not vouch for this one."


class ConnectAgain(BlogError):
    sentence = "Your blog no longer takes our key. Please connect it again."


class NoScope(BlogError):
    sentence = "Our key does not allow this at your blog. Connect it again, and allow “create” and “update” there."


class NotTaken(BlogError):
    """The blog refused what was sent."""

    def __init__(self, status: int, error: str = "") -> None:
        said = f"{status}, {error}" if error else str(status)
        super().__init__(said)
        self.sentence = f"Your blog did not take it: it answered {said}."


class NotKept(BlogError):
    """The blog could not keep one picture just now."""

    sentence = "Your blog did not keep a picture."


class NotSure(Unreachable):
    """The answer got lost, so an entry may stand there or not."""

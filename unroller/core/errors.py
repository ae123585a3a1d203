"""Every way an unroll can fail, as a tree; each error carries the one sentence a reader is shown.

UnrollError                 permanent: stop asking for this link
├── NotAPost                the text is no link to a post we know how to read
├── NotAProfile             the text is neither a handle nor a link to a profile
├── Gone                    the post does not exist (any more)
│   └── NoSuchAccount       nobody has that name (any more)
├── Removed                 an operator of this site took it away, for good
├── Hidden                  an operator of this site does not show it for now
├── Readmitted              … and allows it again: the next link brings it back
├── Banned                  an operator of this site shows nothing of its author
├── Withdrawn               its author took it away from this site
├── OptedOut                its author asked this site to keep nothing of theirs
├── Allowed                 its author took it away, and has allowed it here again: the next link brings it back
├── Uninvited               nobody asked for it, and the author does not want it found without being asked for
├── NotPublic               the network shows it, but not to everybody
│   ├── Protected           the author shows posts to approved followers only
│   ├── Suspended           the network suspended the author
│   ├── Withheld            the network withholds it
│   ├── SignInOnly          the author asks that signed-out readers do not see it
│   ├── ClosedServer        the server shows its posts to its own people only
│   └── KeptOut             the server's robots.txt asks us to stay away
├── NotConfigured           this site has no key for that network
├── Refused                 the address is not one we connect to (private network, plain http, odd port)
│   └── Blocked             … or an operator of this site wants nothing from that server
├── BadArchive              the file is no archive of X that can be read
│   ├── NotAZip             … nor even a zip
│   ├── NotFromX            … but some other zip
│   ├── ZipInZip            … but a zip around it
│   ├── Encrypted           … without its password
│   ├── Damaged             … to its end
│   ├── PartOfArchive       … but a part of one, without the posts
│   ├── Tampered            … since somebody or something changed it
│   └── Oversized           … since it holds more than we take
└── Later                   not permanent: the same question may be answered later
    ├── RateLimited         … after `until`
    ├── OutOfCredits        … after somebody pays; a breaker of five minutes stops further calls
    ├── OutOfTime           … by whoever has more time than there was; what was said by then is kept
    ├── Broken              our own fault; an operator finds the traceback with the job
    └── Unreachable         no answer, an error page, or an answer that makes no sense
        └── BadAnswer       … of the last kind: HTML for JSON, broken text
            └── TooLarge    … or larger than we take
"""

from datetime import datetime


class UnrollError(Exception):
    """A failed unroll. `permanent` says whether asking again is pointless."""

    permanent = True
    sentence = "This thread cannot be unrolled."

    def __init__(self, detail: str = "", *, network: str = "") -> None:
        super().__init__(detail or self.sentence)
        self.network = network

    @property
    def code(self) -> str:
        """The error's stable name, as stored with a job and shown to operators."""
        return type(self).__name__

    @property
    def for_reader(self) -> str:
        """The plain sentence for the page; never holds text that came from a network."""
        return self.sentence.format(network=self.network or "The network")


class NotAPost(UnrollError):
    sentence = "This is not a link to a post on X, Bluesky or Mastodon."


class NotAProfile(UnrollError):
    sentence = "This is neither a handle nor a link to a profile on X, Bluesky or Mastodon."


class Gone(UnrollError):
    sentence = "This post does not exist. It may have been deleted."


class NoSuchAccount(Gone):
    sentence = "There is no such account on {network}."


class Removed(UnrollError):
    sentence = "This thread was removed from this site."


class Hidden(UnrollError):
    sentence = "The people who run this site do not show this thread at the moment. It may come back."


class Readmitted(UnrollError):
    sentence = "This thread was hidden here, and may be shown again. Paste its link to unroll it anew."


class Banned(UnrollError):
    sentence = "The people who run this site do not show the threads of this author."


MODERATED = (Hidden.__name__, Banned.__name__)
"""What operators took from everybody's eyes, and may show again."""


class Withdrawn(UnrollError):
    sentence = "The author has taken this thread away from this site."


class OptedOut(UnrollError):
    sentence = "The author has asked this site not to show their posts."


class Allowed(UnrollError):
    sentence = "The author took this thread away and has allowed it here again. Paste its link to unroll it anew."


class Uninvited(UnrollError):
    sentence = "This author asks that their threads are only unrolled for readers who ask for them."


class NotPublic(UnrollError):
    sentence = "This post is not public."


class Protected(NotPublic):
    sentence = "This author's posts are protected: only followers they approved can read them."


class Suspended(NotPublic):
    sentence = "{network} has suspended this account, so its posts cannot be read."


class Withheld(NotPublic):
    sentence = "{network} withholds this post."


class SignInOnly(NotPublic):
    sentence = "This author asks that their posts are not shown to people who are not signed in to {network}."


class ClosedServer(NotPublic):
    sentence = "This server shows its posts only to people who are signed in there."


class KeptOut(NotPublic):
    sentence = "This server asks that other sites do not read its posts."


class NotConfigured(UnrollError):
    sentence = "{network} is not set up on this site."


class Refused(UnrollError):
    sentence = "This address is not on the public internet, so it is not opened."


class Blocked(Refused):
    sentence = "The people who run this site let nothing be fetched from this server."


class BadArchive(UnrollError):
    sentence = "This file cannot be read as an archive of X."


class NotAZip(BadArchive):
    sentence = "This file is not a zip. Upload the zip just as X gave it to you."


class NotFromX(BadArchive):
    sentence = "This zip is not an archive of X: it names no account or holds no posts."


class ZipInZip(BadArchive):
    sentence = "This zip holds another zip. Unpack it once and upload the one that was inside."


class Encrypted(BadArchive):
    sentence = "This zip is locked with a password. Upload the one that X gave you, which has none."


class Damaged(BadArchive):
    sentence = "This file is damaged or cut short. Download it from X again and upload that."


class PartOfArchive(BadArchive):
    sentence = "X split this archive into several zips, and this one holds no posts. Upload the one with your posts."


class Tampered(BadArchive):
    sentence = "This file is not as X makes its archives. Upload the zip unchanged, just as X gave it to you."


class Oversized(BadArchive):
    sentence = "This archive holds more than we can read."


class Later(UnrollError):
    permanent = False
    sentence = "{network} cannot be read right now."


class RateLimited(Later):
    """`until`: aware UTC time at which the network answers again."""

    sentence = "{network} asks us to wait before reading more."

    def __init__(self, until: datetime, detail: str = "", *, network: str = "") -> None:
        super().__init__(detail or f"rate limited until {until.isoformat()}", network=network)
        self.until = until


class OutOfCredits(Later):
    sentence = "This site has used up what it may read from {network}; it asks again in five minutes at the earliest."


class OutOfTime(Later):
    sentence = "Reading this from {network} takes too long."


class Broken(Later):
    sentence = "Something went wrong on our side."


class Unreachable(Later):
    sentence = "{network} did not answer."


class BadAnswer(Unreachable):
    sentence = "{network} answered with something that is not a post."


class TooLarge(BadAnswer):
    sentence = "{network} answered with more than we take."

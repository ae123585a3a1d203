"""What programs send: the bodies of requests. A member that nobody knows is an error, for it is a slip of the pen."""

from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import AfterValidator, ConfigDict

from unroller.actions.highlights import MOST_NOTE, MOST_WORDS
from unroller.api.shapes import Cadence, Color
from unroller.core import tags
from unroller.forms.library import LONGEST_NOTE

FAR = 2**31 - 1
THREAD_ID = r"^(x|bluesky|mastodon)/[^\x00-\x20?#]{1,512}$"


def _storable(text: str) -> str:
    """Raises ValueError for the one character that no text column holds."""
    if "\x00" in text:
        raise ValueError("This holds a character that cannot be kept.")
    return text


def _tag(text: str) -> str:
    """A tag as it is kept. Raises ValueError for what is none."""
    found = tags.clean(text)
    if not found:
        raise ValueError("Give the tag a name.")
    if len(found) > tags.LONGEST:
        raise ValueError(f"A tag has at most {tags.LONGEST} characters.")
    return found


Text = Annotated[str, AfterValidator(_storable)]
TagName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_tag)]
Tags = Annotated[list[TagName], Field(max_length=tags.MOST)]
ThreadId = Annotated[
    str, Field(pattern=THREAD_ID, description="A thread's `id`.", examples=["mastodon/social.example/1122334455"])
]


class Body(Schema):
    """The root of all bodies."""

    model_config = ConfigDict(extra="forbid")


def shown(body: dict[str, Any]) -> ConfigDict:
    """What the document shows for a body of which nothing must be there."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [body]})


class Link(Body):
    """A link to a post."""

    url: Text = Field(
        min_length=1,
        max_length=2_000,
        description="Any post of the thread: the first, one in the middle, or a reply below it.",
        examples=["https://social.example/@mara/1122334455"],
    )


class Save(Body):
    """A thread to save: one that is here, by `thread`, or any by `url`."""

    model_config = shown({"url": "https://social.example/@mara/1122334455", "tags": ["history"]})

    thread: ThreadId | None = None
    url: Text | None = Field(None, min_length=1, max_length=2_000, examples=[None])
    tags: Tags = Field([], examples=[["history"]])
    note: Text = Field("", max_length=LONGEST_NOTE)
    favorite: bool = False
    archived: bool = False


class SavedChange(Body):
    """What is to be different; what is left out stays as it is."""

    model_config = shown({"tags": ["history", "long read"], "archived": True})

    tags: Tags = Field([], description="Instead of those there are.", examples=[["history", "long read"]])
    note: Text = Field("", max_length=LONGEST_NOTE)
    favorite: bool = False
    archived: bool = False


class TagChange(Body):
    """Another name."""

    name: TagName = Field(examples=["ancient history"])


class Mark(Body):
    """A passage to highlight."""

    thread: ThreadId
    post_id: Text = Field(min_length=1, max_length=512, examples=["1122334466"])
    quote: Text = Field(
        min_length=1,
        max_length=MOST_WORDS,
        description="The words, as the post has them.",
        examples=["flour, water and patience"],
    )
    start: int = Field(0, ge=0, le=FAR, description="About where they stand, if they stand there more than once.")
    color: Color = "yellow"
    note: Text = Field("", max_length=MOST_NOTE)


class HighlightChange(Body):
    """What is to be different; what is left out stays as it is."""

    model_config = shown({"color": "green", "note": "Look this up."})

    color: Color = "yellow"
    note: Text = Field("", max_length=MOST_NOTE, examples=["Look this up."])


class Follow(Body):
    """An author to follow."""

    author: Text = Field(
        min_length=1,
        max_length=500,
        description="A handle, or a link to a profile or a post.",
        examples=["@mara@social.example"],
    )
    cadence: Cadence = Field("daily", description="When you are told of new threads.")


class FollowChange(Body):
    """How you are told from now on."""

    cadence: Cadence

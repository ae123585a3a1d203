"""The two vocabularies of the X API: which fields and expansions each knows, and what it gives unasked."""

from dataclasses import dataclass
from typing import Literal

from ..wire import Request

Dialect = Literal["legacy", "new"]

SHARED_POST_FIELDS = frozenset(
    {"article", "attachments", "card_uri", "community_id", "context_annotations", "conversation_id"}
    | {"created_at", "display_text_range", "edit_controls", "entities", "geo", "id", "lang"}
    | {"matched_media_notes", "media_metadata", "non_public_metrics", "note_request_suggestions"}
    | {"organic_metrics", "paid_partnership", "possibly_sensitive", "promoted_metrics", "public_metrics"}
    | {"reply_settings", "scopes", "source", "suggested_source_links", "suggested_source_links_with_counts"}
    | {"text", "withheld"}
)
POST_FIELDS: dict[Dialect, frozenset[str]] = {
    "legacy": SHARED_POST_FIELDS
    | {"author_id", "edit_history_tweet_ids", "in_reply_to_user_id", "note_tweet", "referenced_tweets"},
    "new": SHARED_POST_FIELDS | {"article_title", "note_post"},
}
POST_DEFAULTS: dict[Dialect, frozenset[str]] = {
    "legacy": frozenset({"id", "text", "edit_history_tweet_ids"}),
    "new": frozenset({"id", "text"}),
}
SHARED_EXPANSIONS = frozenset(
    {
        "article.cover_media",
        "article.media_entities",
        "attachments.media_keys",
        "attachments.media_source_tweet",
    }
    | {
        "attachments.poll_ids",
        "author_id",
        "entities.mentions.username",
        "geo.place_id",
        "in_reply_to_user_id",
    }
)
EXPANSIONS: dict[Dialect, frozenset[str]] = {
    "legacy": SHARED_EXPANSIONS
    | {"edit_history_tweet_ids", "entities.note.mentions.username", "referenced_tweets.id"}
    | {"referenced_tweets.id.attachments.media_keys", "referenced_tweets.id.author_id"},
    "new": SHARED_EXPANSIONS | {"edit_history_post_ids", "referenced_posts", "username"},
}
EXPANDED_FIELDS = frozenset({"author_id", "in_reply_to_user_id", "referenced_posts", "edit_history_post_ids"})
"""In the new vocabulary these fields come only with the expansion of the same name."""

USER_DEFAULTS = frozenset({"id", "name", "username"})
MEDIA_DEFAULTS = frozenset({"media_key", "type"})
POLL_DEFAULTS = frozenset({"id", "options"})

FIELD_PARAMETERS = frozenset(
    {
        "tweet.fields",
        "post.fields",
        "user.fields",
        "media.fields",
        "poll.fields",
        "place.fields",
        "expansions",
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request wants to see. Unknown names are dropped without a word."""

    dialect: Dialect
    post: frozenset[str]
    user: frozenset[str]
    media: frozenset[str]
    poll: frozenset[str]
    expansions: frozenset[str]

    @property
    def legacy(self) -> bool:
        return self.dialect == "legacy"


def read_dialect(request: Request, wanted: frozenset[str], default: Dialect) -> Dialect:
    """`post.fields`, or an expansion that only the new vocabulary knows; mixing both loses the old one."""
    if "post.fields" in request.query:
        return "new"
    if "tweet.fields" in request.query:
        return "legacy"
    return "new" if wanted & (EXPANSIONS["new"] - EXPANSIONS["legacy"]) else default


def read_asked(request: Request, default: Dialect) -> Asked:
    """The vocabulary and the names a request asks for in it, with what comes unasked."""
    wanted = frozenset(request.listed("expansions"))
    dialect = read_dialect(request, wanted, default)
    named = request.listed("tweet.fields" if dialect == "legacy" else "post.fields")
    expansions = wanted & EXPANSIONS[dialect]
    post = POST_DEFAULTS[dialect] | (frozenset(named) & POST_FIELDS[dialect])
    if dialect == "new":
        post |= EXPANDED_FIELDS & expansions
    return Asked(
        dialect,
        post,
        USER_DEFAULTS | frozenset(request.listed("user.fields")),
        MEDIA_DEFAULTS | frozenset(request.listed("media.fields")),
        POLL_DEFAULTS | frozenset(request.listed("poll.fields")),
        expansions,
    )

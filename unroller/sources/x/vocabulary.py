"""What is asked of X, in either of its two vocabularies: fields and expansions, and nothing that no page shows.

An unknown name is dropped by X without a word, so a test holds these against the published specification.
"""

from typing import Literal, NamedTuple

Dialect = Literal["legacy", "new"]

COMMON = (
    "id,text,created_at,conversation_id,entities,attachments,article,lang,possibly_sensitive,withheld"
    ",public_metrics,display_text_range"
)
MEDIA = "media_key,type,url,preview_image_url,variants,width,height,alt_text,duration_ms"
POLL = "id,options,end_datetime"
PERSON = "id,name,username,profile_image_url,protected,withheld,description"


class Vocabulary(NamedTuple):
    """One of the two. `always` are the expansions of every call; the others cost reads and are asked for by need."""

    name: Dialect
    parameter: str
    fields: str
    always: str
    kinship: str
    """Fields that tell who answers whom, and no more."""
    spoken: str
    """Fields that tell what somebody wrote, below what, and whom they named."""
    kin: str = ""
    """Expansions without which those fields do not come."""
    people: str = ""
    above: str = ""
    people_above: str = ""

    def parameters(self, *, people: bool, above: bool) -> dict[str, str]:
        """The query of a call. `people`: with the authors; `above`: with the posts that are answered or quoted."""
        wanted = [self.always, self.people if people else "", self.above if above else ""]
        if people and above:
            wanted.append(self.people_above)
        found = {
            self.parameter: self.fields,
            "expansions": ",".join(filter(None, wanted)),
            "media.fields": MEDIA,
            "poll.fields": POLL,
        }
        if "author_id" in found["expansions"]:
            found["user.fields"] = PERSON
        return found

    def author_only(self) -> dict[str, str]:
        """The query that costs least and tells an author's handle of today."""
        return {self.parameter: "id", "expansions": "author_id", "user.fields": "id,username"}

    def kinship_only(self) -> dict[str, str]:
        """The query of a timeline that is only looked at for chains: no words, no media, nobody but by number."""
        return {self.parameter: self.kinship, **({"expansions": self.kin} if self.kin else {})}

    def words_only(self) -> dict[str, str]:
        """The query of mentions: no media, nobody but by number."""
        return {self.parameter: self.spoken, **({"expansions": self.kin} if self.kin else {})}

    def authors_too(self) -> dict[str, str]:
        """The query that tells who wrote some posts."""
        fields = "id,author_id" if self.name == "legacy" else "id"
        return {self.parameter: fields, "expansions": "author_id", "user.fields": PERSON}


SPOKEN = "id,text,created_at,conversation_id,entities,lang,display_text_range"

LEGACY = Vocabulary(
    name="legacy",
    parameter="tweet.fields",
    fields=f"{COMMON},author_id,in_reply_to_user_id,referenced_tweets,note_tweet,edit_history_tweet_ids",
    always="attachments.media_keys,attachments.poll_ids,article.cover_media",
    kinship="id,conversation_id,created_at,in_reply_to_user_id,referenced_tweets,edit_history_tweet_ids",
    spoken=f"{SPOKEN},author_id,in_reply_to_user_id,referenced_tweets,edit_history_tweet_ids,note_tweet",
    people="author_id",
    above="referenced_tweets.id,referenced_tweets.id.attachments.media_keys",
    people_above="referenced_tweets.id.author_id",
)
NEW = Vocabulary(
    name="new",
    parameter="post.fields",
    fields=f"{COMMON},note_post,article_title",
    always=(
        "attachments.media_keys,attachments.poll_ids,article.cover_media,author_id,in_reply_to_user_id"
        ",referenced_posts,edit_history_post_ids"
    ),
    kinship="id,conversation_id,created_at",
    spoken=f"{SPOKEN},note_post",
    kin="in_reply_to_user_id,referenced_posts,edit_history_post_ids",
)
VOCABULARIES: dict[Dialect, Vocabulary] = {"legacy": LEGACY, "new": NEW}


def other(vocabulary: Vocabulary) -> Vocabulary:
    return NEW if vocabulary is LEGACY else LEGACY

"""A post, a person, a medium, a poll as X writes them, in the old and in the new vocabulary."""

from datetime import timedelta

from ..clock import to_the_second
from ..ground import Ground
from ..ids import digest_number, short_code
from ..media import CLIP_HEIGHT, CLIP_PATH, CLIP_WIDTH, PLAYLIST_PATH, Attachment, Card, Picture, Poll
from ..wire import Json, filled
from .model import Person, Post
from .network import XNetwork
from .text import Setting, compose, media_tails, quote_tail
from .words import Dialect

EDITABLE = timedelta(minutes=60)
EDITS = 5
KEY_PREFIX = {"photo": "3", "video": "7", "animated_gif": "16"}
BIT_RATES = (256_000, 832_000, 2_176_000)


def post_fields(post: Post, network: XNetwork, dialect: Dialect) -> Json:
    """Every field of a post that is not empty, selected by nobody yet."""
    keys = [media_key(post, number) for number in range(len(post.media))]
    tails = media_tails(post, keys)
    if post.quoted_id is not None:
        tails.insert(0, quote_tail(post, quoted_link(post.quoted_id, network)))
    facts = card_facts(post.card, network.ground) if post.card else {}
    composed = compose(post, Setting(network.known, network.notes_escaped, tuple(tails), facts))
    polls = [poll_id(post)] if post.poll else []
    fields = {
        "id": str(post.id),
        "text": composed.text,
        "author_id": post.author.id,
        "conversation_id": str(post.conversation_id),
        "created_at": to_the_second(post.at),
        "in_reply_to_user_id": post.parent_author.id if post.parent_author else None,
        "referenced_tweets": references(post),
        "attachments": filled({"media_keys": keys, "poll_ids": polls}),
        "entities": composed.entities,
        "note_tweet": composed.note,
        "article": {"title": post.article} if post.article else None,
        "lang": post.lang,
        "withheld": withheld(post.withheld_in, "tweet" if dialect == "legacy" else "post"),
        "public_metrics": metrics(post, network, dialect),
        "edit_history_tweet_ids": [str(version.id) for version in post.versions],
        "edit_controls": edit_controls(post, network.ground),
        "display_text_range": list(composed.display_range),
        "reply_settings": "everyone",
        "card_uri": f"card://{poll_id(post)}" if post.poll else None,
        "possibly_sensitive": post.sensitive,
        "paid_partnership": False,
    }
    fields = filled(fields)
    if post.retweeted_id is not None:
        fields.pop("display_text_range")
    fields |= post.shown or {}
    return fields if dialect == "legacy" else in_new_words(fields, post)


def in_new_words(fields: Json, post: Post) -> Json:
    renamed = {
        "note_tweet": "note_post",
        "referenced_tweets": "referenced_posts",
        "edit_history_tweet_ids": "edit_history_post_ids",
    }
    fields = {renamed.get(name, name): value for name, value in fields.items()}
    if post.article:
        fields["article_title"] = {"title": post.article}
    return fields


def references(post: Post) -> list[Json]:
    found = (("retweeted", post.retweeted_id), ("quoted", post.quoted_id), ("replied_to", post.parent_id))
    return [{"type": kind, "id": str(number)} for kind, number in found if number is not None]


def referenced_ids(post: Post) -> list[int]:
    return [number for number in (post.retweeted_id, post.quoted_id, post.parent_id) if number is not None]


def quoted_link(quoted_id: int, network: XNetwork) -> str:
    quoted = network.posts[quoted_id]
    return f"https://{quoted.domain}/{quoted.path()}"


def metrics(post: Post, network: XNetwork, dialect: Dialect) -> Json:
    """Replies and quotes are counted, the rest is made up from the id and stays the same."""
    versions = {version.id for version in post.versions}
    answers = quotes = 0
    for other in network.answers_to(versions):
        answers += other.parent_id in versions
        quotes += other.quoted_id in versions
    reposts = "retweet_count" if dialect == "legacy" else "repost_count"
    return {
        reposts: post.likes // 9,
        "reply_count": answers,
        "like_count": post.likes,
        "quote_count": quotes,
        "bookmark_count": post.likes // 14,
        "impression_count": post.likes * 41 + digest_number(str(post.id), 7),
    }


def edit_controls(post: Post, ground: Ground) -> Json:
    until = post.original.at + EDITABLE
    return {
        "edits_remaining": EDITS - len(post.versions) + 1,
        "is_edit_eligible": ground.clock.now() < until,
        "editable_until": to_the_second(until),
    }


def card_facts(card: Card, ground: Ground) -> Json:
    """What a url entity says of the page behind it."""
    facts: Json = {
        "status": 200,
        "unwound_url": card.url,
        "title": card.title,
        "description": card.description,
    }
    if card.picture is not None:
        sizes = (card.picture, card.picture.smaller(150))
        facts["images"] = [
            {"url": ground.addresses.media + size.path(), "width": size.width, "height": size.height} for size in sizes
        ]
    return filled(facts)


def withheld(countries: tuple[str, ...], scope: str) -> Json | None:
    return {"copyright": False, "country_codes": list(countries), "scope": scope} if countries else None


def person_fields(person: Person, network: XNetwork, dialect: Dialect) -> Json:
    posts = "tweet_count" if dialect == "legacy" else "post_count"
    written = sum(post.author is person for post in network.posts.values())
    fields = {
        "id": person.id,
        "name": person.name,
        "username": person.username,
        "created_at": to_the_second(person.joined),
        "description": person.bio,
        "profile_image_url": network.ground.addresses.media + person.picture.path(),
        "verified": person.verified,
        "protected": person.protected,
        "verified_type": "blue" if person.verified else "none",
        "withheld": withheld(person.withheld_in, "user"),
        "public_metrics": {
            "followers_count": digest_number(person.id, 14),
            "following_count": digest_number(person.id, 9),
            posts: written,
            "listed_count": digest_number(person.id, 6),
        },
    }
    return filled(fields)


def media_kind(attachment: Attachment) -> str:
    if isinstance(attachment, Picture):
        return "photo"
    return "animated_gif" if attachment.looped else "video"


def media_key(post: Post, number: int) -> str:
    """Versions of one post share their media."""
    made_from = f"{post.original.id} {number}"
    return f"{KEY_PREFIX[media_kind(post.media[number])]}_{post.original.id + digest_number(made_from, 20)}"


def media_fields(post: Post, number: int, ground: Ground) -> Json:
    attachment, base = post.media[number], ground.addresses.media
    common = {
        "media_key": media_key(post, number),
        "type": media_kind(attachment),
        "alt_text": attachment.alt,
    }
    if isinstance(attachment, Picture):
        size = {"width": attachment.width, "height": attachment.height}
        return filled({**common, **size, "url": base + attachment.path()})
    moving = {
        "width": CLIP_WIDTH,
        "height": CLIP_HEIGHT,
        "preview_image_url": base + attachment.poster.path(),
        "duration_ms": None if attachment.looped else round(attachment.seconds * 1000),
    }
    return filled({**common, **moving, "variants": variants(base, looped=attachment.looped)})


def variants(base: str, *, looped: bool) -> list[Json]:
    """A GIF has one file with bit rate 0; a video a playlist without a bit rate and three files."""
    if looped:
        return [{"bit_rate": 0, "content_type": "video/mp4", "url": base + CLIP_PATH}]
    files = [
        {"bit_rate": rate, "content_type": "video/mp4", "url": f"{base}{CLIP_PATH}?tag={rate}"} for rate in BIT_RATES
    ]
    playlist = {"content_type": "application/x-mpegURL", "url": base + PLAYLIST_PATH}
    return [files[0], playlist, *files[:0:-1]]


def poll_id(post: Post) -> str:
    return str(post.original.id + digest_number(short_code(f"{post.original.id} poll"), 16))


def poll_fields(post: Post, poll: Poll, ground: Ground) -> Json:
    ends = post.at + timedelta(minutes=poll.minutes)
    options = [
        {"position": position, "label": label, "votes": votes}
        for position, (label, votes) in enumerate(poll.options, start=1)
    ]
    return {
        "id": poll_id(post),
        "options": options,
        "duration_minutes": poll.minutes,
        "end_datetime": to_the_second(ends),
        "voting_status": "closed" if ends <= ground.clock.now() else "open",
    }

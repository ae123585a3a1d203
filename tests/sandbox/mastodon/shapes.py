"""Entities of the Mastodon API as one host shows them to somebody who is not signed in."""

from datetime import timedelta

from ..clock import zulu
from ..ids import digest_number
from ..media import CLIP_HEIGHT, CLIP_PATH, CLIP_WIDTH, Attachment, Card, Picture, Poll, emoji
from ..wire import Json
from .markup import (
    content,
    emoji_facts,
    emojis_in,
    hashtags,
    mentioned,
    paragraphs,
    poll_texts,
)
from .model import Account, Status
from .network import Instance

EMOJI_PATH = emoji("{}").path()
SMALL = 640


def status_entity(status: Status, viewer: Instance, *, depth: int = 0) -> Json:
    """A status; `depth` 1 inside a quote, where a further quote is only an id."""
    home = viewer.network.home(status)
    parent = viewer.parent_of(status)
    account = status.reply_account if status.parent in viewer.status_ids else None
    home_id = home.status_ids[status]
    edited = status.versions[-1].at if len(status.versions) > 1 else None
    return {
        "id": viewer.status_ids[status],
        "created_at": zulu(status.at),
        "in_reply_to_id": viewer.status_ids[parent] if parent else None,
        "in_reply_to_account_id": viewer.know(account) if account else None,
        "sensitive": status.sensitive,
        "spoiler_text": status.spoiler,
        "visibility": status.visibility,
        "language": status.language,
        "uri": f"{home.base}/users/{status.author.username}/statuses/{home_id}",
        "url": f"{home.base}/@{status.author.username}/{home_id}",
        "replies_count": sum(reply.readable for reply in status.replies if reply in viewer.status_ids),
        "reblogs_count": status.likes // 5,
        "favourites_count": status.likes,
        "quotes_count": 0,
        "edited_at": zulu(edited) if edited else None,
        "content": "" if status.boosted else content(status, status.text, viewer),
        "filtered": [],
        "reblog": status_entity(status.boosted, viewer, depth=depth) if status.boosted else None,
        "application": {"name": "Web", "website": None},
        "account": account_entity(status.author, viewer),
        "media_attachments": [media_entity(status, number, viewer) for number in range(len(status.media))],
        "mentions": [mention_entity(account, viewer) for account in mentioned(status, viewer)],
        "tags": [{"name": tag, "url": f"{viewer.base}/tags/{tag}"} for tag in hashtags(status)],
        "emojis": status_emojis(status, viewer),
        "quote": quote_entity(status, viewer, depth=depth),
        "card": card_entity(status.card, viewer) if status.card else None,
        "poll": poll_entity(status, status.poll, viewer) if status.poll else None,
    }


def status_emojis(status: Status, viewer: Instance) -> list[Json]:
    codes = emojis_in(viewer.network.home(status), status.text, status.spoiler, *poll_texts(status))
    return emoji_facts(codes, viewer, EMOJI_PATH)


def edit_entity(status: Status, number: int, viewer: Instance) -> Json:
    """A StatusEdit of `/history`, the original first."""
    version = status.versions[number]
    return {
        "content": content(status, version.text, viewer),
        "spoiler_text": version.spoiler,
        "sensitive": status.sensitive,
        "created_at": zulu(version.at),
        "account": account_entity(status.author, viewer),
        "media_attachments": [media_entity(status, number, viewer) for number in range(len(status.media))],
        "emojis": status_emojis(status, viewer),
    }


def account_entity(account: Account, viewer: Instance) -> Json:
    """`noindex` is told of a host's own accounts only."""
    home = viewer.network.instance(account.home)
    number = viewer.know(account)
    base = viewer.ground.addresses.media
    face = base + account.picture.path()
    header = base + Picture("coast", 1500, 500, seed=account.username).path()
    written = [status for status in viewer.written_by(account) if status.readable]
    entity: Json = {
        "id": number,
        "username": account.username,
        "acct": viewer.acct(account),
        "display_name": account.name,
        "locked": account.locked,
        "bot": account.bot,
        "discoverable": account.discoverable,
        "indexable": account.indexable,
        "group": False,
        "created_at": f"{account.joined:%Y-%m-%d}T00:00:00.000Z",
        "note": paragraphs(account.bio, home),
        "url": f"{home.base}/@{account.username}",
        "uri": f"{home.base}/users/{account.username}",
        "avatar": face,
        "avatar_static": face,
        "header": header,
        "header_static": header,
        "followers_count": digest_number(account.username, 11),
        "following_count": digest_number(account.username, 8),
        "statuses_count": len(written),
        "last_status_at": f"{max(status.at for status in written):%Y-%m-%d}" if written else None,
        "hide_collections": False,
        "emojis": emoji_facts(emojis_in(home, account.name, account.bio), viewer, EMOJI_PATH),
        "roles": [],
        "fields": [{"name": name, "value": value, "verified_at": None} for name, value in account.fields],
    }
    if account.home == viewer.name:
        entity["noindex"] = account.noindex
    return entity


def mention_entity(account: Account, viewer: Instance) -> Json:
    home = viewer.network.instance(account.home)
    return {
        "id": viewer.know(account),
        "username": account.username,
        "url": f"{home.base}/@{account.username}",
        "acct": viewer.acct(account),
    }


def media_entity(status: Status, number: int, viewer: Instance) -> Json:
    attachment = status.media[number]
    base, home = viewer.ground.addresses.media, viewer.network.home(status)
    picture = attachment if isinstance(attachment, Picture) else attachment.poster
    url = base + (attachment.path() if isinstance(attachment, Picture) else CLIP_PATH)
    return {
        "id": str(digest_number(f"{home.status_ids[status]} {number}", 56)),
        "type": media_type(attachment),
        "url": url,
        "preview_url": base + picture.smaller(SMALL).path(),
        "remote_url": None if viewer is home else url,
        "preview_remote_url": None,
        "text_url": None,
        "meta": media_meta(attachment, picture),
        "description": attachment.alt or None,
        "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
    }


def media_type(attachment: Attachment) -> str:
    if isinstance(attachment, Picture):
        return "image"
    return "gifv" if attachment.looped else "video"


def media_meta(attachment: Attachment, picture: Picture) -> Json:
    small = picture.smaller(SMALL)
    meta: Json = {"original": sized(picture.width, picture.height), "small": sized(small.width, small.height)}
    if isinstance(attachment, Picture):
        return {**meta, "focus": {"x": 0.0, "y": 0.0}}
    film = {"width": CLIP_WIDTH, "height": CLIP_HEIGHT, "frame_rate": "25/1", "duration": attachment.seconds}
    return {**meta, "original": film}


def sized(width: int, height: int) -> Json:
    return {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}


def poll_entity(status: Status, poll: Poll, viewer: Instance) -> Json:
    ends = status.at + timedelta(minutes=poll.minutes)
    votes = sum(count for _, count in poll.options)
    return {
        "id": str(digest_number(f"poll {viewer.status_ids[status]}", 40)),
        "expires_at": zulu(ends),
        "expired": ends <= viewer.ground.clock.now(),
        "multiple": poll.multiple,
        "votes_count": votes,
        "voters_count": votes,
        "options": [{"title": label, "votes_count": count} for label, count in poll.options],
        "emojis": status_emojis(status, viewer),
    }


def card_entity(card: Card, viewer: Instance) -> Json:
    picture = card.picture
    return {
        "url": card.url,
        "title": card.title,
        "description": card.description,
        "language": "en",
        "type": "link",
        "author_name": "",
        "author_url": "",
        "provider_name": "",
        "provider_url": "",
        "html": "",
        "width": picture.width if picture else 0,
        "height": picture.height if picture else 0,
        "image": viewer.ground.addresses.media + picture.path() if picture else None,
        "image_description": picture.alt if picture else "",
        "embed_url": "",
        "blurhash": None,
        "published_at": None,
        "missing_attribution": False,
        "authors": [],
    }


def quote_entity(status: Status, viewer: Instance, *, depth: int) -> Json | None:
    """Only an accepted quote shows its status, and a deleted one never; inside a quote it is an id."""
    quoted = status.quote
    if quoted is None:
        return None
    state = status.quote_state if quoted.readable or status.quote_state != "accepted" else "deleted"
    shown = quoted if state == "accepted" else None
    if depth:
        return {"state": state, "quoted_status_id": viewer.status_ids[shown] if shown else None}
    return {"state": state, "quoted_status": status_entity(shown, viewer, depth=1) if shown else None}

"""Views of posts and people as the AppView hydrates them for somebody without an account."""

from datetime import timedelta

from ..clock import zulu
from ..ids import cid
from ..media import PLAYLIST_PATH, Clip, Picture
from ..wire import Json, filled
from .model import Person, Post
from .network import BlueskyNetwork
from .records import aspect_ratio, external_embed, record

DEFAULT_LABELER = "did:plc:ar7c4by46qjdydhdevvrndac"
THUMBNAIL = 1000
INDEXING = timedelta(seconds=1)


class Views:
    """Hydrates for one request; `labelers` is what `atproto-accept-labelers` asks for."""

    def __init__(self, network: BlueskyNetwork, labelers: str | None = None) -> None:
        self._network = network
        self._default_labeler = labelers is None or DEFAULT_LABELER in labelers

    def post(self, post: Post) -> Json:
        """A postView."""
        view = {
            "uri": post.uri,
            "cid": post.cid,
            "author": self.person(post.author),
            "record": record(post, self._network),
            "embed": self.embed(post),
            **self._counts(post),
            "indexedAt": zulu(post.at + INDEXING),
        }
        return {**filled(view), "labels": self._labels(post.uri, post.labels, post.self_labels, post)}

    def person(self, person: Person) -> Json:
        """A profileViewBasic."""
        view = {
            "did": person.did,
            "handle": "handle.invalid" if person.standing else person.handle,
            "displayName": person.name,
            "avatar": self._url(person.picture),
            "associated": {"chat": {"allowIncoming": "following"}},
            "createdAt": zulu(person.joined),
        }
        profile = f"at://{person.did}/app.bsky.actor.profile/self"
        labels = self._labels(person.did, person.labels, (), person)
        labels += self._labels(profile, [], tuple(person.self_labels), person)
        return {**filled(view), "labels": labels}

    def profile(self, person: Person) -> Json:
        """A profileViewDetailed."""
        written = [post for post in self._network.written_by(person) if post.exists]
        counts = {"followersCount": 0, "followsCount": 0, "postsCount": len(written)}
        made = {"indexedAt": zulu(person.joined)}
        return {**self.person(person), **filled({"description": person.bio}), **counts, **made}

    def not_found(self, uri: str) -> Json:
        return {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}

    def blocked(self, post: Post) -> Json:
        author = {"did": post.author.did}
        return {"$type": "app.bsky.feed.defs#blockedPost", "uri": post.uri, "blocked": True, "author": author}

    def embed(self, post: Post, *, depth: int = 0) -> Json | None:
        """The view of what a post carries; quotes are opened two levels deep."""
        if post.raw_embed is not None:
            return post.raw_embed
        media = self._media(post)
        if post.quote is None:
            return media
        quoted = {"$type": "app.bsky.embed.record#view", "record": self._quoted(post.quote, post, depth=depth)}
        if media is None:
            return quoted
        return {"$type": "app.bsky.embed.recordWithMedia#view", "record": quoted, "media": media}

    def _quoted(self, quoted: Post, quoting: Post, *, depth: int) -> Json:
        kind = "app.bsky.embed.record"
        if not quoted.exists:
            return {"$type": f"{kind}#viewNotFound", "uri": quoted.uri, "notFound": True}
        if self._network.blocked(quoted.author, quoting.author):
            author = {"did": quoted.author.did}
            return {"$type": f"{kind}#viewBlocked", "uri": quoted.uri, "blocked": True, "author": author}
        if self._network.detached(quoted, quoting):
            return {"$type": f"{kind}#viewDetached", "uri": quoted.uri, "detached": True}
        inner = self.embed(quoted, depth=depth + 1) if depth == 0 else None
        return {
            "$type": f"{kind}#viewRecord",
            "uri": quoted.uri,
            "cid": quoted.cid,
            "author": self.person(quoted.author),
            "value": record(quoted, self._network),
            "labels": self._labels(quoted.uri, quoted.labels, quoted.self_labels, quoted),
            **self._counts(quoted),
            "embeds": [inner] if inner else [],
            "indexedAt": zulu(quoted.at + INDEXING),
        }

    def _media(self, post: Post) -> Json | None:
        if post.images:
            return {"$type": "app.bsky.embed.images#view", "images": [self._image(each) for each in post.images]}
        if post.gallery:
            items = [self._gallery_image(each) for each in post.gallery]
            return {"$type": "app.bsky.embed.gallery#view", "items": items}
        if post.video:
            return self._video(post.video)
        if post.external is None:
            return None
        external = external_embed(post.external)["external"]
        if post.external.picture is not None:
            external["thumb"] = self._url(post.external.picture)
        return {"$type": "app.bsky.embed.external#view", "external": external}

    def _image(self, picture: Picture) -> Json:
        return {
            "thumb": self._url(picture.smaller(THUMBNAIL)),
            "fullsize": self._url(picture),
            "alt": picture.alt,
            "aspectRatio": aspect_ratio(picture),
        }

    def _gallery_image(self, picture: Picture) -> Json:
        view = self._image(picture)
        return {"$type": "app.bsky.embed.gallery#viewImage", "thumbnail": view.pop("thumb"), **view}

    def _video(self, video: Clip) -> Json:
        view = {
            "$type": "app.bsky.embed.video#view",
            "cid": cid(video.poster.path()),
            "playlist": self._network.ground.addresses.media + PLAYLIST_PATH,
            "thumbnail": self._url(video.poster),
            "alt": video.alt,
            "aspectRatio": aspect_ratio(video.poster),
            "presentation": "gif" if video.looped else None,
        }
        return filled(view)

    def _counts(self, post: Post) -> Json:
        return {
            "replyCount": self._network.reply_count(post),
            "repostCount": post.likes // 7,
            "likeCount": post.likes,
            "quoteCount": 0,
        }

    def _labels(self, uri: str, given: list[str], own: tuple[str, ...], subject: Post | Person) -> list[Json]:
        """The default labeler's labels, unless other labelers are asked for, and those of the author."""
        person = subject.author if isinstance(subject, Post) else subject
        sources = [(DEFAULT_LABELER, value) for value in given if self._default_labeler]
        sources += [(person.did, value) for value in own]
        made = zulu(subject.at if isinstance(subject, Post) else subject.joined)
        return [{"src": source, "uri": uri, "val": value, "cts": made} for source, value in sources]

    def _url(self, picture: Picture) -> str:
        return self._network.ground.addresses.media + picture.path()

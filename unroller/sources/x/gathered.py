"""Everything X has said so far, by id: the same index for planning the next question and for reading the answers."""

from collections.abc import Iterable

from unroller.core.errors import BadAnswer, UnrollError
from unroller.sources.fields import record
from unroller.sources.x.payload import (
    Json,
    author_id,
    conversation_id,
    handle,
    history,
    objects,
    order,
    post_id,
    string,
)
from unroller.sources.x.problems import ERRORS, Why, problem


class Gathered:
    """Posts, people, media, polls and problems of all answers. The last word on a post counts."""

    def __init__(self) -> None:
        self.posts: dict[str, Json] = {}
        self.lost: dict[str, Json] = {}
        """What was known of posts that a later answer no longer shows."""
        self.why: dict[str, Why] = {}
        """Post id → why it is not shown."""
        self.why_person: dict[str, Why] = {}
        self.people: dict[str, Json] = {}
        self.media: dict[str, Json] = {}
        self.polls: dict[str, Json] = {}
        self._latest: dict[str, str] = {}

    def absorb(self, body: Json) -> list[str]:
        """Take in one answer; the ids of its main posts, without those it only includes."""
        includes = record(body.get("includes"))
        main = objects(body.get("data"))
        for post in (*objects(includes.get("tweets")), *objects(includes.get("posts")), *main):
            self._add(post)
        for name, key, index in (
            ("users", "id", self.people),
            ("media", "media_key", self.media),
            ("polls", "id", self.polls),
        ):
            for entry in objects(includes.get(name)):
                if found := string(entry, key):
                    index[found] = {**index.get(found, {}), **entry}
        for error in objects(body.get("errors")):
            self._miss(error)
        return [found for post in main if (found := post_id(post.get("id")))]

    def _add(self, post: Json) -> None:
        own = post_id(post.get("id"))
        if not own:
            return
        self.posts[own] = {**self.lost.pop(own, {}), **self.posts.get(own, {}), **post}
        self.why.pop(own, None)
        versions = history(post)
        self._latest.update((version, versions[-1]) for version in versions[:-1])

    def _miss(self, error: Json) -> None:
        found = problem(error)
        if found is None:
            return
        if found.of == "person":
            self.why_person[found.id] = found.why
            return
        self.why[found.id] = found.why
        if found.id in self.posts:
            self.lost[found.id] = self.posts.pop(found.id)

    def latest(self, any_id: str) -> str:
        """The id of the newest version that anything spoke of (thread rule R8)."""
        return self._latest.get(any_id, any_id)

    def post(self, any_id: str) -> Json | None:
        """The newest version that was seen."""
        return self.posts.get(self.latest(any_id)) or self.posts.get(any_id)

    def settled(self, any_id: str) -> bool:
        """Whether X has shown the newest version of a post, or said why not."""
        newest = self.latest(any_id)
        return newest in self.posts or newest in self.why or any_id in self.why

    def absence(self, any_id: str) -> UnrollError:
        """The error to raise where a post that the job is about is not there."""
        for why in (self.why.get(any_id), self.why.get(self.latest(any_id)), *self.why_person.values()):
            if why is not None:
                return ERRORS[why](f"post {any_id}: {why}")
        return BadAnswer(f"neither post {any_id} nor a reason why not")

    def by(self, author: str) -> list[Json]:
        """The latest versions of an author's posts, oldest first."""
        found = (post for own, post in self.posts.items() if self.post(own) is post)
        return sorted((post for post in found if author_id(post) == author), key=lambda post: order(post["id"]))

    def handle(self, person: str) -> str:
        """The newest handle seen: they change, and searches know only today's."""
        return handle(self.people.get(person, {}))

    def conversations(self, post: Json) -> list[str]:
        """The ids a post's conversation goes by: an edited first post has one for each of its versions."""
        named = conversation_id(post) or string(post, "id")
        root = self.post(named)
        found = [*(history(root) if root else ()), conversation_id(root or {}), named]
        return list(dict.fromkeys(filter(None, found)))


def paid(body: Json) -> int:
    """Post reads that one answer costs: what it shows and what it includes."""
    includes = record(body.get("includes"))
    shown: Iterable[Json] = (
        *objects(body.get("data")),
        *objects(includes.get("tweets")),
        *objects(includes.get("posts")),
    )
    return len({string(post, "id") for post in shown})

"""Answers of the X API: the fields that were asked for, the includes of expansions, the partial errors."""

from collections.abc import Iterable

from ..wire import Json
from .fields import media_fields, media_key, person_fields, poll_fields, post_fields, referenced_ids
from .model import Person, Post
from .network import XNetwork
from .problems import missing, suspended, why_hidden
from .words import Asked


class Answer:
    """Collects one response; `body` bills what it returns."""

    def __init__(self, network: XNetwork, asked: Asked) -> None:
        self._network = network
        self._asked = asked
        self._posts: dict[int, Post] = {}
        self._people: dict[str, Person] = {}
        self._media: dict[str, Json] = {}
        self._polls: dict[str, Json] = {}
        self._errors: list[Json] = []

    def add_errors(self, errors: Iterable[Json]) -> None:
        self._errors += errors

    def body(self, posts: list[Post], *, single: bool = False, meta: Json | None = None, owned: bool = False) -> Json:
        """`data`, `includes` and `errors` are left out when there are none. `owned`: of the app's own account."""
        for post in posts:
            self._expand(post)
        data = [self._selected(post) for post in posts]
        includes = self._includes()
        numbers, included = [str(post.id) for post in posts], [str(number) for number in self._posts]
        if owned:
            self._network.billing.count(owned=numbers)
        self._network.billing.count(posts=included if owned else numbers + included, users=self._people)
        body: Json = {}
        if data:
            body["data"] = data[0] if single else data
        if includes:
            body["includes"] = includes
        if self._errors:
            body["errors"] = self._errors
        if meta is not None:
            body["meta"] = meta
        return body

    def people(self, person: Person) -> Json:
        """The answer to a lookup of one person."""
        self._network.billing.count(users=[person.id])
        fields = person_fields(person, self._network, self._asked.dialect)
        return {"data": {name: value for name, value in fields.items() if name in self._asked.user}}

    def _selected(self, post: Post) -> Json:
        fields = post_fields(post, self._network, self._asked.dialect)
        return {name: value for name, value in fields.items() if name in self._asked.post}

    def _includes(self) -> Json:
        asked, network = self._asked, self._network
        users = [
            {name: value for name, value in person_fields(person, network, asked.dialect).items() if name in asked.user}
            for person in self._people.values()
        ]
        posts = [self._selected(post) for post in self._posts.values()]
        found = {
            "users": users,
            "tweets" if asked.legacy else "posts": posts,
            "media": list(self._media.values()),
            "polls": list(self._polls.values()),
        }
        return {name: values for name, values in found.items() if values}

    # Expansions, in the words of either vocabulary

    def _expand(self, post: Post) -> None:
        asked = self._asked.expansions
        if "author_id" in asked:
            self._add_person(post.author)
        if "in_reply_to_user_id" in asked and post.parent_author is not None:
            self._add_person(post.parent_author)
        if "attachments.media_keys" in asked:
            self._add_media(post)
        if "attachments.poll_ids" in asked and post.poll is not None:
            poll = poll_fields(post, post.poll, self._network.ground)
            self._polls[poll["id"]] = {name: value for name, value in poll.items() if name in self._asked.poll}
        if "entities.mentions.username" in asked:
            self._add_mentioned(post)
        if asked & {"edit_history_tweet_ids", "edit_history_post_ids"}:
            self._posts |= {version.id: version for version in post.versions}
        if asked & {"referenced_tweets.id", "referenced_posts"}:
            for number in referenced_ids(post):
                self._add_referenced(number)

    def _add_referenced(self, number: int) -> None:
        """One level only. A missing post is an error that names the expansion, not the field."""
        parameter = "referenced_tweets.id" if self._asked.legacy else "referenced_posts"
        post = self._network.posts.get(number)
        problem = why_hidden(str(number), post, parameter=parameter, dialect=self._asked.dialect)
        if problem is not None:
            if problem not in self._errors:
                self._errors.append(problem)
            return
        assert post is not None
        self._posts[number] = post
        if "referenced_tweets.id.author_id" in self._asked.expansions:
            self._add_person(post.author)
        if "referenced_tweets.id.attachments.media_keys" in self._asked.expansions:
            self._add_media(post)

    def _add_person(self, person: Person) -> None:
        self._people[person.id] = person

    def _add_media(self, post: Post) -> None:
        for number in range(len(post.media)):
            fields = media_fields(post, number, self._network.ground)
            key = media_key(post, number)
            self._media[key] = {name: value for name, value in fields.items() if name in self._asked.media}

    def _add_mentioned(self, post: Post) -> None:
        entities = post_fields(post, self._network, self._asked.dialect).get("entities", {})
        for mention in entities.get("mentions", []):
            person, name = self._network.people.get(mention["id"]), mention["username"]
            dialect, parameter = self._asked.dialect, "entities.mentions.username"
            if person is None:
                self._errors.append(missing(name, parameter=parameter, dialect=dialect, resource="user"))
            elif person.suspended:
                self._errors.append(suspended(name, name, parameter=parameter, dialect=dialect))
            else:
                self._add_person(person)

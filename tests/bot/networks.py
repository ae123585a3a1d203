"""The pretend networks as the bot's tests see them: a thread to unroll, somebody who mentions the bot, its answers."""

from dataclasses import dataclass
from typing import Any, Protocol

from tests.sandbox.bots import answers_of_bot
from tests.sandbox.world import World

POSTS = ["Bread begins the evening before.", "Flour, water, salt.", "And time, which is free."]


class Network(Protocol):
    """What the sandbox's networks have in common."""

    def mention(self, by: str, **how: Any) -> Any: ...


@dataclass
class Talk:
    """A thread on one network, and what people and the bot say below it."""

    world: World
    source: str
    posts: list[Any]

    @property
    def network(self) -> Network:
        networks: dict[str, Network] = vars(self.world)
        return networks[self.source]

    def ask(self, by: str = "ana", *, number: int = 2, **how: Any) -> Any:
        """Somebody mentions the bot below post `number`."""
        return self.network.mention(by, below=self.posts[number - 1], **how)

    @property
    def answers(self) -> list[str]:
        """The words of the bot's answers, the oldest first."""
        return [post.text for post in self.answer_posts]

    @property
    def answer_posts(self) -> list[Any]:
        network: Any = self.network
        return list(answers_of_bot(network))


def begin(world: World, source: str) -> Talk:
    """A thread of three posts by Mara, and a bot that can be mentioned below it."""
    home: Any = world.mastodon.one if source == "mastodon" else getattr(world, source)
    author = home.person("mara")
    return Talk(world, source, home.thread(author, POSTS))

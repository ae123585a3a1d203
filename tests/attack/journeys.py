"""Everything that is asked of networks beside threads, each as a function of a client, over the sandbox."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx

from tests.blogs.owning import agree
from tests.sources.following_reading import BEGINNING
from tests.sources.mentioning_reading import Stage
from unroller.sources.blog import indieauth, micropub
from unroller.sources.bluesky import Bluesky, repository
from unroller.sources.bluesky.presence import BlueskyPresence
from unroller.sources.following import Followable
from unroller.sources.http import Http
from unroller.sources.mastodon import Mastodon
from unroller.sources.mastodon.presence import MastodonPresence
from unroller.sources.presence import Asked, Presence
from unroller.sources.recording import Recorder
from unroller.sources.x import X
from unroller.sources.x.compliance import Compliance, look_up
from unroller.sources.x.vocabulary import VOCABULARIES

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
US = indieauth.Client("https://unroller.example/", "https://unroller.example/blogs/back")
WORDS, LINK = "Here it is, on one page:", "https://unroller.example/thread/x/1"
PNG = b"\x89PNG\r\n"
ENTRY = micropub.Entry(
    "Bread", "<p>Bread.</p>", "2026-01-01T00:00:00Z", "https://x.com/a/status/1", ("bread",), "bread"
)


class Ground(NamedTuple):
    """A world with a thread on one network; `http` is what a journey is taken with."""

    stage: Stage
    posts: list[Any]
    kept: dict[str, Any]
    """What has to be the same each time, such as a secret that comes back."""

    @property
    def http(self) -> Http:
        return self.stage.http

    def web(self) -> Recorder:
        return self.stage.web()


Journey = Callable[[Ground, str], Any]


def following(ground: Ground, key: str) -> Any:
    addresses, author = ground.stage.world.ground.addresses, ground.posts[0].author
    names: dict[str, Callable[[], str]] = {
        "x": lambda: author.username,
        "bluesky": lambda: author.did,
        "mastodon": lambda: f"@mara@{ground.stage.world.mastodon.one.host}",
    }
    networks: dict[str, Followable] = {
        "x": X(addresses.x, ground.stage.world.x.bearer_token),
        "bluesky": Bluesky(addresses.appview, addresses.plc),
        "mastodon": Mastodon(),
    }
    network = networks[key]
    ref = network.match_profile(names[key]())
    assert ref is not None
    person = network.look_up(ref, ground.web())
    first = network.recent(person.id, ground.web(), cursor="", since=BEGINNING)
    return person, first, network.recent(person.id, ground.web(), cursor=first.cursor, since=BEGINNING)


def mentioning(ground: Ground, key: str) -> Any:
    for pocket in ground.stage.pockets.values():
        pocket.kept = ""  # signs in anew
    bot = ground.stage.bots[key]
    own = bot.who(ground.web())
    found = bot.mentions(own, ground.web(), cursor="")
    again = bot.mentions(own, ground.web(), cursor=found.cursor)
    for mention in found.mentions[:1]:
        return (
            own,
            found,
            again,
            bot.own_answer(own, mention, ground.web()),
            bot.answer(mention, WORDS, LINK, ground.web()),
        )
    return own, found, again


def presence(ground: Ground, key: str) -> Any:
    stage = ground.stage
    networks: dict[str, Presence] = {
        "bluesky": BlueskyPresence(stage.env["BLUESKY_APPVIEW_URL"]),
        "mastodon": MastodonPresence(),
    }
    paths = {
        "bluesky": lambda post: f"{post.author.did}/{post.rkey}",
        "mastodon": lambda post: f"{stage.world.mastodon.one.host}/{stage.world.mastodon.one.status_ids[post]}",
    }
    asked = [Asked(paths[key](post), "1", post.text, SINCE) for post in ground.posts]
    return networks[key].losses(asked, ground.web())


def repositories(ground: Ground, key: str) -> Any:
    plc = ground.stage.world.ground.addresses.plc
    return repository.answers(ground.web(), plc, ground.posts[0].author.did, since=(0, ""), pages=3)


def compliance(ground: Ground, key: str) -> Any:
    web, env = ground.web(), ground.stage.env
    ids = [str(post.id) for post in ground.posts]
    desk = Compliance(web, env["X_API_URL"], env["X_BEARER_TOKEN"])
    job = desk.create("list 1")
    named = desk.named("list 1")
    desk.upload(job, ids)
    found = desk.look(job.id)
    gone = desk.download(found)
    looked = look_up(web, env["X_API_URL"], env["X_BEARER_TOKEN"], ids, vocabulary=VOCABULARIES["legacy"])
    return job, named, found, gone, looked


def blogs(ground: Ground, key: str) -> Any:
    http, kept = ground.http, ground.kept
    server = indieauth.discover(http, indieauth.address(http, ground.stage.world.blogs[key].address))
    if "asked" not in kept:
        kept["asked"] = indieauth.ask(server)
        back = httpx.URL(agree(indieauth.authorize_address(kept["asked"], US)))
        kept["code"] = back.params["code"]
    opened, confirmed = indieauth.redeem(http, kept["asked"]._replace(server=server), kept["code"], US)
    if opened.refresh:
        opened = indieauth.refresh(http, server.token, opened.refresh, US)
    blog = micropub.Blog(confirmed.micropub, opened.access)
    media = micropub.media_endpoint(http, blog)
    picture = micropub.upload(http, media, blog.token, name="a.png", kind="image/png", body=PNG) if media else ""
    url = micropub.create(http, blog, ENTRY, draft=False)
    found, moved = micropub.find(http, blog, ENTRY), micropub.update(http, blog, url, ENTRY)
    indieauth.revoke(http, revocation=server.revocation, token_endpoint=server.token, token=blog.token)
    return opened, confirmed, media, picture, url, found, moved


JOURNEYS: dict[str, tuple[Journey, str]] = {
    **{f"following {key}": (following, key) for key in ("x", "bluesky", "mastodon")},
    **{f"mentioning {key}": (mentioning, key) for key in ("x", "bluesky", "mastodon")},
    **{f"presence {key}": (presence, key) for key in ("bluesky", "mastodon")},
    "repository bluesky": (repositories, "bluesky"),
    "compliance x": (compliance, "x"),
    **{f"blog {key}": (blogs, key) for key in ("harbour", "garden", "attic")},
}
"""What is done, and where."""

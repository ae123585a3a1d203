"""Cases on Bluesky."""

from collections.abc import Sequence
from datetime import timedelta

from ..bluesky.model import Post
from ..faults import FOR_EVER
from ..media import Card, Clip, Picture
from ..world import World
from .case import Case

AUTHOR, STRANGER = "ada.keys.example", "ben.bridges.example"


def texts(count: int) -> list[str]:
    return [f"{number}. Salt, rope, lamp." for number in range(1, count + 1)]


def ids(posts: Sequence[Post]) -> list[str | None]:
    return [post.uri for post in posts]


def into(world: World, posts: Sequence[Post]) -> dict[str, str]:
    named = {"first": posts[0], "middle": posts[len(posts) // 2], "last": posts[-1]}
    return {name: world.bluesky.link(post) for name, post in named.items()}


def whole(world: World, posts: Sequence[Post], **side: Post) -> Case:
    return Case(into(world, posts), ids(posts), {name: post.uri for name, post in side.items()})


def linear(world: World, count: int = 30) -> Case:
    return whole(world, world.bluesky.thread(AUTHOR, texts(count)))


def deep(world: World, count: int = 700) -> Case:
    """Deeper than any JSON parser follows when it is asked for at once."""
    return linear(world, count)


def capped_depth(world: World, depth: int = 10) -> Case:
    """The AppView gives less depth than it is asked for, without a word."""
    world.bluesky.most_depth = depth
    return linear(world, 45)


def fork(world: World) -> Case:
    posts = world.bluesky.thread(AUTHOR, texts(8))
    side = world.bluesky.thread(AUTHOR, ["By the way", "as I said"], under=posts[3], start=posts[7].at)
    return Case({**into(world, posts), "side": world.bluesky.link(side[1])}, ids(posts), {"side": side[0].uri})


def deleted_middle(world: World, *, still_counted: bool = True) -> Case:
    """From the head the tree ends before the gap; only `replyCount` (if at all) tells of more."""
    posts = world.bluesky.thread(AUTHOR, texts(9))
    world.bluesky.delete(posts[4], still_counted=still_counted)
    links = {"first": world.bluesky.link(posts[0]), "last": world.bluesky.link(posts[8])}
    return Case(links, [*ids(posts[:4]), None, *ids(posts[5:])], {"deleted": posts[4].uri})


def deleted_head(world: World) -> Case:
    posts = world.bluesky.thread(AUTHOR, texts(5))
    world.bluesky.delete(posts[0])
    links = {"last": world.bluesky.link(posts[-1]), "head": world.bluesky.link(posts[0])}
    return Case(links, [None, *ids(posts[1:])], {"deleted": posts[0].uri})


def below_stranger(world: World) -> Case:
    root = world.bluesky.post(STRANGER, "Who knows about lamps?")
    return whole(world, world.bluesky.thread(AUTHOR, texts(5), under=root), root=root)


def reply_to_stranger(world: World) -> Case:
    posts = world.bluesky.thread(AUTHOR, texts(6))
    asked = world.bluesky.post(STRANGER, "Why?", under=posts[2])
    answers = world.bluesky.thread(AUTHOR, ["Because.", "Also because."], under=asked, start=posts[5].at)
    return whole(world, posts, asked=asked, answer=answers[0], more=answers[1])


def stranger_reply(world: World) -> Case:
    posts = world.bluesky.thread(AUTHOR, texts(6))
    reply = world.bluesky.post(STRANGER, "Lovely.", under=posts[3])
    return Case({"reply": world.bluesky.link(reply), **into(world, posts)}, ids(posts), {"reply": reply.uri})


def blocked_parent(world: World) -> Case:
    """The thread answers somebody with whom its author has since parted by a block."""
    case = below_stranger(world)
    network = world.bluesky
    network.block(network.posts[case.side["root"]].author, network.posts[case.main[0] or ""].author)
    return case


def lying_clock(world: World) -> Case:
    """`createdAt` runs backwards; the chain and the record keys do not."""
    start, posts = world.clock.now() - timedelta(days=9), list[Post]()
    for number, text in enumerate(texts(6)):
        at, claimed = start + timedelta(minutes=number), start - timedelta(days=number)
        under = posts[-1] if posts else None
        posts.append(world.bluesky.post(AUTHOR, text, under=under, at=at, claimed_at=claimed))
    return whole(world, posts)


def rich(world: World) -> Case:
    """One of everything that posts carry, and quotes in all their states."""
    network, card = world.bluesky, Card("https://example.org/lamps", "On lamps", "A page.", Picture("coast"))
    alive, gone = network.post(STRANGER, "Wicks.", images=[Picture("coast")]), network.post(STRANGER, "Oops.")
    parted, detached = network.post("cleo.example", "Mine."), network.post(STRANGER, "Not like this.")
    text = f"👩🏾‍🚀🏴‍☠️ https://example.org/a/rather/long/path #lamps @{STRANGER} here"
    posts = [network.post(AUTHOR, text, links={"here": "https://example.net/"})]
    posts.append(network.post(AUTHOR, "Two", under=posts[-1], images=[Picture("coast", alt="One"), Picture("hills")]))
    six = [Picture("chart", alt=f"Chart {number}", seed=str(number)) for number in range(6)]
    posts.append(network.post(AUTHOR, "Six", under=posts[-1], gallery=six))
    posts.append(network.post(AUTHOR, "Film", under=posts[-1], video=Clip(Picture("coast", 640, 360, "A boat"))))
    posts.append(network.post(AUTHOR, "Card", under=posts[-1], external=card))
    for quoted in (alive, gone, parted, detached):
        posts.append(network.post(AUTHOR, "Quote", under=posts[-1], quote=quoted))
    posts.append(network.post(AUTHOR, "Both", under=posts[-1], quote=alive, images=[Picture("hills")]))
    posts.append(network.post(AUTHOR, "Warned", under=posts[-1], self_labels=["graphic-media"]))
    posts.append(network.post(AUTHOR, "Unknown", under=posts[-1]))
    network.show_instead(posts[-1], embed={"$type": "app.bsky.embed.hologram#view", "uri": "https://example.org/"})
    network.delete(gone)
    network.block(parted.author, posts[0].author)
    network.detach(detached, posts[-4])
    return whole(world, posts, alive=alive, gone=gone, parted=parted, detached=detached)


def odd_facets(world: World) -> Case:
    """Facets that overlap, lie outside, cut a character in two, or are of no known kind."""
    posts = world.bluesky.thread(AUTHOR, ["Ä lamp and a rope", "2. And oil."])
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/"}
    spans = [(3, 7), (5, 9), (1, 2), (90, 99), (9, 9)]
    facets = [{"index": {"byteStart": start, "byteEnd": end}, "features": [link]} for start, end in spans]
    unknown = {"$type": "app.bsky.richtext.facet#sparkle", "level": 3}
    facets.append({"index": {"byteStart": 14, "byteEnd": 18}, "features": [unknown]})
    world.bluesky.show_instead(posts[0], facets=facets)
    return whole(world, posts)


def signed_in_only(world: World) -> Case:
    """The author asks not to be shown to readers without an account; the API does not enforce it."""
    case = linear(world, 4)
    world.bluesky.posts[case.main[0] or ""].author.self_labels.append("!no-unauthenticated")
    return case


def web_did(world: World) -> Case:
    """The author's DID is a did:web: the document is on the data server, not in the directory."""
    author = world.bluesky.person("web.keys.example", web=True)
    posts = world.bluesky.thread(author, texts(7))
    world.bluesky.delete(posts[3])
    links = {"first": world.bluesky.link(posts[0]), "did": world.bluesky.link(posts[0], by_did=True)}
    return Case(links, [*ids(posts[:3]), None, *ids(posts[4:])])


def renamed(world: World) -> Case:
    """The handle in the link is no longer the author's; the DID in the other one still is."""
    posts = world.bluesky.thread(AUTHOR, texts(4))
    old = world.bluesky.link(posts[0])
    world.bluesky.rename(posts[0].author, "ada.unlocked.example")
    did = world.bluesky.link(posts[0], by_did=True)
    return Case({"did": did, "new": world.bluesky.link(posts[0]), "old": old}, ids(posts))


def replaced_record(world: World) -> Case:
    """A record was replaced: the CID changed, the answer below still names the old one."""
    posts = world.bluesky.thread(AUTHOR, texts(4))
    world.bluesky.replace(posts[1], "2. Salt, rope, lamp, matches.")
    return whole(world, posts)


def taken_down(world: World) -> Case:
    case = linear(world, 4)
    world.bluesky.leave(world.bluesky.posts[case.main[0] or ""].author, "takendown")
    return case


def data_server_down(world: World) -> Case:
    """A gap in the middle, and nobody to ask what lies behind it."""
    case = deleted_middle(world)
    world.faults.add("pds", "error-html", times=FOR_EVER)
    return case

"""Cases on Mastodon. Host one is home unless a case says otherwise."""

from collections.abc import Sequence

from ..faults import FOR_EVER
from ..mastodon.model import Account, Status
from ..media import Card, Clip, Picture, Poll
from ..world import World
from .case import Case

AUTHOR, STRANGER = "ada", "ben"
HOSTILE = (
    "<p>Hello <script>alert(1)</script><img src=x onerror=alert(2)>"
    '<a href="javascript:alert(3)">click</a> <b onclick="alert(4)">bold</b></p><style>p{display:none}</style>'
)


def texts(count: int) -> list[str]:
    return [f"{number}. Bricks, mortar, string." for number in range(1, count + 1)]


def ids(world: World, statuses: Sequence[Status]) -> list[str | None]:
    return [world.mastodon.home(status).status_ids[status] for status in statuses]


def into(world: World, statuses: Sequence[Status]) -> dict[str, str]:
    named = {"first": statuses[0], "middle": statuses[len(statuses) // 2], "last": statuses[-1]}
    return {name: world.mastodon.link(status) for name, status in named.items()}


def whole(world: World, statuses: Sequence[Status], **side: Status) -> Case:
    found = {name: world.mastodon.home(status).status_ids[status] for name, status in side.items()}
    return Case(into(world, statuses), ids(world, statuses), found)


def author(world: World) -> Account:
    return world.mastodon.one.named(AUTHOR) or world.mastodon.one.person(AUTHOR, name="Ada Keys")


def linear(world: World, count: int = 30) -> Case:
    return whole(world, world.mastodon.one.thread(author(world), texts(count)))


def long(world: World, count: int = 130) -> Case:
    """Longer than a context and than three pages of statuses."""
    return linear(world, count)


def busy(world: World, count: int = 25, strangers: int = 90) -> Case:
    """So many answers to the first status that the context is cut before the author's own ones."""
    posts = world.mastodon.one.thread(author(world), texts(1))
    for number in range(strangers):
        world.mastodon.one.post(f"{STRANGER}{number % 9}", f"Answer {number}", under=posts[0])
    posts += world.mastodon.one.thread(author(world), texts(count)[1:], under=posts[0])
    return whole(world, posts)


def fork(world: World) -> Case:
    posts = world.mastodon.one.thread(author(world), texts(8))
    side = world.mastodon.one.thread(author(world), ["Aside", "more"], under=posts[3], start=posts[7].at)
    side_id = world.mastodon.one.status_ids[side[0]]
    links = {**into(world, posts), "side": world.mastodon.link(side[1])}
    return Case(links, ids(world, posts), {"side": side_id})


def below_stranger(world: World) -> Case:
    """The head answers a stranger: every status names the stranger, and `exclude_replies` hides them all."""
    root = world.mastodon.two.post(STRANGER, "Who can build a wall?")
    return whole(world, world.mastodon.one.thread(author(world), texts(5), under=root), root=root)


def reply_to_stranger(world: World) -> Case:
    """Self-replies below a stranger's answer name the stranger, not the author."""
    posts = world.mastodon.one.thread(author(world), texts(6))
    asked = world.mastodon.two.post(STRANGER, "Why?", under=posts[2])
    answers = world.mastodon.one.thread(author(world), ["Because.", "Also."], under=asked, start=posts[5].at)
    return whole(world, posts, asked=asked, answer=answers[0], more=answers[1])


def stranger_reply(world: World) -> Case:
    posts = world.mastodon.one.thread(author(world), texts(6))
    reply = world.mastodon.one.post(STRANGER, "Lovely.", under=posts[3])
    reply_id = world.mastodon.one.status_ids[reply]
    return Case({"reply": world.mastodon.link(reply), **into(world, posts)}, ids(world, posts), {"reply": reply_id})


def deleted_middle(world: World, *, forget: bool = False) -> Case:
    """The status after the gap still names the gone id, or with `forget` no status but its account."""
    posts = world.mastodon.one.thread(author(world), texts(8))
    line: list[str | None] = ids(world, posts)
    world.mastodon.delete(posts[3], forget=forget)
    links = {"first": world.mastodon.link(posts[0]), "last": world.mastodon.link(posts[7])}
    return Case(links, [*line[:3], None, *line[4:]], {"deleted": line[3] or ""})


def deleted_head(world: World) -> Case:
    posts = world.mastodon.one.thread(author(world), texts(5))
    world.mastodon.delete(posts[0])
    links = {"last": world.mastodon.link(posts[-1]), "head": world.mastodon.link(posts[0])}
    return Case(links, [None, *ids(world, posts[1:])])


def private_middle(world: World) -> Case:
    """One status is for followers only: 404 for everybody else."""
    posts = world.mastodon.one.thread(author(world), texts(6))
    posts[2].visibility = "private"
    line: list[str | None] = ids(world, posts)
    return Case(into(world, posts), [*line[:2], None, *line[3:]])


def private(world: World) -> Case:
    case = linear(world, 3)
    for status in world.mastodon.one.statuses.values():
        status.visibility = "private"
    return case


def remote_copy(world: World) -> Case:
    """The link names host two, which knows the first three of five; all of it is on host one."""
    posts = world.mastodon.one.thread(author(world), texts(5))
    world.mastodon.two.copy(*posts[:3])
    links = {"copy": world.mastodon.two.link(posts[1]), **into(world, posts)}
    return Case(links, ids(world, posts))


def home_down(world: World) -> Case:
    """The same, but host one does not answer: `main` holds the ids of the copies."""
    posts = world.mastodon.one.thread(author(world), texts(5))
    world.mastodon.two.copy(*posts[:3])
    world.faults.add("mastodon_one", "close", times=FOR_EVER)
    copies: list[str | None] = [world.mastodon.two.status_ids[status] for status in posts[:3]]
    return Case({"copy": world.mastodon.two.link(posts[1])}, copies)


def late_replies(world: World, retry: int = 1) -> Case:
    """The first context lacks the last statuses and says when to ask again."""
    posts = world.mastodon.one.thread(author(world), texts(8))
    world.mastodon.one.arrive_late(posts[5:], retry=retry)
    return whole(world, posts)


def rich(world: World) -> Case:
    """One of everything: a warning, emoji, pictures, a film, a poll, a card, an edit, quotes in their states."""
    one, ada = world.mastodon.one, author(world)
    one.emojis |= {"brick", "string"}
    ada.name, card = "Ada :brick:", Card("https://example.org/walls", "On walls", "A page.", Picture("hills"))
    alive, gone = one.post(STRANGER, "Lime."), one.post(STRANGER, "Oops.")
    posts = [one.post(ada, f"R&D <b> :string: #walls @{STRANGER} https://www.example.org/a/rather/long/path/to/it")]
    posts.append(one.post(ada, "Behind a warning :brick:", under=posts[-1], spoiler="bricks :brick:"))
    posts.append(one.post(ada, "Two", under=posts[-1], media=[Picture("hills", alt="One"), Picture("coast")]))
    posts.append(one.post(ada, "Film", under=posts[-1], media=[Clip(Picture("coast", 640, 360, "A boat"))]))
    posts.append(one.post(ada, "Loop", under=posts[-1], media=[Clip(Picture("coast", 640, 360), looped=True)]))
    posts.append(one.post(ada, "Vote", under=posts[-1], poll=Poll((("Up :brick:", 2), ("Down", 1)))))
    posts.append(one.post(ada, "https://example.org/walls", under=posts[-1], card=card))
    posts.append(one.post(ada, "As he says", under=posts[-1], quote=alive))
    posts.append(one.post(ada, "As he said", under=posts[-1], quote=gone))
    posts.append(one.post(ada, "He would not", under=posts[-1], quote=alive, quote_state="rejected"))
    posts.append(one.post(ada, "Frist", under=posts[-1]))
    world.mastodon.edit(posts[-1], "First")
    world.mastodon.delete(gone)
    return whole(world, posts, alive=alive, gone=gone)


def hostile(world: World) -> Case:
    """Script in the content, in the name, in the bio."""
    ada = world.mastodon.one.person("mallory", name="<script>alert(5)</script>", bio="<img src=x onerror=alert(6)>")
    first = world.mastodon.one.post(ada, "hello", markup=HOSTILE)
    return whole(world, [first, world.mastodon.one.post(ada, "2. And more.", under=first)])


def not_indexed(world: World) -> Case:
    case = linear(world, 4)
    author(world).noindex, author(world).indexable = True, False
    return case


def restricted_host(world: World) -> Case:
    """The whole API wants a token."""
    case = linear(world, 3)
    world.mastodon.one.restricted = True
    return case


def suspended(world: World) -> Case:
    case = linear(world, 3)
    world.mastodon.suspend(author(world))
    return case


def rate_limited_once(world: World, seconds: float = 2) -> Case:
    case = linear(world, 6)
    world.faults.add("mastodon_one", "rate-limited", seconds=seconds)
    return case


def other_software(world: World) -> Case:
    """Ids with letters, and a unix number for the reset of the limit."""
    world.mastodon.one.software = "gotosocial"
    return linear(world, 6)

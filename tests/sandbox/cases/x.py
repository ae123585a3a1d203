"""Cases on X. Times are recent unless a case is about age."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ..media import Card, Clip, Picture, Poll
from ..world import World
from ..x.model import Post
from .case import Case

AUTHOR, STRANGER = "ada_keys", "ben_bridges"
TEXTS = ("Tides are arithmetic.", "Moons are patient.", "Harbours remember.", "Ropes forget.", "Boats decide.")


def texts(count: int) -> list[str]:
    return [f"{number}. {TEXTS[number % len(TEXTS)]}" for number in range(1, count + 1)]


def ids(posts: Sequence[Post]) -> list[str | None]:
    return [str(post.latest.id) for post in posts]


def into(world: World, posts: Sequence[Post]) -> dict[str, str]:
    """Links to the first, the middle and the last post."""
    named = {"first": posts[0], "middle": posts[len(posts) // 2], "last": posts[-1]}
    return {name: world.x.link(post) for name, post in named.items()}


def whole(world: World, posts: Sequence[Post], **side: Post) -> Case:
    return Case(into(world, posts), ids(posts), {name: str(post.id) for name, post in side.items()})


def linear(world: World, count: int = 72, *, age: timedelta = timedelta(days=400)) -> Case:
    """Nothing but a thread. At an age above 7 days only the full archive finds it."""
    return whole(world, world.x.thread(AUTHOR, texts(count), start=world.clock.now() - age))


def recent(world: World, count: int = 12) -> Case:
    return linear(world, count, age=timedelta(days=2))


def very_long(world: World, count: int = 1200) -> Case:
    return linear(world, count)


def same_second(world: World, count: int = 25) -> Case:
    """All posts carry one `created_at`; only the ids hold the order."""
    start = world.clock.now() - timedelta(days=20)
    return whole(world, world.x.thread(AUTHOR, texts(count), start=start, every=timedelta()))


def before_snowflakes(world: World) -> Case:
    """Ids of before November 2010 are small numbers that hold no time."""
    start, posts = datetime(2009, 5, 4, 12, tzinfo=UTC), list[Post]()
    for number, text in enumerate(texts(5)):
        under = posts[-1] if posts else None
        at = start + timedelta(minutes=number)
        posts.append(world.x.post(AUTHOR, text, under=under, at=at, post_id=1_697_000_000 + 977 * number))
    return whole(world, posts)


def crowded(world: World, count: int = 20, strangers: int = 200) -> Case:
    """Replies of strangers below every post, which cost money when they are read."""
    posts = world.x.thread(AUTHOR, texts(count))
    for number in range(strangers):
        world.x.post(f"{STRANGER}_{number % 7}", f"Reply {number}", under=posts[number % count])
    return whole(world, posts)


# Branches


def fork_at_root(world: World) -> Case:
    posts = world.x.thread(AUTHOR, texts(6))
    side = world.x.thread(AUTHOR, ["A remark", "and one more"], under=posts[0], start=posts[2].at)
    return Case({**into(world, posts), "side": world.x.link(side[-1])}, ids(posts), {"side": str(side[0].id)})


def fork_in_middle(world: World) -> Case:
    posts = world.x.thread(AUTHOR, texts(9))
    side = world.x.thread(AUTHOR, ["By the way", "as I said"], under=posts[4], start=posts[8].at)
    return Case({**into(world, posts), "side": world.x.link(side[-1])}, ids(posts), {"side": str(side[0].id)})


def update(world: World) -> Case:
    """A direct reply to an early post, more than six hours after the last one, belongs to the end."""
    posts = world.x.thread(AUTHOR, texts(5), start=world.clock.now() - timedelta(days=3))
    late = world.x.post(AUTHOR, "Update: it floats.", under=posts[1], at=posts[-1].at + timedelta(hours=9))
    return Case({**into(world, posts), "update": world.x.link(late)}, [*ids(posts), str(late.id)])


def reply_to_stranger(world: World) -> Case:
    """The author answers a stranger below the thread and goes on below the answer: not part of it."""
    posts = world.x.thread(AUTHOR, texts(6))
    asked = world.x.post(STRANGER, "Why?", under=posts[2])
    answers = world.x.thread(AUTHOR, ["Because.", "And also because."], under=asked, start=posts[5].at)
    return whole(world, posts, asked=asked, answer=answers[0], more=answers[1])


def below_stranger(world: World) -> Case:
    """A thread that hangs below somebody else's post: its head is not the root of the conversation."""
    root = world.x.post(STRANGER, "Does anybody know about tides?")
    return whole(world, world.x.thread(AUTHOR, texts(5), under=root), root=root)


def stranger_reply(world: World) -> Case:
    """The link leads to a lone reply by somebody else."""
    posts = world.x.thread(AUTHOR, texts(6))
    reply = world.x.post(STRANGER, "Lovely, thank you!", under=posts[3])
    return Case({"reply": world.x.link(reply), **into(world, posts)}, ids(posts), {"reply": str(reply.id)})


def bot_mention(world: World, bot: str = "unrollerbot") -> Case:
    """A stranger calls the bot below the last post."""
    posts = world.x.thread(AUTHOR, texts(6))
    if world.x.known(bot) is None:
        world.x.person(bot)
    mention = world.x.post(STRANGER, f"@{bot} unroll please", under=posts[-1])
    return Case({"mention": world.x.link(mention), **into(world, posts)}, ids(posts), {"mention": str(mention.id)})


def retweet(world: World) -> Case:
    """The link leads to a retweet of a post in the middle."""
    posts = world.x.thread(AUTHOR, texts(6))
    shared = world.x.retweet(STRANGER, posts[2])
    return Case({"retweet": world.x.link(shared), **into(world, posts)}, ids(posts))


# What is gone


def deleted_middle(world: World) -> Case:
    posts = world.x.thread(AUTHOR, texts(8))
    world.x.delete(posts[3])
    line = ids(posts)
    line[3] = None
    return Case(into(world, posts), line, {"deleted": str(posts[3].id)})


def two_deleted(world: World) -> Case:
    """Two neighbours are gone: one gap."""
    posts = world.x.thread(AUTHOR, texts(8))
    world.x.delete(posts[3], posts[4])
    line = [*ids(posts[:3]), None, *ids(posts[5:])]
    return Case({"first": world.x.link(posts[0]), "last": world.x.link(posts[7])}, line)


def deleted_head(world: World) -> Case:
    posts = world.x.thread(AUTHOR, texts(6))
    world.x.delete(posts[0])
    links = {"second": world.x.link(posts[1]), "last": world.x.link(posts[-1]), "head": world.x.link(posts[0])}
    return Case(links, [None, *ids(posts[1:])], {"deleted": str(posts[0].id)})


def deleted_parent_of_last(world: World) -> Case:
    posts = world.x.thread(AUTHOR, texts(6))
    world.x.delete(posts[4])
    links = {"last": world.x.link(posts[5]), "first": world.x.link(posts[0])}
    return Case(links, [*ids(posts[:4]), None, str(posts[5].id)], {"deleted": str(posts[4].id)})


def deleted_foreign_parent(world: World) -> Case:
    """What the thread answered is gone; the thread itself is whole."""
    case = below_stranger(world)
    world.x.delete(world.x.posts[int(case.side["root"])])
    return case


def errors_only(world: World) -> Case:
    """A 200 that holds nothing but errors: the post was deleted."""
    posts = world.x.thread(AUTHOR, texts(3))
    world.x.delete(*posts)
    return Case(into(world, posts), [])


def protected(world: World) -> Case:
    case = linear(world, 5)
    world.x.protect(world.x.posts[int(case.main[0] or 0)].author)
    return case


def suspended(world: World) -> Case:
    case = linear(world, 5)
    world.x.suspend(world.x.posts[int(case.main[0] or 0)].author)
    return case


# Edits


def edit_with_children(world: World) -> Case:
    """A post in the middle was edited after it had been answered: its child names the old id."""
    posts = world.x.thread(AUTHOR, texts(6))
    old = world.x.link(posts[2])
    world.x.edit(posts[2], "3. Harbours remember everything.")
    return Case({**into(world, posts), "old": old}, ids(posts), {"old": str(posts[2].id)})


def edited_head(world: World) -> Case:
    """The head was edited: replies before name the old conversation, replies after the new one."""
    before = world.x.thread(AUTHOR, texts(3))
    head = world.x.edit(before[0], "1. Tides are arithmetic, twice a day.", at=before[2].at)
    after = world.x.thread(AUTHOR, ["4. Ropes forget."], under=before[2], start=before[2].at + timedelta(minutes=9))
    after[0].conversation_id = head.conversation_id
    posts = [*before, *after]
    links = {"new": world.x.link(head), "old": world.x.link(before[0]), "last": world.x.link(after[0])}
    return Case(links, ids(posts), {"old": str(before[0].id)})


# What posts hold


def rich(world: World) -> Case:
    """One of everything: a long post, photos, a film, a GIF, a poll, a card, quotes of the living and the dead."""
    gone = world.x.post(STRANGER, "I will regret this.")
    alive = world.x.post(STRANGER, "Ropes & knots.", media=[Picture("coast", alt="A coast")])
    x, card = world.x, Card("https://example.org/tides", "On tides", "A page.", Picture("chart"))
    posts = [x.post(AUTHOR, "R&D < common sense 👩🏾‍🚀🏴‍☠️ https://example.org/a?b=1&c=2 #tides $SEA @ben_bridges")]
    posts.append(x.post(AUTHOR, "Long & <wide>. " * 40 + "https://example.org/end", under=posts[-1]))
    posts.append(x.post(AUTHOR, "Two", under=posts[-1], media=[Picture("coast", alt="One"), Picture("hills")]))
    posts.append(x.post(AUTHOR, "", under=posts[-1], media=[Picture("chart", 900, 1200, "Only a picture")]))
    posts.append(x.post(AUTHOR, "Film", under=posts[-1], media=[Clip(Picture("coast", 640, 360, "A boat"))]))
    posts.append(x.post(AUTHOR, "Loop", under=posts[-1], media=[Clip(Picture("coast", 640, 360), looped=True)]))
    posts.append(x.post(AUTHOR, "Vote", under=posts[-1], poll=Poll((("In", 4), ("Out", 3)))))
    posts.append(x.post(AUTHOR, "Read https://example.org/tides", under=posts[-1], card=card))
    posts.append(x.post(AUTHOR, "As he says:", under=posts[-1], quote=alive))
    posts.append(x.post(AUTHOR, "As he said:", under=posts[-1], quote=gone))
    x.delete(gone)
    return whole(world, posts, alive=alive, gone=gone)


def numbering_hint(world: World) -> Case:
    """The posts count to nine, and there are six."""
    return whole(world, world.x.thread(AUTHOR, [f"{number}/9 {TEXTS[number % 5]}" for number in range(1, 7)]))


def withheld_in_countries(world: World) -> Case:
    case = linear(world, 4)
    for number in case.main:
        world.x.withhold(world.x.posts[int(number or 0)], "DE", "IN")
    return case


def policy_placeholder(world: World) -> Case:
    """A notice of X in the place of the text, with a link entity whose words are "Learn more"."""
    posts = world.x.thread(AUTHOR, texts(3))
    text = f"@{AUTHOR}'s account is temporarily unavailable because it violates the X Media Policy. Learn more."
    start, url = text.index("Learn more"), "https://support.x.com/articles/20169199"
    entity = {"start": start, "end": start + 10, "url": url, "expanded_url": url, "display_url": "Learn more"}
    world.x.show_instead(posts[1], text=text, entities={"urls": [entity]}, display_text_range=[0, len(text)])
    return whole(world, posts)

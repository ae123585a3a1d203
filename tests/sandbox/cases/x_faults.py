"""Cases on X in which something goes wrong on the way: pages, limits, lag, and changes between two calls."""

from datetime import timedelta

from ..faults import FOR_EVER
from ..world import World
from ..x.model import Person
from .case import Case
from .x import AUTHOR, linear, texts, whole


def empty_page(world: World) -> Case:
    """A page without `data` that still has a next token."""
    case = linear(world, 30)
    world.x.paging.empty_pages = 1
    return case


def looping_token(world: World) -> Case:
    case = linear(world, 30)
    world.x.paging.looping = True
    return case


def rate_limited_once(world: World, seconds: float = 2) -> Case:
    case = linear(world, 10)
    world.faults.add("x", "rate-limited", path="search", seconds=seconds)
    return case


def out_of_credits(world: World) -> Case:
    case = linear(world, 10)
    world.faults.add("x", "out-of-credits", times=FOR_EVER)
    return case


def unavailable_html(world: World, times: int = 1) -> Case:
    """503 with a page of HTML."""
    case = linear(world, 10)
    world.faults.add("x", "error-html", times=times)
    return case


def search_lag(world: World) -> Case:
    """The last three posts are in the index at the second search only."""
    posts = world.x.thread(AUTHOR, texts(12))
    world.x.lag(posts[-3:], until_calls=2)
    return whole(world, posts)


def just_posted(world: World) -> Case:
    """Seconds old: no search leads to it, only the way up from its last post."""
    start = world.clock.now() - timedelta(seconds=12)
    return whole(world, world.x.thread(AUTHOR, texts(5), start=start, every=timedelta(seconds=2)))


def protected_midway(world: World, call: int = 2) -> Case:
    """The author goes private between two calls."""
    case = linear(world, 12)
    author = author_of(world, case)
    world.faults.at_call("x", call, lambda: world.x.protect(author))
    return case


def renamed_midway(world: World, call: int = 2) -> Case:
    """The author takes another handle between two calls."""
    case = linear(world, 12)
    author = author_of(world, case)
    world.faults.at_call("x", call, lambda: world.x.rename(author, "ada_unlocked"))
    return case


def author_of(world: World, case: Case) -> Person:
    return world.x.posts[int(case.main[0] or 0)].author

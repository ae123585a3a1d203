"""Puts a sheet into the world: people first, then posts in order, edits and deletions last."""

from collections.abc import Mapping
from typing import Any

from ..bluesky.model import Post as BlueskyPost
from ..mastodon.model import Status
from ..mastodon.network import Instance
from ..world import World
from ..x.model import Post as XPost
from .sheets import Note, Sheet


def plant(world: World, sheet: Sheet) -> dict[str, str]:
    """The links of all posts by their label; an edited X post has the link of its last version."""
    if sheet.network == "x":
        return plant_x(world, sheet)
    if sheet.network == "bluesky":
        return plant_bluesky(world, sheet)
    return plant_mastodon(world, sheet)


def plant_x(world: World, sheet: Sheet) -> dict[str, str]:
    for handle, facts in sheet.people.items():
        if world.x.known(handle) is None:
            world.x.person(handle, **known(facts, "name", "bio", "verified"))
    posts: dict[str, XPost] = {}
    for note in sheet.notes:
        posts[note.label] = world.x.post(
            note.by,
            note.text,
            under=posts[note.under].latest if note.under else None,
            quote=posts[note.quote] if note.quote else None,
            at=note.at,
            media=[*note.photos, *([note.clip] if note.clip else [])],
            poll=note.poll,
            card=note.card,
            lang=note.lang,
            likes=note.likes,
        )
        if note.edited:
            world.x.edit(posts[note.label], note.edited)
    world.x.delete(*(posts[note.label] for note in sheet.notes if note.deleted))
    return {label: world.x.link(post.latest) for label, post in posts.items()}


def plant_bluesky(world: World, sheet: Sheet) -> dict[str, str]:
    for handle, facts in sheet.people.items():
        if world.bluesky.resolve(handle) is None:
            world.bluesky.person(handle, **known(facts, "name", "bio"))
    posts: dict[str, BlueskyPost] = {}
    for note in sheet.notes:
        posts[note.label] = world.bluesky.post(
            note.by,
            note.text,
            under=posts[note.under] if note.under else None,
            quote=posts[note.quote] if note.quote else None,
            at=note.at,
            images=note.photos,
            gallery=note.gallery,
            video=note.clip,
            external=note.card,
            langs=[note.lang],
            likes=note.likes,
        )
    world.bluesky.delete(*(posts[note.label] for note in sheet.notes if note.deleted))
    return {label: world.bluesky.link(post) for label, post in posts.items()}


def plant_mastodon(world: World, sheet: Sheet) -> dict[str, str]:
    """Everybody of a sheet lives on host one, but who says `host = "two"`."""
    homes = {
        name: world.mastodon.instance("two" if facts.get("host") == "two" else "one")
        for name, facts in sheet.people.items()
    }
    for name, facts in sheet.people.items():
        homes[name].emojis |= set(sheet.emojis)
        if homes[name].named(name) is None:
            wanted = known(facts, "name", "bio", "noindex", "indexable", "discoverable")
            homes[name].person(name, **wanted, fields=[(key, value) for key, value in facts.get("fields", [])])
    statuses: dict[str, Status] = {}
    for note in sheet.notes:
        statuses[note.label] = plant_status(homes[note.by], note, statuses)
    other = world.mastodon.two if homes[next(iter(homes))] is world.mastodon.one else world.mastodon.one
    if sheet.copied_to_other_host:
        other.copy(*(statuses[note.label] for note in sheet.notes if note.copied))
    if sheet.show_copy:
        return {note.label: other.link(statuses[note.label]) for note in sheet.notes if note.copied}
    return {label: world.mastodon.link(status) for label, status in statuses.items()}


def plant_status(home: Instance, note: Note, statuses: Mapping[str, Status]) -> Status:
    status = home.post(
        note.by,
        note.text,
        under=statuses[note.under] if note.under else None,
        quote=statuses[note.quote] if note.quote else None,
        at=note.at,
        media=[*note.photos, *([note.clip] if note.clip else [])],
        poll=note.poll,
        card=note.card,
        spoiler=note.spoiler,
        language=note.lang,
        likes=note.likes,
    )
    if note.edited:
        home.network.edit(status, note.edited, spoiler=note.spoiler)
    if note.deleted:
        home.network.delete(status)
    return status


def known(facts: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: facts[name] for name in names if name in facts}

"""Following on Bluesky: handles, feeds since the last look, and who asks to be left alone."""

from datetime import timedelta

import pytest

from tests.sandbox.bluesky.model import Post
from tests.sandbox.faults import FOR_EVER
from tests.sources.following_reading import Onlooker, chain, linked
from unroller.core.errors import NoSuchAccount, SignInOnly, Suspended, Unreachable, Withheld
from unroller.sources.bluesky.following import match
from unroller.sources.following import ProfileRef

ANA = "ana.example"
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"


@pytest.mark.parametrize(
    "text",
    [
        "ana.example",
        "@Ana.Example",
        "https://bsky.app/profile/ana.example",
        "https://bsky.app/profile/ana.example/",
        "https://www.bsky.app/profile/ANA.example/follows?x=1",
        "bsky.app/profile/@ana.example",
        "at://ana.example",
        "at://ana.example/",
    ],
)
def test_handles_and_links_to_profiles_name_an_account(text: str) -> None:
    assert match(text) == ProfileRef("bluesky", ANA)


@pytest.mark.parametrize(
    "text", [DID, f"at://{DID}", f"https://bsky.app/profile/{DID}", "https://bsky.app/profile/did%3Aplc%3A" + DID[8:]]
)
def test_a_did_names_an_account_too(text: str) -> None:
    assert match(text) == ProfileRef("bluesky", DID)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "@ana",
        "bsky.app",
        "ana@host.example",
        "handle.invalid",
        "https://bsky.app/",
        "https://bsky.app/profile/ana",
        "https://bsky.app/profile/ana.example/post/3lbq2wsxk5c2f",
        "https://bsky.app/profile/ana.example/feed/news",
        "https://bsky.app/search?q=ana.example",
        "https://example.com/profile/ana.example",
        "https://x.com/ana",
        "at://ana.example/app.bsky.feed.post/3lbq2wsxk5c2f",
        "https://[::1/profile/ana.example",
    ],
)
def test_whatever_is_no_account_is_not_taken_for_one(text: str) -> None:
    assert match(text) is None


def keys(posts: list[Post]) -> list[str]:
    return [f"{post.author.did}/{post.rkey}" for post in posts]


def test_an_account_is_looked_up_by_handle_link_and_did(onlooker: Onlooker) -> None:
    ana = onlooker.world.bluesky.person(ANA, name="Ana Lind")
    for text in (ANA, f"@{ANA}", f"https://bsky.app/profile/{ANA}", ana.did):
        person = onlooker.look_up(text, "bluesky")
        assert (person.id, person.handle, person.name) == (ana.did, ANA, "Ana Lind")
        assert len(onlooker.calls) == 1


def test_accounts_that_cannot_be_followed_are_told_apart(onlooker: Onlooker) -> None:
    sky = onlooker.world.bluesky
    sky.person("shy.example").self_labels.append("!no-unauthenticated")
    sky.person("hidden.example").labels.append("!hide")
    sky.leave(sky.person("loud.example"), "takendown")
    sky.leave(sky.person("resting.example"), "deactivated")
    sky.leave(sky.person("left.example"), "deleted")
    for handle, error in {
        "shy.example": SignInOnly,
        "hidden.example": Withheld,
        "loud.example": Suspended,
        "resting.example": NoSuchAccount,
        "left.example": NoSuchAccount,
        "nobody.example": NoSuchAccount,
    }.items():
        with pytest.raises(error) as caught:
            onlooker.look_up(handle, "bluesky")
        assert caught.value.network == "Bluesky"


def test_a_first_look_finds_what_was_written_since_and_how_it_hangs_together(onlooker: Onlooker) -> None:
    sky, now = onlooker.world.bluesky, onlooker.world.clock.now()
    sky.thread(ANA, ["Old one.", "Old two."], start=now - timedelta(days=3))
    posts = sky.thread(ANA, ["One.", "Two.", "Three."], start=now - timedelta(minutes=5))
    recent = onlooker.recent("bluesky", posts[0].author.did, since=now - timedelta(minutes=30))
    assert chain(recent) == linked(keys(posts))
    assert recent.author is not None
    assert (recent.author.id, recent.author.handle) == (posts[0].author.did, ANA)
    assert [call.query["filter"] for call in onlooker.calls] == [["posts_with_replies"]]


def test_a_later_look_finds_only_what_is_new(onlooker: Onlooker) -> None:
    sky = onlooker.world.bluesky
    first = sky.thread(ANA, ["One.", "Two."])
    did = first[0].author.did
    cursor = onlooker.recent("bluesky", did).cursor
    assert onlooker.recent("bluesky", did, cursor).posts == ()
    assert onlooker.recent("bluesky", did, cursor).cursor == cursor
    third = sky.post(ANA, "Three.", under=first[-1])
    assert chain(onlooker.recent("bluesky", did, cursor)) == [(*keys([third]), *keys(first[-1:]))]
    assert len(onlooker.calls) == 1


def test_the_last_post_seen_may_be_deleted(onlooker: Onlooker) -> None:
    sky = onlooker.world.bluesky
    first = sky.thread(ANA, ["One.", "Two."])
    cursor = onlooker.recent("bluesky", first[0].author.did).cursor
    sky.delete(first[1])
    other = sky.post(ANA, "Other.", under=first[0], at=first[1].at + timedelta(minutes=1))
    assert [post.key for post in onlooker.recent("bluesky", first[0].author.did, cursor).posts] == keys([other])


def test_a_renamed_account_is_found_by_its_did_and_tells_its_new_name(onlooker: Onlooker) -> None:
    sky = onlooker.world.bluesky
    posts = sky.thread(ANA, ["One.", "Two."])
    sky.rename(posts[0].author, "ana.lind.example")
    recent = onlooker.recent("bluesky", posts[0].author.did)
    assert recent.author is not None
    assert (recent.author.handle, len(recent.posts)) == ("ana.lind.example", 2)
    with pytest.raises(NoSuchAccount):
        onlooker.look_up(ANA, "bluesky")


def test_answers_to_others_and_reposts_are_no_answers_to_oneself(onlooker: Onlooker) -> None:
    sky = onlooker.world.bluesky
    stranger = sky.post("bruno.example", "A question?")
    answer = sky.post(ANA, "An answer.", under=stranger)
    further = sky.post(ANA, "And more.", under=answer)
    sky.repost(answer.author, stranger)
    expected = [(*keys([answer]), ""), (*keys([further]), *keys([answer]))]
    assert chain(onlooker.recent("bluesky", answer.author.did)) == expected


def test_a_date_that_lies_does_not_hide_a_post(onlooker: Onlooker) -> None:
    sky, now = onlooker.world.bluesky, onlooker.world.clock.now()
    first = sky.post(ANA, "One.")
    cursor = onlooker.recent("bluesky", first.author.did).cursor
    ahead = sky.post(ANA, "Two.", under=first, at=now, claimed_at=now + timedelta(days=900))
    (found,) = onlooker.recent("bluesky", first.author.did, cursor).posts
    assert (found.key, abs(found.time - now) < timedelta(minutes=1)) == (*keys([ahead]), True)


def test_an_archive_that_moved_here_is_not_taken_for_news(onlooker: Onlooker) -> None:
    sky, now = onlooker.world.bluesky, onlooker.world.clock.now()
    first = sky.post(ANA, "One.")
    cursor = onlooker.recent("bluesky", first.author.did).cursor
    sky.post(ANA, "From 2011.", at=now, claimed_at=now - timedelta(days=5000))
    assert onlooker.recent("bluesky", first.author.did, cursor).posts == ()


def test_pages_are_read_back_to_the_last_look_and_ten_at_most(onlooker: Onlooker) -> None:
    sky, now = onlooker.world.bluesky, onlooker.world.clock.now()
    first = sky.post(ANA, "One.", at=now - timedelta(days=1))
    cursor = onlooker.recent("bluesky", first.author.did).cursor
    posts = sky.thread(ANA, [f"Post {number}." for number in range(120)])
    assert [post.key for post in onlooker.recent("bluesky", first.author.did, cursor).posts] == keys(posts)
    assert len(onlooker.calls) == 2
    more = sky.thread(
        ANA,
        [f"Post {number}." for number in range(1100)],
        start=now - timedelta(minutes=30),
        every=timedelta(seconds=1),
    )
    assert [post.key for post in onlooker.recent("bluesky", first.author.did, cursor).posts] == keys(more[-1000:])
    assert len(onlooker.calls) == 10


def test_reposts_hide_no_post_and_end_where_the_last_look_was(onlooker: Onlooker) -> None:
    sky, now = onlooker.world.bluesky, onlooker.world.clock.now()
    other = sky.post("bruno.example", "Look at this.", at=now - timedelta(days=1))
    ana = sky.person(ANA)
    for number in range(250):
        sky.repost(ana, other, at=now - timedelta(hours=9) + timedelta(seconds=number))
    posts = sky.thread(ANA, ["One.", "Two.", "Three."], start=now - timedelta(minutes=55))
    for number in range(120):
        sky.repost(ana, other, at=now - timedelta(minutes=50) + timedelta(seconds=number))
    found = onlooker.recent("bluesky", ana.did, since=now - timedelta(hours=1))
    assert chain(found) == linked(keys(posts))
    assert len(onlooker.calls) == 2
    again = onlooker.recent("bluesky", ana.did, found.cursor)
    assert (again.posts, again.cursor, len(onlooker.calls)) == ((), found.cursor, 2)
    further = sky.post(ANA, "Four.", under=posts[-1], at=now)
    assert chain(onlooker.recent("bluesky", ana.did, found.cursor)) == [(*keys([further]), *keys(posts[-1:]))]


def test_posts_come_in_the_order_of_their_keys_however_they_were_taken_in(onlooker: Onlooker) -> None:
    sky = onlooker.world.bluesky
    posts = sky.thread(ANA, ["One.", "Two.", "Three."])
    posts[0].at, posts[2].at = posts[2].at, posts[0].at
    assert chain(onlooker.recent("bluesky", posts[0].author.did)) == linked(keys(posts))


def test_an_author_who_wants_signed_in_readers_only_is_left_alone(onlooker: Onlooker) -> None:
    posts = onlooker.world.bluesky.thread(ANA, ["One.", "Two."])
    posts[0].author.self_labels.append("!no-unauthenticated")
    with pytest.raises(SignInOnly):
        onlooker.recent("bluesky", posts[0].author.did)


def test_accounts_that_are_gone_are_told_apart(onlooker: Onlooker) -> None:
    sky = onlooker.world.bluesky
    posts = sky.thread(ANA, ["One.", "Two."])
    for standing, error in (("takendown", Suspended), ("deactivated", NoSuchAccount), ("deleted", NoSuchAccount)):
        sky.leave(posts[0].author, standing)  # type: ignore[arg-type]
        with pytest.raises(error):
            onlooker.recent("bluesky", posts[0].author.did)


@pytest.mark.parametrize("kind", ["html", "cut-off", "error", "error-html", "error-empty"])
def test_broken_answers_end_in_one_of_our_errors(onlooker: Onlooker, kind: str) -> None:
    posts = onlooker.world.bluesky.thread(ANA, ["One.", "Two."])
    onlooker.world.faults.add("appview", kind, times=FOR_EVER)  # type: ignore[arg-type]
    with pytest.raises(Unreachable):
        onlooker.recent("bluesky", posts[0].author.did)

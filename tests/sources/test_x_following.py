"""Following on X: handles, timelines since the last look, and what they cost."""

from datetime import timedelta

import pytest

from tests.sandbox.faults import FOR_EVER
from tests.sources.following_reading import Onlooker, chain, linked
from tests.sources.x_reading import ids
from unroller.core.errors import (
    BadAnswer,
    NoSuchAccount,
    NotConfigured,
    OutOfCredits,
    Protected,
    RateLimited,
    Suspended,
    Unreachable,
    Withheld,
)
from unroller.sources.following import ProfileRef
from unroller.sources.recording import Raw, Recorder
from unroller.sources.x import X
from unroller.sources.x.following import match


@pytest.mark.parametrize(
    "text",
    [
        "@HarbourAna",
        "harbourana",
        "https://x.com/HarbourAna",
        "https://x.com/HarbourAna/",
        "https://x.com/harbourana?s=21&t=abc",
        "https://x.com/@harbourana",
        "https://twitter.com/harbourana/with_replies",
        "https://mobile.twitter.com/harbourana",
        "x.com/harbourana",
        "HTTPS://WWW.X.COM/harbourana/media",
        "https://fxtwitter.com/harbourana",
    ],
)
def test_handles_and_links_to_profiles_name_a_person(text: str) -> None:
    assert match(text) == ProfileRef("x", "harbourana")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "home",
        "@a_name_of_16_long",
        "ana lind",
        "ana.example",
        "@ana@mastodon.example",
        "https://x.com/home",
        "https://x.com/search?q=ana",
        "https://x.com/i/lists/1",
        "https://x.com/i",
        "https://x.com/ana/status/1900000000000000001",
        "https://x.com/ana/lists",
        "https://x.com/",
        "https://x.com.example.com/ana",
        "https://me@x.com/ana",
        "ftp://x.com/ana",
        "https://bsky.app/profile/ana.example",
        "https://[::1",
    ],
)
def test_whatever_is_no_person_is_not_taken_for_one(text: str) -> None:
    assert match(text) is None


def test_a_handle_is_looked_up_by_one_paid_read_of_a_person(onlooker: Onlooker) -> None:
    ana = onlooker.world.x.person("HarbourAna", name="Ana Lind", bio="Lights of the coast.")
    person = onlooker.look_up("@harbourana", "x")
    assert (person.id, person.handle, person.name) == (ana.id, "HarbourAna", "Ana Lind")
    assert (person.url, person.bio) == ("https://x.com/HarbourAna", "Lights of the coast.")
    assert len(onlooker.calls) == onlooker.world.x.billing.raw_users == 1
    assert onlooker.ledger.spent == 2


def test_people_who_cannot_be_followed_are_told_apart(onlooker: Onlooker) -> None:
    x = onlooker.world.x
    x.protect(x.person("quiet"))
    x.suspend(x.person("loud"))
    x.person("kept").withheld_in = ("XX",)
    x.rename(x.person("before"), "after")
    for handle, error in {
        "quiet": Protected,
        "loud": Suspended,
        "kept": Withheld,
        "nobody": NoSuchAccount,
        "before": NoSuchAccount,
    }.items():
        with pytest.raises(error) as caught:
            onlooker.look_up(handle, "x")
        assert caught.value.network == "X"
    assert onlooker.look_up("after", "x").handle == "after"


def test_a_first_look_finds_what_was_written_since_and_how_it_hangs_together(onlooker: Onlooker) -> None:
    x, now = onlooker.world.x, onlooker.world.clock.now()
    ana = x.person("ana")
    x.thread(ana, ["Old one.", "Old two."], start=now - timedelta(days=3))
    posts = x.thread(ana, ["One.", "Two.", "Three."], start=now - timedelta(minutes=5))
    recent = onlooker.recent("x", ana.id, since=now - timedelta(hours=1))
    assert chain(recent) == linked(ids(posts))
    assert recent.cursor == str(posts[-1].id)
    assert recent.author is None
    call = onlooker.calls[0]
    assert call.query["exclude"] == ["retweets"]
    assert "author_id" not in str(call.query.get("expansions"))


def test_a_later_look_pays_for_new_posts_only(onlooker: Onlooker) -> None:
    x = onlooker.world.x
    ana = x.person("ana")
    first = x.thread(ana, ["One.", "Two."])
    recent = onlooker.recent("x", ana.id)
    assert chain(onlooker.recent("x", ana.id, recent.cursor)) == []
    assert (onlooker.ledger.spent, x.billing.raw_posts, x.billing.raw_users) == (0, 0, 0)
    third = x.post(ana, "Three.", under=first[-1])
    later = onlooker.recent("x", ana.id, recent.cursor)
    assert chain(later) == [(str(third.id), str(first[-1].id))]
    assert (onlooker.ledger.spent, x.billing.raw_posts, x.billing.raw_users) == (1, 1, 0)
    assert len(onlooker.calls) == 1


def test_the_cursor_stays_where_it_is_while_nothing_is_new(onlooker: Onlooker) -> None:
    post = onlooker.world.x.post("ana", "One.")
    cursor = onlooker.recent("x", post.author.id).cursor
    assert onlooker.recent("x", post.author.id, cursor).cursor == cursor == str(post.id)
    assert onlooker.recent("x", onlooker.world.x.person("silent").id).cursor == ""


def test_answers_to_others_reposts_and_quotes_are_no_answers_to_oneself(onlooker: Onlooker) -> None:
    x = onlooker.world.x
    stranger = x.post("bruno", "A question?")
    answer = x.post("ana", "An answer.", under=stranger)
    further = x.post("ana", "And more.", under=answer)
    quote = x.post("ana", "Look at this.", quote=stranger)
    x.retweet(quote.author, stranger)
    found = chain(onlooker.recent("x", quote.author.id))
    assert sorted(found) == sorted([(str(answer.id), ""), (str(further.id), str(answer.id)), (str(quote.id), "")])


def test_an_edited_post_keeps_the_key_of_its_first_version(onlooker: Onlooker) -> None:
    x = onlooker.world.x
    posts = x.thread("ana", ["One.", "Two."])
    cursor = onlooker.recent("x", posts[0].author.id).cursor
    version = x.edit(posts[1], "Two, better.")
    (post,) = onlooker.recent("x", posts[0].author.id, cursor).posts
    assert (post.key, post.aliases, post.parent_key) == (str(posts[1].id), (str(version.id),), str(posts[0].id))


def test_ten_pages_are_read_and_what_is_passed_over_is_told_to_the_operator(
    onlooker: Onlooker, caplog: pytest.LogCaptureFixture
) -> None:
    x = onlooker.world.x
    posts = x.thread("ana", [f"Post {number}." for number in range(1000)], every=timedelta(seconds=1))
    recent = onlooker.recent("x", posts[0].author.id)
    assert [post.key for post in recent.posts] == ids(posts)
    assert (len(onlooker.calls), caplog.messages) == (10, [])
    x.post("ana", "One too many.", under=posts[-1])
    assert len(onlooker.recent("x", posts[0].author.id).posts) == 1000
    assert [posts[0].author.id in message for message in caplog.messages] == [True]


def test_a_since_id_that_x_no_longer_takes_is_replaced_by_its_time(onlooker: Onlooker) -> None:
    x, now = onlooker.world.x, onlooker.world.clock.now()
    old = x.post("ana", "Old.", at=now - timedelta(days=2))
    new = x.post("ana", "New.", at=now - timedelta(days=1))
    onlooker.world.faults.add("x", "error", path="/tweets$", status=400)
    recent = onlooker.recent("x", old.author.id, str(old.id))
    assert [post.key for post in recent.posts if post.key != str(old.id)] == [str(new.id)]
    assert [set(call.query) & {"since_id", "start_time"} for call in onlooker.calls] == [{"since_id"}, {"start_time"}]


def test_the_new_vocabulary_tells_the_same() -> None:
    with Onlooker("new") as onlooker:
        x = onlooker.world.x
        posts = x.thread("ana", ["One.", "Two.", "Three."])
        x.post("ana", "An answer.", under=x.post("bruno", "A question?"))
        found = onlooker.recent("x", posts[0].author.id)
        assert set(linked(ids(posts))) <= set(chain(found))
        assert [post.parent_key for post in found.posts].count("") == 2
        assert onlooker.ledger.spent == x.billing.raw_posts


def test_who_is_gone_protected_or_suspended_is_told_apart(onlooker: Onlooker) -> None:
    x = onlooker.world.x
    quiet, loud = x.person("quiet"), x.person("loud")
    x.protect(quiet)
    x.suspend(loud)
    for number, error in {quiet.id: Protected, loud.id: Suspended, "99": NoSuchAccount}.items():
        with pytest.raises(error):
            onlooker.recent("x", number)


def test_limits_and_missing_money_close_the_timeline_for_all(onlooker: Onlooker) -> None:
    ana = onlooker.world.x.person("ana")
    onlooker.world.faults.add("x", "rate-limited", seconds=30)
    with pytest.raises(RateLimited):
        onlooker.recent("x", ana.id)
    for kind in ("out-of-credits", "spend-cap"):
        onlooker.world.faults.add("x", kind)
        with pytest.raises(OutOfCredits):
            onlooker.recent("x", ana.id)
        with pytest.raises(OutOfCredits):
            onlooker.ledger.enter("x:timeline", every=0)


def test_answers_without_what_tells_a_reply_are_not_believed(onlooker: Onlooker) -> None:
    posts = onlooker.world.x.thread("ana", ["One.", "Two."])
    for post in posts:
        onlooker.world.x.show_instead(post, conversation_id="")
    with pytest.raises(BadAnswer):
        onlooker.recent("x", posts[0].author.id)


def test_without_a_key_nobody_is_asked(onlooker: Onlooker) -> None:
    source = X(onlooker.world.ground.addresses.x, "")
    web = Recorder(Raw(source="x", key="ana"), onlooker._http, budget=onlooker.ledger)
    with pytest.raises(NotConfigured):
        source.look_up(ProfileRef("x", "ana"), web)
    assert onlooker.calls == []


def test_broken_bodies_end_in_one_of_our_errors(onlooker: Onlooker) -> None:
    posts = onlooker.world.x.thread("ana", ["One.", "Two."])
    for kind in ("html", "invalid-utf8", "cut-off", "error-html"):
        onlooker.world.faults.clear()
        onlooker.world.faults.add("x", kind, times=FOR_EVER)
        with pytest.raises(Unreachable):
            onlooker.recent("x", posts[0].author.id)

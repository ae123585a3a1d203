"""Following on Mastodon: addresses, statuses since the last look, and what authors and hosts ask of us."""

from datetime import timedelta

import pytest

from tests.sandbox.faults import FOR_EVER
from tests.sandbox.mastodon.model import Status
from tests.sandbox.mastodon.network import Instance
from tests.sources.following_reading import BEGINNING, Onlooker, chain, linked
from unroller.core.errors import ClosedServer, KeptOut, NoSuchAccount, Suspended, Unreachable
from unroller.sources.following import ProfileRef
from unroller.sources.mastodon.following import LONGEST_CURSOR, match

HOST = "mastodon.example"


@pytest.mark.parametrize(
    "text",
    [
        "@ana@mastodon.example",
        "ana@mastodon.example",
        "@ana@MASTODON.example",
        "https://mastodon.example/@ana",
        "https://mastodon.example/@ana/",
        "https://mastodon.example/@ana/with_replies?x=1",
        "https://mastodon.example/web/@ana",
        "https://mastodon.example/deck/@ana",
        "https://mastodon.example/users/ana",
        "mastodon.example/@ana",
        "https://other.example/@ana@mastodon.example",
    ],
)
def test_addresses_and_links_to_profiles_name_an_account(text: str) -> None:
    assert match(text) == ProfileRef("mastodon", f"{HOST}/ana")


def test_a_host_may_have_a_port_and_letters_of_any_script() -> None:
    assert match("http://127.0.0.1:4100/@ana") == ProfileRef("mastodon", "127.0.0.1:4100/ana")
    assert match("@ana@127.0.0.1:4100") == ProfileRef("mastodon", "127.0.0.1:4100/ana")
    assert match("@ana@日本.example") == ProfileRef("mastodon", "xn--wgv71a.example/ana")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@ana",
        "ana",
        "@ana@",
        "@ana@localhost",
        "https://mastodon.example/",
        "https://mastodon.example/@ana/113456789012345678",
        "https://mastodon.example/users/ana/statuses/113456789012345678",
        "https://mastodon.example/tags/coast",
        "https://mastodon.example/about",
        "https://medium.com/@ana",
        "https://www.youtube.com/@ana",
        "https://x.com/@ana",
        "ftp://mastodon.example/@ana",
        "https://[::1/@ana",
        "@ana@[::1",
    ],
)
def test_whatever_is_no_account_is_not_taken_for_one(text: str) -> None:
    assert match(text) is None


def keys(host: Instance, statuses: list[Status]) -> list[str]:
    return [f"{host.host}/{host.status_ids[status]}" for status in statuses]


def number(host: Instance, status: Status) -> str:
    """The `id` of the person who wrote a status."""
    return f"{host.host}/{host.know(status.author)}"


def test_an_account_is_looked_up_on_its_own_host(onlooker: Onlooker) -> None:
    one, two = onlooker.world.mastodon.one, onlooker.world.mastodon.two
    ana = one.person("ana", name="Ana Lind")
    two.know(ana)
    for text in (f"@ana@{one.host}", f"{one.base}/@ana", f"{two.base}/@ana@{one.host}", f"{one.base}/users/ana"):
        person = onlooker.look_up(text, "mastodon")
        assert (person.id, person.handle) == (f"{one.host}/{one.know(ana)}", f"ana@{one.host}")
        assert (person.name, person.unlisted) == ("Ana Lind", False)
        assert {call.server for call in onlooker.calls} == {"mastodon_one"}


def test_a_wish_not_to_be_listed_is_seen_at_once(onlooker: Onlooker) -> None:
    one = onlooker.world.mastodon.one
    one.person("shy", noindex=True)
    one.person("private", indexable=False)
    one.person("unbotted", bio="Gardens. #nobot")
    for handle in ("shy", "private", "unbotted"):
        assert onlooker.look_up(f"@{handle}@{one.host}", "mastodon").unlisted


def test_a_name_that_lives_on_another_host_is_followed_there(onlooker: Onlooker) -> None:
    one, two = onlooker.world.mastodon.one, onlooker.world.mastodon.two
    ana = two.person("ana")
    one.answers_for["ana"] = ana
    assert onlooker.look_up(f"@ana@{one.host}", "mastodon").id == f"{two.host}/{two.know(ana)}"


def test_accounts_that_cannot_be_followed_are_told_apart(onlooker: Onlooker) -> None:
    one, two = onlooker.world.mastodon.one, onlooker.world.mastodon.two
    onlooker.world.mastodon.suspend(one.person("loud"))
    for handle, error in {"loud": Suspended, "nobody": NoSuchAccount}.items():
        with pytest.raises(error) as caught:
            onlooker.look_up(f"@{handle}@{one.host}", "mastodon")
        assert caught.value.network == one.host
    two.person("ana")
    two.restricted = True
    with pytest.raises(ClosedServer):
        onlooker.look_up(f"@ana@{two.host}", "mastodon")
    two.restricted = False
    two.robots = "User-agent: *\nDisallow: /@ana\n"
    with pytest.raises(KeptOut):
        onlooker.look_up(f"@ana@{two.host}", "mastodon")


def test_a_first_look_finds_what_was_written_since_and_how_it_hangs_together(onlooker: Onlooker) -> None:
    one, now = onlooker.world.mastodon.one, onlooker.world.clock.now()
    one.thread("ana", ["Old one.", "Old two."], start=now - timedelta(days=3))
    statuses = one.thread("ana", ["One.", "Two.", "Three."], start=now - timedelta(minutes=9))
    recent = onlooker.recent("mastodon", number(one, statuses[0]), since=now - timedelta(hours=1))
    assert chain(recent) == linked(keys(one, statuses))
    assert recent.author is not None
    assert recent.author.id == number(one, statuses[0])


def test_a_later_look_is_one_question_and_finds_only_what_is_new(onlooker: Onlooker) -> None:
    one = onlooker.world.mastodon.one
    first = one.thread("ana", ["One.", "Two."])
    ana = number(one, first[0])
    cursor = onlooker.recent("mastodon", ana).cursor
    assert onlooker.recent("mastodon", ana, cursor).posts == ()
    assert onlooker.recent("mastodon", ana, cursor).cursor == cursor
    third = one.post("ana", "Three.", under=first[-1])
    found = onlooker.recent("mastodon", ana, cursor, since=first[-1].at)
    assert chain(found) == [(*keys(one, [third]), *keys(one, first[-1:]))]
    assert [call.path for call in onlooker.calls] == [f"/api/v1/accounts/{ana.rpartition('/')[2]}/statuses"]
    assert onlooker.calls[0].query["exclude_reblogs"] == ["true"]


def test_pages_are_read_forward_and_what_does_not_fit_waits_for_the_next_look(onlooker: Onlooker) -> None:
    one = onlooker.world.mastodon.one
    first = one.post("ana", "One.")
    ana = number(one, first)
    cursor = onlooker.recent("mastodon", ana).cursor
    statuses = one.thread(
        "ana",
        [f"Post {each}." for each in range(250)],
        start=first.at + timedelta(seconds=1),
        every=timedelta(seconds=2),
    )
    seen = onlooker.recent("mastodon", ana, cursor, since=first.at)
    assert [post.key for post in seen.posts] == keys(one, statuses[:200])
    rest = onlooker.recent("mastodon", ana, seen.cursor, since=seen.posts[-1].time)
    assert [post.key for post in rest.posts] == keys(one, statuses[200:])


def test_what_was_written_in_the_second_of_the_last_look_is_found_by_the_next(onlooker: Onlooker) -> None:
    one, now = onlooker.world.mastodon.one, onlooker.world.clock.now().replace(microsecond=0)
    first = one.post("ana", "One.", at=now)
    seen = onlooker.recent("mastodon", number(one, first))
    second = one.post("ana", "Two.", under=first, at=now)
    later = onlooker.recent("mastodon", number(one, first), seen.cursor, since=seen.posts[-1].time)
    assert chain(later) == [(*keys(one, [second]), *keys(one, [first]))]


def test_below_a_stranger_s_post_the_author_s_own_answers_are_told_from_those_to_others(onlooker: Onlooker) -> None:
    one = onlooker.world.mastodon.one
    question = one.post("bruno", "A question?")
    answer = one.post("ana", "An answer.", under=question)
    further = one.post("ana", "And more.", under=answer)
    assert further.reply_account is question.author
    expected = [(*keys(one, [answer]), ""), (*keys(one, [further]), *keys(one, [answer]))]
    assert chain(onlooker.recent("mastodon", number(one, answer))) == expected


def test_what_was_written_below_a_stranger_is_remembered_until_the_next_look(onlooker: Onlooker) -> None:
    one = onlooker.world.mastodon.one
    answer = one.post("ana", "An answer.", under=one.post("bruno", "A question?"))
    ana = number(one, answer)
    cursor = onlooker.recent("mastodon", ana).cursor
    other = one.post("ana", "Something else.", at=answer.at + timedelta(minutes=1))
    cursor = onlooker.recent("mastodon", ana, cursor, since=answer.at).cursor
    further = one.post("ana", "And more.", under=answer, at=answer.at + timedelta(minutes=5))
    last = onlooker.recent("mastodon", ana, cursor, since=other.at)
    assert chain(last) == [(*keys(one, [further]), *keys(one, [answer]))]
    assert last.cursor.split()[0] == one.status_ids[further]


def test_the_cursor_stays_within_its_bound_however_much_somebody_answers(onlooker: Onlooker) -> None:
    one = onlooker.world.mastodon.one
    question = one.post("bruno", "A question?")
    answers = [one.post("ana", f"Answer {each}.", under=question) for each in range(40)]
    cursor = onlooker.recent("mastodon", number(one, answers[0])).cursor
    assert len(cursor) <= LONGEST_CURSOR
    assert cursor.split()[0] == max(keys(one, answers)).rpartition("/")[2]


def test_boosts_and_what_is_not_public_are_passed_over(onlooker: Onlooker) -> None:
    one = onlooker.world.mastodon.one
    shown = one.thread("ana", ["One.", "Two."])
    one.boost("ana", one.post("bruno", "A good one."))
    one.post("ana", "For friends.", visibility="private")
    quiet = one.post("ana", "Not on the public page.", under=shown[-1], visibility="unlisted")
    found = [post.key for post in onlooker.recent("mastodon", number(one, shown[0])).posts]
    assert sorted(found) == sorted(keys(one, [*shown, quiet]))


def test_an_author_who_no_longer_wants_to_be_listed_says_so_with_every_status(onlooker: Onlooker) -> None:
    one = onlooker.world.mastodon.one
    statuses = one.thread("ana", ["One.", "Two."])
    statuses[0].author.indexable = False
    author = onlooker.recent("mastodon", number(one, statuses[0])).author
    assert author is not None
    assert author.unlisted


def test_ids_of_letters_and_servers_that_know_no_min_id_are_understood(onlooker: Onlooker) -> None:
    two = onlooker.world.mastodon.two
    two.software = "gotosocial"
    statuses = two.thread("ana", ["One.", "Two.", "Three."])
    ana = number(two, statuses[0])
    recent = onlooker.recent("mastodon", ana)
    assert chain(recent) == linked(keys(two, statuses))
    # A server that passes over min_id answers with its newest page again.
    again = onlooker.recent("mastodon", ana, "", since=recent.posts[-1].time)
    assert (again.posts, again.cursor) == ((), recent.cursor)


def test_accounts_and_hosts_that_are_closed_are_told_apart(onlooker: Onlooker) -> None:
    one, two = onlooker.world.mastodon.one, onlooker.world.mastodon.two
    gone = one.post("loud", "One.")
    onlooker.world.mastodon.suspend(gone.author)
    with pytest.raises(Suspended):
        onlooker.recent("mastodon", number(one, gone))
    with pytest.raises(NoSuchAccount):
        onlooker.recent("mastodon", f"{one.host}/99")
    two.restricted = True
    with pytest.raises(ClosedServer):
        onlooker.recent("mastodon", f"{two.host}/99")


def test_robots_are_asked_once_a_day_and_obeyed(onlooker: Onlooker) -> None:
    one = onlooker.world.mastodon.one
    ana = number(one, one.post("ana", "One."))
    asked = []
    for _ in range(3):
        onlooker.recent("mastodon", ana)
        asked += [call for call in onlooker.calls if call.path == "/robots.txt"]
    assert len(asked) == 1
    one.robots = "User-agent: unroller\nDisallow: /\n"
    with pytest.raises(KeptOut):
        onlooker.recent("mastodon", number(one, one.post("bea", "One.")))


@pytest.mark.parametrize("kind", ["html", "cut-off", "error", "error-html", "error-empty"])
def test_broken_answers_end_in_one_of_our_errors(onlooker: Onlooker, kind: str) -> None:
    one = onlooker.world.mastodon.one
    ana = number(one, one.post("ana", "One."))
    onlooker.world.faults.add("mastodon", kind, path="/statuses$", times=FOR_EVER)  # type: ignore[arg-type]
    with pytest.raises(Unreachable):
        onlooker.recent("mastodon", ana, since=BEGINNING)

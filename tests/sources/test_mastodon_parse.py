"""What Mastodon's answers become together: who answers whom, what is missing; and what is left of hostile ones."""

import pytest

from tests.sources.keyless_nonsense import spoiled
from tests.sources.mastodon_bodies import (
    HEAD,
    HOST,
    LAST,
    MASTODON,
    NEXT,
    account,
    attachment,
    context,
    pile_of,
    post_of,
    recording,
    single,
    status,
)
from unroller.core.assemble import assemble
from unroller.core.errors import BadAnswer, Gone, NotAPost, NotPublic, Suspended, UnrollError, Withheld
from unroller.core.posts import Pile
from unroller.sources.recording import Exchange, Raw


def test_a_boost_stands_for_what_it_repeats() -> None:
    boost = status("200", "", account=account("8"), reblog=status())
    pile = MASTODON.parse(recording(single(boost, id_="200"), anchor="200"))
    assert pile.anchor_id == HEAD
    assert assemble(pile).thread.author.handle == f"alice@{HOST}"


@pytest.mark.parametrize("visibility", ["private", "direct", "local", "", None, 7])
def test_a_post_that_is_not_public_is_refused(visibility: object) -> None:
    with pytest.raises(NotPublic):
        post_of(visibility=visibility)


def test_a_post_of_the_thread_that_is_not_public_is_left_out() -> None:
    private = status(NEXT, "<p>Secret</p>", parent=HEAD, visibility="private")
    assert "Secret" not in repr(pile_of(single(status()), context(private)))


@pytest.mark.parametrize(
    ("exchange", "error"),
    [
        (single({"error": "Record not found"}, code=404), Gone),
        (single(None, code=404), NotAPost),
        (single({"error": "This API requires an authenticated user"}, code=401), NotPublic),
        (single(None, code=401), NotPublic),
        (single({"error": "This action is not allowed"}, code=403), NotPublic),
        (single(None, code=403), BadAnswer),
        (single({"error": "Gone"}, code=410), Suspended),
        (single(None, code=451), Withheld),
        (single({"error": "?"}, code=418), BadAnswer),
        (single([]), BadAnswer),
        (single({}), BadAnswer),
        (single(status(account=account(suspended=True))), Suspended),
        (single(status(created_at="yesterday")), BadAnswer),
        (single(status(id_="another")), BadAnswer),
        (single(status(account=None)), BadAnswer),
    ],
)
def test_a_linked_post_that_cannot_be_had_has_its_error(exchange: Exchange, error: type[UnrollError]) -> None:
    with pytest.raises(error) as caught:
        pile_of(exchange)
    assert caught.value.network == "Mastodon"


def test_an_empty_recording_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        pile_of()


def test_a_deleted_parent_is_the_authors_own_only_where_the_host_says_so() -> None:
    own = status(LAST, parent=NEXT)
    pile = pile_of(single(status()), context(own), single({"error": "Record not found"}, id_=NEXT, code=404))
    assert pile.gone[0].author_id == f"{HOST}/7"
    assert assemble(pile).thread.reasons == ("gap",)
    elsewhere = status(LAST, parent=NEXT, in_reply_to_account_id="8")
    pile = pile_of(single(status()), context(elsewhere), single({"error": "Record not found"}, id_=NEXT, code=404))
    assert pile.gone[0].author_id == ""
    assert len(list(assemble(pile).thread.posts)) == 1


def test_a_parent_the_host_has_forgotten_is_still_a_gap() -> None:
    orphan = status(LAST, in_reply_to_account_id="7")
    assert assemble(pile_of(single(status()), context(orphan))).thread.reasons == ("gap",)


def test_below_a_stranger_the_account_that_is_named_is_not_believed() -> None:
    question = status("100", "<p>How?</p>", account=account("8"))
    first = status(HEAD, parent="100", in_reply_to_account_id="8")
    second = status(NEXT, parent=HEAD, in_reply_to_account_id="8")
    third = status(LAST, parent=NEXT, in_reply_to_account_id="8")
    pile = pile_of(single(second, id_=NEXT), context(third, ancestors=(question, first), id_=NEXT), anchor=NEXT)
    thread = assemble(pile).thread
    assert [post.id for post in thread.posts] == [HEAD, NEXT, LAST]
    assert thread.context is not None
    assert thread.context.text == "How?"


def test_a_loss_below_a_stranger_that_cannot_be_placed_makes_the_thread_partial() -> None:
    question = status("100", account=account("8"))
    first = status(HEAD, parent="100", in_reply_to_account_id="8")
    second = status(NEXT, parent=HEAD, in_reply_to_account_id="8")
    last = status("113456789012345699", parent=LAST, in_reply_to_account_id="8")
    gone = single({"error": "Record not found"}, id_=LAST, code=404)
    thread = assemble(pile_of(single(first), context(second, last, ancestors=(question,)), gone)).thread
    assert [post.id for post in thread.posts] == [HEAD, NEXT]
    assert thread.reasons == ("gap",)


def test_ids_that_are_no_numbers_are_ordered_by_date() -> None:
    names = ["01ZZ", "01MM", "01AA"]
    chain = [
        status(name, f"<p>{name}</p>", parent=parent, created_at=f"2024-11-10T08:0{minute}:00.000Z")
        for minute, (name, parent) in enumerate(zip(names, (None, "01ZZ", "01MM"), strict=True))
    ]
    side = status("01BB", "<p>side</p>", parent="01ZZ", created_at="2024-11-10T08:09:00.000Z")
    raw = Raw(
        source="mastodon",
        key=f"{HOST}/01ZZ",
        exchanges=[single(chain[0], id_="01ZZ"), context(side, chain[2], chain[1], id_="01ZZ")],
    )
    thread = assemble(MASTODON.parse(raw)).thread
    assert [post.text for post in thread.posts_of_line] == names
    assert thread.head.order == (1731225600000, "01ZZ")


def test_a_copy_stays_under_its_own_host_and_in_no_list() -> None:
    far = {"url": "https://home.example/@alice/11", "uri": "https://home.example/users/alice/statuses/11"}
    post = post_of(account=account(acct="alice@home.example", url="https://home.example/@alice"), **far)
    assert (post.id, post.path, post.url) == (HEAD, f"{HOST}/{HEAD}", "https://home.example/@alice/11")
    assert (post.author.handle, post.author.url) == ("alice@home.example", "https://home.example/@alice")
    assert post.author.unlisted


def test_a_host_cannot_speak_for_somebody_elsewhere_under_its_own_addresses() -> None:
    post = post_of(account=account(acct="victim@good.example", url="https://good.example/@victim"))
    assert post.author.handle == f"victim@{HOST}"
    assert post.author.url == f"https://{HOST}/@victim"


def test_answers_of_another_host_say_nothing_about_this_one() -> None:
    foreign = context(status(NEXT, "<p>Foreign</p>", parent=HEAD))
    foreign.url = foreign.url.replace(HOST, "evil.example")
    assert len(pile_of(single(status()), foreign).posts) == 1


def test_a_circle_of_parents_ends() -> None:
    pile = pile_of(single(status(parent=NEXT)), context(status(NEXT, parent=HEAD)))
    assert {post.id for post in assemble(pile).thread.posts} <= {HEAD, NEXT}


def test_a_long_chain_is_read_in_linear_time_and_without_recursion() -> None:
    numbers = [str(int(HEAD) + step) for step in range(4000)]
    chain = [status(id_, parent=parent) for id_, parent in zip(numbers[1:], numbers, strict=False)]
    pile = pile_of(single(status(replies_count=1)), context(*chain))
    assert len(pile.posts) == len(numbers)


def rich_recording() -> Raw:
    media = [attachment(kind, remote_url=None) for kind in ("image", "video", "unknown")]
    emojis = [{"shortcode": "lamp", "url": "https://mastodon.example/lamp.png"}]
    first = status(
        content="<p>On :lamp: off</p>",
        spoiler_text="Careful :lamp:",
        media_attachments=media,
        emojis=emojis,
        poll={"options": [{"title": "Oil", "votes_count": 4}], "expires_at": "2024-11-11T08:00:00Z", "emojis": emojis},
        card={"url": "https://a.example", "title": "A", "description": "B", "image": "https://a.example/i.png"},
    )
    second = status(NEXT, parent=HEAD, quote={"state": "accepted", "quoted_status": status("9", account=account("8"))})
    third = status(LAST, parent="113456789012345677")
    gone = single({"error": "Record not found"}, id_="113456789012345677", code=404)
    return recording(single(first), context(second, third), gone)


def test_whatever_stands_where_the_host_lies_nothing_but_typed_errors() -> None:
    survived = 0
    for bodies in spoiled([exchange.body for exchange in rich_recording().exchanges], each=6):
        raw = rich_recording()
        for exchange, body in zip(raw.exchanges, bodies, strict=True):
            exchange.body = body
        try:
            pile = MASTODON.parse(raw)
        except UnrollError:
            continue
        survived += 1
        assert_harmless(pile)
    assert survived > 100


def assert_harmless(pile: Pile) -> None:
    """It assembles, can be stored, and executes nothing."""
    assemble(pile)
    for post in pile.posts:
        assert "<script" not in post.html
        assert 'href="javascript' not in post.html
        (post.text + post.author.name + post.url + post.warning).encode()

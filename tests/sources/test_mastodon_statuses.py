"""What one status of a Mastodon host becomes: markup, media, polls, quotes, people."""

from datetime import UTC, datetime

import pytest

from tests.sources.mastodon_bodies import (
    HEAD,
    HOST,
    Json,
    account,
    attachment,
    pile_of,
    post_of,
    single,
    status,
)
from unroller.core.posts import Card, Media


def test_a_status_becomes_a_post() -> None:
    post = post_of(language="de", edited_at="2024-11-10T09:00:00.000Z")
    assert (post.id, post.path, post.url) == (HEAD, f"{HOST}/{HEAD}", f"https://{HOST}/@alice/{HEAD}")
    assert (post.author.id, post.author.handle, post.author.name) == (f"{HOST}/7", f"alice@{HOST}", "Alice")
    assert (post.text, post.html, post.lang, post.edited) == ("Words.", "<p>Words.</p>", "de", True)
    assert post.created_at == post.time == datetime(2024, 11, 10, 8, tzinfo=UTC)
    assert post.order == (18, HEAD)


@pytest.mark.parametrize(
    "content",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="https://a.example" onclick="alert(1)">x</a>',
        "<p style='background:url(javascript:alert(1))'>x</p>",
        "<svg/onload=alert(1)>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<p>:evil:</p>",
        "<p><span class=invisible><script>alert(1)</script></span>x",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    ],
)
def test_hostile_markup_becomes_harmless(content: str) -> None:
    emojis = [
        {"shortcode": "evil", "url": "javascript:alert(1)"},
        {"shortcode": '"><script>', "url": "https://a.example"},
    ]
    post = post_of(content=content, emojis=emojis)
    lowered = post.html.lower()
    assert not any(
        word in lowered for word in ("<script", "onerror", "onclick", "onload", "javascript", "style", "<if")
    )
    assert "<img" not in lowered


def test_hostile_names_are_only_names() -> None:
    hostile = account(
        display_name="<b>Eve</b>\u0000\n:evil:",
        acct='"><script>alert(1)</script>',
        url="javascript:alert(1)",
        avatar="data:text/html,x",
        note="<script>alert(1)</script><p>Bio</p>",
        emojis=[{"shortcode": "evil", "url": "javascript:alert(1)"}],
    )
    author = post_of(account=hostile).author
    assert (author.name, author.handle, author.avatar, author.bio) == ("<b>Eve</b> :evil:", f"7@{HOST}", "", "Bio")
    assert author.url == f"https://{HOST}/@7"
    assert author.emojis == ()


def test_a_page_that_leads_elsewhere_is_not_believed() -> None:
    assert post_of(url="https://bank.example/login").url == f"https://{HOST}/web/statuses/{HEAD}"


def test_custom_emoji_stand_in_words_names_warnings_and_polls() -> None:
    lamp = [{"shortcode": "lamp", "url": "https://mastodon.example/lamp.png"}]
    poll = {
        "options": [{"title": "More :oil:", "votes_count": 3}],
        "emojis": [{"shortcode": "oil", "url": "https://a.example/o"}],
    }
    post = post_of(
        content="<p>On :lamp: off</p>",
        spoiler_text="A :lamp:",
        emojis=lamp,
        poll=poll,
        account=account(display_name="Al :lamp:", emojis=lamp),
    )
    assert 'src="https://mastodon.example/lamp.png"' in post.html
    assert post.text == "On :lamp: off"
    assert [emoji.shortcode for emoji in post.author.emojis] == ["lamp"]
    assert [emoji.shortcode for emoji in post.emojis] == ["lamp", "oil"]


def test_a_content_warning_and_a_sensitive_flag_are_two_things() -> None:
    assert post_of(spoiler_text="Storms,\nships", sensitive=True).warning == "Storms, ships"
    post = post_of(sensitive=True)
    assert (post.warning, post.sensitive) == ("", True)


def test_media_of_every_kind_keep_sizes_words_and_posters() -> None:
    post = post_of(media_attachments=[attachment(kind) for kind in ("image", "gifv", "video", "audio")])
    assert [media.type for media in post.media] == ["photo", "gif", "video", "audio"]
    assert post.media[0] == Media(
        type="photo", url="https://files.example/image", alt="A image", width=640, height=360, seconds=7.3
    )
    assert post.media[2].poster == "https://files.example/video.small"


def test_a_file_that_was_not_copied_is_taken_from_its_own_host() -> None:
    post = post_of(media_attachments=[attachment("image", url=None, remote_url="https://far.example/1.png")])
    assert post.media[0].url == "https://far.example/1.png"


def test_a_file_of_an_unknown_kind_is_a_link() -> None:
    unknown = attachment("unknown", url=None, remote_url="https://far.example/files/map.tiff", description=None)
    post = post_of(media_attachments=[unknown, attachment("image", url="javascript:alert(1)")])
    assert post.media == ()
    assert post.card == Card(url="https://far.example/files/map.tiff", title="map.tiff")


def test_a_poll_that_hides_its_votes_has_none() -> None:
    options = [{"title": "Oil", "votes_count": 4}, {"title": "Gas", "votes_count": None}]
    poll = post_of(poll={"options": options, "expires_at": "2024-11-11T08:00:00Z", "multiple": True}).poll
    assert poll is not None
    assert [(option.label, option.votes) for option in poll.options] == [("Oil", 4), ("Gas", None)]
    assert poll.ends_at == datetime(2024, 11, 11, 8, tzinfo=UTC)
    assert poll.multiple


def test_a_link_card_needs_a_web_address() -> None:
    card = {"url": "https://a.example", "title": " Lamps ", "description": "", "image": "data:image/png;base64,x"}
    assert post_of(card=card).card == Card(url="https://a.example", title="Lamps")
    assert post_of(card={**card, "url": "javascript:alert(1)"}).card is None


def test_an_accepted_quote_is_shown_and_its_line_in_the_text_is_not() -> None:
    inline = '<p class="quote-inline">RE: <a href="https://mastodon.example/@bob/9">mastodon.example/@bob/9</a></p>'
    quoted = status("9", "<p>Quoted.</p>", account=account("8"), quote={"state": "accepted", "quoted_status_id": "5"})
    post = post_of(content=inline + "<p>Look!</p>", quote={"state": "accepted", "quoted_status": quoted})
    assert post.text == "Look!"
    assert post.quote is not None
    assert post.quote.author is not None
    assert (post.quote.text, post.quote.author.handle) == ("Quoted.", f"bob@{HOST}")


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        ({"state": "pending", "quoted_status": None}, "not allowed this quote yet"),
        ({"state": "rejected", "quoted_status": None}, "has not allowed"),
        ({"state": "revoked", "quoted_status": None}, "withdrawn"),
        ({"state": "deleted", "quoted_status": None}, "was deleted"),
        ({"state": "unauthorized", "quoted_status": None}, "has not allowed"),
        ({"state": "blocked_account", "quoted_status": status("9")}, "not shown here"),
        ({"state": "levitating", "quoted_status": status("9")}, "has not allowed"),
        ({"quoted_status": status("9")}, "has not allowed"),
        ({"state": "accepted", "quoted_status": None}, "not available"),
        ({"state": "accepted", "quoted_status": status("9", visibility="private")}, "not available"),
    ],
)
def test_a_quote_in_any_other_state_says_why(quote: Json, why: str) -> None:
    shown = post_of(quote=quote).quote
    assert shown is not None
    assert why in shown.unavailable
    assert shown.text == ""


def test_a_quote_that_is_only_named_is_taken_from_where_it_was_looked_up() -> None:
    naming = status(quote={"state": "accepted", "quoted_status_id": "9"})
    found = pile_of(single(naming), single(status("9", "<p>Quoted.</p>", account=account("8")), id_="9")).posts
    assert next(post for post in found if post.id == HEAD).quote is not None
    assert [post.quote.text for post in found if post.quote] == ["Quoted."]
    missing = pile_of(single(naming), single({"error": "Record not found"}, id_="9", code=404)).posts[0]
    assert missing.quote is not None
    assert missing.quote.unavailable == "The quoted post was deleted."


@pytest.mark.parametrize(
    ("more", "unlisted"),
    [
        ({}, False),
        ({"noindex": True}, True),
        ({"indexable": False}, True),
        ({"noindex": None, "indexable": None}, False),
        ({"note": '<p>Keeper <a href="https://mastodon.example/tags/nobot">#<span>nobot</span></a></p>'}, True),
        ({"note": "<p>#NoIndex please</p>"}, True),
        ({"note": "<p>#nobotany</p>"}, False),
    ],
)
def test_what_an_account_asks_for_is_kept_with_its_author(more: Json, unlisted: bool) -> None:
    assert post_of(account=account(**more)).author.unlisted is unlisted

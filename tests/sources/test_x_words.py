"""The words of posts on X: what is shown, what is hidden, and where links lead."""

import pytest

from tests.sources.x_bodies import ANA, BO, HEAD, link, post, reply, shown, spot

SHORT = "https://t.co/AbCdEfGhIj"
OTHER = "https://t.co/KlMnOpQrSt"


def test_a_link_is_shown_short_leads_to_t_co_and_tells_the_whole_address() -> None:
    text = f"⚓🌊 Tide tables: {SHORT} enjoy"
    found = shown(
        post(text, entities={"urls": [link(text, SHORT, "https://tide.example/t?a=1&b=2", "tide.example/t?a=1…")]})
    )
    assert found.text == "⚓🌊 Tide tables: tide.example/t?a=1… enjoy"
    assert (
        f'<a href="{SHORT}" rel="nofollow noopener ugc" title="https://tide.example/t?a=1&amp;b=2">'
        "<bdi>tide.example/t?a=1…</bdi></a> enjoy"
    ) in found.html


def test_mentions_and_tags_lead_to_x_also_with_fullwidth_signs() -> None:
    text = "@bo_b ＠bo_b #海 ＃harbour $TSLA &lt;3"
    names = {
        "mentions": [spot(text, "@bo_b", username="bo_b"), spot(text, "＠bo_b", username="bo_b")],
        "hashtags": [spot(text, "#海", tag="海"), spot(text, "＃harbour", tag="harbour")],
        "cashtags": [spot(text, "$TSLA", tag="TSLA")],
    }
    found = shown(post(text, entities=names))
    assert found.text == "@bo_b ＠bo_b #海 ＃harbour $TSLA <3"
    for address in ("x.com/bo_b", "x.com/hashtag/%E6%B5%B7", "x.com/hashtag/harbour", "x.com/search?q=%24TSLA"):
        assert f'href="https://{address}"' in found.html
    assert found.html.count("x.com/bo_b") == 2
    assert found.html.endswith("&lt;3</p>")


def test_an_entity_that_does_not_fit_its_text_links_nothing_wrong() -> None:
    names = {
        "mentions": [{"start": 0, "end": 4, "username": "bo_b"}, {"start": 3, "end": 900, "username": "bo_b"}],
        "hashtags": [{"start": 5, "end": 9, "tag": "tide"}],
        "urls": [{"start": 700, "end": 723, "url": SHORT, "display_url": "far.example"}],
    }
    found = shown(post("High tide tonight", entities=names))
    assert (found.text, found.html) == ("High tide tonight", "<p>High tide tonight</p>")


def test_xs_own_notice_in_place_of_the_words_is_shown_with_its_link() -> None:
    text = "@ana's account is temporarily unavailable because it violates the X Media Policy. Learn more."
    support = "https://support.example/articles/20169199"
    found = shown(
        post(text, entities={"urls": [{**spot(text, "Learn more"), "url": support, "display_url": "Learn more"}]})
    )
    assert found.text == text
    assert f'<a href="{support}" rel="nofollow noopener ugc"><bdi>Learn more</bdi></a>.' in found.html


def test_escaping_is_undone_exactly_once() -> None:
    found = shown(post("Tom &amp; Jo &amp;lt; 5 &gt; 4 &quot;", entities={}))
    assert found.text == "Tom & Jo &lt; 5 > 4 &quot;"


def test_old_posts_without_entities_link_their_plain_addresses() -> None:
    found = shown(post("Pier: http://pier.example/a?x=1&amp;y=2.", created_at="2009-03-01T10:00:00.000Z"))
    assert found.text == "Pier: http://pier.example/a?x=1&y=2."
    assert '<a href="http://pier.example/a?x=1&amp;y=2"' in found.html


class TestTheEnd:
    def test_links_to_its_own_media_and_to_the_quoted_post_go(self) -> None:
        quoted = "1848000000000000000"
        text = f"Two boats {OTHER} {SHORT}"
        links = [
            link(text, OTHER, f"https://twitter.com/bo_b/status/{quoted}?s=20", "twitter.com/bo_b/status/1…"),
            link(text, SHORT, f"https://x.com/ana/status/{HEAD}/photo/1", "pic.x.com/AbC", media_key="3_1"),
            link(text, SHORT, f"https://x.com/ana/status/{HEAD}/photo/2", "pic.x.com/AbC", media_key="3_2"),
        ]
        found = shown(
            post(text, entities={"urls": links}, referenced_tweets=[{"type": "quoted", "id": quoted}]),
            tweets=[post("Boats.", quoted, author_id=BO, conversation_id=quoted)],
        )
        assert (found.text, found.html) == ("Two boats", "<p>Two boats</p>")

    def test_without_a_media_key_the_address_tells_it_also_that_of_an_earlier_version(self) -> None:
        old = "1848999999999999999"
        text = f"Two boats {SHORT}"
        links = [link(text, SHORT, f"https://twitter.com/ana/status/{old}/video/1", "pic.twitter.com/AbC")]
        assert shown(post(text, entities={"urls": links}, edit_history_tweet_ids=[old, HEAD])).text == "Two boats"

    def test_a_link_in_the_middle_stays_whatever_it_leads_to(self) -> None:
        text = f"See {SHORT} and judge."
        links = [link(text, SHORT, f"https://x.com/ana/status/{HEAD}", "x.com/ana/status/1…")]
        assert shown(post(text, entities={"urls": links})).text == "See x.com/ana/status/1… and judge."

    def test_a_link_to_a_post_that_is_not_quoted_stays(self) -> None:
        text = f"Read this first: {SHORT}"
        links = [link(text, SHORT, "https://x.com/bo_b/status/1840000000000000000", "x.com/bo_b/status/1…")]
        assert shown(post(text, entities={"urls": links})).text == "Read this first: x.com/bo_b/status/1…"

    def test_a_post_of_nothing_but_media_has_no_words(self) -> None:
        links = [link(SHORT, SHORT, f"https://x.com/ana/status/{HEAD}/photo/1", "pic.x.com/A", media_key="3_1")]
        found = shown(post(SHORT, entities={"urls": links}))
        assert (found.text, found.html) == ("", "")


class TestTheBeginning:
    def test_the_handles_before_a_reply_go_as_far_as_x_says(self) -> None:
        text = "@bo_b @carl Because of @carl."
        names = {"mentions": [spot(text, "@bo_b", username="bo_b"), spot(text, "@carl", username="carl")]}
        found = shown(
            reply(text, "1849000000000000009", in_reply_to_user_id=BO, entities=names, display_text_range=[12, 29]),
            key="1849000000000000009",
        )
        assert found.text == "Because of @carl."

    @pytest.mark.parametrize("wrong", [[4, 29], [400, 500], ["12", "29"], [12], "12", None, {"12": 29}])
    def test_a_range_that_makes_no_sense_cuts_no_words(self, wrong: object) -> None:
        text = "Because @carl asked me to do this."
        names = {"mentions": [spot(text, "@carl", username="carl")]}
        found = shown(
            reply(text, "1849000000000000009", entities=names, display_text_range=wrong), key="1849000000000000009"
        )
        assert found.text == text

    def test_lacking_a_range_only_the_authors_own_handle_goes_in_a_thread_of_their_own(self) -> None:
        text = "@Ana @carl and so on"
        names = {"mentions": [spot(text, "@Ana", username="Ana"), spot(text, "@carl", username="carl")]}
        found = shown(reply(text, "1849000000000000009", entities=names), key="1849000000000000009")
        assert found.text == "@carl and so on"

    def test_a_post_that_is_no_reply_keeps_the_handle_it_begins_with(self) -> None:
        text = "@bo_b deserves thanks"
        names = {"mentions": [spot(text, "@bo_b", username="bo_b")]}
        assert shown(post(text, entities=names, display_text_range=[6, 21])).text == text


class TestLongPosts:
    CUT = f"The beginning of it… {SHORT}"
    FIELDS = ("note_tweet", "note_post")

    @pytest.mark.parametrize("field", FIELDS)
    def test_the_whole_text_replaces_the_cut_one(self, field: str) -> None:
        whole = "The beginning of it, the middle of it, and the end."
        links = [link(self.CUT, SHORT, f"https://x.com/i/web/status/{HEAD}", "x.com/i/web/status/1…")]
        assert shown(post(self.CUT, **{"entities": {"urls": links}, field: {"text": whole}})).text == whole
        assert shown(post(self.CUT, entities={"urls": links})).text == "The beginning of it…"

    @pytest.mark.parametrize(
        ("whole", "counted_in", "expected"),
        [
            ("Salt & pepper, 1 < 2 #spice", "Salt & pepper, 1 < 2 ", "Salt & pepper, 1 < 2 #spice"),
            ("Salt &amp; pepper #spice", "Salt &amp; pepper ", "Salt & pepper #spice"),
            ("Salt &amp; pepper #spice", "Salt & pepper ", "Salt & pepper #spice"),
            ("Write &amp; for & in HTML #spice", "Write &amp; for & in HTML ", "Write &amp; for & in HTML #spice"),
        ],
        ids=["raw", "escaped", "escaped with raw offsets", "raw that speaks of codes"],
    )
    def test_whether_it_is_escaped_is_found_out(self, whole: str, counted_in: str, expected: str) -> None:
        start = len(counted_in)
        tags = {"hashtags": [{"start": start, "end": start + 6, "tag": "spice"}]}
        found = shown(post(self.CUT, note_tweet={"text": whole, "entities": tags}))
        assert found.text == expected
        assert 'href="https://x.com/hashtag/spice"' in found.html


def test_language_and_direction() -> None:
    arabic = shown(post("@bo_b البحر هادئ اليوم", lang="ar"))
    assert (arabic.lang, arabic.direction) == ("ar", "rtl")
    assert shown(post("Ahoy", lang="qme")).lang == ""
    assert shown(post("שלום", lang="iw")).lang == "he"


def test_control_characters_and_lone_surrogates_are_dropped() -> None:
    assert shown(post("A\x00B\ud83dC\u202eD")).text == "ABC\u202eD"


def test_names_of_the_author_do_not_become_markup() -> None:
    found = shown(post("<script>alert(1)</script> @ana", entities={"mentions": [{"start": 0, "end": 8}]}))
    assert "<script" not in found.html
    assert found.author.id == ANA

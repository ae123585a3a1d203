"""The thread's page, block by block."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.pages.cast import (
    BEGINNING,
    MARA,
    a_branch,
    a_gap,
    a_page,
    a_photo,
    a_post,
    a_row,
    a_thread,
    rendered,
    thread_context,
)
from tests.pages.document import Element
from unroller import media
from unroller.core.posts import Emoji, Person, Post, Quote, Reason, Thread

NOW = datetime(2026, 3, 9, tzinfo=UTC)


def test_every_post_is_an_article_in_order_with_its_place_and_its_network_id() -> None:
    thread = a_thread(a_post("One."), a_post("Two."), a_post("Three."))
    articles = a_page(thread).one("ol", kind="thread").all("article")
    assert [each["id"] for each in articles] == ["post-1", "post-2", "post-3"]
    assert [each["data-post-id"] for each in articles] == [post.id for post in thread.posts]
    assert [each.one(kind="text").text for each in articles] == ["One.", "Two.", "Three."]
    assert all(each.one("a", kind="n")["href"] == f"#{each['id']}" for each in articles)


@time_machine.travel(NOW)
def test_the_meta_line_says_date_length_and_where_the_original_is() -> None:
    thread = a_thread()
    meta = a_page(thread).one(kind="meta")
    assert [each.text for each in meta.children if isinstance(each, Element)] == [
        "Mar 1",
        "2 posts",
        "1 min read",
        "Read on X",
    ]
    assert meta.one("a")["href"] == thread.head.url


@time_machine.travel(NOW)
def test_a_date_of_another_year_says_its_year() -> None:
    thread = a_thread(a_post(at=datetime(2024, 11, 14, 10, 23, tzinfo=UTC)))
    page = a_page(thread)
    assert page.one(kind="meta").text.startswith("Nov 14, 2024")
    assert page.one("a", kind="when").text == "Nov 14, 2024, 10:23"


@time_machine.travel(NOW)
def test_a_thread_that_changed_since_says_when() -> None:
    thread = a_thread()
    assert "updated" not in a_page(thread).one(kind="meta").text
    assert "updated Mar 3" in a_page(thread, row=a_row(thread, version=2)).one(kind="meta").text


def test_a_post_keeps_its_own_language_and_direction_inside_the_threads_direction() -> None:
    page = a_page(a_thread(a_post("لماذا نكتب؟", lang="ar"), a_post("Letters to strangers.")))
    assert page.one("ol", kind="thread")["dir"] == "rtl"
    assert page.one("h1")["dir"] == "rtl"
    first, second = page.all(kind="text")
    assert (first["dir"], first["lang"]) == ("rtl", "ar")
    assert (second["dir"], second["lang"]) == ("ltr", "en")
    assert page.one("html")["lang"] == "en"


def test_a_text_without_any_letter_leaves_its_direction_to_the_browser() -> None:
    text = a_page(a_thread(a_post("🕯️ 1871", lang=""))).one(kind="text")
    assert text["dir"] == "auto"
    assert "lang" not in text.attributes


def test_deleted_posts_leave_a_marker_and_their_numbers() -> None:
    page = a_page(a_thread(a_post(), a_gap(2), a_post(), reasons=("gap",)))
    assert page.one(kind="gap").text == "2 posts were deleted here"
    assert page.one(kind="gap")["id"] == "post-2"
    assert [each["id"] for each in page.all("article", kind="post")] == ["post-1", "post-4"]
    assert page.one(kind="note").text == "2 posts of this thread were deleted."


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("gap", "Some posts of this thread are gone."),
        ("cap", "Only the first 2 posts are here."),
        ("window", "X shows only an author’s latest posts, so older ones of this thread may be missing."),
        ("source-limit", "X showed us only a part of this thread, so some posts may be missing."),
        ("branch-depth", "X does not show side branches to their end, so their last posts may be missing."),
        ("numbering", "The author’s own numbering counts more posts than we found."),
        ("search-lag", "This thread is fresh, so its newest posts may not be here yet. We look again soon."),
    ],
)
def test_each_thing_that_is_missing_is_said_in_one_sentence(reason: Reason, sentence: str) -> None:
    assert a_page(a_thread(reasons=(reason,))).one(kind="note").text == sentence


def test_a_complete_thread_says_nothing_about_completeness() -> None:
    assert not a_page(a_thread()).all(kind="note")


def test_a_thread_that_was_cut_offers_the_rest_only_where_there_is_more() -> None:
    thread = a_thread(reasons=("cap",))
    form = a_page(thread, can_grow=True).one(kind="note").one("form")
    assert (form["method"], form["action"]) == ("post", f"/thread/x/{thread.head.path}/refresh")
    assert (form.one("button")["name"], form.one("button")["value"]) == ("more", "1")
    assert not a_page(thread).one(kind="note").all("form")


def test_a_reader_who_pasted_somebody_elses_reply_is_told() -> None:
    assert "somebody’s reply" in a_page(a_thread(), linked_reply=True).one(kind="note").text


def test_a_side_branch_is_folded_under_its_parent_with_places_of_its_own() -> None:
    parent = a_post("The fork.")
    branch = a_branch(parent, a_post("An aside."), a_gap(), a_post("Its end."))
    fold = a_page(a_thread(parent, a_post(), branches=(branch,))).one("details", kind="branch")
    assert fold.one("summary").text == "A side branch of 3 posts"
    assert "open" not in fold.attributes
    assert [each["id"] for each in fold.all("article")] == ["post-1-1", "post-1-3"]
    assert fold.one(kind="gap")["id"] == "post-1-2"


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (timedelta(hours=7), "Added 7 hours later"),
        (timedelta(days=1, hours=2), "Added 1 day later"),
        (timedelta(days=3), "Added 3 days later"),
        (timedelta(days=75), "Added 2 months later"),
        (timedelta(days=800), "Added 2 years later"),
    ],
)
def test_a_later_addition_says_how_much_later(after: timedelta, words: str) -> None:
    addition = a_post("The museum wrote back.", at=BEGINNING + after)
    page = a_page(a_thread(a_post(), a_gap(), addition, updates=(addition.id,)))
    assert page.one(kind="added").text == words


def test_the_post_that_the_thread_answers_stands_above_it() -> None:
    question = Quote(
        id="7", url="https://x.com/ana/status/7", author=MARA, text="Why?", html="<p>Why do they blink?</p>"
    )
    section = a_page(a_thread(context=question)).one("section", kind="context")
    assert section.one("h2").text == "In reply to"
    assert section.one("blockquote").text == "Why do they blink?"
    gone = Quote(id="7", unavailable="The post that this answers is not available.")
    assert "is not available" in a_page(a_thread(context=gone)).one("section", kind="context").text


def test_an_edited_post_is_marked() -> None:
    first, second = a_page(a_thread(a_post(), a_post(edited=True))).all("article", kind="post")
    assert not first.all(kind="edited")
    assert second.one(kind="edited").text == "Edited"


def test_a_name_shows_its_custom_emoji_where_it_can_and_drops_the_code_where_it_cannot() -> None:
    yuki = Person(
        id="5",
        handle="yuki@example.social",
        name="Yuki :cat:",
        url="https://example.social/@yuki",
        emojis=(Emoji(shortcode="cat", url="https://files.example/cat.png"),),
    )
    page = a_page(a_thread(a_post("", author=yuki), source="mastodon"))
    assert page.one(kind="who").one("img", kind="emoji")["alt"] == ":cat:"
    assert page.one("h1").text == "A post by Yuki"
    assert page.one("title").text == "A post by Yuki · Yuki"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Fondue :pot_of_doom: for fourteen", "Fondue for fourteen"),
        (":cat::cat: Soup", "Soup"),
        ("At 10:30:45 it rang", "At 10:30:45 it rang"),
        ("use std::map::find here", "use std::map::find here"),
    ],
)
def test_a_title_goes_without_the_names_of_custom_emoji(words: str, shown: str) -> None:
    thread = a_thread(source="mastodon")
    assert a_page(thread, row=a_row(thread, title=words)).one("h1").text == shown


def test_an_unlisted_thread_asks_not_to_be_indexed_and_leads_to_no_list() -> None:
    thread = a_thread()
    page = a_page(thread, row=a_row(thread, unlisted=True))
    assert page.one("meta", name="robots")["content"] == "noindex"
    assert not page.all("link", type="application/atom+xml")
    assert not [link for link in page.all("a") if link.get("href").startswith("/author/")]


def test_a_listed_thread_names_its_canonical_address_its_feed_and_its_authors_page() -> None:
    thread = a_thread()
    page = a_page(thread)
    assert page.one("link", rel="canonical")["href"].endswith(f"/thread/x/{thread.head.path}")
    assert page.one("link", type="application/atom+xml")["href"] == "/author/x/maralind/feed"
    assert page.one("link", type="text/markdown")["href"] == f"/thread/x/{thread.head.path}.md"
    assert not page.all("meta", name="robots")
    assert [link for link in page.all("a", href="/author/x/maralind") if link.text == "Read all threads"]


def test_cards_of_other_sites_show_the_first_picture_that_nobody_has_to_be_asked_for() -> None:
    folded = a_post(media=(a_photo(url="https://pbs.twimg.com/wreck.jpg"),), sensitive=True)
    open_one = a_post(media=(a_photo(url="https://pbs.twimg.com/light.jpg"),))
    page = a_page(a_thread(folded, open_one))
    assert page.one("meta", property="og:image")["content"].endswith(media.address("https://pbs.twimg.com/light.jpg"))
    assert page.one("meta", name="twitter:card")["content"] == "summary_large_image"
    assert a_page(a_thread(folded)).one("meta", name="twitter:card")["content"] == "summary"


def test_search_engines_read_the_article_as_data() -> None:
    thread = a_thread(a_post("Lights </script> & names."))
    data = a_page(thread).one("script", type="application/ld+json").children
    described = json.loads("".join(str(piece) for piece in data))
    assert described["headline"] == "Lights </script> & names"
    assert described["isBasedOn"] == thread.head.url


def test_the_thread_can_be_passed_on_with_its_title_and_address() -> None:
    thread = a_thread(a_post("Salt & light? Yes."))
    links = {link.text: link["href"] for link in a_page(thread).one("section", kind="again").all("a")}
    assert links["X"].startswith("https://x.com/intent/post?text=Salt+%26+light%3F+Yes&url=http")
    assert links["Bluesky"].startswith("https://bsky.app/intent/compose?text=Salt%20%26%20light%3F%20Yes%0Ahttp")
    assert links["Mastodon"].startswith("https://share.joinmastodon.org/#text=Salt%20%26")
    assert links["E-mail"].startswith("mailto:?subject=Salt%20%26%20light%3F%20Yes&body=http")


def test_a_reader_can_force_a_refresh_without_any_token() -> None:
    thread = a_thread()
    form = a_page(thread).one("form", kind="refresh")
    assert form.text == "Missing some posts in this thread? You can try to force a refresh."
    assert form["action"] == f"/thread/x/{thread.head.path}/refresh"
    assert not form.all("input")


def test_a_single_post_is_not_called_a_thread() -> None:
    page = a_page(a_thread(a_post("")))
    assert page.one("h1").text == "A post by Mara Lindqvist"
    assert "This post may be removed anytime" in page.text
    assert "1 post" in page.one(kind="meta").text


def test_more_of_the_author_is_offered_as_cards() -> None:
    other = a_row(a_thread(a_post("The winter the harbor froze.")), post_count=14)
    section = a_page(a_thread(), others=[other]).one("section", kind="others")
    assert section.one("h3").one("a")["href"] == other.get_absolute_url()
    assert "Read 14 posts" in section.text
    assert not a_page(a_thread()).all("section", kind="others")


def test_the_page_is_the_same_bytes_every_time() -> None:
    context = thread_context(a_thread(a_post(media=(a_photo(),)), a_gap(), a_post()))
    assert rendered("thread.html", **context) == rendered("thread.html", **context)


def test_a_thread_of_every_network_names_it() -> None:
    for source, label in (("x", "X"), ("bluesky", "Bluesky"), ("mastodon", "Mastodon")):
        thread: Thread = a_thread(a_post(), source=source)
        post: Post = thread.head
        assert f"Read on {label}" in a_page(thread).one(kind="meta").text
        assert a_page(thread).one("a", kind="when")["href"] == post.url

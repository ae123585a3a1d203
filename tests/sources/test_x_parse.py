"""What parsing makes of X's answers: attachments, quotes, edits, what is gone, and what is nonsense."""

import pytest

from tests.sources.x_bodies import (
    ANA,
    BO,
    HEAD,
    PEOPLE,
    SOURCE,
    Json,
    missing,
    pile,
    post,
    raw,
    reply,
    shown,
)
from unroller.core.assemble import assemble
from unroller.core.errors import Gone, NotPublic, Protected, Suspended, UnrollError, Withheld
from unroller.sources.recording import Exchange, Raw

SHORT = "https://t.co/AbCdEfGhIj"
NEXT = "1849000000000000009"
QUOTED = "1848000000000000000"


class TestQuotes:
    def quoting(self) -> Json:
        return post("See:", referenced_tweets=[{"type": "quoted", "id": QUOTED}])

    @pytest.mark.parametrize("includes", ["tweets", "posts"])
    def test_a_quoted_post_is_a_card_with_author_words_and_media(self, includes: str) -> None:
        media = [{"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg"}]
        quoted = post("Tom &amp; Jo", QUOTED, author_id=BO, conversation_id=QUOTED, attachments={"media_keys": ["3_1"]})
        tweets, posts = ([quoted], []) if includes == "tweets" else ([], [quoted])
        quote = shown(self.quoting(), tweets=tweets, posts=posts, media=media).quote
        assert quote is not None
        assert quote.author is not None
        assert (quote.url, quote.author.handle, quote.text) == (
            f"https://x.com/bo_b/status/{QUOTED}",
            "bo_b",
            "Tom & Jo",
        )
        assert quote.media[0].url == "https://pbs.example/1.jpg"

    @pytest.mark.parametrize(
        ("kind", "title", "words"),
        [
            ("resource-not-found", "Not Found Error", "This post was deleted."),
            ("not-authorized-for-resource", "Authorization Error", "This post is only shown to approved followers."),
            ("resource-not-found", "User has been suspended", "This post is from a suspended account."),
            ("resource-unavailable", "Withheld", "This post is withheld."),
        ],
    )
    def test_one_that_is_not_shown_says_why_and_is_no_gap_of_the_thread(
        self, kind: str, title: str, words: str
    ) -> None:
        error = missing(QUOTED, parameter="referenced_tweets.id", kind=kind, title=title)
        found = pile(self.quoting(), errors=[error])
        quote = found.posts[0].quote
        assert quote is not None
        assert (quote.id, quote.unavailable) == (QUOTED, words)
        assert found.gone == ()

    def test_one_that_is_also_answered_is_a_gap_all_the_same(self) -> None:
        quoting = reply("That one!", "1849000000000000012", HEAD)
        quoting["referenced_tweets"].append({"type": "quoted", "id": NEXT})
        found = pile(post("One."), reply("Three.", "1849000000000000011", NEXT), quoting, errors=[missing(NEXT)])
        assert [gone.id for gone in found.gone] == [NEXT]


class TestEdits:
    def test_the_latest_version_stands_for_all(self) -> None:
        chain: Json = {"edit_history_tweet_ids": [HEAD, NEXT]}
        found = pile(post("Oen.", **chain), post("One.", NEXT, conversation_id=NEXT, **chain))
        assert [(each.id, each.text, each.aliases, each.edited) for each in found.posts] == [
            (NEXT, "One.", (HEAD,), True)
        ]
        assert found.anchor_id == NEXT

    def test_the_new_vocabulary_names_versions_by_another_word(self) -> None:
        first = post("Oen.", edit_history_post_ids=[HEAD, NEXT])
        del first["edit_history_tweet_ids"]
        assert pile(first).posts[0].aliases == (NEXT,)


class TestWhatIsNotShown:
    def test_a_deleted_parent_keeps_its_place_by_what_its_child_tells(self) -> None:
        middle = "1849000000000000005"
        found = pile(post("One."), reply("Three.", NEXT, middle), errors=[missing(middle)])
        (gone,) = found.gone
        assert (gone.id, gone.author_id, gone.order) == (middle, ANA, (19, middle))
        child = found.posts[1]
        assert (child.parent_id, child.parent_author_id, child.parent_order) == (middle, ANA, (19, middle))
        assert assemble(found).thread.reasons == ("gap",)

    def test_a_post_that_vanishes_between_two_answers_is_gone_but_its_place_is_known(self) -> None:
        recording = raw(post("One."), reply("Two.", NEXT))
        late = {"errors": [missing(NEXT)]}
        recording.exchanges.append(Exchange("https://api.example/2/tweets?ids=2", 200, late))
        found = SOURCE.parse(recording)
        assert [each.id for each in found.posts] == [HEAD]
        assert [(gone.id, gone.author_id, gone.parent_id) for gone in found.gone] == [(NEXT, ANA, HEAD)]

    def test_one_that_is_shown_again_is_not_gone(self) -> None:
        recording = raw(post("One."), errors=[missing(NEXT)])
        again = Exchange("https://api.example/2/tweets?ids=2", 200, {"data": [reply("Two.", NEXT)]})
        recording.exchanges.append(again)
        found = SOURCE.parse(recording)
        assert [each.id for each in found.posts] == [HEAD, NEXT]
        assert found.gone == ()

    @pytest.mark.parametrize(
        ("kind", "title", "error"),
        [
            ("resource-not-found", "Not Found Error", Gone),
            ("not-authorized-for-resource", "Authorization Error", Protected),
            ("resource-not-found", "Forbidden: has been suspended", Suspended),
            ("disallowed-resource", "Withheld content", Withheld),
            ("resource-unavailable", "Forbidden", NotPublic),
        ],
    )
    def test_the_linked_post_fails_with_its_reason(self, kind: str, title: str, error: type[UnrollError]) -> None:
        body = {"errors": [{**missing(HEAD, kind=kind, title=title), "detail": title}]}
        with pytest.raises(error) as caught:
            SOURCE.parse(Raw(source="x", key=HEAD, exchanges=[Exchange("u", 200, body)]))
        assert caught.value.network == "X"

    def test_an_error_about_a_mention_or_a_field_is_nobodys_problem(self) -> None:
        mention = {**missing(HEAD, parameter="entities.mentions.username"), "resource_type": "user"}
        field = {**missing(HEAD), "type": "https://api.x.com/2/problems/not-authorized-for-field"}
        assert pile(post("One."), errors=[mention, field]).gone == ()

    def test_a_protected_author_is_not_shown(self) -> None:
        hidden = [{**PEOPLE[0], "protected": True}]
        with pytest.raises(Protected):
            pile(post("One."), users=hidden)

    @pytest.mark.parametrize(
        "withheld",
        [{"copyright": True, "country_codes": ["XY"]}, {"copyright": False, "country_codes": ["XX"], "scope": "user"}],
    )
    def test_what_is_withheld_everywhere_is_not_shown(self, withheld: Json) -> None:
        with pytest.raises(Withheld):
            pile(post("One.", withheld=withheld))
        with pytest.raises(Withheld):
            pile(post("One."), users=[{**PEOPLE[0], "withheld": withheld}])

    def test_what_some_countries_withhold_is_shown(self) -> None:
        assert shown(post("One.", withheld={"copyright": False, "country_codes": ["IN"]})).text == "One."


class TestPeople:
    def test_an_author_has_a_larger_picture_a_page_and_a_bio(self) -> None:
        author = shown(post("One.")).author
        assert (author.handle, author.name, author.url) == ("ana", "Ana ⚓", "https://x.com/ana")
        assert author.avatar == "https://pbs.example/profile_images/7/face_200x200.jpg"
        assert author.bio == "Harbour & sea"

    @pytest.mark.parametrize("handle", ["../evil", "a" * 40, "", None, 5, 'x" onload="'])
    def test_one_without_a_usable_handle_is_still_linked(self, handle: object) -> None:
        found = shown(post("One."), users=[{"id": ANA, "username": handle, "name": "Ana"}])
        assert (found.author.handle, found.author.url) == ("", f"https://x.com/i/user/{ANA}")
        assert found.url == f"https://x.com/i/status/{HEAD}"


def test_facts_of_a_post_are_kept() -> None:
    found = shown(post("One.", possibly_sensitive=True, public_metrics={"reply_count": 12}))
    assert found.sensitive
    assert found.replies == 12
    assert (found.path, found.root_id, found.order) == (HEAD, HEAD, (19, HEAD))
    assert found.time.isoformat(timespec="seconds") == "2024-10-23T08:08:47+00:00"
    assert found.created_at.isoformat() == "2024-10-23T09:00:00+00:00"


def test_posts_of_other_conversations_stay_out() -> None:
    found = pile(post("One."), post("Else.", NEXT, conversation_id=NEXT))
    assert [each.id for each in found.posts] == [HEAD]

"""Which posts of an archive make a thread: thread rules R2 to R8, without anybody's conversation to go by."""

from pathlib import Path
from random import Random

from tests.sources.x_archive.reading import branches, ids, line, reading
from tests.x_archives import HANDLE, OWNER, STRANGER, after, chain, edited, post

HOUR = 3600


def test_a_chain_of_self_replies_is_a_thread_in_its_order(tmp_path: Path) -> None:
    posts = chain(["One.", "Two.", "Three."])
    found = reading(tmp_path, Random(1).sample(posts, 3))
    assert found.lines == [ids(posts)]
    assert [each.text for each in found.thread.posts] == ["One.", "Two.", "Three."]
    assert found.thread.reasons == ()
    assert (found.thread.source, found.thread.head.path, found.thread.author.id) == ("x", ids(posts)[0], OWNER)
    assert found.thread.head.url == f"https://x.com/{HANDLE}/status/{ids(posts)[0]}"
    assert {each.root_id for each in found.thread.posts} == {ids(posts)[0]}


def test_threads_come_with_the_oldest_head_first_at_every_reading(tmp_path: Path) -> None:
    heads = [9 * HOUR, 0, 5 * HOUR]
    posts = [each for start in heads for each in chain(["One.", "Two."], start=start)]
    again = [reading(tmp_path, Random(seed).sample(posts, len(posts))).lines for seed in range(3)]
    assert [found[0] for found in again[0]] == sorted(found[0] for found in again[0])
    assert again[0] == again[1] == again[2]


def test_posts_of_a_whole_thread_in_one_second_keep_their_order(tmp_path: Path) -> None:
    posts = chain([f"{number}/20" for number in range(1, 21)], every=0)
    assert reading(tmp_path, reversed(posts)).lines == [ids(posts)]


def test_a_post_alone_is_none(tmp_path: Path) -> None:
    found = reading(tmp_path, [post(after(0), "Alone."), post(after(HOUR), "Alone as well.")])
    assert found.threads == []
    assert found.report.skipped == {"alone": 2}
    assert found.report.posts_read == 2


def test_a_fork_has_a_line_and_a_branch(tmp_path: Path) -> None:
    posts = chain(["One.", "Two.", "Three."])
    aside = post(after(200), "Aside.", above=ids(posts)[0])
    found = reading(tmp_path, [aside, *posts])
    assert line(found.thread) == ids(posts)
    assert branches(found.thread) == {ids(posts)[0]: ids([aside])}


def test_answers_to_others_are_left_out_and_what_is_below_them_is_a_thread_of_its_own(tmp_path: Path) -> None:
    posts = chain(["One.", "Two."])
    question = after(70)
    answer = post(after(80), "Because.", above=question, of=STRANGER)
    more = post(after(90), "And besides.", above=ids([answer])[0])
    lone = post(after(95), "Yes.", above=after(94), of=STRANGER)
    found = reading(tmp_path, [*posts, answer, more, lone])
    assert found.lines == [ids(posts), ids([answer, more])]
    context = found.threads[1].context
    assert context is not None
    assert (context.id, context.author, bool(context.unavailable)) == (question, None, True)
    assert found.threads[1].reasons == ()
    assert found.report.skipped == {"alone": 1}


def test_a_reply_to_nobodys_post_begins_a_thread(tmp_path: Path) -> None:
    first = post(after(0), "@someone Hello.", in_reply_to_user_id=STRANGER, in_reply_to_screen_name="someone")
    second = post(after(60), "More.", above=ids([first])[0])
    found = reading(tmp_path, [first, second])
    assert found.lines == [ids([first, second])]
    assert found.thread.context is None


def test_reposts_are_left_out_and_an_answer_that_begins_like_one_is_not(tmp_path: Path) -> None:
    first, second = chain(["One.", "RT @someone is how people repeated posts in 2009."])
    found = reading(tmp_path, [first, second, post(after(500), "RT @someone: Hello.")])
    assert found.lines == [ids([first, second])]
    assert found.report.skipped == {"retweet": 1}


class TestEdits:
    def test_the_latest_version_stands_for_all(self, tmp_path: Path) -> None:
        first, second, third = chain(["One.", "Tow.", "Three."])
        newer = post(after(61, 5), "Two.", above=ids([first])[0])
        versions = ids([second, newer])
        third["tweet"] |= {"in_reply_to_status_id": versions[1], "in_reply_to_status_id_str": versions[1]}
        found = reading(tmp_path, [first, edited(second, *versions), edited(newer, *versions), third])
        assert found.lines == [ids([first, newer, third])]
        shown = list(found.thread.posts)[1]
        assert (shown.text, shown.aliases, shown.edited) == ("Two.", (versions[0],), True)
        assert found.report.skipped == {"older-version": 1}

    def test_a_first_post_that_was_edited_after_it_was_answered_is_still_the_first(self, tmp_path: Path) -> None:
        first, second = chain(["Oen.", "Two."])
        newer = post(after(100), "One.")
        versions = ids([first, newer])
        found = reading(tmp_path, [edited(first, *versions), edited(newer, *versions), second])
        assert found.lines == [ids([newer, second])]

    def test_a_version_that_is_not_here_leads_to_the_one_that_is(self, tmp_path: Path) -> None:
        first, second = chain(["One.", "Two."])
        versions = [*ids([first]), after(30)]
        second["tweet"] |= {"in_reply_to_status_id": versions[1], "in_reply_to_status_id_str": versions[1]}
        assert reading(tmp_path, [edited(first, *versions), second]).lines == [ids([first, second])]

    def test_two_versions_alone_are_no_thread(self, tmp_path: Path) -> None:
        versions = [after(0), after(30)]
        posts = [edited(post(own, "One."), *versions) for own in versions]
        assert reading(tmp_path, posts).threads == []


class TestDeleted:
    def test_a_gap_in_the_middle(self, tmp_path: Path) -> None:
        posts = chain(["One.", "Two.", "Three.", "Four.", "Five."])
        missing = posts.pop(2)
        found = reading(tmp_path, posts)
        assert found.lines == [[*ids(posts[:2]), f"-{ids([missing])[0]}", *ids(posts[2:])]]
        assert found.thread.reasons == ("gap",)

    def test_a_deleted_second_post_of_a_thread_that_was_posted_at_once(self, tmp_path: Path) -> None:
        posts = chain(["One.", "Two.", "Three."], every=1)
        missing = posts.pop(1)
        assert reading(tmp_path, posts).lines == [[ids(posts)[0], f"-{ids([missing])[0]}", ids(posts)[1]]]

    def test_a_deleted_first_post_leaves_a_thread_that_begins_with_a_gap(self, tmp_path: Path) -> None:
        posts = chain(["One.", "Two.", "Three."])
        missing = posts.pop(0)
        unrelated = post(after(-HOUR), "Good morning.")
        found = reading(tmp_path, [unrelated, *posts])
        assert found.lines == [[f"-{ids([missing])[0]}", *ids(posts)]]
        assert found.thread.head.id == ids(posts)[0]

    def test_two_answers_to_the_same_deleted_post_stay_together(self, tmp_path: Path) -> None:
        gone = after(0)
        posts = [post(after(60), "This.", above=gone), post(after(90), "And that.", above=gone)]
        found = reading(tmp_path, posts)
        assert len(found.threads) == 1
        assert {each.id for each in found.thread.posts} == set(ids(posts))

    def test_what_comes_the_day_after_is_not_taken_for_the_rest(self, tmp_path: Path) -> None:
        posts = chain(["One.", "Two."])
        later = chain(["Gone.", "So much for that.", "And that."], start=24 * HOUR)
        found = reading(tmp_path, [*posts, *later[1:]])
        assert found.lines == [ids(posts), [f"-{ids(later)[0]}", *ids(later[1:])]]

    def test_a_gap_below_a_stranger_goes_on_there_and_not_in_the_authors_own_thread(self, tmp_path: Path) -> None:
        company = {"in_reply_to_screen_name": HANDLE}
        answers = [post(after(0), "@someone One.", above=after(-9), of=STRANGER, in_reply_to_screen_name="someone")]
        for number, text in enumerate(["@someone Two.", "@someone Three.", "@someone Four."], 1):
            answers.append(post(after(60 * number), text, above=ids(answers)[-1], **company))
        own = chain(["Mine.", "Also mine."], start=90, every=1)
        missing = answers.pop(2)
        found = reading(tmp_path, [*answers, *own])
        assert found.lines == [[*ids(answers[:2]), f"-{ids([missing])[0]}", ids(answers)[2]], ids(own)]
        assert [each.text for each in found.threads[0].posts_of_line][:2] == ["One.", "Two."]


class TestHostile:
    def test_posts_that_answer_each_other_in_a_circle(self, tmp_path: Path) -> None:
        posts = [post(after(0), "One.", above=after(60)), post(after(60), "Two.", above=after(0))]
        assert reading(tmp_path, posts).lines == [ids(posts)]

    def test_a_post_that_answers_itself(self, tmp_path: Path) -> None:
        posts = [post(after(0), "One.", above=after(0)), post(after(60), "Two.", above=after(0))]
        assert reading(tmp_path, posts).lines == [ids(posts)]

    def test_versions_that_claim_other_posts(self, tmp_path: Path) -> None:
        first, second, third = chain(["One.", "Two.", "Three."])
        circle = ids([first, second])
        found = reading(tmp_path, [edited(first, *circle), edited(second, *reversed(circle)), third])
        assert found.lines == [ids([second, third])]

    def test_a_thread_without_end_is_cut_at_its_end(self, tmp_path: Path) -> None:
        posts = chain((f"Post {number}." for number in range(3_010)), every=1)
        found = reading(tmp_path, reversed(posts))
        assert found.lines == [ids(posts[:3_000])]
        assert "cap" in found.thread.reasons
        assert found.report.skipped == {"over-the-cap": 10}

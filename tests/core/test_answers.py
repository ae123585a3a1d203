"""The words of the bot's answers."""

from unroller.core.answers import CLOSINGS, OPENINGS, compose


def test_an_answer_counts_posts_and_minutes_and_greets() -> None:
    assert compose(posts=14, minutes=3, most=140, handle="ana") == (
        "Hi ana! Here is your unroll. 14 posts, 3 min read. Enjoy reading!"
    )
    assert "1 post," in compose(posts=1, minutes=1, most=140)


def test_who_asks_again_reads_other_words() -> None:
    turns = range(len(OPENINGS) * len(CLOSINGS))
    assert len({compose(posts=14, minutes=3, most=140, turn=turn) for turn in turns}) == len(turns)


def test_a_handle_that_a_network_would_link_is_not_written() -> None:
    for handle in ("ana.example.com", "ana@example.com", "ana https://example.com", "@ana", "あな"):
        assert handle not in compose(posts=2, minutes=1, most=140, handle=handle)


def test_little_room_takes_away_the_greeting_first() -> None:
    for most in range(5, 141):
        line = compose(posts=1_000, minutes=90, most=most, turn=1, handle="ana")
        assert len(line) <= most
    assert compose(posts=14, minutes=3, most=24) == "14 posts, 3 min read."

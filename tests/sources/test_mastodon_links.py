"""Which links are taken for Mastodon's, on whatever host, and which are left to others."""

import pytest

from unroller.sources.mastodon import Mastodon

MASTODON = Mastodon()
ID = "113456789012345678"
ULID = "01JD3Q2W7V5K8ZR4T6Y9XBCDEF"
FLAKE = "AqR7vJ2mXkT0bLh9sS"


@pytest.mark.parametrize(
    ("link", "key"),
    [
        (f"https://mastodon.example/@alice/{ID}", f"mastodon.example/{ID}"),
        (f"https://mastodon.example/@alice@social.example.org/{ID}", f"mastodon.example/{ID}"),
        (f"https://mastodon.example/users/alice/statuses/{ID}", f"mastodon.example/{ID}"),
        (f"https://mastodon.example/ap/users/1170205/statuses/{ID}", f"mastodon.example/{ID}"),
        (f"https://mastodon.example/users/alice/statuses/{ID}/activity", f"mastodon.example/{ID}"),
        (f"https://mastodon.example/web/@alice/{ID}", f"mastodon.example/{ID}"),
        (f"https://mastodon.example/web/statuses/{ID}", f"mastodon.example/{ID}"),
        (f"https://mastodon.example/deck/@alice@a.example/{ID}", f"mastodon.example/{ID}"),
        (f"https://mastodon.example/@alice/{ID}/embed", f"mastodon.example/{ID}"),
        (f"https://mastodon.example/@alice/{ID}/?lang=de#reply", f"mastodon.example/{ID}"),
        (f"http://Mastodon.Example/@alice/{ID}", f"mastodon.example/{ID}"),
        (f"https://mastodon.example:443/@alice/{ID}", f"mastodon.example/{ID}"),
        (f"mastodon.example/@alice/{ID}", f"mastodon.example/{ID}"),
        (f"https://bücher.example/@alice/{ID}", f"xn--bcher-kva.example/{ID}"),
        ("https://mastodon.example/@alice/1", "mastodon.example/1"),
        ("http://127.0.0.1:3000/@alice/1", "127.0.0.1:3000/1"),
        ("localhost:3000/@alice/1", "localhost:3000/1"),
        ("http://[::1]:3000/@alice/1", "[::1]:3000/1"),
        ("http://192.168.1.1/@alice/1", "192.168.1.1/1"),
        (f"https://gotosocial.example/@alice/statuses/{ULID}", f"gotosocial.example/{ULID}"),
        (f"https://gotosocial.example/@alice/{ULID}", f"gotosocial.example/{ULID}"),
        (f"https://akkoma.example/notice/{FLAKE}", f"akkoma.example/{FLAKE}"),
    ],
)
def test_every_form_of_a_link_names_host_and_id(link: str, key: str) -> None:
    found = MASTODON.match(link)
    assert found is not None
    assert (found.source, found.key) == ("mastodon", key)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "@alice@mastodon.example",
        "https://mastodon.example/",
        "https://mastodon.example/@alice",
        "https://mastodon.example/@alice/",
        "https://mastodon.example/@alice/media",
        "https://mastodon.example/@alice/with_replies",
        "https://mastodon.example/@alice/following",
        "https://mastodon.example/tags/lamps",
        "https://mastodon.example/about",
        f"https://mastodon.example/@alice/{'1' * 60}",
        f"https://x.com/@alice/{ID}",
        f"https://mobile.twitter.com/web/statuses/{ID}",
        f"https://bsky.app/@alice/{ID}",
        "https://www.youtube.com/@alice/12345678901",
        "https://medium.com/@alice/9f8b7c6d5e4f9f8b7c6d",
        "https://misskey.example/notes/9abcdefghi",
        f"https://user:secret@mastodon.example/@alice/{ID}",
        f"https://mastodon/@alice/{ID}",
        f"https://masto_don.example/@alice/{ID}",
        f"https://mastodon..example/@alice/{ID}",
        f"https://{'a' * 80}.example/@alice/{ID}",
        f"https://mastodon.example:99999/@alice/{ID}",
        f"ftp://mastodon.example/@alice/{ID}",
        f"javascript://mastodon.example/@alice/{ID}",
        f"https://[mastodon.example/@alice/{ID}",
        "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3lbq2wsxk5c2f",
        "https://bsky.app/profile/alice.bsky.social/post/3lbq2wsxk5c2f",
        "1234567890123456789",
    ],
)
def test_everything_else_is_left_to_others(link: str) -> None:
    assert MASTODON.match(link) is None


def test_its_examples_are_its_own() -> None:
    assert all(MASTODON.match(example) for example in Mastodon.examples)

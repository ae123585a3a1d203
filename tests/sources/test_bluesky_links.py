"""Which links are Bluesky's, and what an at-URI tells."""

from datetime import UTC, datetime

import pytest

from unroller.sources.bluesky import Bluesky
from unroller.sources.bluesky.links import PostUri, post_uri

BLUESKY = Bluesky("https://appview.example", "https://plc.example")
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
RKEY = "3lbq2wsxk5c2f"


@pytest.mark.parametrize(
    ("link", "key"),
    [
        (f"https://bsky.app/profile/alice.bsky.social/post/{RKEY}", f"alice.bsky.social/{RKEY}"),
        (f"https://bsky.app/profile/{DID}/post/{RKEY}", f"{DID}/{RKEY}"),
        (f"https://bsky.app/profile/did%3Aplc%3Aewvi7nxzyoun6zhxrhs64oiz/post/{RKEY}", f"{DID}/{RKEY}"),
        (f"https://bsky.app/profile/lighthouse.example.museum/post/{RKEY}", f"lighthouse.example.museum/{RKEY}"),
        (f"https://bsky.app/profile/Alice.Bsky.Social/post/{RKEY}", f"alice.bsky.social/{RKEY}"),
        (f"https://bsky.app/profile/@alice.bsky.social/post/{RKEY}", f"alice.bsky.social/{RKEY}"),
        (f"http://www.bsky.app/profile/alice.bsky.social/post/{RKEY}", f"alice.bsky.social/{RKEY}"),
        (f"bsky.app/profile/alice.bsky.social/post/{RKEY}", f"alice.bsky.social/{RKEY}"),
        (f"HTTPS://BSKY.APP/profile/alice.bsky.social/post/{RKEY}", f"alice.bsky.social/{RKEY}"),
        (f"https://bsky.app/profile/alice.bsky.social/post/{RKEY}/", f"alice.bsky.social/{RKEY}"),
        (f"https://bsky.app/profile/alice.bsky.social/post/{RKEY}?ref_src=embed#top", f"alice.bsky.social/{RKEY}"),
        (f"https://bsky.app/profile/alice.bsky.social/post/{RKEY}/liked-by", f"alice.bsky.social/{RKEY}"),
        (f"at://{DID}/app.bsky.feed.post/{RKEY}", f"{DID}/{RKEY}"),
        (f"at://alice.bsky.social/app.bsky.feed.post/{RKEY}/", f"alice.bsky.social/{RKEY}"),
        (
            f"https://bsky.app/profile/did:web:127.0.0.1%3A8080/post/{RKEY}",
            f"did:web:127.0.0.1%3A8080/{RKEY}",
        ),
    ],
)
def test_every_form_of_a_link_names_the_post(link: str, key: str) -> None:
    found = BLUESKY.match(link)
    assert found is not None
    assert (found.source, found.key) == ("bluesky", key)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://bsky.app/",
        "https://bsky.app/profile/alice.bsky.social",
        "https://bsky.app/profile/alice.bsky.social/feed/cats",
        "https://bsky.app/profile/alice/post/3lbq2wsxk5c2f",
        "https://bsky.app/profile/handle.invalid/post/3lbq2wsxk5c2f",
        "https://bsky.app/profile/alice.bsky.social/post/..",
        "https://bsky.app/profile/alice.bsky.social/post/a%2Fb",
        "https://bsky.app/profile/alice.bsky.social/post/" + "a" * 600,
        "https://bsky.app:8443/profile/alice.bsky.social/post/3lbq2wsxk5c2f",
        "https://bsky.app.example/profile/alice.bsky.social/post/3lbq2wsxk5c2f",
        "https://evil.example/bsky.app/profile/alice.bsky.social/post/3lbq2wsxk5c2f",
        "javascript:alert(1)//bsky.app/profile/alice.bsky.social/post/3lbq2wsxk5c2f",
        "https://[bsky.app/profile/alice.bsky.social/post/3lbq2wsxk5c2f",
        "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.like/3lbq2wsxk5c2f",
        "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz",
        "https://x.com/alice/status/1234567890123456789",
        "https://mastodon.example/@alice/113456789012345678",
    ],
)
def test_everything_else_is_left_to_others(link: str) -> None:
    assert BLUESKY.match(link) is None


def test_its_examples_are_its_own() -> None:
    assert all(BLUESKY.match(example) for example in Bluesky.examples)


def test_the_time_of_a_post_is_in_its_record_key() -> None:
    uri = post_uri(f"at://{DID}/app.bsky.feed.post/3lbq2wsxk5c2f")
    assert uri is not None
    assert uri.time is not None
    assert uri.time.replace(microsecond=0) == datetime(2024, 11, 24, 22, 34, 53, tzinfo=UTC)


def test_a_record_key_that_is_no_time_tells_none() -> None:
    assert PostUri(DID, "self").time is None
    assert PostUri(DID, "zzzzzzzzzzzzz").time is None


@pytest.mark.parametrize(
    "text",
    ["", "at://", "at://alice.example/app.bsky.feed.post/abc", "at://did:plc:abc/app.bsky.feed.post/", "https://x.com"],
)
def test_a_uri_without_did_or_key_names_no_post(text: str) -> None:
    assert post_uri(text) is None

"""People who bring an archive of X in a browser: an account at the pretend X, its zip, and what is left of it here."""

import json
import random
import re
from pathlib import Path
from typing import NamedTuple

import httpx
import redis
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Site
from tests.sandbox.pictures import Canvas
from tests.x_archives import Json, Shape, after, chain, photo, post, zipped

PART = 4_000_000
SHORT = "https://t.co/boat"
TIDE = (f"The zephyrquay tide turns at noon. {SHORT}", "It does so every day.", "Nobody is surprised.")
BREAD = ("A zephyrquay loaf wants a day.", "The second day is better.")
MARK = "zephyrquay"
"""A word of every thread, and of nobody else's."""


class Account(NamedTuple):
    """Somebody at the pretend X."""

    id: str
    handle: str


def newcomer(site: Site, page: Page, handle: str) -> Account:
    """An account that no other journey meets, as the pretend X's own page tells of it."""
    order = {"network": "x", "handle": handle, "texts": ["Hello."]}
    assert httpx.post(f"{site.networks}/_sandbox/publish", json=order).status_code == 200
    page.goto(f"{site.address}/accounts/login/")
    page.get_by_role("button", name="Sign in with X").click()
    number = page.get_by_role("button", name=f"@{handle}").get_attribute("value")
    page.goto(site.address)
    assert number is not None
    return Account(number, handle)


def proves(page: Page, site: Site, account: Account) -> None:
    """A reader who is signed in connects their account at X, and takes its profile for theirs."""
    page.goto(f"{site.address}/accounts/connections/")
    page.locator("li", has=page.get_by_text("X", exact=True)).get_by_role("button", name="Connect").click()
    page.get_by_role("button", name=f"@{account.handle}").click()
    page.wait_for_url(f"{site.address}/**")
    page.goto(f"{site.address}/profiles")
    page.get_by_role("button", name="This profile is mine").click()
    expect(page.get_by_role("heading", name="Opt out")).to_be_visible()


def a_zip(
    folder: Path, account: Account, *, start: float = 0, name: str = "mine.zip", bytes_of_messages: int = 0
) -> Path:
    """Two threads, a lone post and a repost; the first thread has a picture. Messages that nobody reads, as large as
    one likes. `start`: seconds, so that journeys have posts of their own."""
    posts = [*chain(TIDE, start=start), *chain(BREAD, start=start + 90_000)]
    posts += [post(after(start + 200_000), "Nobody answers."), post(after(start + 200_100), "RT @somebody: Not mine.")]
    image = photo(TIDE[0], SHORT, after(start), "boat.png")
    posts[0]["tweet"]["extended_entities"] = {"media": [image]}
    files = {f"tweets_media/{after(start)}-boat.png": picture()}
    if bytes_of_messages:
        files["direct_messages_media/1-secret.jpg"] = random.Random(7).randbytes(bytes_of_messages)
    shape = Shape(account={"accountId": account.id, "username": account.handle})
    return zipped(folder / name, [_of(each, account) for each in posts], files=files, shape=shape)


def _of(entry: Json, account: Account) -> Json:
    """The same post, by somebody else."""
    tweet = dict(entry["tweet"])
    if "in_reply_to_user_id" in tweet:
        tweet |= {"in_reply_to_user_id": account.id, "in_reply_to_user_id_str": account.id}
        tweet |= {"in_reply_to_screen_name": account.handle}
    return {"tweet": tweet}


def picture() -> bytes:
    canvas = Canvas(48, 32, "boat")
    canvas.rectangle(0, 0, canvas.aspect, 1, (30, 90, 160))
    canvas.disc(0.7, 0.5, 0.3, (250, 240, 200))
    return canvas.png()


def choose(page: Page, site: Site, path: Path) -> None:
    """Choose a file on the page of archives, and send it."""
    page.goto(f"{site.address}/archives")
    page.locator("#file").set_input_files(path)
    page.get_by_role("button", name="Upload").click()


def watched(page: Page) -> list[int]:
    """Where every part that is sent from now on begins; the list grows."""
    offsets: list[int] = []

    def note(request: Request) -> None:
        if found := re.search(r"/part\?offset=(\d+)", request.url):
            offsets.append(int(found[1]))

    page.on("request", note)
    return offsets


def read_to_the_end(page: Page) -> None:
    """Wait on the page of an archive until a worker has read it, and open its report."""
    page.wait_for_url(re.compile(r"/archives/[0-9a-f-]{36}$"))
    page.get_by_role("link", name="See the report").or_(page.get_by_role("heading", name="What we found")).wait_for()
    page.reload()
    expect(page.get_by_role("heading", name="What we found")).to_be_visible()


def zips_on_disk(site: Site) -> list[str]:
    return [path.name for path in (site.data / "archives").glob("*") if path.is_file()]


def files_with(site: Site, body: bytes) -> list[Path]:
    """Files of the site, those of its databases left out, that are, or hold, these bytes."""
    hidden = {site.data / "servers", site.data / "static", site.data / "log"}
    files = [each for each in site.data.rglob("*") if each.is_file() and hidden.isdisjoint(each.parents)]
    return [each for each in files if body in each.read_bytes()]


def cached_pages(site: Site, word: str) -> list[str]:
    """Names of stored pages whose address holds a word."""
    address = json.loads((site.data / "servers" / "state.json").read_text())["redis_url"]
    with redis.Redis.from_url(address) as client:
        return [name.decode() for name in client.scan_iter(f"page:/*{word}*")]

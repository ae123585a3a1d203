"""What all pretend networks stand on: one lock, one clock, and the addresses of the servers."""

import threading
from dataclasses import dataclass, field

from .clock import Clock


@dataclass(slots=True)
class Addresses:
    """Base addresses (`http://127.0.0.1:PORT`) of the servers; known once their sockets are bound."""

    x: str = ""
    x_site: str = ""
    x_store: str = ""
    """Where X has lists uploaded to and downloaded from."""
    appview: str = ""
    plc: str = ""
    pds: str = ""
    jetstream: str = ""
    mastodon_one: str = ""
    mastodon_two: str = ""
    media: str = ""
    stripe: str = ""
    patreon: str = ""
    readwise: str = ""
    receiver: str = ""
    blog: str = ""
    mail: str = ""
    stage: str = ""
    smtp: str = ""

    def hosts(self) -> list[str]:
        """Every `host:port` that the site fetches from, as `FETCH_ALLOW_HOSTS` wants them."""
        urls = (self.x, self.appview, self.plc, self.pds, self.mastodon_one, self.mastodon_two, self.media)
        plain = [url.removeprefix("http://") for url in (*urls, self.x_store, self.readwise) if url]
        return [*plain, *filter(None, [self.jetstream.removeprefix("ws://")])]


@dataclass(slots=True)
class Ground:
    clock: Clock = field(default_factory=Clock)
    addresses: Addresses = field(default_factory=Addresses)
    lock: threading.RLock = field(default_factory=threading.RLock)

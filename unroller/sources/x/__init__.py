"""X, through its API v2: the only network that is read for money, so every read is counted."""

from datetime import datetime
from typing import ClassVar

from unroller.core.errors import NotConfigured, UnrollError
from unroller.core.posts import Person, Pile
from unroller.sources.base import CAP, PostRef, Source, Wish
from unroller.sources.following import ProfileRef, Recent
from unroller.sources.recording import Raw, Recorder, named
from unroller.sources.x import following, links
from unroller.sources.x.collecting import Scope
from unroller.sources.x.desk import Desk
from unroller.sources.x.parse import parse
from unroller.sources.x.plan import follow
from unroller.sources.x.vocabulary import VOCABULARIES, Dialect


class X(Source):
    """The X source, made with the settings' values.

    `full_archive`: whether search/all may be asked, without which older threads are read off the author's timeline.
    `dialect`: in which vocabulary X is asked; answers are understood in both. `narrow`: search leaves out (and does
    not pay for) the author's answers to others.
    """

    key: ClassVar[str] = "x"
    label: ClassVar[str] = "X"
    cap: ClassVar[int] = CAP
    examples: ClassVar[tuple[str, ...]] = (
        "https://x.com/harbour_ana/status/1900000000000000001",
        "https://twitter.com/harbour_ana/status/1900000000000000001?s=20",
        "https://mobile.twitter.com/i/web/status/1900000000000000001/photo/1",
        "fxtwitter.com/harbour_ana/status/1900000000000000001",
    )

    def __init__(
        self,
        api_url: str,
        bearer: str,
        *,
        full_archive: bool = True,
        dialect: Dialect = "legacy",
        narrow: bool = False,
    ) -> None:
        self._api_url = api_url
        self._bearer = bearer
        self._scope = Scope(full_archive=full_archive, narrow=narrow)
        self._vocabulary = VOCABULARIES[dialect]

    def match(self, link: str) -> PostRef | None:
        return links.match(link)

    def fetch(self, ref: PostRef, web: Recorder, wish: Wish) -> None:
        try:
            desk = Desk(web, self._api_url, self._key(), vocabulary=self._vocabulary)
            follow(desk, web, wish, key=ref.key, scope=self._scope)
        except UnrollError as error:
            named(error, self.label)
            raise

    def parse(self, raw: Raw) -> Pile:
        try:
            return parse(raw)
        except UnrollError as error:
            named(error, self.label)
            raise

    def match_profile(self, text: str) -> ProfileRef | None:
        return following.match(text)

    def look_up(self, ref: ProfileRef, web: Recorder) -> Person:
        try:
            return following.Counter(web, self._api_url, self._key(), vocabulary=self._vocabulary).look_up(ref.key)
        except UnrollError as error:
            named(error, self.label)
            raise

    def recent(self, person_id: str, web: Recorder, *, cursor: str, since: datetime) -> Recent:
        try:
            counter = following.Counter(web, self._api_url, self._key(), vocabulary=self._vocabulary)
            return counter.recent(person_id, cursor=cursor, since=since)
        except UnrollError as error:
            named(error, self.label)
            raise

    def _key(self) -> str:
        if not self._bearer:
            raise NotConfigured("X_BEARER_TOKEN is empty")
        return self._bearer

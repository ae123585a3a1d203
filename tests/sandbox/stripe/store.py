"""Where the objects are: plain dictionaries in API shape, by kind (`object`) and id, in order of creation."""

from ..wire import Json
from .errors import missing


class Store:
    """`get` answers the object itself: whoever changes it changes what is stored."""

    def __init__(self) -> None:
        self._kinds: dict[str, dict[str, Json]] = {}

    def get(self, kind: str, id: str, param: str = "id") -> Json:  # noqa: A002 - Stripe's word
        """Raises `ApiError` (404 `resource_missing`) when there is none; `param` is named in it."""
        found = self.find(kind, id)
        if found is None:
            raise missing(kind, id, param)
        return found

    def named(self, kind: str, id: str, param: str) -> Json:  # noqa: A002 - Stripe's word
        """The object that a parameter names. Raises `ApiError` (400 `resource_missing`) when there is none."""
        found = self.find(kind, id)
        if found is None or found.get("deleted"):
            raise missing(kind, id, param, status=400)
        return found

    def find(self, kind: str, id: str | None) -> Json | None:  # noqa: A002 - Stripe's word
        return self._kinds.get(kind, {}).get(id or "")

    def all(self, kind: str) -> list[Json]:
        """Oldest first."""
        return list(self._kinds.get(kind, {}).values())

    def put(self, obj: Json) -> Json:
        self._kinds.setdefault(obj["object"], {})[obj["id"]] = obj
        return obj

    def drop(self, obj: Json) -> None:
        self._kinds.get(obj["object"], {}).pop(obj["id"], None)

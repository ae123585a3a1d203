"""What stands in place of the handle of somebody who opted out: a digest, so that the row names nobody.

With the site's own key, since handles are few enough to be tried one after the other. Whoever comes with the handle is
still answered that its owner wants nothing of theirs here, as long as the key it was made with is in the settings.
"""

import hashlib
import hmac
import re

from django.conf import settings

MADE = re.compile(r"gone-[0-9a-f]{40}")
"""No network has such handles: they are shorter, or have a dot or an @ in them."""


def pseudonym(source: str, handle: str) -> str:
    """For `Author.handle`: 45 characters that fit an address, whatever case the handle is written in.

    Of somebody who opts out once more, it stays.
    """
    return handle if MADE.fullmatch(handle) else _made(settings.SECRET_KEY, source, handle)


def pseudonyms(source: str, handle: str) -> list[str]:
    """Under which names a handle's owner may be known here, since they opted out."""
    return [_made(str(key), source, handle) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _made(key: str, source: str, handle: str) -> str:
    purpose = hashlib.sha256(f"handle {key}".encode()).digest()
    return f"gone-{hmac.digest(purpose, f'{source}:{handle.casefold()}'.encode(), 'sha256').hex()[:40]}"

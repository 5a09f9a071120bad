"""What is written into a button, and how it is sealed for the place where it stands."""

import json
import re

from core.posting import Address
from core.seals import BEFORE_SEALS, LONGER, Seals

_MOST = 100  # characters that Discord takes as a custom id
# In JSON no string can look like this: the quotes in its text have a backslash before them.
_OPEN = re.compile(rb'"custom_id": ?"%b((?:[^"\\]|\\.)*)"' % BEFORE_SEALS.encode())


def custom_id(words: str) -> str | None:
    """Return the open id of a button that stands for `words`, or None if they are too long.

    It does nothing before it is `sealed`.
    """
    fits = LONGER + len(words) <= _MOST and words.isprintable()
    return BEFORE_SEALS + words if fits else None


def sealed(body: bytes, seals: Seals, place: Address) -> bytes:
    """Return `body`, which may be shared by many places, with its ids sealed for this one."""

    def sealed_id(found: re.Match[bytes]) -> bytes:
        words = json.loads(b'"%b"' % found[1])
        written = json.dumps(seals.seal(words, place), ensure_ascii=False)
        return b'"custom_id":%b' % written.encode()

    return _OPEN.sub(sealed_id, body)

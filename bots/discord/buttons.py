"""What is written into a button, and how it is sealed for the place where it stands."""

import re

from core.posting import Address
from core.seals import BEFORE_SEALS, LONGER, TO_THE_END, Seals, unsealed

_MOST = 100  # characters that Discord takes as a custom id
_OPEN = re.compile(rb'("custom_id": ?")%b%b' % (BEFORE_SEALS.encode(), TO_THE_END))


def custom_id(words: str) -> str | None:
    """Return the open id of a button that stands for `words`, or None if they are too long.

    It does nothing before it is `sealed`.
    """
    fits = LONGER + len(words) <= _MOST and words.isprintable()
    return BEFORE_SEALS + words if fits else None


def sealed(body: bytes, seals: Seals, place: Address) -> bytes:
    """Return `body`, which may be shared by many places, with its ids sealed for this one."""
    return unsealed(body, _OPEN).sealed(seals, place)

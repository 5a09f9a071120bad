"""What a post of the bot is known by: at once by its nonce, later by the id of its container."""

import hashlib
from dataclasses import dataclass

from core.posting import Address

_NONCE_BYTES = 12  # as hexadecimal digits they fit in the 25 characters that a nonce may have
_MARKER_BYTES = 8
# Discord numbers components from 1 and takes ids below 2**31: these meet none of its own.
_LEAST, _END = 1 << 20, 1 << 31


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells a post from all others. It reveals nothing of the article or the channel."""

    nonce: str
    """Discord makes no second post of it for a few minutes, but nobody can look for it."""
    marker: int
    """The id of the outermost component, which stays with the message."""


def mark(address: Address, key: str) -> Mark:
    """Return what the post of `key` at `address` is known by.

    Discord remembers a nonce for each bot, not for each channel: so it holds the address too.
    """
    where = f"{key}\0{address.workspace}\0{address.channel}\0{address.thread}"
    digest = hashlib.blake2s(where.encode(), digest_size=_NONCE_BYTES + _MARKER_BYTES).digest()
    number = int.from_bytes(digest[_NONCE_BYTES:])
    return Mark(digest[:_NONCE_BYTES].hex(), _LEAST + number % (_END - _LEAST))

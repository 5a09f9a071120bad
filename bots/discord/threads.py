"""Threads on messages of Discord: starting one, and a reply where there can be none."""

import json

from core.text import clean, clip

HAS_ONE = 160004
"""The message has a thread already."""
MAY_NOT_REPLY = 160002
"""A reply takes the permission to read the channel's history."""
BARRED = frozenset({50008, 50013, 50024, 50083, 160005, 160006})
"""No thread to write in: the kind of channel, a permission, archived, locked, too many of them."""

ARCHIVED = 50083
"""Nothing in the thread can be changed until it is opened again."""
OPEN_AGAIN = b'{"archived":false}'

_NAME_MOST = 100
_LASTS = 1440  # minutes without a message


def starting(title: str) -> bytes:
    """Return the body that starts a thread of this name."""
    name = clip(clean(title), _NAME_MOST) or "\u2026"
    return json.dumps({"name": name, "auto_archive_duration": _LASTS}).encode()


def below(message_id: str, body: bytes) -> bytes:
    """Return `body` as a reply to a message, or as one of its own if that is gone."""
    reference = json.dumps({"message_id": message_id, "fail_if_not_exists": False}).encode()
    return b'{"message_reference":%b,%b' % (reference, body[1:])

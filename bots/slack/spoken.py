"""What of a message a screen reader reads out, and a notification shows."""

import sys
from collections.abc import Iterable
from itertools import groupby

from bots.slack import mentions
from bots.slack.markup import escaped
from bots.slack.reduced import without_addresses
from core.messages import Mention, Message, Part, as_text

MOST_OF_TEXT = 3900  # Slack may break a longer one into several messages
_NOTHING_TO_SAY = "\u2026"  # Slack refuses a message without text


def spoken(message: Message, words: str | None = None) -> str:
    """Return all words of a message in Slack's markup, and the addresses if there is room.

    Instead of what it says, these `words`, under those whom it mentions.
    """
    if words is not None:
        lines = _mentions(message.parts)
        parts = (lines, escaped(words, MOST_OF_TEXT - len(lines) - 1))
        return "\n".join(filter(None, parts)) or _NOTHING_TO_SAY
    whole = _in_order(message)
    if len(whole) > MOST_OF_TEXT:
        whole = _in_order(without_addresses(message), MOST_OF_TEXT)
    return whole or _NOTHING_TO_SAY


def _in_order(message: Message, most: int = sys.maxsize) -> str:
    said = ""
    # Whom it mentions is said in any case, so that they are notified.
    room = most - sum(len(_mentions([it])) + 1 for it in message.parts if _mentions_somebody(it))
    for mentions_somebody, parts in groupby(message.parts, _mentions_somebody):
        gap = "\n" if said else ""
        if mentions_somebody:
            said += gap + _mentions(parts)
        elif room > len(gap):
            words = gap + escaped(as_text(Message(tuple(parts))), room - len(gap))
            room -= len(words)
            said += words
    return said


def _mentions_somebody(part: Part) -> bool:
    return isinstance(part, Mention)


def _mentions(parts: Iterable[Part]) -> str:
    return "\n".join(mentions.as_text(part) for part in parts if isinstance(part, Mention))

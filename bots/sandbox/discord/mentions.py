"""Who would be pinged by a message."""

import re
from collections.abc import Iterable, Iterator

from bots.sandbox.discord.forms import Json

EVERYTHING = frozenset({"everyone", "roles", "users"})
"""What a bot's plain message pings when it does not say otherwise."""
ONLY_USERS = frozenset({"users"})
"""What an answer to an interaction pings when it does not say otherwise."""

_MENTION = re.compile(r"@everyone|@here|<@(?P<role>&?)!?(?P<id>\d+)>")


def pings(texts: Iterable[str], allowed: Json | None, usual: frozenset[str]) -> tuple[str, ...]:
    """Return the mentions that take effect, each once: `@everyone`, `@here`, `<@id>`, `<@&id>`.

    Counted as for a bot that may mention everyone, and inside code too: what this calls harmless
    is harmless in every guild.
    """
    found = (mention for text in texts if "@" in text for mention in _mentions(text))
    return tuple(dict.fromkeys(word for kind, word in found if _counts(kind, word, allowed, usual)))


def _mentions(text: str) -> Iterator[tuple[str, str]]:
    for match in _MENTION.finditer(text):
        if match["id"] is None:
            yield "everyone", match[0]
        else:
            yield ("roles" if match["role"] else "users"), f"<@{match['role']}{match['id']}>"


def _counts(kind: str, word: str, allowed: Json | None, usual: frozenset[str]) -> bool:
    if allowed is None:
        return kind in usual
    if kind in (allowed.get("parse") or ()):
        return True
    return word.strip("<@&>") in {str(i) for i in allowed.get(kind) or ()}

"""Slack's own markup, mrkdwn: written so that it cannot be forged, and read back as plain words."""

import html
import re
import sys
from datetime import datetime

from core.messages import Minute
from core.text import clip

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_TOKEN = re.compile(r"<(?P<sign>[#@!]?)(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_SUBTEAM = "subteam^"
# What phones and word processors put in place of the plain signs.
_TYPED = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u200b": " ",
    }
)


def escaped(text: str, most: int = sys.maxsize) -> str:
    """Return `text` as mrkdwn that shows it in at most `most` characters, cut after a word."""
    room = most
    while room:
        safe = clip(text, room).translate(_ESCAPES)
        if len(safe) <= most:
            return safe
        room = room * most // len(safe)
    return "\u2026"


def plain_words(typed: str) -> str:
    """Return what a person typed, as Slack passes it on, in plain words on one line."""
    words = _ENTITY.sub(lambda entity: html.unescape(entity[0]), _TOKEN.sub(_as_typed, typed))
    return " ".join(words.translate(_TYPED).split())


def without_mention(text: str, person: str) -> str:
    """Return `text`, still in mrkdwn, without the mentions of `person`."""
    return re.sub(rf"<@{re.escape(person)}(?:\|[^<>]*)?>", " ", text)


def _as_typed(token: re.Match[str]) -> str:
    """Return what a person sees of a channel, a person, a link or a special word."""
    sign, target, label = token["sign"], token["target"], token["label"] or ""
    match sign:
        case "#" | "@":
            return sign + (label or target).removeprefix(sign)
        case "!" if target.startswith("date^"):
            return label
        case "!":
            return "@" + (label or target).removeprefix(_SUBTEAM).removeprefix("@")
        case _:
            return target.removeprefix("mailto:")


def moment(fact: datetime | Minute) -> datetime:
    """Return the time that is shown."""
    return fact.at if isinstance(fact, Minute) else fact


def date_form(fact: datetime | Minute) -> str:
    """Return as what Slack is to show a time, in the reader's own zone."""
    day = "{date_short_pretty}"
    return f"{day}, {{time}}" if isinstance(fact, Minute) else day

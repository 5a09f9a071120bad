"""The people and user groups that a line of a message mentions."""

import re

from bots.slack.markup import escaped
from core.messages import Mention

_GROUP = re.compile("S[A-Z0-9]{1,20}")
_PERSON = re.compile("[UW][A-Z0-9]{1,20}")
_MOST_OF_WORDS = 300


def named(line: Mention) -> list[str]:
    """Return whom a line mentions, as far as they are ids of Slack."""
    fits = _PERSON if line.are_people else _GROUP
    return [one for one in line.ids if fits.fullmatch(one)]


def as_text(line: Mention) -> str:
    """Return the line in Slack's markup; nothing if it mentions nobody."""
    if not (ids := named(line)):
        return ""
    sign = "@" if line.are_people else "!subteam^"
    # The one place of the text where markup is ours: only the letters and digits of an id.
    words = [escaped(line.words, _MOST_OF_WORDS)] if line.words else []
    return " ".join((*words, *(f"<{sign}{one}>" for one in ids)))

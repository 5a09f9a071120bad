"""Discord's markdown around the text of others: shown as it is, never obeyed."""

import re
from datetime import datetime

from core.messages import Minute
from core.text import clean, clip

# A backslash before punctuation is not shown. Escaped is only what would be obeyed, so that the
# rest stays as it was written wherever markdown is not read: in notifications and in searches.
_SPECIAL = re.compile(
    r"""
      [\\*_`\[\]<@]            # formats, code, links, mentions and all forms in angle brackets
    | ~(?=~) | (?<=~)~        # struck through
    | \|(?=\|) | (?<=\|)\|    # spoilers
    | (?<=\])\(               # `](` would end a link of our own in the same text
    | :(?=/|\S*:)             # https:// and :emoji:
    | \.(?=[^\W\d_][\w.-]*/)  # discord.gg/… is an invitation even without https
    | (?<=\bwww)\.
    | ^[-+#>]                 # lists, headings, small text, quotes
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"^(\d+)([.)])")


def fitted(text: str, most: int) -> str:
    """Return the markdown that shows one line of untrusted `text` and does nothing else.

    It has at most `most` characters: it is cut between whole characters as a reader sees them,
    and never inside an escape.
    """
    line = clean(text)
    # An escape only makes it longer.
    if len(line) <= most and len(whole := _escaped(line)) <= most:
        return whole
    for length in range(_prefix_within(line[:most], most), 1, -1):
        short = _escaped(clip(line, length))
        if len(short) <= most:
            return short
    return "\u2026"[:most]


def plain(text: str, most: int) -> str:
    """Return `text` for where Discord reads no markdown, in at most `most` characters."""
    return clip(clean(text), most)


def date(time: datetime | Minute) -> str:
    """Return the markdown of a time, which each reader sees in their own way."""
    if isinstance(time, Minute):
        return f"<t:{int(time.at.timestamp())}:f>"
    return f"<t:{int(time.timestamp())}:D>"


def _escaped(line: str) -> str:
    return _LIST_NUMBER.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", line))


def _prefix_within(line: str, most: int) -> int:
    """Return about how many characters of `line` are at most `most` when escaped."""
    escapes = [match.start() for match in _SPECIAL.finditer(line)]
    fits = next((most - n for n, at in enumerate(escapes) if at >= most - n), most - len(escapes))
    return min(fits, len(line))


def is_id(named: str) -> bool:
    """Say whether this can be an id of Discord's, which nothing need be escaped in."""
    return named.isascii() and named.isdecimal()

"""Discord's markdown around the text of others: shown as it is, never obeyed."""

import re
import unicodedata
from datetime import datetime

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

_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_REGIONAL_LETTERS = range(0x1F1E6, 0x1F200)


def fitted(text: str, most: int) -> str:
    """Return the markdown that shows one line of untrusted `text` and does nothing else.

    It has at most `most` characters: it is cut between whole characters as a reader sees them,
    and never inside an escape.
    """
    line = clean(text)
    whole = _escaped(line)
    if len(whole) <= most:
        return whole
    length = _prefix_within(line, most)
    while length > 1:
        short = _escaped(clip(line, length))
        if len(short) <= most:
            return short
        length = _whole_letters(line, length - 1)
    return "\u2026"[:most]


def plain(text: str, most: int) -> str:
    """Return `text` for where Discord reads no markdown, in at most `most` characters."""
    line = clean(text)
    return line if len(line) <= most else clip(line, _whole_letters(line, most))


def date(time: datetime) -> str:
    """Return the markdown of the day of `time`, which each reader sees in their own way."""
    return f"<t:{int(time.timestamp())}:D>"


def _escaped(line: str) -> str:
    return _LIST_NUMBER.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", line))


def _prefix_within(line: str, most: int) -> int:
    """Return about how many characters of `line` are at most `most` when escaped."""
    escapes = [match.start() for match in _SPECIAL.finditer(line)]
    fits = next((most - n for n, at in enumerate(escapes) if at >= most - n), most - len(escapes))
    return _whole_letters(line, min(fits, len(line)))


def _whole_letters(line: str, length: int) -> int:
    """Return the greatest length up to `length` where `clip` tears no seen character apart."""
    # `clip` keeps one character less, for its ellipsis.
    while length > 1 and not _starts_letter(line, length - 1):
        length -= 1
    return length


def _starts_letter(line: str, at: int) -> bool:
    char = line[at]
    if unicodedata.category(char).startswith("M") or char == _JOINER or ord(char) in _SKIN_TONES:
        return False
    if line[at - 1] == _JOINER:
        return False
    return not (ord(char) in _REGIONAL_LETTERS and _regional_letters_before(line, at) % 2)


def _regional_letters_before(line: str, at: int) -> int:
    start = at
    while start and ord(line[start - 1]) in _REGIONAL_LETTERS:
        start -= 1
    return at - start

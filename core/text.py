"""Plain text: made harmless, cut to length, joined in a sentence."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Literal

# Where an address begins no boundary of a word is asked for: markup and letters can stand before
# it. It ends where ASCII does, as other scripts go on without a space.
SCHEME = r"(?<![a-z0-9+.-])([0-9+.-]*+)[a-z][a-z0-9+.-]*+://"
"""How an address begins, and before it what no scheme begins with.

It is looked for from the beginning of a word only: from each of its letters, a long word would
take the square of its length.
"""
_URL = re.compile(rf"(?:{SCHEME}|www\.|discord\.gg/)[!-~]*", re.IGNORECASE)
# Of one that people wrote, or that stands in a platform's own markup.
_WEB = re.compile(r"https?://[^\s<>|\[\]\"]+", re.IGNORECASE)
_ENDS = ".,;:!?'*_"
_ZERO_WIDTH_JOINER = "\u200d"
_JOINERS = {"\u200c", _ZERO_WIDTH_JOINER}
_HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn"}
_VIRAMA = 9  # its combining class: the mark that binds two consonants of an Indic script
_GOES_ON = {"\u200c", "\u0e33", "\u0eb3", "\uff9e", "\uff9f"}  # of a letter, though no marks
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_REGIONAL_LETTERS = range(0x1F1E6, 0x1F200)  # two of them are one flag
_MOST_MARKS = 2  # on one letter: enough for every living script, too few for a tower
_END_OF_WORD = re.compile(r"\s+\S*$")


def clean(text: str) -> str:
    """Return untrusted `text` as one harmless line: NFC, without control or format characters.

    Joiners stay inside emoji, and where they belong to the spelling of a word. Of untrusted text
    `docs/architecture.md` says more.
    """
    if text.isascii() and text.isprintable():
        # Nothing in it does harm, so no character has to be looked at.
        return " ".join(text.split())
    normal = unicodedata.normalize("NFC", text)
    kept = _kept_joiners(normal.translate(_replacements(normal)))
    return " ".join(_few_marks(kept).split())


def without_urls(text: str) -> str:
    """Return `text` with every address taken out: only our own links may lead anywhere."""
    return " ".join(_URL.sub(r"\1", text).split())


def urls(text: str) -> list[str]:
    """Return the web addresses in `text`, in order, without the marks that close a sentence."""
    return [_closed(match[0]) for match in _WEB.finditer(text)]


def as_tag(text: str, most: int = 50) -> str:
    """Return the one form of a tag that `text` names: lower case, words joined by hyphens.

    Letters and digits of any script stay, all else goes; at most `most` characters, perhaps none.
    """
    lower = unicodedata.normalize("NFC", text).lower()
    words = "".join(map(_in_a_tag, lower)).split("-")
    return clean("-".join(filter(None, words)))[:most].strip("-")


def clip(text: str, most: int) -> str:
    """Return `text` in at most `most` characters, cut after a word and marked with an ellipsis.

    Where that would take more than half, as of a very long word or in a script without spaces, it
    is cut in the word. No character is torn apart that a reader sees as one.
    """
    if len(text) <= most:
        return text
    if most <= 0:
        return ""
    room = text[: _whole_letters(text, most - 1)]
    at_word = _END_OF_WORD.sub("", room)
    kept = at_word if 2 * len(at_word) >= len(room) else room
    return kept.rstrip(" ,;:-\u2013\u2014") + "\u2026"


def in_a_sentence(words: Sequence[str], last: Literal["and", "or"] = "and") -> str:
    """Return `words` as people list them: a, b and c; or with "or" before the `last`."""
    if len(words) < 2:  # noqa: PLR2004 (two words need one between them)
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _closed(url: str) -> str:
    url = url.rstrip(_ENDS)
    opened = url.count("(")
    while url.endswith(")") and url.count(")") > opened:
        url = url[:-1].rstrip(_ENDS)
    return url


def _in_a_tag(char: str) -> str:
    category = unicodedata.category(char)
    if char == "_" or char.isspace() or category == "Pd":
        return "-"
    # Marks are part of a letter in many scripts.
    return char if category[0] in "LNM" else ""


def _replacements(text: str) -> dict[int, str]:
    """Return what stands in place of each harmful character: a space, or nothing."""
    # Each character is looked at once, however long the text.
    chars = set(text) - _JOINERS
    harmful = {ord(c): "" for c in chars if unicodedata.category(c) in _HARMFUL}
    return harmful | {ord(c): " " for c in chars if c.isspace()}


def _kept_joiners(text: str) -> str:
    """Return `text` with those joiners only that join something."""
    if _JOINERS.isdisjoint(text):
        return text
    return "".join(c for at, c in enumerate(text) if c not in _JOINERS or _joins(text, at))


def _joins(text: str, at: int) -> bool:
    inside = 0 < at < len(text) - 1
    return inside and (_joins_pictures(text, at) or _is_spelling(text, at))


def _joins_pictures(text: str, at: int) -> bool:
    is_one = text[at] == _ZERO_WIDTH_JOINER
    return is_one and _is_picture(text[at - 1]) and _is_picture(text[at + 1])


def _is_spelling(text: str, at: int) -> bool:
    """Say whether a joiner is part of a word: in Persian or Urdu, or after an Indic virama."""
    before, after = text[at - 1], text[at + 1]
    if not unicodedata.category(after).startswith("L"):
        return False
    if unicodedata.bidirectional(before) == unicodedata.bidirectional(after) == "AL":
        return text[at] != _ZERO_WIDTH_JOINER
    follows_letter = at > 1 and unicodedata.category(text[at - 2]).startswith("L")
    return follows_letter and unicodedata.combining(before) == _VIRAMA


def _is_picture(char: str) -> bool:
    # U+FE0F asks for the coloured form of the picture before it.
    return char == "\ufe0f" or unicodedata.category(char) in {"So", "Sk"}


def _few_marks(text: str) -> str:
    if not any(map(unicodedata.combining, set(text))):
        return text
    runs = (
        (marks, "".join(run))
        for marks, run in groupby(text, lambda c: bool(unicodedata.combining(c)))
    )
    return "".join(run[:_MOST_MARKS] if marks else run for marks, run in runs)


def _whole_letters(text: str, length: int) -> int:
    """Return the greatest length up to `length` at which `text` falls apart between letters."""
    while length and not _starts_letter(text, length):
        length -= 1
    return length


def _starts_letter(text: str, at: int) -> bool:
    char = text[at]
    joins = char == _ZERO_WIDTH_JOINER or char in _GOES_ON or ord(char) in _SKIN_TONES
    if joins or unicodedata.category(char).startswith("M"):
        return False
    if text[at - 1] == _ZERO_WIDTH_JOINER or unicodedata.combining(text[at - 1]) == _VIRAMA:
        return False
    return ord(char) not in _REGIONAL_LETTERS or not _regional_letters_before(text, at) % 2


def _regional_letters_before(text: str, at: int) -> int:
    start = at
    while start and ord(text[start - 1]) in _REGIONAL_LETTERS:
        start -= 1
    return at - start

"""The small facts around an article: where it is from, when, how long, how hot."""

import re
from dataclasses import dataclass
from datetime import datetime

from core.sources.dates import read_date
from core.sources.markup import Line

_LABEL = re.compile(
    r"^(?:published|posted|source|from|date|heat|score)\b\s*(?:on|by)?\s*:?\s*", re.IGNORECASE
)
_HEAT = re.compile(r"(\d{1,3})\s*/\s*100", re.ASCII)
_TORN_HEAT = re.compile(r"[\s·]*/[\s·]*100\b")
_MINUTES = re.compile(r"(\d{1,3})\s*-?\s*min(?:ute)?s?\.?(?:\s+read)?", re.ASCII | re.IGNORECASE)
_DOMAIN = re.compile(
    r"\(?(?:https?://)?(?:www\.)?((?:[\w-]{1,63}\.){1,5}[^\W\d_]{2,20})/?\)?", re.IGNORECASE
)
_SEPARATOR = re.compile(r"\s*[·•|\u2013\u2014]\s*|\s+-\s+|\s{2,}")
_MOST = 100
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Facts:
    """What a line of small facts says; each may be missing."""

    domain: str = ""
    published_at: datetime | None = None
    minutes: int | None = None
    heat: int | None = None

    def __or__(self, other: "Facts") -> "Facts":
        """Return what either says, this one first."""
        return Facts(
            self.domain or other.domain,
            self.published_at or other.published_at,
            other.minutes if self.minutes is None else self.minutes,
            other.heat if self.heat is None else self.heat,
        )


def facts_of(line: Line) -> Facts | None:
    """Return the facts of a line that says nothing else, or nothing."""
    if len(line.text) > _LONGEST:
        return None
    parts = _TORN_HEAT.sub("/100", "·".join(span.text for span in line.spans))
    found = [_fact(part) for part in _SEPARATOR.split(parts)]
    whole = _fact(line.text)
    if whole is not None:
        return whole
    known = [fact for fact in found if fact is not None]
    return _all(known) if len(known) == len(found) else None


def _all(facts: list[Facts]) -> Facts:
    total = Facts()
    for fact in facts:
        total |= fact
    return total


def _fact(part: str) -> Facts | None:
    """Return what `part` says: no facts for signs alone, nothing for words."""
    words = _LABEL.sub("", re.sub(r"^[^\w(]+|[^\w)]+$", "", part))
    if not words:
        return Facts()
    if heat := _HEAT.fullmatch(words):
        return Facts(heat=int(heat[1])) if int(heat[1]) <= _MOST else None
    if minutes := _MINUTES.fullmatch(words):
        return Facts(minutes=int(minutes[1]))
    if when := read_date(words):
        return Facts(published_at=when)
    domain = _DOMAIN.fullmatch(words)
    return Facts(domain=domain[1].lower()) if domain else None

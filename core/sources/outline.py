"""The parts of an article's page, told apart by the headings that readers see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from core.sources import NamedStory
from core.sources.facts import facts_of
from core.sources.markup import Line, plain

_MOST_WORDS_OF_SENTIMENT = 3


class Part(Enum):
    """A part of an article's page that stands under its own heading."""

    SUMMARY = auto()
    TAKEAWAYS = auto()
    ORIGINAL = auto()
    """The link to the original article: it ends what stands above it."""
    SENTIMENT = auto()
    POSITIVES = auto()
    CONCERNS = auto()
    RELATED = auto()


HEADINGS = {
    "summary": Part.SUMMARY,
    "key takeaways": Part.TAKEAWAYS,
    "read original article": Part.ORIGINAL,
    "read the original article": Part.ORIGINAL,
    "community sentiment": Part.SENTIMENT,
    "positives": Part.POSITIVES,
    "positive points": Part.POSITIVES,
    "concerns": Part.CONCERNS,
    "related articles": Part.RELATED,
    "related stories": Part.RELATED,
}
"""The headings, as `plain` gives them."""

Parts = dict[Part, list[Line]]


def part_of(line: Line) -> Part | None:
    """Return the part that `line` is the heading of, if it is one."""
    return None if line.bullet else HEADINGS.get(plain(line.text))


def first_heading(lines: Sequence[Line], start: int = 0) -> int:
    """Return where the first heading of a part stands from `start` on, or where `lines` end."""
    return next((at for at in range(start, len(lines)) if part_of(lines[at])), len(lines))


def parts_of(lines: Iterable[Line]) -> Parts:
    """Return the lines under each heading; of a heading that is repeated, the first with lines."""
    parts: Parts = {}
    current: list[Line] | None = None
    for line in lines:
        part = part_of(line)
        if part:
            current = parts.setdefault(part, [])
            current = None if current else current
        elif line.heading and not line.href and current is not parts.get(Part.RELATED):
            current = None
        elif current is not None:
            current.append(line)
    return parts


def paragraph(lines: Sequence[Line]) -> str:
    """Return the words of `lines` as one."""
    return " ".join(line.text for line in lines)


def points(lines: Sequence[Line]) -> tuple[str, ...]:
    """Return the points of a list: its bullets, or where there are none its lines."""
    if not any(line.bullet for line in lines):
        return tuple(line.text for line in lines)
    found: list[str] = []
    for line in lines:
        if line.bullet:
            found.append(line.text)
        elif found and line.continues:
            found[-1] = f"{found[-1]} {line.text}"
        else:
            break
    return tuple(found)


def mood(lines: Sequence[Line]) -> str:
    """Return the word for what the community feels, in small letters, or ""."""
    words = plain(lines[0].text) if lines else ""
    return words if len(words.split()) <= _MOST_WORDS_OF_SENTIMENT else ""


def named_stories(lines: Sequence[Line]) -> tuple[NamedStory, ...]:
    """Return the stories in a list of titles, each with its dek, date and link if it has them."""
    stories: list[_Story] = []
    dates_lead = bool(lines) and _date(lines[0]) is not None
    for line in lines:
        date = _date(line)
        if not stories or stories[-1].ends_before(line, date, dates_lead=dates_lead):
            stories.append(_Story())
        stories[-1].add(line, date)
    return _only_articles([story.named() for story in stories if story.words])


@dataclass(slots=True)
class _Story:
    """A related story whose lines are being collected."""

    words: list[str] = field(default_factory=list)
    url: str = ""
    published_at: datetime | None = None

    def ends_before(self, line: Line, date: datetime | None, *, dates_lead: bool) -> bool:
        if self.url and line.href and line.href != self.url:
            return True
        return self.published_at is not None and (date is not None or not dates_lead)

    def add(self, line: Line, date: datetime | None) -> None:
        self.url = self.url or line.href
        self.published_at = self.published_at or date
        if facts_of(line) is None:
            self.words.append(line.text)

    def named(self) -> NamedStory:
        dek = self.words[1] if len(self.words) > 1 else ""
        return NamedStory(self.words[0], dek, self.url, self.published_at)


def _date(line: Line) -> datetime | None:
    facts = facts_of(line)
    return facts.published_at if facts else None


def _only_articles(stories: list[NamedStory]) -> tuple[NamedStory, ...]:
    """Leave out what only stands near: "More articles", words of a footer."""
    linked = [story for story in stories if "/news/" in story.url]
    dated = [story for story in stories if story.published_at or story.url]
    return tuple(linked or dated or stories)

"""Digests: several articles as one message for one local day."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from core.articles import Article
from core.compose.phrases import line, numbered, present, stories
from core.messages import Fact, Heading, Lines, Message, Note, Part, Text

MOST_IN_DIGEST = 10
_USUAL_READING = 3  # minutes
_OTHERS = "Other stories"
_NUMBERS = "A number below shows a story's summary"


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest says beside its articles."""

    day: date
    quiet: int = 0
    """How many of them waited for quiet hours to end."""
    capped: int = 0
    """How many of them were too many for their day."""
    minutes: int = 0
    """How long it may take to read what it names; 0 is any time."""


def digest_for(day: date, kept: Collection[str], minutes: int = 0) -> Digest:
    """Return the digest of a day, whose articles came later for these reasons."""
    why = Counter(kept)
    return Digest(day, why["quiet"], why["cap"], minutes)


def shown_in_digest(articles: Sequence[Article], minutes: int = 0) -> tuple[Article, ...]:
    """Return those of these articles that their digest names, the hottest first.

    In so many minutes those that fit, but one anyhow; an article that does not say takes three.
    """
    by_heat = sorted(articles, key=lambda it: (it.retracted, -(it.heat or 0), -it.id))
    shown, left = by_heat[:1], minutes - sum(map(_reading, by_heat[:1]))
    for article in by_heat[1:]:
        if not minutes or _reading(article) <= left:
            shown.append(article)
            left -= _reading(article)
    return tuple(shown[:MOST_IN_DIGEST])


def _reading(article: Article) -> int:
    return article.reading_minutes or _USUAL_READING


def digest(articles: Sequence[Article], about: Digest) -> Message:
    """Return the digest of these articles: the hottest ones, under the tags that most have."""
    shown = list[Article]()
    parts: list[Part] = [Heading(f"AI news: {_day(about.day)}, {stories(len(articles))}")]
    for heading, members in _groups(shown_in_digest(articles, about.minutes)):
        lines = tuple(map(line, members))
        parts.append(Lines(lines, heading, first=len(shown) + 1))
        shown += members
    if more := len(articles) - len(shown):
        parts.append(Text(f"And {more} more."))
    parts.append(Note((*_held(about), _NUMBERS)))
    return Message((*parts, *numbered(shown, "summary")))


def _groups(articles: Sequence[Article]) -> Iterator[tuple[str | None, list[Article]]]:
    """Give the groups of at least two under their tag, fullest first, and then the others."""
    by_tag = _by_tag(articles)
    groups = {tag: members for tag, members in by_tag.items() if tag and len(members) > 1}
    for tag in sorted(groups, key=lambda it: (-len(groups[it]), it)):
        yield f"#{tag}", groups[tag]
    grouped = {article.id for members in groups.values() for article in members}
    if others := [article for article in articles if article.id not in grouped]:
        yield _OTHERS if groups else None, others


def _by_tag(articles: Sequence[Article]) -> dict[str, list[Article]]:
    """Return the articles under the tag of theirs that most of them have."""
    many = Counter(tag for article in articles for tag in article.tags)
    groups: dict[str, list[Article]] = {}
    for article in articles:
        tag = max(article.tags, key=lambda it: (many[it], it), default="")
        groups.setdefault(tag, []).append(article)
    return groups


def _held(about: Digest) -> tuple[Fact, ...]:
    return present(
        f"{about.quiet} held while it was quiet" if about.quiet else "",
        f"{about.capped} over the day's limit" if about.capped else "",
    )


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"

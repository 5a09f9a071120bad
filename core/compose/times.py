"""Answers about local times, and about what came meanwhile."""

from collections.abc import Sequence
from datetime import datetime

from core import text
from core.articles import Article
from core.compose.phrases import line, present, row, stories, title, undo_of, withdrawn
from core.localtime import zone
from core.messages import Lines, LinkButton, Message, Note, Story, Text, WordsButton
from core.typed_time import clock

_MOST_CAUGHT_UP = 10
_SUMMARY = 900


def goes_by(name: str, now: datetime, *, verb: str, change: int = 0, prefix: str) -> Message:
    """Return by whose clock digests and quiet hours go, since this change if it was one."""
    place = zone(name)
    local = now.astimezone(place) if place else now
    there = clock(local.hour * 60 + local.minute)
    return Message(
        (
            Text(f"Digests and quiet hours go by the clock of {name}, where it is {there} now."),
            Note(
                (f"To change that, type {prefix}{verb} and a place: {prefix}{verb} Europe/Berlin",)
            ),
            *([row(undo_of(change))] if change else []),
        )
    )


def unknown_zone(typed: str, near: Sequence[str], *, verb: str, prefix: str) -> Message:
    """Return the answer to a place that is no time zone, with those that may be meant."""
    said = text.clip(text.clean(typed), 60)
    if not near:
        return Message(
            (
                Text(f"I know no time zone “{said}”. Nothing was changed."),
                Note((f"Name a large city of yours, as in {prefix}{verb} Europe/Berlin",)),
            )
        )
    buttons = (WordsButton(f"Use {name}", f"{verb} {name}") for name in near)
    names = text.in_a_sentence(near, "or")
    return Message((Text(f"Which time zone is “{said}”? Perhaps {names}."), row(*buttons)))


def catch_up(articles: Sequence[Article], *, prefix: str) -> Message:
    """Return what was posted, the hottest first."""
    if not articles:
        return Message(
            (
                Text("Nothing was posted here in that time."),
                Note((f"To look further back, type {prefix}catchup 7d",)),
            )
        )
    hottest = sorted(articles, key=lambda it: -(it.heat or 0))
    lines = tuple(line(article) for article in hottest[:_MOST_CAUGHT_UP])
    many = stories(len(articles))
    more = len(articles) - len(lines)
    others = (Note((f"And {more} more",)),) if more else ()
    return Message((Lines(lines, f"Posted here: {many}, the hottest first"), *others))


def how_long(*, prefix: str) -> Message:
    """Return the answer to a time that cannot be read."""
    return Message(
        (
            Text("Since when? Say how long ago, in hours, days or weeks."),
            Note((f"For example: {prefix}catchup 8h, {prefix}catchup 3d",)),
        )
    )


def summary(article: Article) -> Message:
    """Return what an article says, for one who reads a list."""
    if article.retracted:
        return Message((withdrawn(article),))
    said = text.clip(text.without_urls(article.summary or article.dek), _SUMMARY)
    about = text.clip(f"Read the article: {article.title}", 75)
    buttons = row(
        LinkButton("Read", article.url, about),
        WordsButton("Related", f"related article:{article.id}"),
    )
    facts = present(article.source_domain, article.published_at)
    return Message((Story(title(article.title), said, facts, article.tags), buttons))

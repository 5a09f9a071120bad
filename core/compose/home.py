"""What is one's own at one glance: tags, what came today, channels, the workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.articles import Article
from core.compose.phrases import line, paused, row, short_line, stories
from core.compose.rules import terms_in_words, topic_in_words, topics_in_words
from core.grammar import word_of, write
from core.messages import (
    Buttons,
    Fact,
    Heading,
    Lines,
    Message,
    Minute,
    Note,
    Part,
    Place,
    Text,
    WordsButton,
)
from core.rules import Changes
from core.subscriptions import Census, Following

A_PAGE = 6
"""How many tags, and how many channels, stand on a page."""
_MOST_TODAY = 5

_FOLLOW = WordsButton("Follow tags", "subscribe")
_SET_UP = WordsButton("Set up a channel", "channel settings")


@dataclass(frozen=True, slots=True)
class Managed:
    """A channel that the reader may set up."""

    channel: str
    has: Following


@dataclass(frozen=True, slots=True)
class Workspace:
    """What an admin sees of all of it."""

    census: Census
    log: str
    """The channel that hears of trouble; "" if none does."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What there is to show to one reader."""

    has: Following
    today: Sequence[Article] = ()
    """What came to them today."""
    newest: Sequence[Article] = ()
    """What others read, for who follows nothing yet."""
    next_at: datetime | None = None
    """When their next digest comes."""
    managed: Sequence[Managed] = ()
    chosen: Sequence[Managed] = ()
    """The channels that they may set up although they are no mod of them."""
    workspace: Workspace | None = None
    page: int = 1
    pages: int = 1
    version: str = ""


def home(glance: Glance, *, prefix: str) -> Message:
    """Return what is the reader's own, and what they can do next."""
    is_new = not glance.has.rules and not glance.managed
    own = _for_new(glance) if is_new else _for_member(glance, prefix)
    return Message(
        (
            *own,
            *_channels("Channels you manage", glance.managed),
            *_channels("Channels you may set up", glance.chosen),
            *(_workspace(glance.workspace, prefix) if glance.workspace else ()),
            *_turning(glance),
            *_foot(glance.version),
        )
    )


def _for_new(glance: Glance) -> Sequence[Part]:
    what = "I tell AI news in short summaries, by tag: as direct messages to you, or in a channel."
    newest = Lines(tuple(map(line, glance.newest)), "The newest stories")
    return (
        Heading("Themata"),
        Text(what),
        row(_FOLLOW, _SET_UP),
        *([newest] if glance.newest else []),
    )


def _for_member(glance: Glance, prefix: str) -> list[Part]:
    has = glance.has
    said: list[Part] = [Heading(f"Your tags ({len(has.rules)})" if has.rules else "Your tags")]
    if not has.rules:
        return [*said, Text("You follow no tags yet."), row(_FOLLOW, _SET_UP)]
    if has.paused_because:
        again = f"{prefix}subscribe {write(has.topics, Changes())}"
        said += paused(f"Nothing reaches you now: {has.paused_because}.", has, again)
    start = (glance.page - 1) * A_PAGE
    for topic in has.topics[start : start + A_PAGE]:
        said += _tag(topic, has)
    return [*said, *_today(glance), row(_FOLLOW, _SET_UP)]


def _tag(topic: str, has: Following) -> Sequence[Part]:
    phrases = terms_in_words(has.rules[topic])
    words = word_of(topic)
    return (
        Text(topic_in_words(topic) + (f" ({phrases})" if phrases else "")),
        row(
            WordsButton("Change", f"change {words}"),
            WordsButton("Unfollow", f"unsubscribe {words}"),
        ),
    )


def _today(glance: Glance) -> list[Part]:
    next_at, today = glance.next_at, glance.today
    said: list[Part] = [Note(("Next digest", Minute(next_at)))] if next_at else []
    if not today:
        return [*said, Note(("Nothing came to you today yet",))]
    heading = f"Came to you today: {stories(len(today))}"
    said.append(Lines(tuple(map(short_line, today[:_MOST_TODAY])), heading))
    more = len(today) - _MOST_TODAY
    return [*said, *([Note((f"And {more} more",))] if more > 0 else [])]


def _channels(heading: str, managed: Sequence[Managed]) -> list[Part]:
    said: list[Part] = [Heading(heading)] if managed else []
    for one in managed:
        said += _channel(one)
    return said


def _channel(one: Managed) -> Sequence[Part]:
    """Return whether all is well with a channel; if not, why, and what mends it."""
    about, has = f"in:{one.channel}", one.has
    change = WordsButton("Change", f"channel settings {about}")
    if not has.paused_because:
        facts: tuple[Fact, ...] = ("posting", topics_in_words(has.rules))
        return (Place(one.channel, facts), row(change))
    why: tuple[Fact, ...] = (f"⚠ not posting: {has.paused_because}",)
    why += (has.paused_at,) if has.paused_at else ()
    if has.opens_by_itself:
        return (Place(one.channel, (*why, "goes on by itself")), row(change))
    return (Place(one.channel, why), row(WordsButton("Fix", f"channel resume {about}"), change))


def _workspace(all_of_it: Workspace, prefix: str) -> Sequence[Part]:
    census = all_of_it.census
    channels = f"{census.channels} channel{'' if census.channels == 1 else 's'}"
    people = f"{census.people} {'person' if census.people == 1 else 'people'}"
    told: Part = Note((f"No channel hears of trouble. To choose one, type {prefix}channel log",))
    if all_of_it.log:
        told = Place(all_of_it.log, ("hears of changes and of trouble",))
    return (
        Heading("All that is set up here"),
        Text(f"{channels} and {people} follow tags."),
        told,
    )


def _turning(glance: Glance) -> list[Buttons]:
    turns = []
    if glance.page > 1:
        turns.append(WordsButton("Previous", f"home {glance.page - 1}"))
    if glance.page < glance.pages:
        turns.append(WordsButton("Next", f"home {glance.page + 1}"))
    return [row(*turns)] if turns else []


def _foot(version: str) -> Sequence[Part]:
    buttons = row(WordsButton("Show help", "help"), WordsButton("Show what I store", "privacy"))
    return (buttons, Note((f"Themata {version}".strip(),)))

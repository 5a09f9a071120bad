"""A message without markup: plain text in a fixed set of parts, top to bottom."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never


@dataclass(frozen=True, slots=True)
class Minute:
    """A moment that is shown to the minute; any other is shown as its day."""

    at: datetime


Fact = str | datetime | Minute
"""A few words on a small line; a time stands for its date, in the reader's own way."""

_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture at an https address, and what it shows in words."""

    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that names what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A small line of facts beside the point."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """A short list under its own name."""

    heading: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """One article told: headline, text, facts, picture. `struck`: its title is struck through."""

    title: str
    text: str
    facts: tuple[Fact, ...]
    tags: tuple[str, ...] = ()
    image: Image | None = None
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One article on one line; the title leads to `url` if there is one, and may be `struck`."""

    title: str
    url: str | None
    facts: tuple[Fact, ...] = ()
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """Several articles, a line each, under a name if they have one."""

    lines: tuple[Line, ...]
    heading: str | None = None
    first: int | None = None
    """The number of the first line, if they are counted."""

    def counted(self) -> Iterator[tuple[str, Line]]:
        """Give each line with what counts it: "4. ", or nothing."""
        for number, line in enumerate(self.lines, self.first or 1):
            yield "" if self.first is None else f"{number}. ", line


@dataclass(frozen=True, slots=True)
class Place:
    """A channel of the platform, by its id there, and facts about it on the same line."""

    channel: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """A line that names roles and groups of the platform, or people, by their ids there."""

    ids: tuple[str, ...]
    words: str = ""
    """What stands before the names."""
    pings: bool = False
    """They are notified; else they are only named."""
    are_people: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of our own, as PNG, and all that it shows in words.

    Only an answer brings one: a post shows no picture that has no address.
    """

    png: bytes = field(repr=False)
    alt: str


@dataclass(frozen=True, slots=True)
class Document:
    """A text of our own to be kept as a file; where no file can be sent, it is shown as it is.

    Only an answer brings one.
    """

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class LinkButton:
    """A button that opens a page; `about` says more to who cannot see the message."""

    label: str
    url: str
    about: str


@dataclass(frozen=True, slots=True)
class WordsButton:
    """A button that does what typing `words` after the bot's command would do."""

    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked for in words: a title, one field to type in, and what stands in it already."""

    title: str
    field: str
    hint: str = ""
    """An example of what to type."""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class AskButton:
    """A button that opens a form; sending it does what typing `words` and what was typed would."""

    label: str
    words: str
    form: Form


Button = LinkButton | WordsButton | AskButton


@dataclass(frozen=True, slots=True)
class Buttons:
    """A row of at most five buttons."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of what there is to choose; `value` is typed for it, `about` says more."""

    label: str
    value: str
    about: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """A list to choose from, at most 25.

    Choosing does what typing `words` and the values of all that is chosen then would do.
    """

    name: str
    words: str
    choices: tuple[Choice, ...]
    least: int = 1
    most: int = 1
    hint: str = ""
    """What stands there while nothing is chosen."""
    finds_tags: bool = False
    """Other tags than these can be chosen too, where they can be found while they are typed."""
    finds_channels: bool = False
    """There are no choices: one channel of the workspace is chosen, and its id is typed."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """Return the labels of what is chosen already."""
        return tuple(choice.label for choice in self.choices if choice.chosen)

    @property
    def stands(self) -> tuple[str, ...]:
        """Return what stands there in words."""
        return self.chosen or (self.hint,)


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """A list of all roles or groups that the platform has there: one is chosen, or none.

    Choosing does what typing `words` and the id of what is chosen then would do; none is no word.
    """

    name: str
    words: str
    chosen: str = ""
    """The id of what is chosen; "" if nothing is."""
    shown: str = ""
    """What stands there for what is chosen, where the platform cannot show its name."""
    hint: str = ""
    """What stands there while nothing is chosen."""

    @property
    def stands(self) -> tuple[str, ...]:
        """Return what stands there in words."""
        return (self.shown if self.chosen else self.hint,)


Part = (
    Heading
    | Text
    | Note
    | Points
    | Story
    | Lines
    | Place
    | Mention
    | Picture
    | Document
    | Buttons
    | Choices
    | GroupChoice
)


@dataclass(frozen=True, slots=True)
class Message:
    """What to show, top to bottom."""

    parts: tuple[Part, ...]
    title: str = ""
    """What it is called where each post has a title of its own; "" if it is no post."""
    tags: tuple[str, ...] = ()
    """What it is about, the most telling first, where each post has tags of its own."""


def as_text(message: Message) -> str:
    """Return every word of `message` in reading order, as plain lines."""
    return "\n".join(line for part in message.parts for line in _lines(part) if line)


def facts_as_text(facts: tuple[Fact, ...]) -> str:
    """Return `facts` on one line, a time in UTC."""
    return " · ".join(map(_fact, facts))


def tags_as_text(tags: tuple[str, ...]) -> str:
    """Return `tags` on one line."""
    return " ".join(isolated(f"#{tag}") for tag in tags)


def isolated(words: str) -> str:
    """Return `words` so that their direction is their own, and ends where they end.

    Else a Hebrew or Arabic title could be drawn in the order of the page, and the numbers that
    follow it as a part of it.
    """
    if words.isascii() or _ISOLATE in words:
        return words
    turns = any(unicodedata.bidirectional(char) in {"R", "AL"} for char in words)
    return f"{_ISOLATE}{words}{_END_ISOLATE}" if turns else words


def _fact(fact: Fact) -> str:
    match fact:
        case Minute(at):
            return f"{_day(at)}, {at:%H:%M} UTC"
        case datetime():
            return _day(fact)
        case _:
            return isolated(fact)


def _day(time: datetime) -> str:
    return f"{time.day} {time:%b %Y}"


def _lines(part: Part) -> Iterator[str]:  # noqa: C901, PLR0912 (a case for each part)
    match part:
        case Heading(text) | Text(text):
            yield isolated(text)
        case Note(facts):
            yield facts_as_text(facts)
        case Points(heading, points):
            yield heading
            yield from (f"• {isolated(point)}" for point in points)
        case Story(title, text, facts, tags, struck=struck):
            yield from (_title(title, struck=struck), isolated(text), facts_as_text(facts))
            yield tags_as_text(tags)
        case Lines(heading=heading):
            yield heading or ""
            yield from (f"{number}{_line(line)}" for number, line in part.counted())
        case Place(channel, facts):
            yield facts_as_text((f"#{channel}", *facts))
        case Mention(ids, words):
            yield " ".join((*([words] if words else []), *(f"@{it}" for it in ids)))
        case Picture(alt=alt):
            yield isolated(alt)
        case Document(content=content):
            yield content
        case Buttons(buttons):
            yield from (b.url for b in buttons if isinstance(b, LinkButton))
        case Choices(name) | GroupChoice(name):
            yield facts_as_text(tuple(filter(None, (name, *part.stands))))
        case _:
            assert_never(part)


def _line(line: Line) -> str:
    words = facts_as_text((_title(line.title, struck=line.struck), *line.facts))
    return f"{words} {line.url}" if line.url else words


def _title(title: str, *, struck: bool) -> str:
    return f"(withdrawn) {isolated(title)}" if struck else isolated(title)

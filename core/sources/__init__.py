"""The port to where articles come from: what a source tells, and how it can fail."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NamedStory:
    """A related story as an article's page names it. `url` may be missing."""

    title: str
    dek: str = ""
    url: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as its source tells it. Only `title` and `url` are always there.

    All text is plain: one line for each field, no markup, no control characters.
    """

    title: str
    url: str
    """The page of the article on the news site; where it has none, the original."""
    dek: str = ""
    summary: str = ""
    takeaways: tuple[str, ...] = ()
    sentiment: str = ""
    """What the community feels, in a word: positive, mixed, negative, neutral."""
    positives: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    heat: int | None = None
    """0 to 100."""
    tags: tuple[str, ...] = ()
    reading_minutes: int | None = None
    source_domain: str = ""
    original_url: str = ""
    image_url: str = ""
    published_at: datetime | None = None
    """Aware, UTC. Where only the day is told, its noon: that is the same day almost everywhere."""
    related: tuple[NamedStory, ...] = ()
    guid: str = ""
    """The source's own name for the article, where it has one: the same as long as it stands."""
    retracted: bool = False
    """Its source says that it no longer stands by it."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a server gave to ask again with: `304` instead of the same body."""

    etag: str = ""
    last_modified: str = ""


Known = Callable[[Collection[str]], Awaitable[frozenset[str]]]
"""Returns those of the given page addresses whose articles are stored already."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known before a source is read, for it to use."""

    known: Known
    """Pages that are stored already need not be fetched again."""
    tags: frozenset[str] = frozenset()
    """The catalogue of known tags, to take tags apart that stand glued together."""
    marks: Marks = field(default_factory=Marks)
    """Those of the last good reading."""
    moved_to: str = ""
    """Where the source stands now that it moved for good, to be asked instead of its place."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at a source gave.

    `unchanged` means that the source said nothing is new since `Marks`; then there are no drafts.
    `problems` are the parts that could not be read, each a sentence with its address.
    """

    drafts: tuple[Draft, ...] = ()
    marks: Marks = field(default_factory=Marks)
    unchanged: bool = False
    problems: tuple[str, ...] = ()
    listed: int = 0
    """How many articles stand there; more than the drafts where known ones were not read again."""
    by_hand: bool = False
    """People put the articles there: they are news when they come, whatever their dates."""
    moved_to: str = ""
    """Where the place that was asked has moved for good, if it said so."""
    rest: timedelta = timedelta(0)
    """How long the source asks not to be asked again."""

    @property
    def is_empty(self) -> bool:
        """Say whether nothing stands there. Broken sources tell so too: it is no reading."""
        return not (self.unchanged or self.drafts or self.listed)


class SourceError(Exception):
    """A source could not be read at all. Its sentence names the address and what was wrong."""

    def __init__(self, sentence: str, *, rest: timedelta = timedelta(0)) -> None:
        super().__init__(sentence)
        self.rest = rest
        """How long the source asks not to be asked again."""


class SourceGone(SourceError):
    """A source said that it is gone for good: it is not asked again."""


class LocalError(SourceError):
    """A source on this machine could not be read: to look again costs nobody anything."""


class Source(Protocol):
    """A place where articles come from."""

    @property
    def name(self) -> str:
        """The name that the configuration gives it, unique among sources."""
        ...

    @property
    def place(self) -> str:
        """Where the configuration says that it stands: an address, or a path."""
        ...

    async def fetch(self, memory: Memory) -> Reading:
        """Return what stands there now. Raises `SourceError`; then nothing of it counts."""
        ...

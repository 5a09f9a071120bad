"""What the desk works with."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import articles, compose
from core.clock import Clock
from core.config import Style
from core.db import Database
from core.grammar import Mistake
from core.plots import Plots
from core.posting import Platform, Poster
from core.tags import Catalogue, catalogue
from core.trending import Rise, rising

_RISES_LAST = timedelta(minutes=10)
_CATALOGUE_LASTS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag to offer while one is typed, and the line that says more about it."""

    tag: str
    label: str


class KnownTags:
    """The tags one can follow: the configured ones and those that articles carry."""

    def __init__(
        self, database: Database, configured: Mapping[str, Iterable[str]], clock: Clock
    ) -> None:
        """Take the configured tags, each with its aliases."""
        self._database = database
        self._configured = configured
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._catalogue = catalogue(configured)
        self._stale_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def catalogue(self) -> Catalogue:
        """Return the tags, at most a minute old."""
        await self.counts()
        return self._catalogue

    async def counts(self) -> Mapping[str, int]:
        """Return every tag with how many articles carry it, at most a minute old."""
        # Whoever comes while they are read waits for them, and does not read them as well.
        async with self._reading:
            now = self._clock()
            if self._stale_at is None or now >= self._stale_at:
                async with self._database.read() as db:
                    taught = await articles.taught_tags(db)
                self._catalogue = catalogue(self._configured, taught)
                self._counts = {tag: taught.get(tag, 0) for tag in self._catalogue.tags}
                self._stale_at = now + _CATALOGUE_LASTS
            return self._counts

    async def first_of(self, words: Sequence[str]) -> str | Mistake:
        """Return the tag that the first of these words names; "" if there is no word."""
        if not words:
            return ""
        known = await self.catalogue()
        return known.find(words[0]) or Mistake(words[0], known.nearest(words[0]))

    async def suggest(self, typed: str) -> tuple[Suggestion, ...]:
        """Return at most 25 tags to offer while `typed` is being typed."""
        counts = await self.counts()
        return tuple(
            Suggestion(tag, compose.tag_label(tag, counts.get(tag, 0)))
            for tag in self._catalogue.suggest(typed)
        )


class RisingTags:
    """The tags that rise: all of five weeks is read to know them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._rises: tuple[Rise, ...] = ()
        self._stale_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def tags(self) -> tuple[Rise, ...]:
        """Return them as they were at most ten minutes ago."""
        async with self._reading:
            now = self._clock()
            if self._stale_at is None or now >= self._stale_at:
                async with self._database.read() as db:
                    self._rises = tuple(await rising(db, now=now))
                self._stale_at = now + _RISES_LAST
            return self._rises


@dataclass(frozen=True, slots=True)
class Office:
    """What answers are made with."""

    database: Database
    tags: KnownTags
    clock: Clock
    rising: RisingTags
    plots: Plots
    when_released: Callable[[], None]
    """Is called when deliveries that were held can go out."""
    posters: Mapping[Platform, Poster]
    """By them goes what is shown to everyone."""
    style: Style = "card"
    """That of posts whose rule says none."""

"""Sources as an operator names them, and taking their articles in at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bots.app import known_tags, new_fetcher, new_intake, open_source
from core.config import Settings
from core.db import open_database
from core.intake import Taken
from core.restoration import make_up
from core.sources import Memory, Reading, Source, SourceError
from core.sources.feed import Feed
from core.sources.fetch import Fetcher
from core.sources.folder import Folder
from core.sources.single import SinglePage
from core.sources.site import Site

_FEED_WORDS = (".xml", ".rss", ".atom", ".json", "feed", "rss", "atom")


@asynccontextmanager
async def opened(settings: Settings, place: str) -> AsyncIterator[Source]:
    """Give the source at `place`: a configured name, a file, a folder, or a web address.

    Raises `SourceError` if it is none of these.
    """
    async with new_fetcher(settings) as fetcher:
        yield _source(settings, place, fetcher)


def is_configured(settings: Settings, place: str) -> bool:
    """Say whether `place` is the name of a configured source."""
    return any(source.name == place for source in settings.sources)


async def read(settings: Settings, place: str) -> Reading:
    """Return what stands at `place`, with nothing stored. Raises `SourceError`."""
    async with opened(settings, place) as source:
        return await source.fetch(Memory(_nothing, frozenset(known_tags(settings.tags))))


async def take_in_now(settings: Settings, place: str, *, quiet: bool) -> Taken:
    """Take in what is new at `place`. Raises `SourceError` and `DatabaseError`.

    A configured source is read as always, so nothing of its first reading is posted; what is named
    by its place is posted, unless `quiet`.
    """
    now = datetime.now(UTC)
    async with opened(settings, place) as source, open_database(settings.database.url) as database:
        await make_up(database, now=now)
        intake = new_intake(settings, database)
        if is_configured(settings, place):
            return await intake.poll(source, now, at_once=True)
        return await intake.take_all_of(source, now, quiet=quiet)


def _source(settings: Settings, place: str, fetcher: Fetcher) -> Source:
    for source in settings.sources:
        if source.name == place:
            return open_source(source, fetcher)
    if place.startswith(("http://", "https://")):
        return _at_address(place, fetcher)
    if Path(place).exists():
        return Folder(place, Path(place))
    raise SourceError(f"{place} is no configured source, file, folder, or web address")


def _at_address(url: str, fetcher: Fetcher) -> Source:
    path = url.partition("://")[2].partition("/")[2].partition("?")[0].lower()
    if path.rstrip("/").endswith(_FEED_WORDS):
        return Feed(url, url, fetcher)
    if path.startswith("news/"):
        return SinglePage(url, url, fetcher)
    return Site(url, url, fetcher)


async def _nothing(urls: object) -> frozenset[str]:  # noqa: ARG001 (the port's form)
    return frozenset()

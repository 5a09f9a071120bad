"""A feed: RSS, Atom or JSON Feed."""

from core.sources import Memory, Reading
from core.sources.fetch import Fetcher
from core.sources.reader import read_apart
from core.sources.syndicated import read_feed


class Feed:
    """The feed at `url`."""

    def __init__(self, name: str, url: str, fetcher: Fetcher, *, seconds: float = 5.0) -> None:
        self.name = name
        self._url = url
        self._fetcher = fetcher
        self._seconds = seconds

    async def fetch(self, memory: Memory) -> Reading:
        """Return the articles in the feed now, oldest first. Raises `SourceError`."""
        answer = await self._fetcher.get(self._url, memory.marks)
        if answer.unchanged:
            return Reading(marks=memory.marks, unchanged=True)
        drafts, problems = await read_apart(
            read_feed, answer.body, answer.url, seconds=self._seconds
        )
        return Reading(drafts, answer.marks, problems=problems)

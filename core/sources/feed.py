"""A feed: RSS, Atom or JSON Feed."""

from core.sources import Memory, Reading
from core.sources.fetch import Fetcher
from core.sources.reader import read_apart
from core.sources.syndicated import read_feed


class Feed:
    """The feed at `url`."""

    def __init__(self, name: str, url: str, fetcher: Fetcher, *, seconds: float = 5.0) -> None:
        self.name = name
        self.place = url
        self._fetcher = fetcher
        self._seconds = seconds

    async def fetch(self, memory: Memory) -> Reading:
        """Return the articles in the feed now, oldest first. Raises `SourceError`."""
        answer = await self._fetcher.get(memory.moved_to or self.place, memory.marks)
        moved_to, rest = answer.moved_to, answer.rest
        if answer.unchanged:
            return Reading(marks=memory.marks, unchanged=True, moved_to=moved_to, rest=rest)
        feed = await read_apart(read_feed, answer.body, answer.url, seconds=self._seconds)
        return Reading(
            feed.drafts,
            answer.marks,
            problems=feed.problems,
            listed=len(feed.drafts),
            moved_to=moved_to,
            rest=max(rest, feed.rest),
        )

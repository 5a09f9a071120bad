"""One article by the address of its page."""

from core.sources import Memory, Reading
from core.sources.fetch import Fetcher
from core.sources.page import read_html, with_known_tags
from core.sources.reader import read_apart


class SinglePage:
    """The article whose page stands at `url`."""

    def __init__(self, name: str, url: str, fetcher: Fetcher, *, seconds: float = 5.0) -> None:
        self.name = name
        self.place = url
        self._fetcher = fetcher
        self._seconds = seconds

    async def fetch(self, memory: Memory) -> Reading:
        """Return the article. Raises `SourceError`."""
        answer = await self._fetcher.get(self.place)
        page = await read_apart(read_html, answer.body, answer.url, seconds=self._seconds)
        draft, leftovers = with_known_tags(page, memory.tags)
        return Reading((draft,), problems=leftovers)

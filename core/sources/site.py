"""A Themata site: a front page, or the page of a tag, that links to articles."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from core.sources import Draft, Marks, Memory, Reading, SourceError
from core.sources.drafts import oldest_first
from core.sources.fetch import Fetcher
from core.sources.links import article_page
from core.sources.page import Page, read_front, read_html, with_known_tags
from core.sources.reader import read_apart

_AT_ONCE = 4  # enough to hide the waiting, few enough to be a polite guest


class Site:
    """The articles that the page at `url` links to."""

    def __init__(self, name: str, url: str, fetcher: Fetcher, *, seconds: float = 5.0) -> None:
        self.name = name
        self.place = url
        self._fetcher = fetcher
        self._seconds = seconds

    async def fetch(self, memory: Memory) -> Reading:
        """Return the articles linked now that are not known, oldest first.

        Raises `SourceError` where the linking page cannot be read. Where an article's page cannot
        be, that is a problem, and there are no marks: the next look sees it again.
        """
        front = await self._fetcher.get(memory.moved_to or self.place, memory.marks)
        if front.unchanged:
            moved_to, rest = front.moved_to, front.rest
            return Reading(marks=memory.marks, unchanged=True, moved_to=moved_to, rest=rest)
        links = await read_apart(read_front, front.body, front.url, seconds=self._seconds)
        known = await memory.known(links)
        found = await self._pages([link for link in reversed(links) if link not in known])
        pages = [page for page in found if isinstance(page, Page)]
        failures = tuple(str(failure) for failure in found if isinstance(failure, SourceError))
        told = [with_known_tags(page, memory.tags) for page in pages]
        return Reading(
            oldest_first(draft for draft, _ in told),
            Marks() if failures else front.marks,
            problems=(*failures, *(left for _, leftovers in told for left in leftovers)),
            listed=len(links),
            moved_to=front.moved_to,
            rest=front.rest,
        )

    async def _pages(self, links: Sequence[str]) -> list[Page | SourceError]:
        gate = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._page(link, gate)) for link in links]
        return [task.result() for task in tasks]

    async def _page(self, link: str, gate: asyncio.Semaphore) -> Page | SourceError:
        async with gate:
            try:
                answer = await self._fetcher.get(link)
                page = await read_apart(read_html, answer.body, link, seconds=self._seconds)
            except SourceError as error:
                return error
        return replace(page, draft=_at(link, page.draft))


def _at(link: str, draft: Draft) -> Draft:
    """Return `draft` under its own address where that is an article of this site, else `link`.

    A page that names a wrong address must not pass for another article.
    """
    return draft if article_page(draft.url, link) else replace(draft, url=link)

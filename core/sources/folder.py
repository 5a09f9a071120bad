"""Saved articles on disk: `.txt`, `.html` and `.json` files."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from core.sources import LocalError, Marks, Memory, Reading, SourceError
from core.sources.drafts import oldest_first
from core.sources.fetch import MOST_BYTES
from core.sources.item import read_json
from core.sources.page import Page, read_html, read_text, with_known_tags
from core.sources.reader import read_apart
from core.text import in_a_sentence

_READERS: dict[str, Callable[[bytes, str], Page]] = {
    ".txt": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".json": read_json,
}


class Folder:
    """The saved articles in the folder `path`, or the one in the file `path`.

    A page that names no address of its own stands at `address` with its file's name behind.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        address: str = "https://themata.ai/news/",
        *,
        seconds: float = 5.0,
    ) -> None:
        self.name = name
        self.place = str(path)
        self._path = path
        self._address = address
        self._seconds = seconds

    async def fetch(self, memory: Memory) -> Reading:
        """Return the articles that stand there now, oldest first, then by name.

        Raises `SourceError` if none can be read. A file that cannot be is a problem, and then there
        are no marks: the next look sees it again.
        """
        files, marks = await asyncio.to_thread(self._look)
        if marks == memory.marks:
            return Reading(marks=marks, unchanged=True)
        found = [await self._read(file) for file in files]
        pages = [page for page in found if isinstance(page, Page)]
        failures = tuple(str(failure) for failure in found if isinstance(failure, SourceError))
        if not pages:
            raise LocalError(f"{self._path} holds no article that can be read: {failures[0]}")
        return _reading(pages, failures, memory, marks)

    def _look(self) -> tuple[list[Path], Marks]:
        """Return the files to read, by name, and marks that change when one of them does."""
        try:
            inside = [self._path] if self._path.is_file() else sorted(self._path.iterdir())
            files = [file for file in inside if _is_article(file)]
            stats = [(file.name, file.stat()) for file in files]
        except OSError as error:
            raise LocalError(f"{self._path} cannot be read: {error.strerror}") from error
        if not files:
            kinds = in_a_sentence(list(_READERS))
            raise LocalError(f"{self._path} holds no article; read are {kinds} files")
        seen = repr([(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats])
        return files, Marks(etag=hashlib.sha256(seen.encode()).hexdigest())

    async def _read(self, file: Path) -> Page | SourceError:
        address = f"{self._address.rstrip('/')}/{quote(file.stem)}"
        read = _READERS[file.suffix.lower()]
        try:
            body = await asyncio.to_thread(_body, file)
            return await read_apart(read, body, address, seconds=self._seconds)
        except SourceError as error:
            return SourceError(f"{file}: {error}")


def _reading(
    pages: Sequence[Page], failures: tuple[str, ...], memory: Memory, marks: Marks
) -> Reading:
    """Return what was read; articles whose tags stand apart teach them to those beside."""
    known = memory.tags.union(*(page.draft.tags for page in pages))
    told = [with_known_tags(page, known) for page in pages]
    leftovers = (left for _, left in told)
    return Reading(
        oldest_first(draft for draft, _ in told),
        Marks() if failures else marks,
        problems=(*failures, *(sentence for left in leftovers for sentence in left)),
        by_hand=True,
    )


def _is_article(file: Path) -> bool:
    hidden = file.name.startswith(".")
    return file.is_file() and not hidden and file.suffix.lower() in _READERS


def _body(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            body = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise SourceError(f"it cannot be read: {error.strerror}") from error
    if len(body) > MOST_BYTES:
        raise SourceError(f"it is larger than {MOST_BYTES:,} bytes")
    return body

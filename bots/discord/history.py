"""The history of a channel, and whether a post of ours stands in it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from bots.discord.marks import Mark
from bots.discord.rest import Answer
from core.posting import Unknown, Unsearchable

_PAGE = 100
_MOST_PAGES = 20
_CLOCKS_DIFFER = timedelta(minutes=5)
_EPOCH = 1_420_070_400_000  # the millisecond from which Discord's ids count

FORUMS = frozenset({15, 16})
"""The kinds of channels in which nothing stands but posts: forums, and those for media."""


class InForum(Exception):
    """The channel is a forum, whose posts have histories of their own."""


Read = Callable[[str], Awaitable[Answer]]
"""Asks for a path of Discord's and returns the answer, if it is a success."""


class History:
    """What stands in one channel, as Discord shows it to the bot."""

    def __init__(self, read: Read, channel: str) -> None:
        self._read = read
        self._path = f"/channels/{channel}"

    async def find(self, mark: Mark, bot_id: str, since: datetime) -> str | None:
        """Return the id of the bot's message with this mark, or None if there surely is none.

        Raises `Unsearchable` if the history cannot be read, or not to its end, `Unknown` if what
        Discord answers makes no sense, and `InForum` for a forum.
        """
        after = first = id_at(since)
        for _ in range(_MOST_PAGES):
            page = await self._page(f"after={after}&limit={_PAGE}")
            for message in page:
                if message.is_of(bot_id, mark):
                    return message.id
            if len(page) < _PAGE:
                break
            after = max(int(message.id) for message in page)
        else:
            raise Unsearchable("too much was written in the channel since")
        if not page and after == first:
            await self._make_sure(after)
        return None

    async def _make_sure(self, after: int) -> None:
        """Raise `Unsearchable` if more stands there than is shown.

        Discord shows an empty history to a bot that may not read it.
        """
        told = (await self._read(self._path)).json()
        if not told.get("id"):
            raise _senseless()
        if told.get("type") in FORUMS:
            raise InForum
        last = told.get("last_message_id")
        if last is None or _number(last) <= after:
            return
        # The last message may have been deleted; a history that shows anything may be read.
        if not await self._page("limit=1"):
            raise Unsearchable("the bot may not read the channel's history")

    async def _page(self, query: str) -> list["Standing"]:
        listed = (await self._read(f"{self._path}/messages?{query}")).items()
        if listed is None:
            raise _senseless()
        return [Standing.read(raw) for raw in listed]


@dataclass(frozen=True, slots=True)
class Standing:
    """A message that stands in a channel."""

    id: str
    author_id: object
    nonce: object
    markers: frozenset[int]

    @classmethod
    def read(cls, raw: object) -> Self:
        """Return the message that Discord shows so."""
        match raw:
            case {"id": str() as message_id, "author": {"id": author_id}, **more}:
                _number(message_id)
                return cls(message_id, author_id, more.get("nonce"), _ids(more.get("components")))
            case _:
                raise _senseless()

    def is_of(self, bot_id: str, mark: Mark) -> bool:
        """Say whether it is the bot's post with this mark."""
        is_marked = mark.marker in self.markers or self.nonce == mark.nonce
        return self.author_id == bot_id and is_marked


def _ids(components: object) -> frozenset[int]:
    listed = components if isinstance(components, list) else []
    ids = (component.get("id") for component in listed if isinstance(component, dict))
    return frozenset(given for given in ids if isinstance(given, int))


def _number(written: object) -> int:
    if isinstance(written, str) and written.isdecimal():
        return int(written)
    raise _senseless()


def id_at(time: datetime) -> int:
    """Return an id that is older than those of all messages since `time`.

    Discord's clock may differ from ours.
    """
    since = (time - _CLOCKS_DIFFER).timestamp()
    return max(0, int(since * 1000) - _EPOCH) << 22


def _senseless() -> Unknown:
    return Unknown("Discord's answer about a channel's history could not be read")

"""Forums: nothing stands in them but posts, each a thread that begins with a message of its id."""

import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any, Self

from bots.discord.components import Json
from bots.discord.history import FORUMS, Standing, id_at
from bots.discord.marks import Mark
from bots.discord.rest import Answer
from bots.discord.threads import starting
from core.messages import Message
from core.posting import Address, Unknown, Unreachable, Unsearchable

NO_MESSAGES = frozenset({50008, 50024})
"""What Discord says to who posts in a forum as in a channel."""

_REQUIRE_TAG = 1 << 4
_MOST_TAGS = 5
_NEAR = 0.6
_CATCH_ALL = ("news", "general", "other", "misc", "all")
_FRESH = 600.0  # seconds for which the tags of a forum are taken to stay as they are
_MOST_KNOWN = 1_000
_MOST_LOOKED_AT = 100
TAGS_CHANGED = frozenset({10087, 40067})
"""What Discord says if a post has a tag that is gone, or lacks one that is wanted."""
_JUST_NOW = timedelta(minutes=10)
_NO_TAG = (
    "this forum wants a tag on each post, and none of its tags fits: add one called News in the"
    " forum's settings, or turn off Require people to select tags"
)

Read = Callable[[Address, str, str], Awaitable[Answer]]
"""Asks, for a post at an address, for a path of Discord's in some turn. Raises a `PostError`."""


@dataclass(frozen=True, slots=True)
class Forum:
    """A forum, with the tags that the bot can give a post: their ids and names."""

    id: str
    guild_id: str
    tags: tuple[tuple[str, str], ...]
    requires_tag: bool

    @classmethod
    def told(cls, channel: Json) -> Self | None:
        """Return what Discord tells of a channel; None if it is no forum."""
        if channel.get("type") not in FORUMS:
            return None
        # What only moderators may give is none for a news bot.
        tags = [it for it in channel.get("available_tags") or () if not it.get("moderated")]
        named = tuple((str(it.get("id")), str(it.get("name"))) for it in tags)
        requires = bool(int(channel.get("flags") or 0) & _REQUIRE_TAG)
        return cls(str(channel.get("id")), str(channel.get("guild_id")), named, requires)

    def fitting(self, tags: Sequence[str]) -> list[str]:
        """Return the ids of the forum's tags for a post with these, which are called alike.

        Where each post must have one, the nearest; raises `Unreachable` if none is near.
        """
        ids = {_plain(name): number for number, name in reversed(self.tags)}
        same = [ids[tag] for tag in map(_plain, tags) if tag in ids]
        if same or not self.requires_tag:
            return list(dict.fromkeys(same))[:_MOST_TAGS]
        near = (found for tag in tags for found in get_close_matches(_plain(tag), ids, 1, _NEAR))
        nearest = next(near, None) or next((it for it in _CATCH_ALL if it in ids), None)
        if nearest is None:
            raise Unreachable(_NO_TAG)
        return [ids[nearest]]


def post_of(forum: Forum, message: Message, body: bytes) -> bytes:
    """Return the body that starts a post which says `message`, drawn as `body`."""
    thread = json.loads(starting(message.title))
    said = json.loads(body)
    # A forum's post takes no nonce.
    first = {key: it for key, it in said.items() if key not in {"nonce", "enforce_nonce"}}
    tags = forum.fitting(message.tags)
    whole = {**thread, "message": first, **({"applied_tags": tags} if tags else {})}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


class Forums:
    """The forums that were met, and what stands in them."""

    def __init__(self, read: Read, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Forum]] = OrderedDict()
        self._others: OrderedDict[str, None] = OrderedDict()
        self._marks: OrderedDict[str, Standing] = OrderedDict()

    def knows(self, channel: str) -> bool:
        """Say whether this channel was met as a forum."""
        return channel in self._known

    async def at(self, address: Address) -> Forum | None:
        """Return the forum at an address; None if it is another kind of channel."""
        if address.channel in self._others:
            return None
        met_at, forum = self._known.get(address.channel, (0.0, None))
        if forum and self._clock() - met_at < _FRESH:
            return forum
        path = f"/channels/{address.channel}"
        forum = Forum.told((await self._read(address, address.channel, path)).json())
        if forum:
            self._known[address.channel] = (self._clock(), forum)
            _shorten(self._known)
        else:
            self._others[address.channel] = None
            _shorten(self._others)
        return forum

    def look_again(self, channel: str) -> None:
        """Ask for the tags of a forum before the next post: they were changed."""
        if channel in self._known:
            self._known[channel] = (-_FRESH, self._known[channel][1])

    async def just_posted(
        self, address: Address, forum: Forum, mark: Mark, bot_id: str
    ) -> str | None:
        """Return the id of the post with this mark if the bot made it a moment ago.

        A forum takes no nonce, so the same post could be made twice.
        """
        try:
            return await self._among_active(
                address, forum, mark, bot_id, datetime.now(UTC) - _JUST_NOW
            )
        except Unsearchable:
            return None  # who may not look has to take the risk, as with any other post

    async def find(
        self, address: Address, forum: Forum, mark: Mark, bot_id: str, since: datetime
    ) -> str | None:
        """Return the id of the bot's post with this mark, made since then; None if there is none.

        Raises `Unsearchable` if that cannot be seen.
        """
        if found := await self._among_active(address, forum, mark, bot_id, since):
            return found
        path = f"/channels/{forum.id}/threads/archived/public?limit={_MOST_LOOKED_AT}"
        archived = await self._threads(address, path, f"archived {forum.id}")
        return await self._among(address, archived, forum, mark, bot_id, since)

    async def _among_active(
        self, address: Address, forum: Forum, mark: Mark, bot_id: str, since: datetime
    ) -> str | None:
        path = f"/guilds/{forum.guild_id}/threads/active"
        active = await self._threads(address, path, f"active {forum.guild_id}")
        return await self._among(address, active, forum, mark, bot_id, since)

    async def _among(
        self,
        address: Address,
        threads: Sequence[object],
        forum: Forum,
        mark: Mark,
        bot_id: str,
        since: datetime,
    ) -> str | None:
        mine = list(_started(threads, forum, bot_id, since))
        if len(mine) > _MOST_LOOKED_AT:
            raise Unsearchable("too much was posted in the forum since")
        for thread in mine:
            first = await self._first(address, thread)
            if first and first.is_of(bot_id, mark):
                return thread
        return None

    async def _threads(self, address: Address, path: str, turn: str) -> Sequence[object]:
        listed = (await self._read(address, turn, path)).json().get("threads")
        if not isinstance(listed, list):
            raise Unknown("Discord's answer about a forum's posts could not be read")
        return listed

    async def _first(self, address: Address, thread: str) -> Standing | None:
        """Return the message with which a post begins; None if it was deleted."""
        if thread not in self._marks:
            path = f"/channels/{thread}/messages?around={thread}&limit=1"
            page = (await self._read(address, thread, path)).items()
            if page is None:
                raise Unknown("Discord's answer about a forum's post could not be read")
            if not page:
                raise Unsearchable("the bot may not read the posts of the forum")
            self._marks[thread] = Standing.read(page[0])
            _shorten(self._marks)
        found = self._marks[thread]
        return found if found.id == thread else None


def _started(
    threads: Sequence[object], forum: Forum, bot_id: str, since: datetime
) -> Iterator[str]:
    """Give the posts of the bot in a forum since then."""
    first = id_at(since)
    for thread in threads:
        match thread:
            case {"id": str() as number, "parent_id": forum.id, "owner_id": owner}:
                if owner == bot_id and number.isdecimal() and int(number) >= first:
                    yield number
            case _:
                continue


def _plain(name: str) -> str:
    return "-".join(name.casefold().strip("#").replace("_", " ").replace("-", " ").split())


def _shorten(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > _MOST_KNOWN:
        kept.popitem(last=False)

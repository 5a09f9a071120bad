"""Servers and channels that open and close, as Discord's gateway tells of them."""

import asyncio
from collections.abc import Iterable, Iterator

import discord
from discord.abc import GuildChannel

from bots.discord.errors import KINDS
from bots.discord.poster import DIRECT
from core.reachability import Reachability

_UNKNOWN_CHANNEL = 10003
_NEEDED = discord.Permissions(
    administrator=True, view_channel=True, send_messages=True, send_messages_in_threads=True
)

_Place = GuildChannel | discord.Thread


class Openings:
    """Passes on what opens and closes, in the order in which it happened.

    Which servers and channels there are, discord.py keeps; only what was missing is kept here.
    """

    def __init__(self, client: discord.AutoShardedClient, reachability: Reachability) -> None:
        self._client = client
        self._reachability = reachability
        self._complete: set[int] = set()
        self._missing: set[int] = set()
        # Each event is a task of its own: one must not overtake another.
        self._in_order = asyncio.Lock()
        for handler in (
            self.on_shard_ready,
            self.on_guild_remove,
            self.on_guild_unavailable,
            self.on_guild_available,
            self.on_guild_join,
            self.on_guild_channel_update,
            self.on_guild_channel_delete,
            self.on_guild_role_update,
            self.on_member_update,
            self.on_thread_join,
            self.on_thread_update,
            self.on_raw_thread_delete,
        ):
            client.event(handler)

    def begin_anew(self, shard_id: int | None) -> None:
        """Forget the servers of a shard that logs in: Discord tells of those that there are."""
        self._complete.discard(shard_id or 0)
        # discord.py would keep those that the bot was removed from while it was not connected.
        for guild in list(self._client.guilds):
            if guild.shard_id == (shard_id or 0):
                self._client._connection._remove_guild(guild)  # noqa: SLF001 (nothing else does)

    async def settle(self) -> None:
        """Return when all that was heard so far is passed on."""
        async with self._in_order:
            pass

    async def on_shard_ready(self, shard_id: int) -> None:
        """Tell which servers the bot is on: any other was left while it was not connected."""
        self._complete.add(shard_id)
        if len(self._complete) != self._client.shard_count:
            return
        guilds = self._client.guilds
        away = [guild for guild in guilds if guild.unavailable]
        self._missing = {guild.id for guild in away}
        async with self._in_order:
            present = [DIRECT, *(str(guild.id) for guild in guilds)]
            await self._reachability.workspaces_present("discord", present)
            for guild in away:
                await self._reachability.workspace_away("discord", str(guild.id))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Tell that the bot was removed."""
        self._missing.add(guild.id)
        async with self._in_order:
            await self._reachability.workspace_left("discord", str(guild.id))

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """Tell of an outage."""
        self._missing.add(guild.id)
        async with self._in_order:
            await self._reachability.workspace_away("discord", str(guild.id))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Tell of the end of an outage. At each start Discord says so of every server."""
        if guild.id in self._missing:
            await self.on_guild_join(guild)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Tell that the bot is on this server, perhaps again."""
        self._missing.discard(guild.id)
        async with self._in_order:
            await self._reachability.workspace_joined("discord", str(guild.id))

    async def on_guild_channel_update(self, before: GuildChannel, after: GuildChannel) -> None:
        """Tell that the bot may post in a channel again, and in its threads."""
        bot = after.guild.me
        if _may_post(after, bot) and not _may_post(before, bot):
            await self._opened(_with_threads(after))

    async def on_guild_channel_delete(self, channel: GuildChannel) -> None:
        """Tell that a channel is gone."""
        await self._gone(channel.guild.id, channel.id)

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """Tell where the bot may post if a role of its own was given what that takes."""
        gained = after.permissions.value & ~before.permissions.value & _NEEDED.value
        if gained and after in after.guild.me.roles:
            await self._opened(_places(after.guild))

    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Tell where the bot may post since its own roles changed. Of others it is not told."""
        if after == after.guild.me:
            newly = (p for p in _places(after.guild) if not _may_post(p, before))
            await self._opened(newly)

    async def on_thread_join(self, thread: discord.Thread) -> None:
        """Tell of a thread that is no longer archived: discord.py forgets those that are."""
        await self._opened([thread])

    async def on_thread_update(self, before: discord.Thread, after: discord.Thread) -> None:
        """Tell of a thread that is no longer locked."""
        if before.locked and not after.locked and not after.archived:
            await self._opened([after])

    async def on_raw_thread_delete(self, gone: discord.RawThreadDeleteEvent) -> None:
        """Tell that a thread is gone."""
        await self._gone(gone.guild_id, gone.thread_id)

    async def _opened(self, places: Iterable[_Place]) -> None:
        async with self._in_order:
            for place in places:
                if _may_post(place, place.guild.me):
                    await self._reachability.channel_opened(
                        "discord", str(place.guild.id), str(place.id)
                    )

    async def _gone(self, guild_id: int, channel_id: int) -> None:
        _, reason = KINDS[_UNKNOWN_CHANNEL]
        async with self._in_order:
            await self._reachability.channel_closed(
                "discord", str(guild_id), str(channel_id), reason
            )


def _places(guild: discord.Guild) -> list[_Place]:
    return [*guild.channels, *guild.threads]


def _with_threads(channel: GuildChannel) -> Iterator[_Place]:
    yield channel
    yield from (thread for thread in channel.guild.threads if thread.parent_id == channel.id)


def _may_post(place: _Place, bot: discord.Member) -> bool:
    if isinstance(place, discord.Thread):
        if place.parent is None:
            return False
        has = place.permissions_for(bot)
        return has.view_channel and has.send_messages_in_threads
    has = place.permissions_for(bot)
    return has.view_channel and has.send_messages

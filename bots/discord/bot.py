"""The bot on Discord's gateway: where commands and presses of buttons come from."""

import asyncio
import hashlib
import json
import logging
import threading
from contextlib import suppress
from datetime import UTC, datetime

import aiohttp
import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import Route
from yarl import URL

from bots.discord.commands import slash_commands
from bots.discord.elsewhere import Interaction
from bots.discord.errors import BAD_TOKEN
from bots.discord.logins import MOST, Logins
from bots.discord.menus import context_menus
from bots.discord.notes import Notes, NotesAway
from bots.discord.openings import Openings
from bots.discord.replies import Desk, Replies
from bots.discord.rest import API_URL, Rest
from core.posting import PlatformClosed
from core.reachability import Reachability
from core.seals import FOR_THIS_RUN, Seals

log = logging.getLogger(__name__)

GATEWAY_URL = "wss://gateway.discord.gg/"
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 300.0
_SETTLE_WITHIN = 4.0
_CLOSE_WITHIN = 5.0
_UNKEPT_WITHIN = 0.5
_GUILDS_WITHIN = 2.0  # seconds without news of a further server, until all are taken as known
_BAD_TOKEN_CLOSE = 4004
# Close codes after which trying again cannot help: token, shard, version, intents.
_PRESSES = (discord.InteractionType.component, discord.InteractionType.modal_submit)
_FINAL_CLOSES = frozenset({_BAD_TOKEN_CLOSE, 4010, 4011, 4012, 4013, 4014})


class DiscordBot:
    """Answers commands and buttons on Discord. Posting does not need it, nor stops with it.

    `api_url` and `gateway_url` hold for all of discord.py in this process: one Discord for each.
    """

    def __init__(  # noqa: PLR0913 (what the bot works with)
        self,
        token: str,
        desk: Desk,
        notes: Notes,
        *,
        reachability: Reachability,
        api_url: str = API_URL,
        gateway_url: str = GATEWAY_URL,
        seals: Seals = FOR_THIS_RUN,
    ) -> None:
        self._token = token
        self._desk = desk
        self._notes = notes
        self._logins = Logins(notes)
        self._reachability = reachability
        self._api_url = api_url.rstrip("/")
        self._gateway_url = gateway_url
        self._seals = seals
        self._running: asyncio.Task[None] | None = None
        self._is_closed = False
        self._ready = asyncio.Event()

    async def run(self) -> None:
        """Connect and answer until cancelled or closed; then leave in good order within 10 s.

        Raises `PlatformClosed` if Discord does not let the bot in. All else is tried again.
        """
        Route.BASE = self._api_url
        DiscordWebSocket.DEFAULT_GATEWAY = URL(self._gateway_url)
        if self._is_closed:
            return
        self._running = asyncio.ensure_future(self._stay_connected())
        try:
            await asyncio.shield(self._running)
        except asyncio.CancelledError:
            # Either this was cancelled, or `close` was called: then it simply ends.
            if not self._running.cancelled():
                await self.close()
                raise

    async def ready(self) -> None:
        """Return when the bot is connected and answers."""
        await self._ready.wait()

    async def close(self) -> None:
        """End `run`, and return when the bot has left."""
        self._is_closed = True
        if self._running:
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _stay_connected(self) -> None:
        wait = _FIRST_WAIT
        while True:
            try:
                await self._wait_for_login()
                await self._connect()
            except discord.LoginFailure as error:
                raise PlatformClosed(BAD_TOKEN) from error
            except discord.PrivilegedIntentsRequired as error:
                raise PlatformClosed(_turned_away(4014)) from error
            except discord.ConnectionClosed as error:
                if error.code in _FINAL_CLOSES:
                    raise PlatformClosed(_turned_away(error.code)) from error
                log.warning("lost the gateway with close code %s", error.code)
            except (aiohttp.ClientError, OSError, discord.DiscordException) as error:
                log.warning("could not reach %s", _unreached(error))
            except Exception:
                # discord.py ends with any error it meets in an event; the next one may be fine.
                log.exception("lost the gateway")
            wait = _FIRST_WAIT if self._ready.is_set() else min(wait * 2, _LONGEST_WAIT)
            self._ready.clear()
            await asyncio.sleep(wait)

    async def _wait_for_login(self) -> None:
        if wait := await self._logins.wait():
            opens_at = (datetime.now(UTC) + wait).isoformat(timespec="minutes")
            log.warning(
                "logged in %s times in 24 h, as in a crash loop: commands are not answered until"
                " the bot connects at %s; posting goes on",
                MOST,
                opens_at,
            )
            await asyncio.sleep(wait.total_seconds())

    async def _connect(self) -> None:
        async with Rest(self._token, self._api_url) as rest:
            replies = Replies(self._desk, rest, self._seals)
            client = _Client(replies, self._notes, self._logins, self._reachability, self._ready)
            started = asyncio.ensure_future(client.start(self._token))
            used_up = asyncio.ensure_future(client.used_up())
            try:
                await asyncio.wait([started, used_up], return_when=asyncio.FIRST_COMPLETED)
            finally:
                started.cancel()
                used_up.cancel()
                await _leave(client, replies)
                # While it logs in anew, discord.py goes on after it was cancelled once.
                started.cancel()
                await asyncio.gather(started, used_up, return_exceptions=True)
                await _leave_unkept(client)
            if not started.cancelled():
                started.result()


class _Client(discord.AutoShardedClient):
    """discord.py's client with our commands, and nothing kept that is not needed."""

    def __init__(
        self,
        replies: Replies,
        notes: Notes,
        logins: Logins,
        reachability: Reachability,
        ready: asyncio.Event,
    ) -> None:
        super().__init__(
            # Of messages only that there are any: what they say is told where the bot is mentioned.
            intents=discord.Intents(guilds=True, guild_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            guild_ready_timeout=_GUILDS_WITHIN,
        )
        self._replies = replies
        self._notes = notes
        self._logins = logins
        self._openings = Openings(self, reachability)
        self._used_up = asyncio.Event()
        self._connected = ready
        self._tree = _Tree(self, replies)

    async def setup_hook(self) -> None:
        """Register the commands; those of before still work if that fails."""
        try:
            await self._tree.register(self._notes)
        except NotesAway as error:
            log.warning("could not see whether commands are registered: %s", error)
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            log.exception("failed to register commands")

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Count a login before it is made. None is made when they are used up."""
        if not await self._logins.take():
            self._used_up.set()
            # discord.py would log in after any answer or error: it is stopped meanwhile.
            await asyncio.Event().wait()
        await super().before_identify_hook(shard_id, initial=initial)
        self._openings.begin_anew(shard_id)

    async def close(self) -> None:
        """Close the gateway (code 1000) and the connections, and pass on what was heard."""
        await super().close()
        await self._openings.settle()

    async def used_up(self) -> None:
        """Return when a login was wanted that may not be."""
        await self._used_up.wait()

    async def on_connect(self) -> None:
        """Say that commands are answered now. discord.py's `ready` waits for servers as well."""
        self._connected.set()
        log.info("connected to discord")

    async def on_interaction(self, interaction: Interaction) -> None:
        """Answer a pressed button, a choice or a form. Commands come by the tree."""
        if interaction.type in _PRESSES:
            await self._replies.to_press(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Answer a message that asks the bot."""
        if self.user and self.user in message.mentions:
            await self._replies.to_mention(message, self.user.id)


class _Tree(app_commands.CommandTree[discord.Client]):
    def __init__(self, client: discord.Client, replies: Replies) -> None:
        super().__init__(client)
        self._replies = replies
        for command in slash_commands(replies.to_words, replies.suggesters):
            self.add_command(command)
        for menu in context_menus(replies.to_menu):
            self.add_command(menu)

    async def register(self, notes: Notes) -> None:
        """Tell Discord the commands, but only if they are not those it was told last."""
        # Discord takes 200 registrations a day, and every one can reset what admins chose.
        said = json.dumps([command.to_dict(self) for command in self.get_commands()])
        digest = hashlib.sha256(said.encode()).hexdigest()
        name = f"discord commands {self.client.application_id}"
        if await notes.recall(name) == digest:
            return
        registered = await self.sync()
        await notes.remember(name, digest)
        log.info("registered commands: %s", len(registered))

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Answer what is no command of ours any more."""
        log.warning("got an unknown command: %s", type(error).__name__)
        if interaction.type is discord.InteractionType.application_command:
            await self._replies.to_unknown(interaction)


async def _leave(client: discord.Client, replies: Replies) -> None:
    """Finish the open answers, then close the gateway (code 1000) and the connections."""
    await replies.settle(_SETTLE_WITHIN)
    try:
        async with asyncio.timeout(_CLOSE_WITHIN):
            await client.close()
    except TimeoutError:
        log.warning("left discord without waiting for it")


async def _leave_unkept(client: discord.Client) -> None:
    """Close what discord.py forgets if it is cancelled before it keeps a new connection.

    The thread that sends its heartbeats would outlive the loop, and the connection would stay open.
    """
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler) and _is_of(thread, client):
            thread.stop()
            with suppress(TimeoutError):
                async with asyncio.timeout(_UNKEPT_WITHIN):
                    await thread.ws.close(code=1000)
            await asyncio.to_thread(thread.join, _UNKEPT_WITHIN)


def _is_of(thread: KeepAliveHandler, client: discord.Client) -> bool:
    return thread.ws._connection is client._connection  # noqa: SLF001 (nothing else tells)


def _unreached(error: Exception) -> str:
    # Logins that nobody counts could cost the bot its token, so it waits for the notes.
    if isinstance(error, NotesAway):
        return f"the notes, in which logins are counted: {error}"
    return f"the gateway: {type(error).__name__}"


def _turned_away(code: int) -> str:
    if code == _BAD_TOKEN_CLOSE:
        return BAD_TOKEN
    return f"Discord's gateway turned the bot away with close code {code}"

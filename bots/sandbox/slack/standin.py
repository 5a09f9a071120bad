"""The stand-in as tests, benchmarks and the sandbox's page use it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Literal, Self
from weakref import WeakSet

from bots.sandbox.disturbance import Disturbance
from bots.sandbox.slack.api import Api
from bots.sandbox.slack.events import Events
from bots.sandbox.slack.faults import Fault, Hold
from bots.sandbox.slack.forms import Forms
from bots.sandbox.slack.front import Front, Request
from bots.sandbox.slack.hands import Hands
from bots.sandbox.slack.interactions import Answer, Interactions
from bots.sandbox.slack.limits import Limits
from bots.sandbox.slack.sockets import Sockets
from bots.sandbox.slack.views import Views
from bots.sandbox.slack.wire import Json
from bots.sandbox.slack.world import Change, Channel, Group, Message, User, World


class SlackStandIn:
    """A Slack workspace on 127.0.0.1 with one app installed; open inside `async with`."""

    def __init__(
        self,
        port: int = 0,
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
        record: bool = True,
        ping_seconds: float | None = 10.0,
    ) -> None:
        self._port = port
        self._world = World(limits or Limits(), clock)
        self._sockets = Sockets(self._world, ping_seconds)
        self._interactions = Interactions(self._world)
        self._views = Views(self._world, self._interactions)
        self._api = Api(self._world, self._sockets, self._views)
        self._events = Events(self._world, self._sockets)
        self._hands = Hands(self._world, self._sockets, self._events, self._interactions)
        self.forms = Forms(
            self._world, self._sockets, self._events, self._interactions, self._views
        )
        self._front = Front(
            self._world, self._api, self._sockets, self._interactions, record=record
        )
        self._listeners: WeakSet[asyncio.Queue[Json | None]] = WeakSet()
        self._world.watchers.append(self._tell)
        self.bot_token = self._api.bot_token
        self.app_token = self._api.app_token
        self.team_id = self._world.team_id
        self.app_id = self._world.app_id
        self.bot_id = self._world.bot_id
        self.bot_user_id = self._world.bot.id
        self.api_url = ""

    async def __aenter__(self) -> Self:
        port = await self._front.open(self._port)
        self.api_url = f"http://127.0.0.1:{port}/api/"
        self._interactions.base = f"http://127.0.0.1:{port}"
        self._sockets.base = f"ws://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._events.close()
        await self._front.close()
        for queue in self._listeners:
            queue.put_nowait(None)

    def add_user(self, name: str, *, team_id: str = "", **facts: bool | str) -> User:
        """Add a person; `facts` are fields of `User`, such as `is_admin` and `tz`."""
        user = User(self._world.new_id("U"), name, team_id or self.team_id, **facts)  # type: ignore[arg-type]  # as the fields take them
        self._world.users[user.id] = user
        return user

    def change_user(self, user: User, **rights: bool) -> User:
        """Change what a person is; return them as they are now."""
        changed = replace(self._world.users[user.id], **rights)  # type: ignore[arg-type]  # they are flags
        self._world.users[user.id] = changed
        return changed

    def add_group(self, handle: str, *users: User) -> Group:
        """Add a user group of these people, which can be mentioned."""
        group = Group(self._world.new_id("S"), handle, tuple(user.id for user in users))
        self._world.groups[group.id] = group
        return group

    def add_channel(
        self,
        name: str,
        *,
        private: bool = False,
        bot_is_member: bool = True,
        creator: User | None = None,
        members: Collection[User] = (),
    ) -> Channel:
        """Add a channel; the creator is a member, and whoever acts in a public one joins it."""
        kind: Literal["private", "public"] = "private" if private else "public"
        made_by = creator.id if creator else ""
        people = {user.id for user in members} | ({made_by} if made_by else set())
        people |= {self.bot_user_id} if bot_is_member else set()
        channel = Channel(self._world.new_id("C"), name, kind, made_by)
        return self._world.add_channel(channel, people)

    def direct_messages(self, user: User) -> Channel:
        """Return the direct messages of the app with a person."""
        return self._world.direct_messages(user.id)

    def join(self, user: User, channel: Channel) -> None:
        """Make a person a member of a channel."""
        self._world.members[channel.id].add(user.id)

    def invite_bot(self, channel: Channel) -> None:
        """Make the app a member of a channel."""
        self._world.members[channel.id].add(self.bot_user_id)
        self._events.tell_of_app(channel, "joined")

    def remove_bot(self, channel: Channel) -> None:
        """Put the app out of a channel."""
        self._events.tell_of_app(channel, "left")
        self._events.tell_of(channel, "left")
        self._world.members[channel.id].discard(self.bot_user_id)

    def archive(self, channel: Channel) -> None:
        """Archive a channel."""
        self._world.archived.add(channel.id)
        self._events.tell_of(channel, "archive", user="")

    def unarchive(self, channel: Channel) -> None:
        """Open an archived channel again."""
        self._world.archived.discard(channel.id)
        self._events.tell_of(channel, "unarchive", user="")

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel, with all that stands in it."""
        self._events.tell_of(channel, "deleted")
        self._world.delete_channel(channel)

    def revoke_token(self, error: str = "token_revoked") -> None:
        """Refuse every token from now on, with `token_revoked` or `account_inactive`."""
        self._api.closed_because = error

    def uninstall(self) -> None:
        """Remove the app from the workspace: its tokens are refused, and it is told."""
        self.revoke_token("account_inactive")
        tokens = {"oauth": [], "bot": [self.bot_user_id]}
        self._events.tell({"type": "tokens_revoked", "tokens": tokens})
        self._events.tell({"type": "app_uninstalled"})

    @property
    def scopes(self) -> Sequence[str]:
        """What the app may do."""
        return self._world.scopes

    @scopes.setter
    def scopes(self, scopes: Sequence[str]) -> None:
        self._world.scopes = tuple(scopes)

    @property
    def messages_tab(self) -> bool:
        """Whether people can have direct messages with the app."""
        return self._world.messages_tab

    @messages_tab.setter
    def messages_tab(self, is_on: bool) -> None:
        self._world.messages_tab = is_on

    @property
    def commands(self) -> Collection[str]:
        """The slash commands that people can type, each with its stroke."""
        return self._hands.commands

    @commands.setter
    def commands(self, commands: Collection[str]) -> None:
        self._hands.commands = frozenset(commands)

    @property
    def shortcuts(self) -> Mapping[str, str]:
        """What stands in the menu of messages: the name of each by its callback id."""
        return self._hands.shortcuts

    @shortcuts.setter
    def shortcuts(self, shortcuts: Mapping[str, str]) -> None:
        self._hands.shortcuts = dict(shortcuts)

    @property
    def should_escape(self) -> bool:
        """Whether names and addresses typed after a command arrive as Slack's markup."""
        return self._hands.should_escape

    @should_escape.setter
    def should_escape(self, is_on: bool) -> None:
        self._hands.should_escape = is_on

    @property
    def subscribed(self) -> Collection[str]:
        """The events that the app is told of; a mention always is."""
        return self._events.subscribed

    @subscribed.setter
    def subscribed(self, events: Collection[str]) -> None:
        self._events.subscribed = frozenset(events)

    @property
    def copies(self) -> int:
        """How often everything is sent to the app, as if acknowledgements got lost."""
        return self._sockets.copies

    @copies.setter
    def copies(self, copies: int) -> None:
        self._sockets.copies = copies

    async def type_command(
        self, user: User, channel: Channel, command: str, text: str = ""
    ) -> Answer:
        """Type a slash command; return what the person sees first.

        Raises `NoAnswer` with what the person sees instead, and `ValueError` if there is no such
        command.
        """
        return await self._hands.type_command(user, channel, command, text)

    async def suggestions(
        self, user: User, channel: Channel, message_ts: str, action_id: str, typed: str
    ) -> list[Json]:
        """Type into a list of a message whose options the app gives; return those it offers."""
        return await self._hands.suggestions(user, channel, message_ts, action_id, typed)

    async def press(
        self,
        user: User,
        channel: Channel,
        message_ts: str,
        action_id: str,
        option: str | Sequence[str] = "",
        *,
        block_id: str = "",
    ) -> Answer:
        """Press a button of a message, or choose an `option` of a list; return what comes of it.

        From a list of several, choose just these. Raises `NoAnswer`, and `LookupError` if the
        person sees no such button or option.
        """
        return await self._hands.press(
            user, channel, message_ts, action_id, option, block_id=block_id
        )

    async def choose(
        self, user: User, channel: Channel, message_ts: str, callback_id: str
    ) -> Answer:
        """Choose a shortcut in the menu of a message; return what the person sees first.

        Raises `NoAnswer`, and `LookupError` if there is no such message or shortcut.
        """
        return await self._hands.choose(user, channel, message_ts, callback_id)

    async def mention(
        self, user: User, channel: Channel, text: str, thread_ts: str | None = None
    ) -> Answer:
        """Say something to the app in a channel; return what the person sees first.

        Raises `NoAnswer`.
        """
        return await self._hands.mention(user, channel, text, thread_ts)

    async def event(self, event: Json) -> None:
        """Tell the app of any event; raises `Unacknowledged` after the second attempt."""
        await self._events.send(event)

    def messages(self, channel_id: str) -> list[Message]:
        """Return the messages that stand in a channel for everyone, oldest first."""
        return self._world.messages(channel_id)

    def private_messages(self, user: User) -> list[Message]:
        """Return the messages that only this person sees, oldest first."""
        return self._world.private_messages(user.id)

    @property
    def without_fallback(self) -> Sequence[Message]:
        """The messages that had blocks but no text for screen readers."""
        return tuple(self._world.without_fallback)

    @property
    def requests(self) -> Sequence[Request]:
        """The calls that were answered, oldest first; those of `response_url` among them."""
        return tuple(self._front.requests)

    @property
    def acknowledged_after(self) -> Sequence[float]:
        """How many seconds each envelope waited that was acknowledged, in order."""
        return tuple(self._sockets.acknowledged_after)

    @property
    def modals(self) -> Mapping[str, Json]:
        """The modals as they are, by view id."""
        return self._views.modals

    @property
    def homes(self) -> Mapping[str, Json]:
        """The home tabs as they are, by person."""
        return self._views.homes

    def watch_views(self, told: Callable[[str], None]) -> None:
        """Tell of each person whose modals or home tab changed, as it happens."""
        self._world.view_watchers.append(told)

    def watch(self, told: Callable[[Json], None]) -> None:
        """Tell of every change of a message as it happens, as plain values."""
        self._world.watchers.append(lambda change: told(change.as_json()))

    def listen(self) -> AsyncIterator[Json]:
        """Return the changes of messages from now on, as plain values."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._listeners.add(queue)
        return _until_closed(queue)

    async def connected(self, count: int = 1) -> None:
        """Return when the app holds `count` Socket Mode connections."""
        await self._sockets.connected(count)

    async def disconnect(self, reason: str = "refresh_requested", *, close: bool = False) -> None:
        """Tell every connection that it will end (`warning`, `refresh_requested`, …)."""
        await self._sockets.disconnect(reason, close=close)

    async def end_told(self) -> None:
        """End the connections that were told that they will."""
        await self._sockets.end_told()

    def expire_links(self) -> None:
        """Make every Socket Mode address that was given out stale."""
        self._sockets.expire_links()

    def fail_next(
        self,
        method: str,
        *,
        error: str = "",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        after_commit: bool = False,
    ) -> None:
        """Make the next calls fail. `method` may be `response_url`, or `link` for connections.

        With `after_commit` Slack does what was asked before it fails.
        """
        fault = Fault(error, status, headers or {}, after_commit)
        self._front.faults.add(method, fault, times)

    def drop_next(self, method: str, *, after_commit: bool, times: int = 1) -> None:
        """Break the connection of the next calls instead of answering."""
        self._front.faults.add(method, Fault(after_commit=after_commit, drop=True), times)

    def disturb(self, method: str, *, drops: float = 0.0, lag: float = 0.0, seed: int = 0) -> None:
        """From now on break a share of the connections, and do calls late, by chance.

        `drops` from 0 to 1 is the share that breaks, half of it though the call is done; `lag` is
        the most seconds that this takes, also when nobody waits any more.
        """
        disturbance = Disturbance(drops=drops, lag=lag, seed=seed)
        self._front.faults.disturb(method, disturbance)

    def held(
        self, method: str, *, before_commit: bool = False
    ) -> AbstractAsyncContextManager[Hold]:
        """Keep back the answers of `method` until the block ends.

        `before_commit` keeps the calls themselves, which are done when the block ends.
        """
        return self._front.faults.held(method, before_commit=before_commit)

    def _tell(self, change: Change) -> None:
        if self._listeners:
            told = change.as_json()
            for queue in self._listeners:
                queue.put_nowait(told)


async def _until_closed(queue: asyncio.Queue[Json | None]) -> AsyncIterator[Json]:
    while (change := await queue.get()) is not None:
        yield change

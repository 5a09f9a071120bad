"""What Slack tells the app of, by events."""

import asyncio
import contextlib
from collections.abc import Collection

from bots.sandbox.slack.sockets import Sockets, Unacknowledged
from bots.sandbox.slack.wire import Json
from bots.sandbox.slack.world import Channel, World

_KINDS = {"public": "channel", "private": "group"}
_LETTERS = {"public": "C", "private": "G"}


class Events:
    """The events of a workspace; `subscribed` are those that the app asked to be told of."""

    def __init__(self, world: World, sockets: Sockets) -> None:
        self._world = world
        self._sockets = sockets
        self._telling: set[asyncio.Task[None]] = set()
        self.subscribed: Collection[str] = ()

    async def send(self, event: Json) -> None:
        """Tell the app of any event; once more at once if it is not acknowledged.

        Raises `Unacknowledged` after the second time.
        """
        payload = self._payload(event)
        try:
            await self._sockets.deliver("events_api", payload, **_attempt(0, ""))
        except Unacknowledged:
            await self._sockets.deliver("events_api", payload, **_attempt(1, "timeout"))

    def tell_of(self, channel: Channel, what: str, **more: object) -> None:
        """Tell of something that happened to a channel: such as `archive` or `left`."""
        self._tell_if_seen(channel, {"type": f"{_KINDS[channel.kind]}_{what}", **more})

    def tell_of_app(self, channel: Channel, what: str) -> None:
        """Tell of the app as a member of a channel, that `joined` or `left`."""
        own = {"user": self._world.bot.id, "team": self._world.team_id}
        kind = _LETTERS[channel.kind]
        self._tell_if_seen(channel, {"type": f"member_{what}_channel", "channel_type": kind, **own})

    def tell(self, event: Json) -> None:
        """Tell of an event in its own time, if the app asked for it; nobody may hear it."""
        if event["type"] in self.subscribed:
            task = asyncio.create_task(self._try(event))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def close(self) -> None:
        """Tell nothing more."""
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    def _tell_if_seen(self, channel: Channel, event: Json) -> None:
        is_seen = channel.kind != "private" or self._world.bot_is_in(channel)
        if is_seen and channel.scope("read") in self._world.scopes:
            self.tell({**event, "channel": channel.id, "event_ts": self._world.new_ts()})

    async def _try(self, event: Json) -> None:
        with contextlib.suppress(Unacknowledged):
            await self.send(event)

    def _payload(self, event: Json) -> Json:
        world = self._world
        installed = {"team_id": world.team_id, "user_id": world.bot.id, "is_bot": True}
        return {
            "type": "event_callback",
            "token": "legacy-verification-token",
            "team_id": world.team_id,
            "api_app_id": world.app_id,
            "event": event,
            "event_id": world.new_id("Ev"),
            "event_time": int(world.clock()),
            "authorizations": [{**installed, "enterprise_id": None}],
            "is_ext_shared_channel": False,
        }


def _attempt(number: int, reason: str) -> Json:
    return {
        "accepts_response_payload": False,
        "retry_attempt": number,
        "retry_reason": reason,
    }

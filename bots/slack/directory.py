"""What Slack says of people and channels, at this moment or nearly so."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.client import asked_of, people_in

_LASTS = 10.0
_MOST_KEPT = 2000


class Directory:
    """Asks Slack about people and channels: about fifty channels in a minute, not more.

    So who asks about a channel while others do gets what they get. And where the bot is in it, it
    stays as it was told for ten seconds: who made it never changes, and that the bot has just left
    is noticed by its next post. What else is told of it is what somebody goes and mends.
    """

    def __init__(self, client: AsyncWebClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._asked: dict[str, asyncio.Task[dict[str, Any]]] = {}
        self._known: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()

    async def person(self, person: str) -> dict[str, Any]:
        """Return what Slack says of a person; nothing if it does not."""
        return await asked_of(self._client, "users.info", "user", {"user": person})

    async def people_in(self, group: str) -> list[str]:
        """Return who is in a user group; nobody if Slack does not say, or the app may not ask."""
        return await people_in(self._client, group)

    def knows(self, channel: str, *, within: float) -> bool:
        """Say whether Slack told of a channel within so many seconds."""
        told_at, told = self._known.get(channel, (0.0, {}))
        return bool(told) and self._clock() - told_at < within

    async def channel(
        self, channel: str, *, within: float | None = None, level: int = logging.WARNING
    ) -> dict[str, Any]:
        """Return what Slack says of a channel; nothing if it does not, which is logged so.

        What it told `within` so many seconds holds, whether or not the bot is in it.
        """
        if self.knows(channel, within=self._lasts(channel) if within is None else within):
            return self._known[channel][1]
        asked = self._asked.get(channel)
        if asked is None:
            asked = self._asked[channel] = asyncio.create_task(self._ask(channel, level))
        # Who gives up must not end it for the others.
        return await asyncio.shield(asked)

    def _lasts(self, channel: str) -> float:
        _, told = self._known.get(channel, (0.0, {}))
        return _LASTS if told.get("is_member") and not told.get("is_archived") else 0.0

    async def _ask(self, channel: str, level: int) -> dict[str, Any]:
        try:
            asked = {"channel": channel}
            told = await asked_of(self._client, "conversations.info", "channel", asked, level=level)
        finally:
            del self._asked[channel]
        if told:
            self._known[channel] = (self._clock(), told)
            self._known.move_to_end(channel)
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return told

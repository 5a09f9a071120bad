"""Posts messages to Slack channels and people."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2s
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.errors import BROKEN, failure, pause_of
from bots.slack.pacing import PER_MINUTE, SPACING, Pacer
from bots.slack.render import as_payload, without_pictures
from core.messages import Message
from core.posting import Address, Receipt, Refused, TryLater, Unknown

EVENT_TYPE = "themata_delivery"
"""The type of the metadata by which a post is found again."""

_PEOPLE = ("U", "W")
_JSON = "application/json;charset=utf-8"


class SlackPoster:
    """The `Poster` for the one workspace that the client's token belongs to.

    An address whose channel is a person's id goes to that person's direct messages. The receipt
    then names the conversation it went to, as Slack asks for that to change the message.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        pacer: Pacer | None = None,
        spacing: float = SPACING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Post through `client`, `spacing` seconds apart in a channel; at 0 as fast as it goes."""
        self._client = client
        most = PER_MINUTE if spacing else {}
        self._pacer = pacer or Pacer(spacing, per_minute=most, clock=clock)
        self._clock = clock
        self._paused_until: dict[str, float] = {}

    async def post(self, address: Address, message: Message, *, key: str) -> Receipt:
        """Post `message` and return its receipt. Slack knows no repeats: the same key posts again.

        The post carries `mark_of(key, address)`, by which it can be found. Raises a `PostError`
        of the kind that fits, or `PlatformClosed`.
        """
        fields = _fields(address, key)
        answer = await self._say("chat.postMessage", address.channel, message, fields)
        channel = str(answer["channel"])
        where = address if channel == address.channel else replace(address, channel=channel)
        return Receipt(where, str(answer["ts"]))

    async def edit(self, receipt: Receipt, message: Message) -> None:
        """Replace what stands at `receipt`. Raises like `post`."""
        channel = receipt.address.channel
        if channel.startswith(_PEOPLE):
            channel = await self._conversation_with(channel)
        # Unlike a post, an edit would link names and addresses by itself.
        fields = {"channel": channel, "ts": receipt.message_id, "parse": "none"}
        await self._say("chat.update", channel, message, fields)

    async def _conversation_with(self, person: str) -> str:
        answer = await self._call("conversations.open", json.dumps({"users": person}).encode())
        return str(answer["channel"]["id"])

    async def _say(
        self, method: str, channel: str, message: Message, fields: Mapping[str, object]
    ) -> dict[str, Any]:
        async with self._pacer.turn(channel, method):
            try:
                return await self._call(method, _encoded(fields, message))
            except Refused:
                plain = without_pictures(message)
                if plain == message:
                    raise
        # Slack fetches the pictures while it posts, and refuses a message whose picture is gone.
        async with self._pacer.turn(channel, method):
            return await self._call(method, _encoded(fields, plain))

    async def _call(self, method: str, sent: bytes) -> dict[str, Any]:
        self._check_pause(method)
        headers = {"Content-Type": _JSON}
        try:
            answer = await self._client.api_call(method, data=sent, headers=headers)  # type: ignore[arg-type]  # it hands bytes on as they are
        except (SlackApiError, *BROKEN) as error:
            self._note_pause(method, error)
            raise failure(error) from error
        if not isinstance(answer.data, dict):
            raise Unknown("Slack's answer could not be read")
        return answer.data

    def _check_pause(self, method: str) -> None:
        left = self._paused_until.get(method, 0) - self._clock()
        if left > 0:
            raise TryLater("Slack asked for a pause (ratelimited)", timedelta(seconds=left))

    def _note_pause(self, method: str, error: Exception) -> None:
        pause = pause_of(error)
        if pause:
            self._paused_until[method] = self._clock() + pause.total_seconds()


def body(address: Address, message: Message, key: str) -> dict[str, Any]:
    """Return the whole body of the request that posts `message`."""
    return dict(json.loads(_encoded(_fields(address, key), message)))


def _encoded(fields: Mapping[str, object], message: Message) -> bytes:
    return b"%b,%b" % (json.dumps(fields).encode()[:-1], _as_json(message)[1:])


@lru_cache(maxsize=256)
def _as_json(message: Message) -> bytes:
    """Return what shows `message`, worked out once for all channels that get the same post."""
    return json.dumps(as_payload(message)).encode()


def _fields(address: Address, key: str) -> dict[str, object]:
    mark = {"event_type": EVENT_TYPE, "event_payload": {"d": mark_of(key, address)}}
    fields: dict[str, object] = {
        "channel": address.channel,
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": mark,
    }
    return fields | ({"thread_ts": address.thread} if address.thread else {})


def mark_of(key: str, address: Address) -> str:
    """Return what marks the post of `key` at `address`: no secret, and it tells nothing."""
    where = f"{key}\0{address.workspace}\0{address.channel}\0{address.thread}"
    return blake2s(where.encode(), digest_size=16).hexdigest()

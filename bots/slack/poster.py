"""Posts messages to Slack channels and people, and finds them there again."""

import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2s
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.client import Identity, identify
from bots.slack.errors import BROKEN, Blamed, failure, pause_of
from bots.slack.pacing import PER_MINUTE, SPACING, Pacer
from bots.slack.reduced import without_pictures
from bots.slack.render import as_payload, as_smaller_payload
from bots.slack.sealing import sealed_json
from core.messages import Message
from core.posting import (
    Address,
    Receipt,
    Refused,
    Repeats,
    TryLater,
    Unknown,
    Unreachable,
    Unsearchable,
)
from core.seals import FOR_THIS_RUN, Seals

log = logging.getLogger(__name__)

SETTLE = 30.0
"""Seconds after which a post that Slack did not confirm is taken to stand, if it ever will."""
EVENT_TYPE = "themata_delivery"
"""The type of the metadata by which a post is found again."""

_PEOPLE = ("U", "W")
_DIRECT = "D"  # how the id of a conversation of two begins
# Slack gives some apps no more messages at once.
_PAGE = 15
_MOST_PAGES = 40
# Slack's clock and ours may be five minutes apart, and time-outs take a while.
_SLACK_CLOCK = timedelta(minutes=6)
_JSON = "application/json;charset=utf-8"


class SlackPoster:
    """The `Poster` and `Finder` for the one workspace that the client's token belongs to.

    An address whose channel is a person's id goes to that person's direct messages. The receipt
    then names the conversation it went to, as Slack asks for that to change the message.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        pacer: Pacer | None = None,
        spacing: float = SPACING,
        settle: float = SETTLE,
        seals: Seals = FOR_THIS_RUN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Post through `client`, `spacing` seconds apart in a channel; at 0 as fast as it goes.

        `settle` is how many seconds a post may take to appear after its connection broke.
        """
        self._client = client
        self._seals = seals
        most = PER_MINUTE if spacing else {}
        self._pacer = pacer or Pacer(spacing, per_minute=most, clock=clock)
        self._clock = clock
        self._paused_until: dict[str, float] = {}
        self._settle = timedelta(seconds=settle)
        self._own: Identity | None = None

    @property
    def repeats(self) -> Repeats:
        """Slack knows no repeats, so it is looked twice for a post before it is posted again."""
        return Repeats(known_for=timedelta(0), settles_in=self._settle, looks=2)

    async def post(self, address: Address, message: Message, *, key: str) -> Receipt:
        """Post `message` and return its receipt. Slack knows no repeats: the same key posts again.

        The post carries `mark_of(key, address)`, by which it can be found. Raises a `PostError`
        of the kind that fits, or `PlatformClosed`.
        """
        fields = _fields(address, key)
        answer = await self._say("chat.postMessage", address, message, fields)
        return _receipt(address, answer)

    async def reply(self, address: Address, message: Message, *, key: str, title: str) -> Receipt:  # noqa: ARG002 (the port's form)
        """Post `message` in a thread, as `post` does. Slack's threads have no title."""
        return await self.post(address, message, key=key)

    async def find(self, address: Address, *, key: str, since: datetime) -> Receipt | None:
        """Return the receipt of the post of `key` if it stands at `address`, posted since then.

        Raises `Unsearchable` with what to do if the messages cannot be read; else like `post`.
        """
        try:
            return await self._find(address, mark_of(key, address), since - _SLACK_CLOCK)
        except (Unreachable, Refused) as error:
            raise Unsearchable(str(error)) from error

    async def edit(self, receipt: Receipt, message: Message) -> None:
        """Replace what stands at `receipt`. Raises like `post`."""
        channel = receipt.address.channel
        if channel.startswith(_PEOPLE):
            channel = await self._conversation_with(channel)
        # Unlike a post, an edit would link names and addresses by itself.
        fields = {"channel": channel, "ts": receipt.message_id, "parse": "none"}
        await self._say("chat.update", receipt.address, message, fields)

    async def _find(self, address: Address, mark: str, since: datetime) -> Receipt | None:
        self._own = self._own or await identify(self._client)
        channel = address.channel
        if channel.startswith(_PEOPLE):
            channel = await self._conversation_with(channel)
        where = replace(address, channel=channel)
        async for said in self._said_at(where, since):
            if _is_by(self._own, said) and _mark_on(said) == mark:
                return Receipt(where, str(said["ts"]))
        return None

    async def _said_at(self, where: Address, since: datetime) -> AsyncIterator[dict[str, Any]]:
        """Return the messages that stand there, page by page; of a thread, those in it."""
        method = "conversations.replies" if where.thread else "conversations.history"
        asked = _asked(where, since)
        for _ in range(_MOST_PAGES):
            answer = await self._call(method, params=asked)
            if not isinstance(answer.get("messages"), list):
                raise Unknown("Slack's answer holds no messages")
            for said in answer["messages"]:
                yield said
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            asked["cursor"] = cursor
        raise Unsearchable(f"there are more than {_MOST_PAGES * _PAGE} messages since then")

    async def _conversation_with(self, person: str) -> str:
        sent = json.dumps({"users": person}).encode()
        answer = await self._call("conversations.open", sent=sent)
        match answer.get("channel"):
            case {"id": str(conversation)}:
                return conversation
            case _:
                raise Unknown("Slack's answer names no conversation")

    async def _say(
        self, method: str, place: Address, message: Message, fields: Mapping[str, object]
    ) -> dict[str, Any]:
        channel = str(fields["channel"])
        async with self._pacer.turn(channel, method):
            try:
                drawn = sealed_json(_drawn(_as_json, message), self._seals, place)
                return await self._call(method, sent=_encoded(fields, drawn))
            except Blamed as blamed:
                smaller = _drawn(_without_pictures if blamed.pictures else _smaller, message)
                if smaller == _drawn(_as_json, message):
                    raise
                log.warning("slack refused the layout of a post, trying a smaller one: %s", blamed)
        async with self._pacer.turn(channel, method):
            drawn = sealed_json(smaller, self._seals, place)
            return await self._call(method, sent=_encoded(fields, drawn))

    async def _call(
        self, method: str, *, sent: bytes | None = None, params: dict[str, str] | None = None
    ) -> dict[str, Any]:
        self._check_pause(method)
        headers = {"Content-Type": _JSON} if sent else None
        try:
            answer = await self._client.api_call(method, data=sent, params=params, headers=headers)  # type: ignore[arg-type]  # it hands bytes on as they are
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
    return dict(json.loads(_encoded(_fields(address, key), _as_json(message))))


def _encoded(fields: Mapping[str, object], shown: bytes) -> bytes:
    return b"%b,%b" % (json.dumps(fields).encode()[:-1], shown[1:])


def _drawn(draw: Callable[[Message], bytes], message: Message) -> bytes:
    """Return `message` as JSON. One that cannot be drawn must not stop the others: `Refused`."""
    try:
        return draw(message)
    except Exception as error:
        log.exception("failed to draw a message")
        raise Refused(f"the message cannot be drawn ({type(error).__name__})") from error


@lru_cache(maxsize=256)
def _as_json(message: Message) -> bytes:
    """Return what shows `message`, worked out once for all channels that get the same post."""
    return json.dumps(as_payload(message)).encode()


def _without_pictures(message: Message) -> bytes:
    """Return what shows `message` without its pictures; if it has none, the smaller form."""
    plain = without_pictures(message)
    return _smaller(message) if plain == message else _as_json(plain)


def _smaller(message: Message) -> bytes:
    return json.dumps(as_smaller_payload(message)).encode()


def _fields(address: Address, key: str) -> dict[str, object]:
    mark = {"event_type": EVENT_TYPE, "event_payload": {"d": mark_of(key, address)}}
    fields: dict[str, object] = {
        "channel": address.channel,
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": mark,
    }
    return fields | ({"thread_ts": address.thread} if address.thread else {})


def _asked(where: Address, since: datetime) -> dict[str, str]:
    """Return what is asked for the messages at an address."""
    thread = {"ts": where.thread} if where.thread else {}
    return thread | {
        "channel": where.channel,
        "oldest": f"{since.timestamp():.6f}",
        "inclusive": "true",
        "include_all_metadata": "true",
        "limit": str(_PAGE),
    }


def _is_by(own: Identity, said: Mapping[str, Any]) -> bool:
    return said.get("bot_id") == own.bot or said.get("user") == own.user


def _mark_on(said: Mapping[str, Any]) -> object:
    metadata = said.get("metadata") or {}
    is_ours = metadata.get("event_type") == EVENT_TYPE
    return (metadata.get("event_payload") or {}).get("d") if is_ours else None


def _receipt(address: Address, answer: Mapping[str, Any]) -> Receipt:
    """Return where Slack says that a post stands. Word of another place confirms nothing."""
    channel, ts = str(answer.get("channel") or ""), str(answer.get("ts") or "")
    is_direct = address.channel.startswith(_PEOPLE) and channel.startswith(_DIRECT)
    if not ts or not (is_direct or channel == address.channel):
        raise Unknown("Slack's answer is not about this post")
    return Receipt(replace(address, channel=channel) if is_direct else address, ts)


def mark_of(key: str, address: Address) -> str:
    """Return what marks the post of `key` at `address`: no secret, and it tells nothing."""
    where = f"{key}\0{address.workspace}\0{address.channel}\0{address.thread}"
    return blake2s(where.encode(), digest_size=16).hexdigest()

"""Posting to Discord: paced for the whole bot, in order in each channel, each post once."""

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

import aiohttp

from bots.discord import errors
from bots.discord.limits import Limits, Turns
from bots.discord.pacing import Held, Pace
from bots.discord.render import as_body
from bots.discord.rest import API_URL, Answer, Rest
from core.messages import Message
from core.posting import Address, Receipt, Refused, TryLater, Unknown, Unreachable

DIRECT = "@me"
"""The workspace of direct messages: there the channel is the person's id."""

_TOO_MANY_REQUESTS = 429
_BLOCKED = 40333
_BAN = timedelta(hours=1)
_NONCE_FORGOTTEN = timedelta(minutes=10)
_MOST_DIRECT_CHANNELS = 10_000
_NONCE_BYTES = 12  # as hexadecimal digits they fit in the 25 characters that a nonce may have


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    body: bytes
    turn: str
    """Requests with the same turn go one after the other."""
    route: str
    """What Discord counts requests for."""


class DiscordPoster:
    """Posts and edits by Discord's HTTP API. Needs no gateway.

    `requests_per_second` holds for all channels together; Discord allows 50, and 0 is no limit.
    Make it where an event loop runs, and close it.
    """

    def __init__(
        self,
        token: str,
        *,
        api_url: str = API_URL,
        requests_per_second: int = 50,
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        self._rest = Rest(token, api_url, session)
        self._pace = Pace(requests_per_second)
        self._turns = Turns()
        self._limits = Limits()
        self._direct: OrderedDict[str, str] = OrderedDict()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def post(self, address: Address, message: Message, *, key: str) -> Receipt:
        """Post `message` and return its receipt.

        The same `key` at the same address within a few minutes is the same post. If that post
        was deleted meanwhile it is not made again: its receipt has no message id.
        """
        channel = await self._channel(address)
        answer = await self._send(_in_channel("POST", channel, "", body(address, message, key)))
        if answer.succeeded:
            return _receipt(address, channel, answer)
        if answer.code == errors.UNKNOWN_MESSAGE:
            return Receipt(address, "")
        raise self._refusal(address, answer)

    async def edit(self, receipt: Receipt, message: Message) -> None:
        """Replace what stands at `receipt`. A deleted message is `Refused`."""
        if not receipt.message_id:
            raise Refused("the message was deleted")
        channel = await self._channel(receipt.address)
        standing = f"/{receipt.message_id}"
        answer = await self._send(_in_channel("PATCH", channel, standing, as_body(message)))
        if not answer.succeeded:
            raise self._refusal(receipt.address, answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._rest.close()

    async def _channel(self, address: Address) -> str:
        """Return the id of the channel to post to; for a person, opens their direct messages."""
        if address.workspace != DIRECT:
            return address.thread or address.channel
        person = address.channel
        if person not in self._direct:
            self._direct[person] = await self._open_direct(address)
        self._direct.move_to_end(person)
        channel = self._direct[person]
        if len(self._direct) > _MOST_DIRECT_CHANNELS:
            self._direct.popitem(last=False)
        return channel

    async def _open_direct(self, address: Address) -> str:
        path, asked = "/users/@me/channels", json.dumps({"recipient_id": address.channel})
        try:
            answer = await self._send(_Request("POST", path, asked.encode(), address.channel, path))
        except Unknown as error:
            raise TryLater(str(error)) from error
        if not answer.succeeded:
            # Nothing was posted yet, whatever went wrong here.
            refusal = self._refusal(address, answer)
            raise TryLater(str(refusal)) if isinstance(refusal, Unknown) else refusal
        channel = answer.json().get("id")
        if not isinstance(channel, str):
            raise TryLater("Discord opened direct messages without naming the channel")
        return channel

    async def _send(self, request: _Request) -> Answer:
        """Send when it is the request's turn and the bot's pace allows it."""
        async with self._turns.of(request.turn):
            try:
                await self._limits.rest(request.route)
                await self._pace.wait()
                answer = await self._rest.request(request.method, request.path, request.body)
            except Held as held:
                raise TryLater("Discord asked to wait", timedelta(seconds=held.seconds)) from held
            except (aiohttp.ClientError, TimeoutError) as error:
                raise errors.broken(error) from error
            self._learn(request.route, answer)
            return answer

    def _learn(self, route: str, answer: Answer) -> None:
        if _is_ban(answer):
            self._pace.hold((answer.retry_after or _BAN).total_seconds())
        elif _is_global(answer) and answer.retry_after:
            self._pace.refused(answer.retry_after.total_seconds())
        else:
            self._limits.learn(route, answer)

    def _refusal(self, address: Address, answer: Answer) -> Exception:
        if _is_ban(answer):
            return TryLater("Discord's outer wall blocks the bot", answer.retry_after or _BAN)
        refusal = errors.refusal(answer.status, answer.code, answer.retry_after)
        if isinstance(refusal, Unreachable):
            self._direct.pop(address.channel, None)
        return refusal


def body(address: Address, message: Message, key: str) -> bytes:
    """Return the JSON that posts `message`: what all channels share, and this post's nonce."""
    written = nonce(address, key).encode()
    return b'{"nonce":"%b","enforce_nonce":true,%b' % (written, as_body(message)[1:])


def nonce(address: Address, key: str) -> str:
    """Return what Discord knows a post by.

    Discord remembers it for each bot, not for each channel: so it holds the address too.
    """
    where = f"{key}\0{address.workspace}\0{address.channel}\0{address.thread}"
    return hashlib.blake2s(where.encode(), digest_size=_NONCE_BYTES).hexdigest()


def _in_channel(method: str, channel: str, standing: str, sent: bytes) -> _Request:
    path = f"/channels/{channel}/messages{standing}"
    return _Request(method, path, sent, turn=channel, route=f"{method} {channel}")


def _receipt(address: Address, channel: str, answer: Answer) -> Receipt:
    posted = answer.json()
    message_id = posted.get("id")
    if not isinstance(message_id, str):
        raise Unknown("Discord's answer to a post could not be read")
    if posted.get("channel_id") != channel:
        raise TryLater("Discord knows this nonce from another channel", _NONCE_FORGOTTEN)
    return Receipt(address, message_id)


def _is_ban(answer: Answer) -> bool:
    # Discord itself always sends `Via`; its outer wall, Cloudflare, does not. Asking on would
    # make the ban longer, for every bot behind this address.
    if answer.status == _TOO_MANY_REQUESTS:
        return "Via" not in answer.headers
    return answer.code == _BLOCKED if not answer.succeeded else False


def _is_global(answer: Answer) -> bool:
    return answer.status == _TOO_MANY_REQUESTS and answer.json().get("global") is True

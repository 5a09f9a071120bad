"""Posting to Discord: paced for the whole bot, in order in each channel, each post once."""

import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import aiohttp

from bots.discord import errors, threads
from bots.discord.history import History
from bots.discord.limits import Limits, Turns
from bots.discord.marks import Mark, mark
from bots.discord.pacing import Held, Pace
from bots.discord.render import as_body, as_plain_body, marked
from bots.discord.rest import API_URL, Answer, Rest
from bots.discord.wall import Wall, shut_for
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

log = logging.getLogger(__name__)

DIRECT = "@me"
"""The workspace of direct messages: there the channel is the person's id."""

_TOO_MANY_REQUESTS = 429
_FORBIDDEN = 403
_MOST_DIRECT_CHANNELS = 10_000
# Discord says that it knows a nonce for the past few minutes, and it does so from the moment
# that the post stands.
_REPEATS = Repeats(known_for=timedelta(seconds=60), settles_in=timedelta(), looks=1)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    body: bytes | None
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
        self._wall = Wall()
        self._bot_id = ""
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

    @property
    def repeats(self) -> Repeats:
        """How unknown outcomes are settled: soon by the nonce, later by a look at the history."""
        return _REPEATS

    async def post(self, address: Address, message: Message, *, key: str) -> Receipt:
        """Post `message` and return its receipt.

        The same `key` at the same address within a few minutes is the same post. If that post
        was deleted meanwhile it is not made again: its receipt has no message id.
        """
        channel = await self._channel(address)
        known_by = mark(address, key)
        answer = await self._show(
            message, lambda drawn: _in_channel("POST", channel, "", marked(drawn, known_by))
        )
        return self._posted(address, channel, answer)

    async def reply(self, address: Address, message: Message, *, key: str, title: str) -> Receipt:
        """Post `message` in the thread on a message, which is started if there is none.

        Where none can be started or written in, and without a `title`, it is a reply in the
        channel, or just a message if the bot may not reply. Else as in `post`.
        """
        thread, channel, known_by = address.thread, address.channel, mark(address, key)
        if title and await self._has_thread(address, title):
            answer = await self._show(
                message, lambda drawn: _in_channel("POST", thread, "", marked(drawn, known_by))
            )
            if answer.code not in threads.BARRED:
                return self._posted(address, thread, answer)
        answer = await self._show(
            message,
            lambda drawn: _in_channel(
                "POST", channel, "", threads.below(thread, marked(drawn, known_by))
            ),
        )
        if answer.code == threads.MAY_NOT_REPLY:
            answer = await self._show(
                message, lambda drawn: _in_channel("POST", channel, "", marked(drawn, known_by))
            )
        return self._posted(address, channel, answer)

    async def edit(self, receipt: Receipt, message: Message) -> None:
        """Replace what stands at `receipt`. A deleted message is `Refused`.

        What belongs in a thread is looked for in its channel, too: there may have been no thread.
        """
        if not receipt.message_id:
            raise Refused("the message was deleted")
        address = receipt.address
        answer = await self._edit(await self._channel(address), receipt.message_id, message)
        if address.thread and answer.code in {errors.UNKNOWN_CHANNEL, errors.UNKNOWN_MESSAGE}:
            answer = await self._edit(address.channel, receipt.message_id, message)
        if not answer.succeeded:
            raise self._refusal(address, answer)

    async def _edit(self, channel: str, message_id: str, message: Message) -> Answer:
        standing = f"/{message_id}"
        return await self._show(
            message, lambda drawn: _in_channel("PATCH", channel, standing, drawn)
        )

    async def find(self, address: Address, *, key: str, since: datetime) -> Receipt | None:
        """Return the receipt of the post of `key` if it stands at `address`, posted since then.

        Raises `Unsearchable` where the bot may not read the history, or where more was written
        since than is worth reading; else like `post`.
        """
        if not self._bot_id:
            self._bot_id = await self._own_id(address)
        known_by = mark(address, key)
        if address.thread:
            with suppress(Unreachable):  # a thread that was not started
                if found := await self._found(address, address.thread, known_by, since):
                    return found
            return await self._found(address, address.channel, known_by, since)
        return await self._found(address, await self._channel(address), known_by, since)

    async def pass_on(self, receipt: Receipt) -> None:
        """Publish a post of an announcement channel to the channels that follow it.

        What was published already is no error. Its requests make no post of the channel wait.
        """
        if not receipt.message_id:
            raise Refused("the message was deleted")
        channel = receipt.address.channel
        path = f"/channels/{channel}/messages/{receipt.message_id}/crosspost"
        turn = f"crosspost {channel}"
        answer = await self._send(_Request("POST", path, None, turn, f"POST {turn}"))
        if not answer.succeeded and answer.code != errors.WAS_CROSSPOSTED:
            raise self._refusal(receipt.address, answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._rest.close()

    async def _found(
        self, address: Address, channel: str, known_by: Mark, since: datetime
    ) -> Receipt | None:
        history = History(lambda path: self._read(address, channel, path), channel)
        found = await history.find(known_by, self._bot_id, since)
        return Receipt(address, found) if found else None

    def _posted(self, address: Address, channel: str, answer: Answer) -> Receipt:
        if answer.succeeded:
            return _receipt(address, channel, answer)
        if answer.code == errors.UNKNOWN_MESSAGE:
            return Receipt(address, "")
        raise self._refusal(address, answer)

    async def _has_thread(self, address: Address, title: str) -> bool:
        """Start the thread that `address` names, and say whether it is there."""
        turn = address.channel
        path = f"/channels/{turn}/messages/{address.thread}/threads"
        request = _Request("POST", path, threads.starting(title), turn, f"POST threads {turn}")
        answer = await self._beforehand(address, request, but={threads.HAS_ONE, *threads.BARRED})
        return answer.code not in threads.BARRED

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
        request = _Request("POST", path, asked.encode(), address.channel, path)
        channel = (await self._beforehand(address, request)).json().get("id")
        if not isinstance(channel, str):
            raise TryLater("Discord opened direct messages without naming the channel")
        return channel

    async def _beforehand(
        self, address: Address, request: _Request, but: Collection[int] = ()
    ) -> Answer:
        """Send what comes before a post. Nothing was posted yet, whatever goes wrong here.

        What Discord refuses is an error, `but` for these codes.
        """
        try:
            answer = await self._send(request)
        except Unknown as error:
            raise TryLater(str(error)) from error
        if answer.succeeded or answer.code in but:
            return answer
        refusal = self._refusal(address, answer)
        raise TryLater(str(refusal)) if isinstance(refusal, Unknown) else refusal

    async def _own_id(self, address: Address) -> str:
        me = (await self._read(address, "@me", "/users/@me")).json().get("id")
        if not isinstance(me, str):
            raise Unknown("Discord did not say who the bot is")
        return me

    async def _read(self, address: Address, turn: str, path: str) -> Answer:
        """Return what Discord shows at `path`, for a post at `address`."""
        answer = await self._send(_Request("GET", path, None, turn, f"GET {turn}"))
        if answer.succeeded:
            return answer
        refusal = self._refusal(address, answer)
        if isinstance(refusal, Refused) or (
            answer.status == _FORBIDDEN and not isinstance(refusal, TryLater)
        ):
            raise Unsearchable(str(refusal))
        raise refusal

    async def _show(self, message: Message, request: Callable[[bytes], _Request]) -> Answer:
        """Send `message`; if Discord blames its form, once more without all that is not needed."""
        answer = await self._send(request(_drawn(as_body, message)))
        if answer.succeeded or not errors.blames_form(answer.status, answer.code):
            return answer
        log.warning("drew a message plainly after status %s, code %s", answer.status, answer.code)
        return await self._send(request(_drawn(as_plain_body, message)))

    async def _send(self, request: _Request) -> Answer:
        """Send when it is the request's turn and the bot's pace allows it."""
        async with self._turns.of(request.turn):
            try:
                await self._limits.rest(request.route)
                await self._pace.wait()
                entered_at = self._wall.enter()
                answer = await self._rest.request(request.method, request.path, request.body)
            except Held as held:
                raise TryLater("Discord asked to wait", timedelta(seconds=held.seconds)) from held
            except (aiohttp.ClientError, TimeoutError) as error:
                raise errors.broken(error) from error
            self._wall.learn(answer, entered_at)
            self._learn(request.route, answer)
            return answer

    def _learn(self, route: str, answer: Answer) -> None:
        if shut_for(answer):
            return
        if _is_global(answer) and answer.retry_after:
            self._pace.refused(answer.retry_after.total_seconds())
        else:
            self._limits.learn(route, answer)

    def _refusal(self, address: Address, answer: Answer) -> Exception:
        if seconds := shut_for(answer):
            return TryLater("Discord's outer wall shuts the bot out", seconds)
        refusal = errors.refusal(answer.status, answer.code, answer.retry_after)
        if isinstance(refusal, Unreachable):
            self._direct.pop(address.channel, None)
        return refusal


def body(address: Address, message: Message, key: str) -> bytes:
    """Return the JSON that posts `message`: what all channels share, and this post's mark."""
    return marked(as_body(message), mark(address, key))


def _drawn(draw: Callable[[Message], bytes], message: Message) -> bytes:
    try:
        return draw(message)
    except Exception as error:
        # A bug that one message brings out must end that message, not the channel or the worker.
        log.exception("failed to draw a message")
        raise Refused(f"the message could not be drawn: {type(error).__name__}") from error


def _in_channel(method: str, channel: str, standing: str, sent: bytes) -> _Request:
    path = f"/channels/{channel}/messages{standing}"
    return _Request(method, path, sent, turn=channel, route=f"{method} {channel}")


def _receipt(address: Address, channel: str, answer: Answer) -> Receipt:
    posted = answer.json()
    message_id = posted.get("id")
    if not isinstance(message_id, str):
        raise Unknown("Discord's answer to a post could not be read")
    if posted.get("channel_id") != channel:
        # No proof that it stands here, nor that it does not: only the channel itself can tell.
        raise Unknown("Discord's answer to a post was about another channel")
    return Receipt(address, message_id)


def _is_global(answer: Answer) -> bool:
    return answer.status == _TOO_MANY_REQUESTS and answer.json().get("global") is True

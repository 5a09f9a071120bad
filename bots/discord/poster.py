"""Posting to Discord: paced for the whole bot, in order in each channel, each post once."""

import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import aiohttp

from bots.discord import errors, threads
from bots.discord.buttons import sealed
from bots.discord.drawing import drawn_by
from bots.discord.forums import NO_MESSAGES, TAGS_CHANGED, Forums
from bots.discord.history import History, InForum
from bots.discord.limits import Limits, Turns, is_global
from bots.discord.marks import Mark, mark
from bots.discord.pacing import Held, Pace
from bots.discord.render import as_body, as_plain_body, marked
from bots.discord.requests import Request, in_channel, post_in, receipt_of, started
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
from core.seals import FOR_THIS_RUN, Seals

log = logging.getLogger(__name__)

DIRECT = "@me"
"""The workspace of direct messages: there the channel is the person's id."""

_FORBIDDEN = 403
_MOST_DIRECT_CHANNELS = 10_000
# Discord says that it knows a nonce for the past few minutes, and it does so from the moment
# that the post stands.
_REPEATS = Repeats(known_for=timedelta(seconds=60), settles_in=timedelta(), looks=1)


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
        seals: Seals = FOR_THIS_RUN,
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        self._rest = Rest(token, api_url, session)
        self._pace = Pace(requests_per_second)
        self._turns = Turns()
        self._limits = Limits()
        self._wall = Wall()
        self._forums = Forums(self._read)
        self._seals = seals
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
        if not self._forums.knows(channel):
            answer = await self._show(
                message,
                self._place_in(address, channel),
                lambda drawn: in_channel("POST", channel, "", marked(drawn, known_by)),
            )
            if answer.code not in NO_MESSAGES or address.thread:
                return self._posted(address, channel, answer)
        return await self._start(address, message, known_by)

    async def reply(self, address: Address, message: Message, *, key: str, title: str) -> Receipt:
        """Post `message` in the thread on a message, which is started if there is none.

        Where none can be started or written in, and without a `title`, it is a reply in the
        channel, or just a message if the bot may not reply. Else as in `post`.
        """
        thread, channel, known_by = address.thread, address.channel, mark(address, key)
        is_forum = self._forums.knows(channel)
        if is_forum or (title and await self._has_thread(address, title)):
            answer = await self._show(
                message,
                self._place_in(address, thread),
                lambda drawn: in_channel("POST", thread, "", marked(drawn, known_by)),
            )
            if answer.code not in threads.BARRED or self._forums.knows(channel):
                return self._posted(address, thread, answer)
        answer = await self._show(
            message,
            address,
            lambda drawn: in_channel(
                "POST", channel, "", threads.below(thread, marked(drawn, known_by))
            ),
        )
        if answer.code == threads.MAY_NOT_REPLY:
            answer = await self._show(
                message,
                address,
                lambda drawn: in_channel("POST", channel, "", marked(drawn, known_by)),
            )
        return self._posted(address, channel, answer)

    async def edit(self, receipt: Receipt, message: Message) -> None:
        """Replace what stands at `receipt`. A deleted message is `Refused`.

        What belongs in a thread is looked for in its channel, too: there may have been no thread.
        """
        if not receipt.message_id:
            raise Refused("the message was deleted")
        address = receipt.address
        channel = await self._channel(address)
        if not address.thread and self._forums.knows(channel):
            channel = receipt.message_id
        answer = await self._edit(receipt, channel, message)
        if await self._is_unmet_forum(address, answer):
            answer = await self._edit(receipt, receipt.message_id, message)
        if address.thread and answer.code in {errors.UNKNOWN_CHANNEL, errors.UNKNOWN_MESSAGE}:
            answer = await self._edit(receipt, address.channel, message)
        if not answer.succeeded:
            raise self._refusal_of_edit(address, answer)

    def _refusal_of_edit(self, address: Address, answer: Answer) -> Exception:
        """Return what it means: in a forum one post may be shut, and the forum open."""
        refusal = self._refusal(address, answer)
        is_post = isinstance(refusal, Unreachable) and self._forums.knows(address.channel)
        return Refused(str(refusal)) if is_post else refusal

    async def link(self, receipt: Receipt) -> str:
        """Return the address of a message in a server; in direct messages it is not known."""
        at = receipt.address
        if at.workspace == DIRECT:
            return ""
        channel = at.thread or at.channel
        return f"https://discord.com/channels/{at.workspace}/{channel}/{receipt.message_id}"

    async def _edit(self, receipt: Receipt, channel: str, message: Message) -> Answer:
        """Edit a message; in a thread that is archived, after it is opened again."""
        standing = f"/{receipt.message_id}"
        place = self._place_in(receipt.address, channel)

        def request(drawn: bytes) -> Request:
            return in_channel("PATCH", channel, standing, drawn)

        answer = await self._show(message, place, request)
        if answer.code != threads.ARCHIVED:
            return answer
        opening = Request("PATCH", f"/channels/{channel}", threads.OPEN_AGAIN, channel, "PATCH")
        if not (await self._send(opening)).succeeded:
            raise Refused("the thread is archived, and the bot may not open it again")
        return await self._show(message, place, request)

    async def find(self, address: Address, *, key: str, since: datetime) -> Receipt | None:
        """Return the receipt of the post of `key` if it stands at `address`, posted since then.

        Raises `Unsearchable` where the bot may not read the history, or where more was written
        since than is worth reading; else like `post`.
        """
        known_by = mark(address, key)
        if address.thread:
            with suppress(Unreachable):  # a thread that was not started
                if found := await self._found(address, address.thread, known_by, since):
                    return found
        if not self._forums.knows(address.channel):
            channel = address.channel if address.thread else await self._channel(address)
            try:
                return await self._found(address, channel, known_by, since)
            except (InForum, Unreachable):
                if address.workspace == DIRECT or not await self._forums.at(address):
                    raise
        return await self._found_in_forum(address, known_by, since)

    async def pass_on(self, receipt: Receipt) -> None:
        """Publish a post of an announcement channel to the channels that follow it.

        What was published already is no error. Its requests make no post of the channel wait.
        """
        if not receipt.message_id:
            raise Refused("the message was deleted")
        channel = receipt.address.channel
        path = f"/channels/{channel}/messages/{receipt.message_id}/crosspost"
        turn = f"crosspost {channel}"
        answer = await self._send(Request("POST", path, None, turn, f"POST {turn}"))
        if not answer.succeeded and answer.code != errors.WAS_CROSSPOSTED:
            raise self._refusal(receipt.address, answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._rest.close()

    async def _found(
        self, address: Address, channel: str, known_by: Mark, since: datetime
    ) -> Receipt | None:
        history = History(lambda path: self._read(address, channel, path), channel)
        found = await history.find(known_by, await self._own_id(address), since)
        return Receipt(address, found) if found else None

    async def _found_in_forum(
        self, address: Address, known_by: Mark, since: datetime
    ) -> Receipt | None:
        forum = await self._forums.at(address)
        if forum is None or address.thread:
            return None  # what stands below a post stands in its thread
        own = await self._own_id(address)
        found = await self._forums.find(address, forum, known_by, own, since)
        return Receipt(address, found) if found else None

    def _posted(self, address: Address, channel: str, answer: Answer) -> Receipt:
        if answer.succeeded:
            return receipt_of(address, channel, answer)
        if answer.code == errors.UNKNOWN_MESSAGE:
            return Receipt(address, "")
        raise self._refusal(address, answer)

    async def _has_thread(self, address: Address, title: str) -> bool:
        """Start the thread that `address` names, and say whether it is there."""
        turn = address.channel
        path = f"/channels/{turn}/messages/{address.thread}/threads"
        request = Request("POST", path, threads.starting(title), turn, f"POST threads {turn}")
        # In a forum the message stands in its own thread, and not in the channel.
        expected = {threads.HAS_ONE, errors.UNKNOWN_MESSAGE, *threads.BARRED}
        answer = await self._beforehand(address, request, but=expected)
        fails = answer.code in expected - {threads.HAS_ONE}
        if fails and await self._forums.at(address):
            return True
        if answer.code == errors.UNKNOWN_MESSAGE:
            raise self._refusal(address, answer)
        return answer.code not in threads.BARRED

    async def _start(self, address: Address, message: Message, known_by: Mark) -> Receipt:
        """Start a post in a forum, unless it stands already."""
        forum = await self._forums.at(address)
        if forum is None:
            raise Unreachable(errors.KINDS[50008][1])
        own = await self._own_id(address)
        if found := await self._forums.just_posted(address, forum, known_by, own):
            return Receipt(address, found)
        answer = await self._show(
            message, address, lambda drawn: post_in(forum, message, marked(drawn, known_by))
        )
        if answer.code in TAGS_CHANGED:
            self._forums.look_again(forum.id)
            raise TryLater("the forum's tags were changed")
        if not answer.succeeded:
            raise self._refusal(address, answer)
        return started(address, answer)

    def _place_in(self, address: Address, channel: str) -> Address:
        """Return the place of what is shown in this channel: it, its forum, or a person's own."""
        is_kept = address.workspace == DIRECT or self._forums.knows(address.channel)
        is_kept |= channel == address.channel
        return address if is_kept else replace(address, channel=channel)

    async def _is_unmet_forum(self, address: Address, answer: Answer) -> bool:
        """Say whether an edit failed because the channel is a forum, which nobody knew yet."""
        if address.thread or address.workspace == DIRECT or self._forums.knows(address.channel):
            return False
        is_elsewhere = answer.code in {errors.UNKNOWN_MESSAGE, *NO_MESSAGES}
        return is_elsewhere and await self._forums.at(address) is not None

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
        request = Request("POST", path, asked.encode(), address.channel, path)
        channel = (await self._beforehand(address, request)).json().get("id")
        if not isinstance(channel, str):
            raise TryLater("Discord opened direct messages without naming the channel")
        return channel

    async def _beforehand(
        self, address: Address, request: Request, but: Collection[int] = ()
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
        """Return the bot's id, asked for once."""
        if self._bot_id:
            return self._bot_id
        me = (await self._read(address, "@me", "/users/@me")).json().get("id")
        if not isinstance(me, str):
            raise Unknown("Discord did not say who the bot is")
        self._bot_id = me
        return me

    async def _read(self, address: Address, turn: str, path: str) -> Answer:
        """Return what Discord shows at `path`, for a post at `address`."""
        answer = await self._send(Request("GET", path, None, turn, f"GET {turn}"))
        if answer.succeeded:
            return answer
        refusal = self._refusal(address, answer)
        if isinstance(refusal, Refused) or (
            answer.status == _FORBIDDEN and not isinstance(refusal, TryLater)
        ):
            raise Unsearchable(str(refusal))
        raise refusal

    async def _show(
        self, message: Message, place: Address, request: Callable[[bytes], Request]
    ) -> Answer:
        """Send `message`; if Discord blames its form, once more without all that is not needed."""
        drawn = sealed(drawn_by(as_body, message), self._seals, place)
        answer = await self._send(request(drawn))
        if answer.succeeded or not errors.blames_form(answer.status, answer.code):
            return answer
        log.warning("drew a message plainly after status %s, code %s", answer.status, answer.code)
        return await self._send(request(drawn_by(as_plain_body, message)))

    async def _send(self, request: Request) -> Answer:
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
        if is_global(answer) and answer.retry_after:
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

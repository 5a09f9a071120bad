"""The gateway: sessions of the bot, and the events they are told."""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from bots.sandbox.discord.forms import Json

GUILDS = 1 << 0
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
_PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)
_KNOWN_INTENTS = (1 << 26) - 1
_DISPATCH, _HEARTBEAT, _IDENTIFY, _RESUME, _RECONNECT = 0, 1, 2, 6, 7
_INVALID_SESSION, _HELLO, _ACK = 9, 10, 11
_QUIET = frozenset({3, 4, 8, 14, 31, 43})  # presence, voice, members, lists: taken, not answered
_HEARTBEAT_EVERY = 41_250  # milliseconds
_MOST_EVENTS_KEPT = 1000
_MOST_SENT, _SENT_WINDOW = 120, 60.0
_VERSIONS = frozenset({"9", "10"})
_GOODBYE = 0.5  # seconds that the bot has to say it too
_GOODBYES = frozenset({1000, 1001})


class Closed(Exception):
    """The connection is closed on the bot, with one of Discord's codes."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


@dataclass(slots=True, eq=False)
class Line:
    """One open connection."""

    socket: web.WebSocketResponse
    request: web.BaseRequest
    outgoing: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    received: deque[float] = field(default_factory=deque)
    session: "Session | None" = None

    def tell(self, op: int, data: object = None) -> None:
        """Send something that is no event."""
        self.outgoing.put_nowait(json.dumps({"op": op, "d": data, "s": None, "t": None}))


@dataclass(slots=True, eq=False)
class Session:
    """One login of the bot, which outlives its connections."""

    id: str
    intents: int
    shard: tuple[int, int]
    line: Line | None = None
    seq: int = 0
    events: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=_MOST_EVENTS_KEPT))

    def dispatch(self, event: str, data: Json) -> None:
        """Tell an event, now or when the bot comes back."""
        self.seq += 1
        told = {"op": _DISPATCH, "d": data, "s": self.seq, "t": event}
        text = json.dumps(told)
        self.events.append((self.seq, text))
        if self.line is not None:
            self.line.outgoing.put_nowait(text)

    def sees(self, intent: int, guild_id: str) -> bool:
        """Say whether events of this kind and guild come to this session."""
        index, count = self.shard
        wanted = (int(guild_id) >> 22) % count if guild_id else 0
        return wanted == index and (not intent or bool(self.intents & intent))


class Gateway:
    """Takes the bot's connections, and tells them what happens."""

    def __init__(
        self,
        token: str,
        ready: Callable[[str, tuple[int, int]], Json],
        guilds: Callable[[], list[Json]],
        stir: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self.identified = 0
        """How often a bot has logged in."""
        self.resumed = 0
        """How often a bot has taken up a session again."""
        self.heartbeats = 0
        self.closed_with: list[int] = []
        """The codes with which connections were closed on the bot, in order."""
        self._token = token
        self._ready = ready
        self._guilds = guilds
        self._stir = stir
        self._clock = clock
        self.before_sending: Callable[[str], None] = lambda _: None
        """Is told of every text just before it is sent to the bot."""
        self._sessions: dict[str, Session] = {}
        self._lines: set[Line] = set()

    @property
    def is_connected(self) -> bool:
        """A bot is logged in at this moment."""
        return any(session.line is not None for session in self._sessions.values())

    @property
    def intents(self) -> list[int]:
        """What each session asked to be told of."""
        return [session.intents for session in self._sessions.values()]

    def dispatch(self, event: str, data: Json, *, intent: int = 0, guild_id: str = "") -> None:
        """Tell an event to every session that it concerns."""
        for session in self._sessions.values():
            if session.sees(intent, guild_id):
                session.dispatch(event, data)

    def listens(self, intent: int) -> bool:
        """Say whether any session asked for events of this kind."""
        return any(session.intents & intent for session in self._sessions.values())

    def drop(self) -> None:
        """Break every connection without a word; the sessions can be resumed."""
        for line in list(self._lines):
            self._detach(line)
            if line.request.transport is not None:
                line.request.transport.abort()

    def reconnect(self) -> None:
        """Ask every connection to come back, as Discord does before it restarts a machine."""
        for line in self._lines:
            line.tell(_RECONNECT)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell every connection that its session is invalid."""
        if not resumable:
            self._sessions.clear()
        for line in self._lines:
            line.tell(_INVALID_SESSION, resumable)

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(line.socket.close(code=1001) for line in self._lines))

    async def serve(self, request: web.BaseRequest) -> web.WebSocketResponse:
        """Take one connection until it ends."""
        socket = web.WebSocketResponse(compress=False, timeout=_GOODBYE)
        await socket.prepare(request)
        line = Line(socket, request)
        self._lines.add(line)
        writer = asyncio.create_task(self._write(line))
        try:
            await self._talk(line)
        except Closed as closed:
            self.closed_with.append(closed.code)
            await socket.close(code=closed.code, message=closed.words.encode())
        finally:
            writer.cancel()
            self._lines.discard(line)
            self._leave(line)
        return socket

    async def _write(self, line: Line) -> None:
        with suppress(ConnectionError):
            while True:
                text = await line.outgoing.get()
                self.before_sending(text)
                await line.socket.send_str(text)

    async def _talk(self, line: Line) -> None:
        if line.request.query.get("v", "10") not in _VERSIONS:
            raise Closed(4012, "Invalid API version.")
        trace = ['["gateway-stand-in",{"micros":0.0}]']
        line.tell(_HELLO, {"heartbeat_interval": _HEARTBEAT_EVERY, "_trace": trace})
        async for message in line.socket:
            if message.type is WSMsgType.TEXT:
                self._hear(line, message.data)

    def _hear(self, line: Line, text: str) -> None:
        self._count(line)
        op, data = _decoded(text)
        if op == _HEARTBEAT:
            self.heartbeats += 1
            line.tell(_ACK)
        elif op == _IDENTIFY:
            self._identify(line, data)
        elif op == _RESUME:
            self._resume(line, data)
        elif line.session is None:
            raise Closed(4003, "Not authenticated.")
        elif op not in _QUIET:
            raise Closed(4001, "Unknown opcode.")

    def _count(self, line: Line) -> None:
        now = self._clock()
        line.received.append(now)
        while line.received[0] <= now - _SENT_WINDOW:
            line.received.popleft()
        if len(line.received) > _MOST_SENT:
            raise Closed(4008, "Rate limited.")

    def _identify(self, line: Line, data: Json) -> None:
        if line.session is not None:
            raise Closed(4005, "Already authenticated.")
        self._check_token(data)
        intents = _intents(data)
        shard = _shard(data)
        session = Session(secrets.token_hex(16), intents, shard, line)
        line.session = self._sessions[session.id] = session
        self.identified += 1
        session.dispatch("READY", self._ready(session.id, shard))
        for guild in self._guilds():
            if intents & GUILDS and session.sees(GUILDS, guild["id"]):
                session.dispatch("GUILD_CREATE", guild)
        self._stir()

    def _resume(self, line: Line, data: Json) -> None:
        self._check_token(data)
        session = self._sessions.get(str(data.get("session_id")))
        if session is None or line.session is not None:
            line.tell(_INVALID_SESSION, False)
            return
        seq = data.get("seq")
        if not isinstance(seq, int) or seq > session.seq:
            raise Closed(4007, "Invalid seq.")
        for number, text in session.events:
            if number > seq:
                line.outgoing.put_nowait(text)
        session.line, line.session = line, session
        session.dispatch("RESUMED", {"_trace": []})
        self.resumed += 1
        self._stir()

    def _check_token(self, data: Json) -> None:
        if str(data.get("token")).removeprefix("Bot ") != self._token:
            raise Closed(4004, "Authentication failed.")

    def _leave(self, line: Line) -> None:
        """Let go of a connection; a bot that says goodbye has no session to come back to."""
        session = line.session
        self._detach(line)
        if session is not None and line.socket.close_code in _GOODBYES:
            self._sessions.pop(session.id, None)
        self._stir()

    def _detach(self, line: Line) -> None:
        if line.session is not None and line.session.line is line:
            line.session.line = None


def _decoded(text: str) -> tuple[object, Json]:
    try:
        payload = json.loads(text)
    except ValueError:
        raise Closed(4002, "Error while decoding payload.") from None
    if not isinstance(payload, dict):
        raise Closed(4002, "Error while decoding payload.")
    data = payload.get("d")
    return payload.get("op"), data if isinstance(data, dict) else {}


def _intents(data: Json) -> int:
    intents = data.get("intents")
    if not isinstance(intents, int) or intents & ~_KNOWN_INTENTS:
        raise Closed(4013, "Invalid intent(s).")
    if intents & _PRIVILEGED:
        raise Closed(4014, "Disallowed intent(s).")
    return intents


def _shard(data: Json) -> tuple[int, int]:
    shard = data.get("shard") or [0, 1]
    if len(shard) != 2 or not 0 <= shard[0] < shard[1]:  # noqa: PLR2004 (index and count)
        raise Closed(4010, "Invalid shard.")
    return shard[0], shard[1]

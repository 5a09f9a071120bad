"""A workspace: its people and channels, the messages in them, and the app that is installed."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Literal

from bots.sandbox.slack import mrkdwn
from bots.sandbox.slack.limits import Limits, Meter
from bots.sandbox.slack.mrkdwn import Link
from bots.sandbox.slack.wire import Json, Refusal

DEFAULT_SCOPES = (
    "commands",
    "chat:write",
    "chat:write.public",
    "app_mentions:read",
    "users:read",
    "channels:read",
    "groups:read",
    "im:write",
    "channels:history",
    "groups:history",
    "im:history",
    "usergroups:read",
)
_SPLIT_ABOVE = 4000
_SCOPE_OF = {"public": "channels", "private": "groups", "im": "im"}


@dataclass(frozen=True, slots=True)
class User:
    """A member, a guest, a bot, or a stranger from a connected workspace."""

    id: str
    name: str
    team_id: str
    is_admin: bool = False
    is_owner: bool = False
    is_primary_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    deleted: bool = False
    tz: str = "Etc/UTC"

    def as_json(self) -> Json:
        """Return the user as `users.info` tells of them."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__}
        names = {"real_name": self.name.title(), "display_name": self.name}
        return {**own, **names, "profile": {**names, "team": self.team_id}}


@dataclass(frozen=True, slots=True)
class Group:
    """People who can be mentioned together."""

    id: str
    handle: str
    users: tuple[str, ...] = ()

    def as_json(self, team_id: str) -> Json:
        """Return the group as Slack lists it."""
        about = {"name": self.handle.title(), "handle": self.handle, "description": ""}
        return {"id": self.id, "team_id": team_id, "is_usergroup": True, "date_delete": 0, **about}


@dataclass(frozen=True, slots=True)
class Channel:
    """A place for messages; `person` is set where it is a person's direct messages."""

    id: str
    name: str
    kind: Literal["public", "private", "im"]
    creator: str = ""
    person: str = ""

    def scope(self, right: str) -> str:
        """Return the scope that gives a right (`read`, `history`) in channels of this kind."""
        return f"{_SCOPE_OF[self.kind]}:{right}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands; only the person in `seen_by` sees it, unless that is empty."""

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: tuple[Json, ...] = ()
    thread_ts: str = ""
    seen_by: str = ""
    bot_id: str = ""
    edited_ts: str = ""
    metadata: Json | None = None
    unfurl_links: bool = False
    unfurl_media: bool = True
    parse: str = ""
    link_names: bool = False

    @property
    def split(self) -> bool:
        """Whether Slack would break the text into several messages."""
        return len(self.text) > _SPLIT_ABOVE

    @property
    def pings(self) -> tuple[str, ...]:
        """Whom the message pings, each once, in Slack's markup."""
        bare = self.link_names or self.parse == "full"
        in_blocks = mrkdwn.block_pings(self.blocks, bare=bare)
        return tuple(dict.fromkeys((*mrkdwn.pings(self.text, bare=bare), *in_blocks)))

    @property
    def links(self) -> tuple[Link, ...]:
        """Where the message leads. Beside blocks the text is not shown, so Slack links nothing."""
        bare = not self.blocks and self.parse != "none"
        return (*mrkdwn.links(self.text, bare=bare), *mrkdwn.block_links(self.blocks))

    def as_json(self, *, with_metadata: bool = False) -> Json:
        """Return the message as the Web API tells of it."""
        body: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        if self.bot_id:
            body["bot_id"] = self.bot_id
        if self.blocks:
            body["blocks"] = list(self.blocks)
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.edited_ts:
            body["edited"] = {"user": self.user, "ts": self.edited_ts}
        if with_metadata and self.metadata:
            body["metadata"] = self.metadata
        return body


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a message; `via` is the interaction whose address was used."""

    kind: Literal["posted", "edited", "deleted"]
    message: Message
    via: str = ""

    def as_json(self) -> Json:
        """Return the change as plain values."""
        message = self.message
        return {
            "kind": self.kind,
            "channel": message.channel,
            "seen_by": message.seen_by,
            "message": message.as_json(with_metadata=True),
        }


@dataclass(slots=True)
class World:
    """Everything this Slack knows. Its clock counts seconds since 1970."""

    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.time
    scopes: Sequence[str] = DEFAULT_SCOPES
    team_id: str = "T0000000THM"
    team_domain: str = "acme"
    app_id: str = "A0000000THM"
    bot_id: str = "B0000000THM"
    bot: User = field(init=False)
    meter: Meter = field(init=False)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    messages_tab: bool = True
    last_blocks: tuple[object, tuple[Json, ...]] = (None, ())
    without_fallback: list[Message] = field(default_factory=list)
    watchers: list[Callable[[Change], None]] = field(default_factory=list)
    view_watchers: list[Callable[[str], None]] = field(default_factory=list)
    """Are told of each person whose modals or home tab changed."""
    _messages: dict[str, dict[str, Message]] = field(default_factory=dict)
    _private: dict[str, dict[str, Message]] = field(default_factory=dict)
    _direct: dict[str, Channel] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _last_ts: int = 0

    def __post_init__(self) -> None:
        self.meter = Meter(self.limits)
        self.bot = User("U0000000THM", "themata", self.team_id, is_bot=True)
        self.users[self.bot.id] = self.bot

    def new_id(self, letter: str) -> str:
        """Return an id that nothing else has, such as `C00000001A`."""
        return f"{letter}{next(self._numbers):09X}"

    def new_ts(self) -> str:
        """Return the present time as a message's id, later than every one before."""
        self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_channel(self, channel: Channel, members: set[str]) -> Channel:
        """Put up a channel with these members."""
        self.channels[channel.id] = channel
        self.members[channel.id] = members
        return channel

    def delete_channel(self, channel: Channel) -> None:
        """Take a channel away, with all that stands in it."""
        for kept in (self.channels, self.members, self._messages):
            kept.pop(channel.id, None)
        self.archived.discard(channel.id)

    def direct_messages(self, person: str) -> Channel:
        """Return the direct messages of the app with a person, opened if they were not."""
        if person not in self._direct:
            channel = Channel(self.new_id("D"), "directmessage", "im", person=person)
            self._direct[person] = self.add_channel(channel, {person, self.bot.id})
        return self._direct[person]

    def require(self, scope: str) -> None:
        """Refuse the call if the app does not hold `scope`."""
        if scope not in self.scopes:
            raise Refusal("missing_scope", needed=scope, provided=",".join(self.scopes))

    def bot_is_in(self, channel: Channel) -> bool:
        """Whether the app is a member."""
        return self.bot.id in self.members[channel.id]

    def visible_channel(self, channel_id: str) -> Channel:
        """Return a channel that the app can see: private ones only from inside."""
        channel = self.channels.get(channel_id)
        if channel is None or (channel.kind == "private" and not self.bot_is_in(channel)):
            raise Refusal("channel_not_found")
        return channel

    def messages(self, channel_id: str) -> list[Message]:
        """Return the messages that stand in a channel for everyone, oldest first."""
        return list(self._messages.get(channel_id, {}).values())

    def private_messages(self, person: str) -> list[Message]:
        """Return the messages that only this person sees, oldest first."""
        return list(self._private.get(person, {}).values())

    def find(self, channel_id: str, ts: str, *, reader: str = "") -> Message | None:
        """Return a message of a channel, also one that only `reader` sees."""
        message = self._messages.get(channel_id, {}).get(ts)
        if message is None and reader:
            message = self._private.get(reader, {}).get(ts)
        return message if message and message.channel == channel_id else None

    def post(self, message: Message, *, via: str = "") -> Message:
        """Store a new message."""
        self._place_of(message)[message.ts] = message
        self._tell(Change("posted", message, via))
        return message

    def edit(self, old: Message, text: str, blocks: tuple[Json, ...], *, via: str = "") -> Message:
        """Put another text and other blocks in a message's place."""
        message = replace(old, text=text, blocks=blocks, edited_ts=self.new_ts())
        self._place_of(message)[message.ts] = message
        self._tell(Change("edited", message, via))
        return message

    def delete(self, message: Message, *, via: str = "") -> None:
        """Take a message away."""
        self._place_of(message).pop(message.ts, None)
        self._tell(Change("deleted", message, via))

    def tell_of_view(self, person: str) -> None:
        """Tell that a person sees other modals, or another home tab."""
        for watch in self.view_watchers:
            watch(person)

    def _place_of(self, message: Message) -> dict[str, Message]:
        if message.seen_by:
            return self._private.setdefault(message.seen_by, {})
        return self._messages.setdefault(message.channel, {})

    def _tell(self, change: Change) -> None:
        message = change.message
        if message.blocks and not message.text and change.kind != "deleted":
            self.without_fallback.append(message)
        for watch in self.watchers:
            watch(change)

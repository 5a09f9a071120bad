"""What the people of this world are, have and see."""

from dataclasses import dataclass
from typing import Literal, TypedDict

from bots.sandbox.discord.components import BUTTON, ROLE_SELECT, SELECT, walk
from bots.sandbox.discord.forms import Json

TEXT_CHANNEL = 0
DIRECT = 1
GROUP = 3
ANNOUNCEMENTS = 5
ANNOUNCEMENT_THREAD = 10
PUBLIC_THREAD = 11
FORUM, MEDIA = 15, 16


@dataclass(frozen=True, slots=True)
class Guild:
    """A server of Discord."""

    id: str
    name: str
    owner_id: str


@dataclass(frozen=True, slots=True)
class ForumTag:
    """A tag that posts of a forum can have; a moderated one only by who manages threads."""

    id: str
    name: str
    is_moderated: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel or thread of a guild, or someone's direct messages with the bot."""

    id: str
    name: str
    guild_id: str = ""
    """Empty for direct messages."""
    kind: int = TEXT_CHANNEL
    parent_id: str = ""
    """The channel of a thread."""
    recipient_id: str = ""
    """The person, for direct messages."""
    members: tuple[str, ...] = ()
    """The people of a private channel without the bot: their direct messages, or a group."""
    tags: tuple[ForumTag, ...] = ()
    """The tags that a forum offers."""
    requires_tag: bool = False
    """Each post of a forum must have a tag."""
    applied: tuple[str, ...] = ()
    """The ids of the tags that a post of a forum has."""
    owner_id: str = ""
    """Who started a thread."""

    @property
    def is_thread(self) -> bool:
        """It is a thread or a forum's post."""
        return self.kind in (PUBLIC_THREAD, ANNOUNCEMENT_THREAD)

    @property
    def has_posts(self) -> bool:
        """Nothing but posts can stand in it: a forum, or one for media."""
        return self.kind in (FORUM, MEDIA)


@dataclass(frozen=True, slots=True)
class User:
    """A person, or the bot."""

    id: str
    name: str
    is_bot: bool = False
    locale: str = "en-US"
    is_guest: bool = False
    """Was invited to one voice channel only, in every guild."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role of a guild beside everyone's."""

    id: str
    name: str
    guild_id: str
    is_mentionable: bool
    """By everyone who may write; else only by who may mention everyone."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stood at one moment."""

    data: Json
    """The message object as the API gives it."""
    texts: tuple[str, ...] = ()
    """The text displays, in order."""
    pings: tuple[str, ...] = ()
    """The mentions that take effect: `@everyone`, `@here`, `<@id>`, `<@&id>`."""
    allowed_mentions: Json | None = None
    """As the sender gave them last, None if it did not."""
    seen_by: str = ""
    """The only person who sees it, empty if everyone does."""

    @property
    def id(self) -> str:
        """Its snowflake."""
        return str(self.data["id"])

    @property
    def channel_id(self) -> str:
        """The channel it stands in."""
        return str(self.data["channel_id"])

    @property
    def author_id(self) -> str:
        """Who wrote it."""
        return str(self.data["author"]["id"])

    @property
    def text(self) -> str:
        """All of its words, a line for each part."""
        return "\n".join(part for part in (self.data["content"], *self.texts) if part)

    @property
    def components(self) -> list[Json]:
        """Every component, nested ones after their parents."""
        return walk(self.data["components"])

    @property
    def buttons(self) -> list[Json]:
        """Its buttons, in order."""
        return [part for part in self.components if part["type"] == BUTTON]

    @property
    def lists(self) -> list[Json]:
        """Return its lists to choose from, in order."""
        return [part for part in self.components if part["type"] == SELECT]

    @property
    def role_lists(self) -> list[Json]:
        """Return its lists of the server's roles, in order."""
        return [part for part in self.components if part["type"] == ROLE_SELECT]

    @property
    def ephemeral(self) -> bool:
        """Only one person sees it."""
        return bool(self.seen_by)

    def says(self, words: str) -> bool:
        """Say whether a text display or the content holds these words."""
        return any(words in part for part in (self.data["content"], *self.texts))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person sees after a command or a click."""

    kind: Literal["reply", "update", "modal"]
    """A new message, the clicked message changed (or left as it is), or a form."""
    message: Message | None
    """The reply as it is in the end, or the clicked message."""
    is_deferred: bool = False
    modal: Json | None = None

    @property
    def text(self) -> str:
        """All words of the message."""
        return self.message.text if self.message else ""

    @property
    def ephemeral(self) -> bool:
        """Only the one who asked sees it."""
        return self.message is not None and self.message.ephemeral


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was answered."""

    method: str
    path: str
    """Without the part up to the API's version."""
    status: int
    """0 if the connection was dropped."""
    body: object
    """The JSON that was sent, None without."""
    at: float
    """In seconds, by the stand-in's clock."""


class Change(TypedDict):
    """Something that someone saw happen; plain values that JSON can hold."""

    kind: Literal["created", "edited", "deleted"]
    channel_id: str
    message: Json
    pings: list[str]
    seen_by: str


class NoAnswer(Exception):
    """The application did not respond in time."""


class NotPossible(Exception):
    """A person cannot do this in Discord: there is no such command, option or button here."""

"""Guilds, channels, people and the messages between them."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Literal

from bots.sandbox.discord import permissions as may
from bots.sandbox.discord.bodies import EPHEMERAL, Fields
from bots.sandbox.discord.errors import refusal
from bots.sandbox.discord.forms import Json
from bots.sandbox.discord.mentions import pings
from bots.sandbox.discord.objects import (
    EPOCH,
    channel_object,
    granted,
    iso,
    member_object,
    message_object,
    overwrite,
    role_object,
    thread_object,
    user_object,
)
from bots.sandbox.discord.uploads import Upload
from bots.sandbox.discord.values import (
    DIRECT,
    Change,
    Channel,
    Guild,
    Message,
    Role,
    User,
)

_CDN = "https://cdn.discordapp.com/attachments"


class World:
    """Everything that stands in this Discord."""

    def __init__(  # noqa: PLR0915 (a line for each thing that is kept)
        self, bot: User, clock: Callable[[], float], nonce_lives: float
    ) -> None:
        self.bot = bot
        self.clock = clock
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.users: dict[str, User] = {bot.id: bot}
        self.bot_permissions: dict[str, int] = {}
        """What the bot may do in a channel with rules of its own."""
        self.everyone: dict[str, int] = {}
        """What everyone may do in a guild, if it is not the usual."""
        self.bot_roles: dict[str, tuple[str, int]] = {}
        """A role that the bot has in a guild: its id, and what it allows."""
        self.roles: dict[str, Role] = {}
        self.held: dict[str, set[str]] = {}
        """The roles that people have, beside everyone's."""
        self.left: set[str] = set()
        self.away: set[str] = set()
        """Guilds that have an outage."""
        self.locked, self.archived = set[str](), set[str]()
        """Threads that were archived and locked, and those that were only archived."""
        self.closed_dms: set[str] = set()
        self.files: dict[str, Upload] = {}
        """What was sent with messages, by the id of the attachment."""
        self.watchers: list[Callable[[Change], None]] = []
        self._rights: dict[tuple[str, str], int] = {}
        self._messages: dict[str, dict[str, Message]] = {}
        self._private: dict[str, dict[str, Message]] = {}
        self._directs: dict[str, Channel] = {}
        self._nonces: OrderedDict[tuple[str, str], tuple[float, str, str]] = OrderedDict()
        self._nonce_lives = nonce_lives
        self._last_id = 0
        self._last_messages: dict[str, str] = {}
        self._authors = {bot.id: user_object(bot)}

    def next_id(self) -> str:
        """Return a new snowflake, greater than every earlier one."""
        made = (int(self.clock() * 1000) - EPOCH) << 22
        self._last_id = max(made, self._last_id + 1)
        return str(self._last_id)

    # Who may do what.

    def allow(self, user: User, place: str, permissions: int) -> None:
        """Set what a person may do in a guild, or in one of its channels, beside everyone's."""
        self._rights[user.id, place] = permissions

    def permissions(self, user: User, channel: Channel) -> int:
        """Return what a person may do in a channel."""
        places = (channel.guild_id, channel.parent_id, channel.id)
        own = [self._rights[user.id, place] for place in places if (user.id, place) in self._rights]
        total = self.everyone_may(channel.guild_id)
        for right in own:
            total |= right
        return may.effective(total)

    def bot_may(self, channel: Channel) -> int:
        """Return what the bot may do in a channel; a thread has its channel's permissions."""
        if channel.members:
            return may.IN_PRIVATE
        if channel.kind == DIRECT:
            return may.BOT | may.IN_DM
        if channel.guild_id in self.left:
            # Not what a bot may do that is not there, but what Discord says all the same.
            return may.effective(self.everyone_may(channel.guild_id))
        for place in (channel.id, channel.parent_id):
            if place in self.bot_permissions:
                return may.effective(self.bot_permissions[place])
        _, allowed = self.bot_roles.get(channel.guild_id, ("", 0))
        return may.effective(self.everyone_may(channel.guild_id) | allowed)

    def everyone_may(self, guild_id: str) -> int:
        """Return what everyone may do in a guild."""
        return self.everyone.get(guild_id, may.MEMBER)

    def reach(self, channel_id: str, *needed: int) -> Channel:
        """Return a channel in which the bot may do all that is needed; else raise why not."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise refusal(10003)
        permissions = self.bot_may(channel)
        if channel.guild_id in self.left or not permissions & may.VIEW_CHANNEL or channel.members:
            raise refusal(50001)
        if any(not permissions & one for one in needed):
            raise refusal(50013)
        return channel

    def writable(self, channel_id: str) -> Channel:
        """Return a channel in which the bot may post; else raise why not."""
        channel = self.channels.get(channel_id)
        in_thread = channel is not None and channel.is_thread
        post = may.SEND_MESSAGES_IN_THREADS if in_thread else may.SEND_MESSAGES
        reached = self.reach(channel_id, post)
        if reached.recipient_id in self.closed_dms:
            raise refusal(50007)
        if channel_id in self.locked:
            raise refusal(160005)
        if reached.has_posts:
            raise refusal(50008)
        return reached

    # Channels.

    def shown(self, channel: Channel) -> Json:
        """Return a channel as the bot sees it, with what it and people may do as overwrites."""
        # The newest message that everyone saw, even if it was deleted since.
        last = {"last_message_id": self._last_messages.get(channel.id)}
        if channel.members:
            return channel_object(channel, self.users[channel.members[-1]]) | last
        if channel.kind == DIRECT:
            return channel_object(channel, self.users[channel.recipient_id]) | last
        if channel.is_thread:
            is_locked, is_archived = channel.id in self.locked, channel.id in self.archived
            return thread_object(channel, is_locked=is_locked, is_archived=is_archived) | last
        rights: dict[str, int] = {}
        for (user_id, place), more in self._rights.items():
            if place in {channel.id, channel.guild_id}:
                rights[user_id] = rights.get(user_id, 0) | more
        overwrites = [granted(user_id, more) for user_id, more in rights.items()]
        if channel.id in self.bot_permissions:
            overwrites.append(overwrite(self.bot.id, self.bot_may(channel)))
        return channel_object(channel, overwrites=overwrites) | last

    def own_member(self, guild_id: str) -> Json:
        """Return the bot as a member of a guild."""
        own = self.bot_roles.get(guild_id)
        return member_object(self.bot, roles=[own[0]] if own else [])

    def roles_of(self, guild_id: str) -> list[Json]:
        """Return the roles of a guild beside everyone's."""
        own = self.bot_roles.get(guild_id)
        others = [it for it in self.roles.values() if it.guild_id == guild_id]
        told = (role_object(it.id, it.name, 0, is_mentionable=it.is_mentionable) for it in others)
        return [*([role_object(own[0], "news", own[1])] if own else []), *told]

    def open_dm(self, user: User) -> Channel:
        """Return a person's direct messages with the bot, opened if they were not."""
        channel = self._directs.get(user.id)
        if channel is None:
            channel = Channel(self.next_id(), user.name, kind=DIRECT, recipient_id=user.id)
            self._directs[user.id] = self.channels[channel.id] = channel
        return channel

    # Messages.

    def standing(self, channel_id: str) -> list[Message]:
        """Return the messages of a channel that everyone in it sees, oldest first."""
        return list(self._messages.get(channel_id, {}).values())

    def private(self, user_id: str, channel_id: str) -> list[Message]:
        """Return the messages of a channel that only this person sees, oldest first."""
        shown = self._private.get(channel_id, {}).values()
        return [message for message in shown if message.seen_by == user_id]

    def find(self, channel_id: str, message_id: str) -> Message | None:
        """Return a message, None if it does not stand any more; private ones too."""
        for shelf in (self._messages, self._private):
            if found := shelf.get(channel_id, {}).get(message_id):
                return found
        return None

    def public(self, channel_id: str, message_id: str) -> Message:
        """Return a message that everyone sees; 10008 if there is none."""
        found = self._messages.get(channel_id, {}).get(message_id)
        if found is None:
            raise refusal(10008)
        return found

    def post(
        self,
        channel: Channel,
        author: User,
        fields: Fields,
        usual: frozenset[str],
        **more: object,
    ) -> Message:
        """Let a new message stand; `seen_by` in `more` makes it private, the rest is shown."""
        seen_by = str(more.pop("seen_by", ""))
        data = message_object(self.next_id(), channel, self._author(author), fields)
        data |= more
        message = self._with_pings(data, fields, usual)
        if seen_by:
            data["flags"] |= EPHEMERAL
            message = replace(message, seen_by=seen_by)
        self._keep(message, "created")
        return message

    def edit(self, message: Message, fields: Fields, usual: frozenset[str]) -> Message:
        """Change what a message shows, and let it stand so."""
        data = {
            **message.data,
            "content": fields.content,
            "attachments": list(fields.attachments),
            "embeds": list(fields.embeds),
            "components": list(fields.components),
            "flags": fields.flags,
            "edited_timestamp": iso(self.clock()),
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
        }
        edited = replace(self._with_pings(data, fields, usual), seen_by=message.seen_by)
        self._keep(edited, "edited")
        return edited

    def show(self, message: Message, **changed: object) -> Message:
        """Let something else of a message be told, such as its flags."""
        shown = replace(message, data={**message.data, **changed})
        self._keep(shown, "edited")
        return shown

    def note_post(self, forum: Channel, thread: Channel) -> None:
        """Keep the newest post of a forum, which it tells as its last message."""
        self.channels[thread.id] = thread
        self._last_messages[forum.id] = thread.id

    def delete(self, message: Message) -> None:
        """Take a message away."""
        self._shelf(message).pop(message.id, None)
        self._tell(message, "deleted")

    def _author(self, user: User) -> Json:
        if user.id not in self._authors:
            self._authors[user.id] = user_object(user)
        return self._authors[user.id]

    def _with_pings(self, data: Json, fields: Fields, usual: frozenset[str]) -> Message:
        named = pings((fields.content, *fields.texts), fields.allowed_mentions, usual)
        words = dict.fromkeys((*named, *_replied_to(data, fields)))
        found = tuple(word for word in words if self._may_ping(word, data))
        if found:
            data |= self._mention_parts(found)
        return Message(data, fields.texts, found, fields.allowed_mentions)

    def _may_ping(self, word: str, data: Json) -> bool:
        """Say whether a mention that is allowed takes effect, as far as roles are known."""
        role = self.roles.get(word.strip("<@&>"))
        if role is None or role.is_mentionable or data["author"]["id"] != self.bot.id:
            return True
        return bool(self.bot_may(self.channels[data["channel_id"]]) & may.MENTION_EVERYONE)

    def _mention_parts(self, found: Iterable[str]) -> Json:
        ids = [word.strip("<@>") for word in found]
        return {
            "mention_everyone": bool({"@everyone", "@here"} & set(found)),
            "mentions": [user_object(self.users[i]) for i in ids if i in self.users],
            "mention_roles": [i.lstrip("&") for i in ids if i.startswith("&")],
        }

    def _shelf(self, message: Message) -> dict[str, Message]:
        shelf = self._private if message.seen_by else self._messages
        return shelf.setdefault(message.channel_id, {})

    def _keep(self, message: Message, kind: Literal["created", "edited"]) -> None:
        self._shelf(message)[message.id] = message
        if kind == "created" and not message.seen_by:
            self._last_messages[message.channel_id] = message.id
            self.archived.discard(message.channel_id)  # what is written in opens again
        self._tell(message, kind)

    def _tell(self, message: Message, kind: Literal["created", "edited", "deleted"]) -> None:
        change: Change = {
            "kind": kind,
            "channel_id": message.channel_id,
            "message": message.data,
            "pings": list(message.pings),
            "seen_by": message.seen_by,
        }
        for watch in self.watchers:
            watch(change)

    # Files.

    def keep(self, files: Mapping[int, Upload]) -> dict[int, Json]:
        """Keep files that came with a message; returns how it names them."""
        told = {number: file.told(self.next_id(), _CDN) for number, file in files.items()}
        self.files |= {told[number]["id"]: file for number, file in files.items()}
        return told

    # Nonces.

    def repeated(self, author: User, nonce: str | int) -> Message | None:
        """Return the message that this author sent with this nonce a short time ago.

        It is looked up by author, not by channel. 10008 if it was deleted since.
        """
        self._forget_nonces()
        known = self._nonces.get((author.id, str(nonce)))
        return None if known is None else self.public(known[1], known[2])

    def remember(self, author: User, nonce: str | int, message: Message) -> None:
        """Keep the nonce with which a message was sent."""
        key = (author.id, str(nonce))
        self._nonces[key] = (self.clock(), message.channel_id, message.id)

    def _forget_nonces(self) -> None:
        before = self.clock() - self._nonce_lives
        while self._nonces:
            key, (at, _, _) = next(iter(self._nonces.items()))
            if at > before:
                return
            del self._nonces[key]


def _replied_to(data: Json, fields: Fields) -> tuple[str, ...]:
    """Return the mention that a reply is to the author of what it replies to, unless it says no."""
    to, allowed = data.get("referenced_message"), fields.allowed_mentions
    is_wanted = allowed is None or bool(allowed.get("replied_user"))
    return (f"<@{to['author']['id']}>",) if to and is_wanted else ()


def fields_of(message: Message) -> Fields:
    """Return what a message shows."""
    data = message.data
    return Fields(
        content=data["content"],
        embeds=tuple(data["embeds"]),
        components=tuple(data["components"]),
        flags=data["flags"],
        texts=message.texts,
        allowed_mentions=message.allowed_mentions,
        attachments=tuple(data["attachments"]),
    )


def refuse_empty(fields: Fields) -> None:
    """Raise 50006 if nothing would be shown."""
    if fields.is_empty:
        raise refusal(50006)

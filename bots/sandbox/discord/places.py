"""Guilds, channels and people of the stand-in, and what becomes of them."""

import secrets
import time
from collections.abc import Callable
from dataclasses import replace

from bots.sandbox.discord import permissions as may
from bots.sandbox.discord.bodies import Fields
from bots.sandbox.discord.errors import refusal
from bots.sandbox.discord.forms import Json
from bots.sandbox.discord.gateway import DIRECT_MESSAGES, GUILD_MESSAGES, GUILDS, Gateway
from bots.sandbox.discord.hearing import heard
from bots.sandbox.discord.limits import Limits, Meter
from bots.sandbox.discord.listening import News
from bots.sandbox.discord.mentions import EVERYTHING
from bots.sandbox.discord.objects import (
    guild_object,
    iso,
    replying,
    role_object,
    time_of,
    user_object,
)
from bots.sandbox.discord.registrations import Registrations
from bots.sandbox.discord.uploads import Upload
from bots.sandbox.discord.values import (
    ANNOUNCEMENT_THREAD,
    ANNOUNCEMENTS,
    DIRECT,
    FORUM,
    GROUP,
    PUBLIC_THREAD,
    TEXT_CHANNEL,
    Change,
    Channel,
    ForumTag,
    Guild,
    Message,
    Role,
    User,
)
from bots.sandbox.discord.world import World

APPLICATION_ID = "1187301264118239272"
BOT_USER_ID = "1187301264987654204"
OWNER_ID = "1187301264007008215"
_EVENTS = {"created": "MESSAGE_CREATE", "edited": "MESSAGE_UPDATE", "deleted": "MESSAGE_DELETE"}
_GONE, _HIDDEN = 10003, 50001
_LARGE, _TWO = 250, 2


class Places:
    """The world of one bot, as tests and the page arrange it."""

    application_id = APPLICATION_ID
    bot_user_id = BOT_USER_ID

    def __init__(self, limits: Limits, clock: Callable[[], float] | None) -> None:
        # Each has a token of its own, so a bot that finds another at its port is turned away.
        self.token = f"MTE4NzMwMTI2NDk4NzY1NDIwNA.G-stnd.stand_in_{secrets.token_hex(8)}"
        self.limits = limits
        self.clock = clock or time.time
        self.gateway_url = ""
        self.news = News()
        self._meter = Meter(limits)
        bot = User(self.bot_user_id, "Themata", is_bot=True)
        self.world = World(bot, self.clock, limits.nonce_lives)
        self.world.users[OWNER_ID] = User(OWNER_ID, "owner")
        self.world.watchers.append(self._pass_on)
        self.registrations = Registrations(
            self.application_id, self.world.next_id, self._take_creates
        )
        self.gateway = Gateway(
            self.token, self._ready, self._guilds_of_bot, self.news.stir, self.clock
        )

    @property
    def guilds(self) -> list[Guild]:
        """All guilds, also those that the bot has left."""
        return list(self.world.guilds.values())

    @property
    def channels(self) -> list[Channel]:
        """All channels, threads and direct messages."""
        return list(self.world.channels.values())

    @property
    def users(self) -> list[User]:
        """All people that were added."""
        return [u for u in self.world.users.values() if u.id not in (OWNER_ID, self.bot_user_id)]

    @property
    def commands(self) -> list[Json]:
        """What the bot has registered."""
        return self.registrations.commands

    # People arrange things.

    def add_user(
        self, name: str, *, locale: str = "en-US", is_bot: bool = False, is_guest: bool = False
    ) -> User:
        """Add a person, who is a member of every guild or a guest there, or another bot."""
        user = User(self.world.next_id(), name, is_bot, locale, is_guest)
        self.world.users[user.id] = user
        return user

    def add_guild(self, name: str, *, has_bot: bool = True) -> Guild:
        """Add a guild in which the bot is installed, or one that it is not on."""
        guild = Guild(self.world.next_id(), name, OWNER_ID)
        self.world.guilds[guild.id] = guild
        if not has_bot:
            self.world.left.add(guild.id)
        self._tell(guild, "GUILD_CREATE", self._whole_guild(guild))
        return guild

    def add_channel(
        self,
        guild: Guild,
        name: str,
        *,
        bot_permissions: int | None = may.BOT,
        kind: int = TEXT_CHANNEL,
    ) -> Channel:
        """Add a text channel in which the bot may do this; None for what its roles allow."""
        return self._open_channel(
            Channel(self.world.next_id(), name, guild.id, kind), bot_permissions
        )

    def add_forum(
        self,
        guild: Guild,
        name: str,
        *tags: str,
        requires_tag: bool = False,
        moderated: tuple[str, ...] = (),
        kind: int = FORUM,
        bot_permissions: int = may.BOT,
    ) -> Channel:
        """Add a forum, or a channel for media, whose posts can have these tags."""
        named = ((tag, tag in moderated) for tag in (*tags, *moderated))
        offered = tuple(ForumTag(self.world.next_id(), *it) for it in named)
        made = Channel(self.world.next_id(), name, guild.id, kind)
        return self._open_channel(
            replace(made, tags=offered, requires_tag=requires_tag), bot_permissions
        )

    def _open_channel(self, channel: Channel, bot_permissions: int | None) -> Channel:
        guild = self.world.guilds[channel.guild_id]
        self.world.channels[channel.id] = channel
        if bot_permissions is not None:
            self.world.bot_permissions[channel.id] = bot_permissions
        self._tell(guild, "CHANNEL_CREATE", self.world.shown(channel))
        return channel

    def add_thread(self, parent: Channel, name: str) -> Channel:
        """Add a public thread, with its channel's permissions."""
        return self._open_thread(parent, self.world.next_id(), name)

    def start_thread(self, parent: Channel, message_id: str, name: str) -> Channel:
        """Start a thread on a message; 160004 if it has one."""
        if message_id in self.world.channels:
            raise refusal(160004)
        return self._open_thread(parent, message_id, name)

    def start_post(self, forum: Channel, name: str, applied: tuple[str, ...]) -> Channel:
        """Start a post of the bot in a forum, in which nothing is said yet."""
        own, thread_id = self.bot_user_id, self.world.next_id()
        thread = self._open_thread(forum, thread_id, name, applied=applied, owner_id=own)
        self.world.note_post(forum, thread)
        return thread

    def archive(self, thread: Channel) -> None:
        """Archive a thread, as Discord does when nothing is said in it for long."""
        self.world.archived.add(thread.id)
        self._tell_thread(thread)

    def unarchive(self, thread: Channel) -> None:
        """Open a thread again that was archived, but not locked."""
        self.world.archived.discard(thread.id)
        self._tell_thread(thread)

    def _open_thread(
        self,
        parent: Channel,
        thread_id: str,
        name: str,
        *,
        applied: tuple[str, ...] = (),
        owner_id: str = "",
    ) -> Channel:
        guild_id = parent.guild_id
        kind = ANNOUNCEMENT_THREAD if parent.kind == ANNOUNCEMENTS else PUBLIC_THREAD
        thread = Channel(thread_id, name, guild_id, kind=kind, parent_id=parent.id)
        thread = replace(thread, applied=applied, owner_id=owner_id)
        self.world.channels[thread.id] = thread
        told = {**self.world.shown(thread), "newly_created": True}
        self._tell(self.world.guilds[guild_id], "THREAD_CREATE", told)
        return thread

    def open_dm(self, user: User) -> Channel:
        """Return a person's direct messages with the bot."""
        return self.world.open_dm(user)

    def add_private(self, *people: User) -> Channel:
        """Add the direct messages of two people, or a group of more; the bot is in neither."""
        kind, name = (DIRECT, "") if len(people) == _TWO else (GROUP, "friends")
        members = tuple(person.id for person in people)
        channel = Channel(self.world.next_id(), name, kind=kind, members=members)
        self.world.channels[channel.id] = channel
        return channel

    def install_for(self, user: User) -> None:
        """Let a person install the application for themselves, wherever they are."""
        self.registrations.installed_by.add(user.id)

    def allow(self, user: User, place: Guild | Channel, permissions: int) -> None:
        """Let a person do this in a guild or channel, beside what everyone may do."""
        self.world.allow(user, place.id, permissions)
        if isinstance(place, Channel) and place.guild_id:
            guild = self.world.guilds[place.guild_id]
            self._tell(guild, "CHANNEL_UPDATE", self.world.shown(place))

    def permit(self, channel: Channel, bot_permissions: int) -> None:
        """Set what the bot may do in a channel."""
        self.world.bot_permissions[channel.id] = bot_permissions
        guild = self.world.guilds[channel.guild_id]
        self._tell(guild, "CHANNEL_UPDATE", self.world.shown(channel))

    def permit_everyone(self, guild: Guild, permissions: int) -> None:
        """Set what everyone, the bot too, may do in channels without rules of their own."""
        self.world.everyone[guild.id] = permissions
        role = role_object(guild.id, "@everyone", permissions)
        self._tell(guild, "GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": role})

    def give_role(self, guild: Guild, permissions: int) -> None:
        """Give the bot a role that allows this."""
        role_id = self.world.next_id()
        self.world.bot_roles[guild.id] = (role_id, permissions)
        role = role_object(role_id, "news", permissions)
        self._tell(guild, "GUILD_ROLE_CREATE", {"guild_id": guild.id, "role": role})
        # Of the bot itself Discord tells without the intent for members, too.
        self._tell(
            guild, "GUILD_MEMBER_UPDATE", self.world.own_member(guild.id) | {"guild_id": guild.id}
        )

    def add_role(self, guild: Guild, name: str, *, is_mentionable: bool = True) -> Role:
        """Add a role that people have, which everyone may mention or only some."""
        role = Role(self.world.next_id(), name, guild.id, is_mentionable)
        self.world.roles[role.id] = role
        shown = role_object(role.id, name, 0, is_mentionable=is_mentionable)
        told = {"guild_id": guild.id, "role": shown}
        self._tell(guild, "GUILD_ROLE_CREATE", told)
        return role

    def hold(self, user: User, role: Role) -> None:
        """Give a person a role."""
        self.world.held.setdefault(user.id, set()).add(role.id)

    def lock(self, thread: Channel) -> None:
        """Archive a thread and lock it, so that the bot is answered 160005."""
        self.world.locked.add(thread.id)
        self._tell_thread(thread)

    def unlock(self, thread: Channel) -> None:
        """Open a thread again."""
        self.world.locked.discard(thread.id)
        self._tell_thread(thread)

    def say(
        self, user: User, channel: Channel, content: str, *, reply_to: Message | None = None
    ) -> Message:
        """Let a person write a message, or reply to one, whose author it then mentions."""
        more = replying(reply_to, channel) if reply_to else {}
        return self.world.post(channel, user, Fields(content=content), EVERYTHING, **more)

    # What goes wrong with them.

    def close_channel(self, channel: Channel, code: int = _GONE) -> None:
        """Close a channel to the bot, so that it is answered 10003, 50001 or 50013."""
        if code == _GONE:
            shown = self.world.shown(channel)
            self.world.channels.pop(channel.id, None)
            event = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
            self._tell(self.world.guilds[channel.guild_id], event, shown)
        else:
            self.permit(channel, 0 if code == _HIDDEN else may.VIEW_CHANNEL)

    def kick(self, guild: Guild, *, unavailable: bool = False) -> None:
        """Remove the bot from a guild; with `unavailable` the guild only has an outage."""
        if unavailable:
            self.world.away.add(guild.id)
            self._tell(guild, "GUILD_DELETE", {"id": guild.id, "unavailable": True})
            return
        self.world.left.add(guild.id)
        self._tell(guild, "GUILD_DELETE", {"id": guild.id})

    def bring_back(self, guild: Guild) -> None:
        """Install the bot again, or end an outage."""
        told = self._whole_guild(guild)
        if guild.id in self.world.left:
            # Of a guild that is new to the bot Discord says nothing of outages.
            del told["unavailable"]
        self.world.left.discard(guild.id)
        self.world.away.discard(guild.id)
        self._tell(guild, "GUILD_CREATE", told)

    def closed_dms(self, user: User) -> None:
        """Let a person take no direct messages, so that the bot is answered 50007."""
        self.world.closed_dms.add(user.id)

    # What is seen.

    def file(self, attachment_id: str) -> Upload | None:
        """Return what was sent with a message under this id, None if nothing was."""
        return self.world.files.get(attachment_id)

    def messages(self, channel: Channel | str) -> list[Message]:
        """Return what stands in a channel for everyone, oldest first."""
        return self.world.standing(channel if isinstance(channel, str) else channel.id)

    def private(self, user: User, channel: Channel) -> list[Message]:
        """Return what only this person sees in a channel, oldest first."""
        return self.world.private(user.id, channel.id)

    # What the bot is told.

    def _take_creates(self, count: int) -> bool:
        return self._meter.take_creates(count, self.clock())

    def _ready(self, session_id: str, shard: tuple[int, int]) -> Json:
        of_shard = [it.id for it in self.guilds if (int(it.id) >> 22) % shard[1] == shard[0]]
        mine = [it for it in of_shard if it not in self.world.left]
        return {
            "v": 10,
            "user": user_object(self.world.bot) | {"verified": True, "mfa_enabled": True},
            "guilds": [{"id": guild_id, "unavailable": True} for guild_id in mine],
            "session_id": session_id,
            "resume_gateway_url": self.gateway_url,
            "shard": list(shard),
            "application": {"id": self.application_id, "flags": 0},
            "private_channels": [],
        }

    def _guilds_of_bot(self) -> list[Json]:
        not_there = self.world.left | self.world.away
        there = (guild for guild in self.guilds if guild.id not in not_there)
        return [self._whole_guild(guild) for guild in there]

    def _whole_guild(self, guild: Guild) -> Json:
        inside = [channel for channel in self.channels if channel.guild_id == guild.id]
        shown = {channel.id: self.world.shown(channel) for channel in inside}
        return guild_object(
            guild, self.world.everyone_may(guild.id), *self.world.roles_of(guild.id)
        ) | {
            "joined_at": iso(time_of(guild.id)),
            "large": len(self.users) > _LARGE,
            "unavailable": False,
            "member_count": len(self.users) + 1,
            "members": [self.world.own_member(guild.id)],
            "channels": [shown[c.id] for c in inside if not c.is_thread],
            "threads": [shown[c.id] for c in inside if c.is_thread],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def _tell_thread(self, thread: Channel) -> None:
        guild = self.world.guilds[thread.guild_id]
        self._tell(guild, "THREAD_UPDATE", self.world.shown(thread))

    def _tell(self, guild: Guild, event: str, data: Json) -> None:
        if guild.id in self.world.left and event != "GUILD_DELETE":
            return
        self.gateway.dispatch(event, data, intent=GUILDS, guild_id=guild.id)

    def _pass_on(self, change: Change) -> None:
        """Tell the gateway of a message, if a session asked to be told."""
        channel = self.world.channels.get(change["channel_id"])
        self.news.stir()
        if channel is None or change["seen_by"]:
            return
        if channel.members or channel.guild_id in self.world.left:
            return  # where the bot is not, it hears nothing
        intent = GUILD_MESSAGES if channel.guild_id else DIRECT_MESSAGES
        if not self.gateway.listens(intent):
            return
        told = change["message"]
        if change["kind"] == "deleted":
            told = {"id": told["id"], "channel_id": channel.id}
        elif channel.guild_id:
            told = heard(told, self.world)
        if channel.guild_id:
            told = {**told, "guild_id": channel.guild_id}
        event = _EVENTS[change["kind"]]
        self.gateway.dispatch(event, told, intent=intent, guild_id=channel.guild_id)

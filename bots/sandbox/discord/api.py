"""What each route of the REST API does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bots.sandbox.discord import permissions as may
from bots.sandbox.discord.bodies import ON_CREATE, ON_EDIT, Fields, read_fields, read_nonce
from bots.sandbox.discord.errors import TooSoon, check, refusal
from bots.sandbox.discord.forms import Form, Json
from bots.sandbox.discord.limits import Refused
from bots.sandbox.discord.mentions import EVERYTHING
from bots.sandbox.discord.objects import guild_object, replying, user_object
from bots.sandbox.discord.registrations import Registrations
from bots.sandbox.discord.replies import Replies
from bots.sandbox.discord.threads import DURATIONS, Threads
from bots.sandbox.discord.uploads import Upload
from bots.sandbox.discord.values import ANNOUNCEMENTS, TEXT_CHANNEL, Channel, Message
from bots.sandbox.discord.world import World, fields_of, refuse_empty

_PAGE = (1, 100)
_USUAL_PAGE = 50
_NAME = (1, 100)
_CROSSPOSTED = 1 << 0


@dataclass(frozen=True, slots=True)
class Call:
    """A request, taken apart."""

    ids: tuple[str, ...]
    """The parts of the path that stand for something, in order."""
    query: dict[str, str]
    body: object
    files: Mapping[int, Upload] = field(default_factory=dict)
    """What came with it, by its number."""

    @property
    def json(self) -> Json:
        """The body, which must be an object."""
        if isinstance(self.body, dict):
            return self.body
        raise refusal(50109)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the application is, and where it is served."""

    token: str
    application_id: str
    owner_id: str
    gateway_url: str


class Api:
    """Answers the requests of the bot."""

    def __init__(
        self,
        world: World,
        commands: Registrations,
        replies: Replies,
        identity: Identity,
        threads: Threads,
        take_crosspost: Callable[[str], Refused | None],
    ) -> None:
        self._world = world
        self._commands = commands
        self._replies = replies
        self._identity = identity
        self._threads = threads
        self._take_crosspost = take_crosspost

    # The application.

    def me(self, _: Call) -> Json:
        """Return the bot's own user."""
        more = {"verified": True, "email": None, "mfa_enabled": True, "locale": "en-US", "flags": 0}
        return user_object(self._world.bot) | more

    def application(self, _: Call) -> Json:
        """Return the application, with its owner."""
        owner = self._world.users[self._identity.owner_id]
        return {
            "id": self._identity.application_id,
            "name": self._world.bot.name,
            "icon": None,
            "description": "",
            "summary": "",
            "type": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "is_monetized": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "owner": user_object(owner),
            "bot": user_object(self._world.bot),
            "team": None,
            "install_params": None,
            "integration_types_config": {"0": {}, "1": {}},
            "interactions_endpoint_url": None,
            "redirect_uris": [],
            "approximate_guild_count": len(self._world.guilds),
        }

    def one_application(self, call: Call) -> Json:
        """Return the application if it is the one asked for."""
        self._check_application(call)
        return self.application(call)

    def gateway(self, _: Call) -> Json:
        """Return where to connect."""
        return {"url": self._identity.gateway_url}

    def gateway_of_bot(self, _: Call) -> Json:
        """Return where to connect, with how many shards and how often."""
        limit = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
        url = self._identity.gateway_url
        return {"url": url, "shards": 1, "session_start_limit": limit}

    def commands(self, call: Call) -> list[Json]:
        """Return the registered commands."""
        self._check_application(call)
        return self._commands.commands

    def overwrite_commands(self, call: Call) -> list[Json]:
        """Register these commands in the place of all."""
        self._check_application(call)
        return self._commands.overwrite(call.body)

    def _check_application(self, call: Call) -> None:
        if call.ids[0] != self._identity.application_id:
            raise refusal(10002)

    # People, guilds and channels.

    def user(self, call: Call) -> Json:
        """Return someone."""
        if (found := self._world.users.get(call.ids[0])) is None:
            raise refusal(10013)
        return user_object(found)

    def open_dm(self, call: Call) -> Json:
        """Open the direct messages with someone."""
        form = Form()
        recipient = form.needed_text(call.json, "recipient_id", (), (1, 20))
        check(form)
        person = self._world.users.get(recipient or "")
        if person is None or person.is_bot:
            raise refusal(10013)
        return self._world.shown(self._world.open_dm(person))

    def guild(self, call: Call) -> Json:
        """Return a guild that the bot is in."""
        guild = self._world.guilds.get(call.ids[0])
        if guild is None or guild.id in self._world.left:
            raise refusal(10004)
        return guild_object(guild, self._world.everyone_may(guild.id))

    def channel(self, call: Call) -> Json:
        """Return a channel."""
        return self._world.shown(self._world.reach(_snowflake(call, 0, "channel_id")))

    def typing(self, call: Call) -> None:
        """Say that the bot is typing."""
        self._world.writable(_snowflake(call, 0, "channel_id"))

    # Messages.

    def create_message(self, call: Call) -> Json:
        """Post a message, or return the one that was posted with the same nonce."""
        channel = self._world.writable(_snowflake(call, 0, "channel_id"))
        if call.files:
            self._world.reach(channel.id, may.ATTACH_FILES)
        body = call.json
        form = Form()
        new = self._world.keep(call.files)
        fields = read_fields(form, body, Fields(), ON_CREATE, new=new)
        nonce = read_nonce(form, body)
        reference = self._reference(form, body, channel)
        check(form)
        refuse_empty(fields)
        enforced = nonce is not None and body.get("enforce_nonce") is True
        if nonce is not None and enforced:
            before = self._world.repeated(self._world.bot, nonce)
            if before is not None:
                return before.data
        message = self._post(channel, fields, nonce, reference)
        if nonce is not None and enforced:
            self._world.remember(self._world.bot, nonce, message)
        return message.data

    def _post(
        self, channel: Channel, fields: Fields, nonce: str | int | None, reference: Json
    ) -> Message:
        more = dict(reference)
        if nonce is not None:
            more["nonce"] = nonce
        return self._world.post(channel, self._world.bot, fields, EVERYTHING, **more)

    def _reference(self, form: Form, body: Json, channel: Channel) -> Json:
        """Return what a reply says of the message it replies to."""
        given = form.record(body.get("message_reference") or {}, ("message_reference",))
        if not given:
            return {}
        if not self._world.bot_may(channel) & may.READ_MESSAGE_HISTORY:
            raise refusal(160002)
        message_id = str(given.get("message_id"))
        if to := self._world.find(channel.id, message_id):
            return replying(to, channel)
        if given.get("fail_if_not_exists", True):
            form.refuse(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return {}

    def messages(self, call: Call) -> list[Json]:
        """Return a page of a channel's history, newest first."""
        channel = self._world.reach(_snowflake(call, 0, "channel_id"))
        if channel.has_posts:
            raise refusal(50024)
        form = Form()
        query = {key: _number(value) for key, value in call.query.items()}
        limit = form.number(query, "limit", (), _PAGE) or _USUAL_PAGE
        check(form)
        if not self._world.bot_may(channel) & may.READ_MESSAGE_HISTORY:
            return []
        return [_told_later(m) for m in _page(self._world.standing(channel.id), query, limit)]

    def message(self, call: Call) -> Json:
        """Return one message."""
        channel = self._world.reach(_snowflake(call, 0, "channel_id"), may.READ_MESSAGE_HISTORY)
        return _told_later(self._world.public(channel.id, _snowflake(call, 1, "message_id")))

    def edit_message(self, call: Call) -> Json:
        """Change one of the bot's messages."""
        message = self._standing(call)
        if message.author_id != self._world.bot.id:
            raise refusal(50005)
        if message.channel_id in self._world.archived | self._world.locked:
            raise refusal(50083)
        form = Form()
        fields = read_fields(form, call.json, fields_of(message), ON_EDIT)
        check(form)
        refuse_empty(fields)
        return self._world.edit(message, fields, EVERYTHING).data

    def delete_message(self, call: Call) -> None:
        """Take a message away: the bot's own, or with permission anyone's."""
        message = self._standing(call)
        if message.author_id != self._world.bot.id:
            self._world.reach(message.channel_id, may.MANAGE_MESSAGES)
        self._world.delete(message)

    def start_thread(self, call: Call) -> Json:
        """Start a thread on a message, which has the message's id."""
        channel = self._world.reach(_snowflake(call, 0, "channel_id"), may.CREATE_PUBLIC_THREADS)
        message = self._world.public(channel.id, _snowflake(call, 1, "message_id"))
        if channel.kind not in (TEXT_CHANNEL, ANNOUNCEMENTS):
            raise refusal(50024)
        form = Form()
        name = form.needed_text(call.json, "name", (), _NAME)
        if "auto_archive_duration" in call.json:
            form.choice(call.json, "auto_archive_duration", (), DURATIONS)
        check(form)
        return self._world.shown(self._threads.start(channel, message.id, name or ""))

    def crosspost(self, call: Call) -> Json:
        """Pass a message of an announcement channel on to the channels that follow it."""
        channel = self._world.reach(_snowflake(call, 0, "channel_id"), may.SEND_MESSAGES)
        if channel.kind != ANNOUNCEMENTS:
            raise refusal(50024)
        message = self._world.public(channel.id, _snowflake(call, 1, "message_id"))
        if message.author_id != self._world.bot.id:
            self._world.reach(channel.id, may.MANAGE_MESSAGES)
        if message.data["flags"] & _CROSSPOSTED:
            raise refusal(40033)
        if late := self._take_crosspost(channel.id):
            raise TooSoon(late, 20028)
        return self._world.show(message, flags=message.data["flags"] | _CROSSPOSTED).data

    # Forums.

    def start_post(self, call: Call) -> Json:
        """Start a post in a forum: a thread with its first message."""
        channel = self._world.reach(_snowflake(call, 0, "channel_id"), may.SEND_MESSAGES)
        return self._threads.post(channel, call.json)

    def active_threads(self, call: Call) -> Json:
        """Return the threads of a guild that are not archived, the newest first."""
        self.guild(call)
        return self._threads.active(call.ids[0])

    def archived_threads(self, call: Call) -> Json:
        """Return the archived threads of a channel."""
        needed = may.READ_MESSAGE_HISTORY
        return self._threads.archived(self._world.reach(_snowflake(call, 0, "channel_id"), needed))

    def edit_channel(self, call: Call) -> Json:
        """Open an archived thread again; the stand-in changes nothing else of channels."""
        thread = self._world.reach(_snowflake(call, 0, "channel_id"))
        return self._threads.unarchive(thread, call.json)

    def _standing(self, call: Call) -> Message:
        channel = self._world.reach(_snowflake(call, 0, "channel_id"))
        return self._world.public(channel.id, _snowflake(call, 1, "message_id"))

    # Interactions.

    def callback(self, call: Call) -> Json | None:
        """Take the first answer to an interaction."""
        response = self._replies.callback(call.ids[0], call.ids[1], call.json)
        return response if call.query.get("with_response") in {"true", "1"} else None

    def follow_up(self, call: Call) -> Json:
        """Take a further message."""
        return self._replies.follow_up(call.ids[0], call.ids[1], call.json, call.files).data

    def reply(self, call: Call) -> Json:
        """Return an answer."""
        return self._replies.message(call.ids[0], call.ids[1], call.ids[2]).data

    def edit_reply(self, call: Call) -> Json:
        """Change an answer."""
        return self._replies.edit(call.ids, call.json, call.files).data

    def delete_reply(self, call: Call) -> None:
        """Take an answer away."""
        self._replies.delete(call.ids[0], call.ids[1], call.ids[2])


def _snowflake(call: Call, at: int, name: str) -> str:
    value = call.ids[at]
    if not value.isdecimal():
        form = Form()
        form.refuse((name,), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
        check(form)
    return value


def _told_later(message: Message) -> Json:
    """Return a message as it is read again: only who sent it is told its nonce, at once."""
    return {key: value for key, value in message.data.items() if key != "nonce"}


def _number(value: str) -> int | str:
    return int(value) if value.isdecimal() else value


def _page(standing: list[Message], query: Json, limit: int) -> list[Message]:
    """Return the asked part of a history, newest first."""
    if "around" in query:
        at = sum(int(m.id) < query["around"] for m in standing)
        return standing[max(at - limit // 2, 0) :][:limit][::-1]
    if "after" in query:
        return [m for m in standing if int(m.id) > query["after"]][:limit][::-1]
    older = [m for m in standing if "before" not in query or int(m.id) < query["before"]]
    return older[-limit:][::-1]

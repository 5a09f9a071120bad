"""The scene's Discord: a server, its people, and how they type."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bots.sandbox.discord import (
    Answer,
    Change,
    Channel,
    DiscordStandIn,
    Message,
    NoAnswer,
    NotPossible,
    User,
    permissions,
)
from bots.sandbox.scene.cast import (
    ADA,
    APP,
    ASK_BELOW,
    CHANNELS,
    DIRECT,
    PEOPLE,
    ROLE,
    WORKSPACE,
    Directory,
    Json,
    Notice,
    Pick,
    Press,
    Shown,
    SideName,
    Suggestion,
)

_CHAT_INPUT, _MESSAGE = 1, 3
_AT_APP = re.compile(rf"@{APP}\b", re.IGNORECASE)
_NESTED = (1, 2)  # the types of a subcommand and of a group of them
_SHOWN = ("content", "components", "embeds", "flags")


@dataclass(frozen=True, slots=True)
class _Command:
    path: str
    """As it is typed: `channel follow`."""
    about: str
    options: Sequence[Json]


@dataclass(frozen=True, slots=True)
class _Typed:
    command: _Command
    rest: str
    """What was typed after it."""
    is_ended: bool
    """A space or more stands after the command."""


class DiscordSide:
    """A server with the cast in it."""

    name: SideName = "discord"

    def __init__(self, discord: DiscordStandIn) -> None:
        self._discord = discord
        self.guild = discord.add_guild(WORKSPACE)
        self.users = {person: discord.add_user(person) for person in PEOPLE}
        may = permissions.BOT | permissions.CREATE_PUBLIC_THREADS
        self.channels = {
            name: discord.add_channel(self.guild, name, bot_permissions=may) for name in CHANNELS
        }
        manages = permissions.MANAGE_CHANNELS | permissions.MANAGE_GUILD
        discord.allow(self.users[ADA], self.guild, manages)
        self.role = discord.add_role(self.guild, ROLE)
        named = {**{user.id: key.title() for key, user in self.users.items()}}
        named |= {channel.id: key for key, channel in self.channels.items()}
        named |= {self.role.id: ROLE}
        roles = {person: "mod" if person == ADA else "member" for person in PEOPLE}
        named |= {discord.bot_user_id: APP}
        self.directory = Directory(
            named, roles, (self.role.id,), tuple(it.id for it in self.channels.values())
        )
        self._places = {channel.id: (key, "") for key, channel in self.channels.items()}
        for person in PEOPLE:
            self._places[self.channel(person, DIRECT).id] = (DIRECT, person)
        self._asked: dict[str, str] = {}
        self._forms: dict[tuple[str, str], Answer] = {}

    def channel(self, person: str, place: str) -> Channel:
        """Return the channel that a place is for a person."""
        if place == DIRECT:
            return self._discord.open_dm(self.users[person])
        return self.channels[place]

    def shown(self, person: str, place: str) -> Sequence[Shown]:
        """Return the messages that this person sees there."""
        channel, user = self.channel(person, place), self.users[person]
        rooms = (channel, *self._threads(channel))
        return [
            self._shown(message, below="" if room is channel else room.id)
            for room in rooms
            for message in (*self._discord.messages(room), *self._discord.private(user, room))
        ]

    async def type_words(self, person: str, place: str, words: str) -> str:
        """Type a command of the bot, or say something; return what Discord itself says to it."""
        user, channel = self.users[person], self.channel(person, place)
        if not words.startswith("/"):
            self._discord.say(user, channel, _AT_APP.sub(self._at_app, words))
            return ""
        typed = _read(_commands(self._discord.commands), words)
        if typed is None:
            return self._unknown(user, channel, words)
        if typed.rest and not typed.command.options:
            return f"/{typed.command.path} takes nothing after it."
        return await self._ask(user, channel, typed)

    async def press(self, person: str, place: str, press: Press) -> str:
        """Press a button, or choose from a list; return what Discord itself says to it."""
        user, channel = self.users[person], self._room(self.channel(person, place), press.message)
        where, option = (user, channel, press.message, press.button), press.option
        try:
            if isinstance(option, str):
                answer = await self._discord.press(*where)
            else:
                answer = await self._discord.choose(*where, option)
        except (NoAnswer, NotPossible) as error:
            return _sentence(error)
        self._opened(answer, person, place)
        return ""

    def form(self, person: str, place: str) -> Json | None:
        """Return the form that a person has before them there."""
        opened = self._forms.get((person, place))
        return opened.modal if opened else None

    async def send_form(self, person: str, place: str, typed: Mapping[str, str] | None) -> str:
        """Send the form that a person has before them, or close it."""
        opened = self._forms.pop((person, place), None)
        if opened is None or typed is None:
            return ""
        user, channel = self.users[person], self.channel(person, place)
        try:
            await self._discord.send_form(user, channel, opened, typed)
        except (NoAnswer, NotPossible) as error:
            return _sentence(error)
        return ""

    def _opened(self, answer: Answer, person: str, place: str) -> None:
        if answer.kind == "modal":
            self._forms[person, place] = answer

    def menu(self, place: str) -> Sequence[str]:
        """Return what stands there in the menu of a message."""
        own = [it["name"] for it in self._discord.commands if it["type"] == _MESSAGE]
        return own if place == DIRECT else [*own, ASK_BELOW]

    async def pick(self, person: str, place: str, pick: Pick) -> str:
        """Choose from the menu of a message; return what Discord itself says to it."""
        user, channel = self.users[person], self.channel(person, place)
        message = self._discord.world.find(channel.id, pick.message)
        if message is None:
            return "That message is gone."
        if pick.entry == ASK_BELOW:
            self._discord.say(user, channel, self._at_app, reply_to=message)
            return ""
        try:
            answer = await self._discord.pick(user, channel, message, pick.entry)
        except (NoAnswer, NotPossible) as error:
            return _sentence(error)
        return self._noted(answer, pick.entry, user)

    @property
    def _at_app(self) -> str:
        return f"<@{self._discord.bot_user_id}>"

    async def suggestions(self, person: str, place: str, words: str) -> Sequence[Suggestion]:
        """Return the commands that begin so, or what the bot suggests for their option."""
        if not words.startswith("/"):
            return ()
        user, channel = self.users[person], self.channel(person, place)
        commands = list(_commands(self._discord.offered(user, channel)))
        typed = _read(commands, words)
        if typed is not None and typed.is_ended:
            return await self._choices(user, channel, typed)
        begun = (command for command in commands if f"/{command.path}".startswith(words))
        return [_suggested(command) for command in begun]

    def changes(self) -> AsyncIterator[Notice]:
        """Return what changes in this Discord from this moment on."""
        return self._notices(self._discord.listen())

    def _threads(self, channel: Channel) -> list[Channel]:
        return [it for it in self._discord.channels if it.parent_id == channel.id]

    def _room(self, channel: Channel, message_id: str) -> Channel:
        """Return the thread of a channel in which a message stands, or the channel."""
        standing = ((room, self._discord.messages(room)) for room in self._threads(channel))
        holding = (room for room, said in standing if any(it.id == message_id for it in said))
        return next(holding, channel)

    async def _notices(self, changes: AsyncIterator[Change]) -> AsyncIterator[Notice]:
        seers = {user.id: person for person, user in self.users.items()}
        async for change in changes:
            parents = {channel.id: channel.parent_id for channel in self._discord.channels}
            room = change["channel_id"]
            if place := self._places.get(parents.get(room) or room):
                key, person = place
                yield Notice(self.name, key, person or seers.get(change["seen_by"], ""))

    async def _ask(self, user: User, channel: Channel, typed: _Typed) -> str:
        command = typed.command
        # Discord puts a role in this form as it is picked from the list while one types.
        rest = typed.rest.replace(f"@{ROLE}", f"<@&{self.role.id}>")
        for name, named in self.channels.items():
            rest = named.id if rest == f"#{name}" else rest
        options = {command.options[0]["name"]: rest} if rest else {}
        try:
            answer = await self._discord.type_command(user, channel, command.path, options)
        except (NoAnswer, NotPossible) as error:
            return _sentence(error)
        return self._noted(answer, f"/{command.path}", user)

    def _noted(self, answer: Answer, asked: str, user: User) -> str:
        if answer.message is not None:
            self._asked[answer.message.id] = f"{self.directory.names[user.id]} used {asked}"
        return ""

    async def _choices(self, user: User, channel: Channel, typed: _Typed) -> Sequence[Suggestion]:
        option = next((o for o in typed.command.options if o.get("autocomplete")), None)
        if option is None:
            return ()
        path, name = typed.command.path, option["name"]
        try:
            choices = await self._discord.autocomplete(user, channel, path, name, typed.rest)
        except (NoAnswer, NotPossible):
            return ()
        return [Suggestion(f"/{path} {c['value']}", c["name"], name) for c in choices]

    def _unknown(self, user: User, channel: Channel, words: str) -> str:
        first = words.split(maxsplit=1)[0]
        offered = _commands(self._discord.offered(user, channel))
        below = [c.path for c in offered if f"/{c.path}".startswith(f"{first} ")]
        if below:
            return f"{first} needs one more word: {', '.join(p.split()[-1] for p in below)}."
        return f"No app here has a command {first}. Type / to see those that there are."

    def _shown(self, message: Message, *, below: str = "") -> Shown:
        data = message.data
        author = data["author"]
        return Shown(
            id=message.id,
            at=datetime.fromisoformat(data["timestamp"]).timestamp(),
            author=author["global_name"] or author["username"],
            body={name: data[name] for name in _SHOWN} | _replied_to(data),
            kind="bot" if author["bot"] else "person",
            only_you=message.ephemeral,
            is_edited=bool(data["edited_timestamp"]) and not message.ephemeral,
            asked=self._asked.get(message.id, ""),
            below=below,
        )


def _replied_to(data: Json) -> Json:
    """Return whom a reply replies to."""
    to = data.get("referenced_message")
    return {"replies_to": to["author"]["global_name"] or to["author"]["username"]} if to else {}


def _commands(registered: Iterable[Json]) -> Iterator[_Command]:
    """Return everything that can be typed, subcommands each for themselves."""
    for command in registered:
        if command["type"] == _CHAT_INPUT:
            yield from _leaves(command, command["name"])


def _leaves(level: Json, path: str) -> Iterator[_Command]:
    options = level.get("options") or []
    nested = [option for option in options if option["type"] in _NESTED]
    for option in nested:
        yield from _leaves(option, f"{path} {option['name']}")
    if not nested:
        yield _Command(path, level["description"], options)


def _read(commands: Iterable[_Command], words: str) -> _Typed | None:
    """Return the command that `words` begin with; the name of its option may stand there too."""
    for command in commands:
        path = r"\s+".join(map(re.escape, command.path.split()))
        match = re.fullmatch(rf"/{path}(?P<gap>\s+|$)(?P<rest>.*)", words, re.DOTALL)
        if match:
            option = f"{command.options[0]['name']}:" if command.options else ""
            rest = match["rest"].removeprefix(option).strip()
            return _Typed(command, rest, is_ended=bool(match["gap"]))
    return None


def _suggested(command: _Command) -> Suggestion:
    end = " " if command.options else ""
    return Suggestion(f"/{command.path}{end}", f"/{command.path}", command.about)


def _sentence(error: Exception) -> str:
    return f"{str(error).removesuffix('.')}."

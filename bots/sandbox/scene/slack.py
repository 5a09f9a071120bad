"""The scene's Slack: a workspace, its people, and how they type."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from bots.sandbox.scene.cast import (
    ADA,
    APP,
    ASK_BELOW,
    CHANNELS,
    DIRECT,
    PEOPLE,
    ROLE,
    VIEWS,
    Directory,
    Json,
    Notice,
    Pick,
    Press,
    Shown,
    SideName,
    Suggestion,
)
from bots.sandbox.scene.slack_views import SlackViews
from bots.sandbox.slack import Channel, Message, NoAnswer, SlackStandIn

_AT_APP = re.compile(rf"@{APP}\b\s*", re.IGNORECASE)
_ONLY_COMMANDS = f"Only commands and mentions are carried out here: type / or @{APP}."
_NO_MENTION = "Slack tells apps of mentions in channels only. Here, type / for commands."


class SlackSide:
    """A workspace with the cast in it. `usage` says what can follow each command.

    `shortcuts` stand in the menus of messages, by their callback ids.
    """

    name: SideName = "slack"

    def __init__(
        self, slack: SlackStandIn, usage: Mapping[str, str], shortcuts: Mapping[str, str]
    ) -> None:
        self._slack = slack
        slack.subscribed = {*slack.subscribed, "app_home_opened"}
        slack.shortcuts = shortcuts
        self._usage = usage
        slack.commands = usage.keys()
        # Slack advises it, and without it names would arrive as bare words.
        slack.should_escape = True
        self.users = {p: slack.add_user(p, is_admin=p == ADA) for p in PEOPLE}
        self.views = SlackViews(slack, self.users)
        people, creator = self.users.values(), self.users[ADA]
        self.channels = {
            name: slack.add_channel(name, creator=creator, members=people) for name in CHANNELS
        }
        named = {user.id: person.title() for person, user in self.users.items()}
        named |= {channel.id: name for name, channel in self.channels.items()}
        named |= {slack.add_group(ROLE).id: ROLE}
        roles = {person: "admin" if person == ADA else "member" for person in PEOPLE}
        channels = tuple(it.id for it in self.channels.values())
        named[slack.bot_user_id] = APP
        self.directory = Directory(named, roles, channels=channels)
        self._places = {channel.id: (key, "") for key, channel in self.channels.items()}
        for person in PEOPLE:
            self._places[self.channel(person, DIRECT).id] = (DIRECT, person)

    def channel(self, person: str, place: str) -> Channel:
        """Return the channel that a place is for a person."""
        if place == DIRECT:
            return self._slack.direct_messages(self.users[person])
        return self.channels[place]

    def shown(self, person: str, place: str) -> Sequence[Shown]:
        """Return the messages that this person sees there."""
        channel = self.channel(person, place).id
        private = self._slack.private_messages(self.users[person])
        here = [message for message in private if message.channel == channel]
        return [self._shown(message) for message in (*self._slack.messages(channel), *here)]

    async def type_words(self, person: str, place: str, words: str) -> str:
        """Type a command, or mention the app; return what Slack itself says to it."""
        user, channel = self.users[person], self.channel(person, place)
        try:
            if words.startswith("/"):
                command, *text = words.split(maxsplit=1)
                await self._slack.type_command(user, channel, command, *text)
                return ""
            if not (mention := _AT_APP.match(words)):
                return _ONLY_COMMANDS
            if place == DIRECT:
                return _NO_MENTION
            await self._slack.mention(user, channel, words[mention.end() :])
        except ValueError as error:
            return f"{error}. Type / to see those that there are."
        except NoAnswer as error:
            return f"{error}."
        return ""

    async def press(self, person: str, place: str, press: Press) -> str:
        """Press a button; return what Slack itself says to it."""
        user, channel = self.users[person], self.channel(person, place)
        message, button, option, block = press.message, press.button, press.option, press.block
        try:
            await self._slack.press(user, channel, message, button, option, block_id=block)
        except (NoAnswer, LookupError) as error:
            return f"{error}."
        return ""

    def menu(self, place: str) -> Sequence[str]:
        """Return what stands there in the menu of a message."""
        own = list(self._slack.shortcuts.values())
        return own if place == DIRECT else [*own, ASK_BELOW]

    async def pick(self, person: str, place: str, pick: Pick) -> str:
        """Choose from the menu of a message; return what Slack itself says to it."""
        user, channel = self.users[person], self.channel(person, place)
        try:
            if pick.entry == ASK_BELOW:
                await self._slack.mention(user, channel, "", self._root(channel, pick))
            else:
                ids = {name: callback for callback, name in self._slack.shortcuts.items()}
                callback = ids.get(pick.entry, pick.entry)
                await self._slack.choose(user, channel, pick.message, callback)
        except (NoAnswer, LookupError) as error:
            return f"{error}."
        return ""

    def _root(self, channel: Channel, pick: Pick) -> str:
        """Return the message in whose thread a reply to the picked one stands."""
        threads = {it.ts: it.thread_ts for it in self._slack.messages(channel.id)}
        return threads.get(pick.message) or pick.message

    async def suggestions(self, _person: str, _place: str, words: str) -> Sequence[Suggestion]:
        """Return the commands that begin so, with what can follow them."""
        if words and f"@{APP}".lower().startswith(words.lower()):
            return (Suggestion(f"@{APP} ", f"@{APP}", "Ask the app in words"),)
        begun = sorted(c for c in self._slack.commands if words and c.startswith(words))
        return [Suggestion(f"{c} ", c, self._usage.get(c, "")) for c in begun]

    def watch_views(self, tell: Callable[[Notice], None]) -> None:
        """Tell of each person of the cast whose modals or home tab changed."""
        people = {user.id: person for person, user in self.users.items()}

        def changed(user_id: str) -> None:
            if person := people.get(user_id):
                tell(Notice(self.name, VIEWS, person))

        self._slack.watch_views(changed)

    def changes(self) -> AsyncIterator[Notice]:
        """Return what changes in this Slack from this moment on."""
        return self._notices(self._slack.listen())

    async def _notices(self, changes: AsyncIterator[Json]) -> AsyncIterator[Notice]:
        seers = {user.id: person for person, user in self.users.items()}
        async for change in changes:
            if place := self._places.get(change["channel"]):
                key, person = place
                yield Notice(self.name, key, person or seers.get(change["seen_by"], ""))

    def _shown(self, message: Message) -> Shown:
        told = message.as_json()
        return Shown(
            id=message.ts,
            at=float(message.ts),
            author=self.directory.names.get(message.user, message.user),
            body={n: told[n] for n in ("text", "blocks") if n in told},
            kind="bot" if message.bot_id else "person",
            only_you=bool(message.seen_by),
            is_edited=bool(message.edited_ts) and not message.seen_by,
            below=told["thread_ts"] if told.get("thread_ts", message.ts) != message.ts else "",
        )

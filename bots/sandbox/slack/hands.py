"""What people do: they type commands, press buttons, choose from menus, mention the app."""

import html
import re
from collections.abc import Collection, Mapping, Sequence
from uuid import uuid4

from bots.sandbox.slack import inputs
from bots.sandbox.slack.chat import read_content
from bots.sandbox.slack.events import Events
from bots.sandbox.slack.forms import offered_in
from bots.sandbox.slack.interactions import Answer, Interaction, Interactions, NoAnswer
from bots.sandbox.slack.sockets import Sockets, Unacknowledged
from bots.sandbox.slack.wire import Args, Json, Refusal
from bots.sandbox.slack.world import Channel, Message, User, World

_URL = re.compile(r"https?://[^\s<>|]+")
_NAMES = {"im": "directmessage", "private": "privategroup"}


class Hands:
    """What people of a workspace can do to the app."""

    def __init__(
        self, world: World, sockets: Sockets, events: Events, interactions: Interactions
    ) -> None:
        self._world = world
        self._sockets = sockets
        self._events = events
        self._interactions = interactions
        self.commands: Collection[str] = ()
        self.shortcuts: Mapping[str, str] = {}
        self.should_escape = False
        self._offered: dict[tuple[str, str], list[Json]] = {}

    async def type_command(
        self, user: User, channel: Channel, command: str, text: str = ""
    ) -> Answer:
        """Type a slash command; return what the person sees first."""
        person = self._enter(user, channel)
        if command not in self.commands:
            raise ValueError(f"{command} is not a valid command")
        with self._interactions.begun(person.id, channel.id) as interaction:
            payload = self._slash(person, channel, command, text, interaction)
            try:
                more = {"accepts_response_payload": True}
                said = await self._sockets.deliver("slash_commands", payload, **more)
                self._take_ack(interaction, said)
                return await interaction.first_answer(self._world.limits.answer_seconds)
            except (Unacknowledged, Refusal) as error:
                raise NoAnswer(f'{command} failed with the error "{error}"') from None

    async def press(
        self,
        user: User,
        channel: Channel,
        ts: str,
        action_id: str,
        option: str | Sequence[str] = "",
        *,
        block_id: str = "",
    ) -> Answer:
        """Press a button, or choose the `option` with this value; return what comes of it.

        From a list of several, choose just these. Without a block, the first such element is meant.
        """
        person = self._enter(user, channel)
        message = self._world.find(channel.id, ts, reader=person.id)
        if message is None:
            raise LookupError(f"{person.name} sees no message {ts} in {channel.name}")
        block, element = _element(message, action_id, block_id)
        with self._interactions.begun(person.id, channel.id, message) as interaction:
            action = self._action(block, self._filled(message, element), option)
            payload = {
                **self._block_actions(person, channel, message, interaction),
                "state": {"values": _standing(message, action)},
                "actions": [action],
            }
            try:
                await self._sockets.deliver("interactive", payload, accepts_response_payload=False)
            except Unacknowledged as error:
                raise NoAnswer(f'The button failed with the error "{error}"') from None
            if "url" in element and not interaction.answered.done():
                return Answer()
            return await interaction.first_answer(self._world.limits.answer_seconds)

    async def suggestions(
        self, user: User, channel: Channel, ts: str, action_id: str, typed: str
    ) -> list[Json]:
        """Type into a list of a message whose options the app gives; return those it offers."""
        person = self._enter(user, channel)
        message = self._world.find(channel.id, ts, reader=person.id)
        if message is None:
            raise LookupError(f"{person.name} sees no message {ts} in {channel.name}")
        block, element = _element(message, action_id, "")
        if len(typed) < element.get("min_query_length", 3):
            return []
        about = {"value": typed, "action_id": action_id, "block_id": block["block_id"]}
        with self._interactions.begun(person.id, channel.id, message) as interaction:
            told = self._block_actions(person, channel, message, interaction)
            payload = {**told, "type": "block_suggestion", **about}
            said = await self._sockets.deliver(
                "interactive", payload, accepts_response_payload=True
            )
        offered = offered_in(said)
        self._offered.setdefault((ts, action_id), []).extend(offered)
        return offered

    async def choose(self, user: User, channel: Channel, ts: str, callback_id: str) -> Answer:
        """Choose a shortcut in the menu of a message; return what the person sees first."""
        person = self._enter(user, channel)
        message = self._world.find(channel.id, ts)
        if message is None or callback_id not in self.shortcuts:
            raise LookupError(f"there is no {callback_id} in the menu of {ts} in {channel.name}")
        with self._interactions.begun(person.id, channel.id) as interaction:
            payload = self._message_action(person, channel, message, interaction)
            payload["callback_id"] = callback_id
            try:
                await self._sockets.deliver("interactive", payload, accepts_response_payload=False)
                return await interaction.first_answer(self._world.limits.answer_seconds)
            except Unacknowledged as error:
                raise NoAnswer(f'The shortcut failed with the error "{error}"') from None

    async def mention(
        self, user: User, channel: Channel, text: str, thread_ts: str | None = None
    ) -> Answer:
        """Say something to the app in a channel; return what the person sees first."""
        person = self._enter(user, channel)
        if not self._world.bot_is_in(channel) or "app_mentions:read" not in self._world.scopes:
            raise NoAnswer("The app is not told of mentions in this channel")
        message = self._say(person, channel, text, thread_ts or "")
        thread = message.thread_ts or message.ts
        with self._interactions.begun(person.id, channel.id, mention_ts=thread) as interaction:
            try:
                await self._events.send(self._app_mention(message))
                return await interaction.first_answer(self._world.limits.answer_seconds)
            except Unacknowledged as error:
                raise NoAnswer(f"The app did not take the mention: {error}") from None

    def _enter(self, user: User, channel: Channel) -> User:
        members = self._world.members[channel.id]
        if channel.id in self._world.archived:
            raise ValueError(f"{channel.name} is archived")
        if channel.kind == "public":
            members.add(user.id)
        if user.id not in members:
            raise LookupError(f"{user.name} is not in {channel.name}")
        return self._world.users[user.id]

    def _take_ack(self, interaction: Interaction, said: Json) -> None:
        if said:
            args = Args(said)
            self._interactions.answer(interaction, read_content(self._world, args), args)

    def _say(self, person: User, channel: Channel, text: str, thread_ts: str) -> Message:
        at_bot = f"<@{self._world.bot.id}>"
        words = text.removeprefix(at_bot).removeprefix(f"@{self._world.bot.name}").strip()
        said = f"{at_bot} {self._typed(words, escaped=True)}".strip()
        ts = self._world.new_ts()
        return self._world.post(Message(channel.id, ts, person.id, said, thread_ts=thread_ts))

    def _typed(self, text: str, *, escaped: bool) -> str:
        text = html.escape(text, quote=False)
        if not escaped:
            return text
        for user in self._world.users.values():
            text = re.sub(rf"(?<!\w)@{re.escape(user.name)}\b", f"<@{user.id}|{user.name}>", text)
        for group in self._world.groups.values():
            shown = f"<!subteam^{group.id}|@{group.handle}>"
            text = re.sub(rf"(?<!\w)@{re.escape(group.handle)}\b", shown, text)
        for room in self._world.channels.values():
            text = re.sub(rf"(?<!\w)#{re.escape(room.name)}\b", f"<#{room.id}|{room.name}>", text)
        return _URL.sub(lambda url: f"<{url[0]}>", text)

    def _slash(
        self,
        person: User,
        channel: Channel,
        command: str,
        text: str,
        interaction: Interaction,
    ) -> Json:
        return {
            "token": "legacy-verification-token",
            "team_id": person.team_id,
            "team_domain": self._world.team_domain,
            "channel_id": channel.id,
            "channel_name": _NAMES.get(channel.kind, channel.name),
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": self._typed(text, escaped=self.should_escape),
            "api_app_id": self._world.app_id,
            "is_enterprise_install": "false",
            **self._ways_to_answer(interaction),
        }

    def _message_action(
        self, person: User, channel: Channel, message: Message, interaction: Interaction
    ) -> Json:
        return {
            **self._began(person, channel, interaction),
            "type": "message_action",
            "action_ts": self._world.new_ts(),
            "message_ts": message.ts,
            "message": message.as_json() | {"team": self._world.team_id},
        }

    def _began(self, person: User, channel: Channel, interaction: Interaction) -> Json:
        """Return what is told of whatever a person does with a message."""
        world = self._world
        return {
            "token": "legacy-verification-token",
            "api_app_id": world.app_id,
            "user": _user(person),
            "team": {"id": world.team_id, "domain": world.team_domain},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": channel.id, "name": _NAMES.get(channel.kind, channel.name)},
            **self._ways_to_answer(interaction),
        }

    def _block_actions(
        self, person: User, channel: Channel, message: Message, interaction: Interaction
    ) -> Json:
        container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
        container |= {"is_ephemeral": bool(message.seen_by)}
        container |= {"thread_ts": message.thread_ts} if message.thread_ts else {}
        payload: Json = {
            **self._began(person, channel, interaction),
            "type": "block_actions",
            "container": container,
        }
        # Slack does not send a message back that only one person sees.
        return payload if message.seen_by else {**payload, "message": message.as_json()}

    def _filled(self, message: Message, element: Json) -> Json:
        """Return an element with the options that the app gave for it."""
        if not str(element["type"]).endswith("external_select"):
            return element
        offered = self._offered.get((message.ts, element["action_id"]), [])
        return {**element, "options": [*element.get("initial_options", ()), *offered]}

    def _action(self, block: Json, element: Json, option: str | Sequence[str]) -> Json:
        kept = ("type", "action_id", "text", "value", "style", "url")
        action = {name: element[name] for name in kept if name in element}
        action |= {"block_id": block["block_id"], "action_ts": self._world.new_ts()}
        if element["type"] == "conversations_select":
            if option not in self._world.channels:
                raise LookupError(f"there is no conversation {option}")
            return {**action, "selected_conversation": option}
        if "options" not in element:
            return action
        if element["type"].startswith("multi_"):
            return {**action, "selected_options": _chosen(element, [*option])}
        return {**action, "selected_option": _chosen(element, [str(option)])[0]}

    def _app_mention(self, message: Message) -> Json:
        event: Json = {
            "type": "app_mention",
            "user": message.user,
            "text": message.text,
            "ts": message.ts,
            "channel": message.channel,
            "event_ts": message.ts,
            "team": self._world.users[message.user].team_id,
            "client_msg_id": str(uuid4()),
        }
        return {**event, "thread_ts": message.thread_ts} if message.thread_ts else event

    def _ways_to_answer(self, interaction: Interaction) -> Json:
        return {
            "response_url": self._interactions.response_url(interaction),
            "trigger_id": f"trigger.{interaction.id}",
        }


def _user(person: User) -> Json:
    names = {"username": person.name, "name": person.name}
    return {"id": person.id, **names, "team_id": person.team_id}


def _standing(message: Message, action: Json) -> Json:
    """Return what stands in the lists of a message once that was done."""
    chosen = action.get("selected_option") or action.get("selected_options")
    is_list = "selected_option" in action or "selected_options" in action
    filled = {(action["block_id"], action["action_id"]): chosen} if is_list else {}
    return inputs.values({"blocks": message.blocks}, filled)


def _chosen(element: Json, values: Sequence[str]) -> list[Json]:
    offered = {choice["value"]: choice for choice in element["options"]}
    if strange := set(values) - set(offered):
        raise LookupError(f"there is no option {', '.join(sorted(strange))}")
    if len(values) > element.get("max_selected_items", len(offered)):
        raise LookupError(f"{len(values)} options are too many")
    return [offered[value] for value in values]


def _element(message: Message, action_id: str, block_id: str) -> tuple[Json, Json]:
    for block in message.blocks:
        for element in (*block.get("elements", ()), block.get("accessory", {})):
            is_there = not block_id or block["block_id"] == block_id
            if is_there and element.get("action_id") == action_id:
                return block, element
    raise LookupError(f"there is no {action_id} on message {message.ts}")

"""What people do in the stand-in: type commands, press buttons, and choose from menus."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from bots.sandbox.discord.components import BUTTON, CHANNEL_SELECT, SELECT
from bots.sandbox.discord.forms import Json
from bots.sandbox.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    FOR_GUILD,
    FOR_USER,
    IN_DM,
    IN_GUILD,
    IN_PRIVATE,
    SUBMIT,
    Interaction,
    InteractionBook,
    payload,
)
from bots.sandbox.discord.limits import Limits
from bots.sandbox.discord.modals import typed_into
from bots.sandbox.discord.places import Places
from bots.sandbox.discord.registrations import Spot, Value
from bots.sandbox.discord.replies import Replies
from bots.sandbox.discord.values import Answer, Channel, Message, NoAnswer, NotPossible, User

_NO_ANSWER = "The application did not respond"


class Hands(Places):
    """The same world, with people who do things in it."""

    def __init__(self, limits: Limits, clock: Callable[[], float] | None, patience: float) -> None:
        super().__init__(limits, clock)
        self._patience = patience
        self._book = InteractionBook(self.world, limits, self.clock)
        self._replies = Replies(self.world, self._book, self.application_id)

    def offered(self, user: User, channel: Channel) -> list[Json]:
        """Return the registered commands that Discord would offer this person here."""
        permissions = self.world.permissions(user, channel)
        return self.registrations.offered(self._spot(user, channel), permissions)

    async def type_command(
        self, user: User, channel: Channel, words: str, options: Mapping[str, Value] | None = None
    ) -> Answer:
        """Type `channel follow` with these options, and return what the person then sees.

        A deferred answer is waited for. NotPossible if Discord has no such command here, NoAnswer
        if none comes. Who may use it is not looked at, as if the server's admins had opened every
        command to everyone: see `offered`.
        """
        data = self.registrations.typed(words, options or {}, self._spot(user, channel))
        return await self._done(self._begin(COMMAND, user, channel, data))

    async def pick(self, user: User, channel: Channel, message: Message, name: str) -> Answer:
        """Choose an entry of a message's menu, and return what the person then sees.

        NotPossible if the message or the entry is not there, NoAnswer if none comes.
        """
        standing = self._seen(user, channel, message.id)
        data = self.registrations.picked(name, standing.id, self._spot(user, channel))
        data["resolved"] = {"messages": {standing.id: standing.data}}
        return await self._done(self._begin(COMMAND, user, channel, data))

    async def autocomplete(
        self, user: User, channel: Channel, words: str, option: str, text: str
    ) -> list[Json]:
        """Type a part of an option, and return the choices that are offered."""
        data = self.registrations.typing(words, option, text, self._spot(user, channel))
        interaction = self._begin(AUTOCOMPLETE, user, channel, data)
        await self._acknowledged(interaction)
        return interaction.choices

    async def press(
        self, user: User, channel: Channel, message: Message | str, custom_id: str
    ) -> Answer:
        """Press a button, and return what the person then sees.

        NotPossible if that button is not on the message as it stands now, NoAnswer if none comes.
        """
        standing = self._seen(user, channel, message if isinstance(message, str) else message.id)
        data = _button_data(standing, custom_id)
        return await self._done(self._begin(COMPONENT, user, channel, data, standing))

    async def choose(
        self,
        user: User,
        channel: Channel,
        message: Message | str,
        custom_id: str,
        values: Sequence[str],
    ) -> Answer:
        """Choose these values from a list, and return what the person then sees.

        NotPossible if the list does not let them be chosen, NoAnswer if none comes.
        """
        standing = self._seen(user, channel, message if isinstance(message, str) else message.id)
        roles = {it["id"] for it in self.world.roles_of(channel.guild_id)}
        data = self._channel_data(standing, channel, custom_id, values) or _list_data(
            standing, custom_id, values, roles
        )
        return await self._done(self._begin(COMPONENT, user, channel, data, standing))

    async def send_form(
        self, user: User, channel: Channel, form: Answer, typed: Mapping[str, str]
    ) -> Answer:
        """Type into the fields of an opened form and send it; return what the person then sees.

        NotPossible if a field does not take that, NoAnswer if none comes.
        """
        if form.modal is None:
            raise NotPossible("no form was opened")
        data = typed_into(form.modal, typed)
        return await self._done(self._begin(SUBMIT, user, channel, data, form.message))

    async def _done(self, interaction: Interaction) -> Answer:
        await self._acknowledged(interaction)
        return await self._answered(interaction)

    def _channel_data(
        self, message: Message, here: Channel, custom_id: str, values: Sequence[str]
    ) -> Json | None:
        """Return what a list of channels tells; nothing if it is another list."""
        lists = (it for it in message.components if it["type"] == CHANNEL_SELECT)
        shown = next((it for it in lists if it["custom_id"] == custom_id), None)
        if shown is None:
            return None
        for chosen in (self.world.channels.get(it) for it in values):
            kinds = shown["channel_types"] or [chosen and chosen.kind]
            if chosen is None or chosen.guild_id != here.guild_id or chosen.kind not in kinds:
                raise NotPossible(f"the list {custom_id} has no such channel")
        about = {"component_type": CHANNEL_SELECT, "custom_id": custom_id, "id": shown["id"]}
        return {**about, "values": list(values)}

    def _seen(self, user: User, channel: Channel, message_id: str) -> Message:
        standing = self.world.find(channel.id, message_id)
        if standing is None or standing.seen_by not in {"", user.id}:
            raise NotPossible(f"{user.name} sees no message {message_id}")
        return standing

    def _begin(
        self, kind: int, user: User, channel: Channel, data: Json, message: Message | None = None
    ) -> Interaction:
        spot = self._spot(user, channel)
        spot = replace(spot, installs=self.registrations.installs_of(data, spot))
        interaction = self._book.open(kind, user, channel, data, message, spot=spot)
        told = payload(interaction, self.world, self.application_id)
        self.gateway.dispatch("INTERACTION_CREATE", told, guild_id=channel.guild_id)
        return interaction

    def _spot(self, user: User, channel: Channel) -> Spot:
        """Return where this is, and by which installations the application is reached there."""
        installs = {FOR_USER} if user.id in self.registrations.installed_by else set()
        if channel.members:
            return Spot(IN_PRIVATE, frozenset(installs))
        if channel.guild_id not in self.world.left:
            installs |= {FOR_GUILD}
        return Spot(IN_GUILD if channel.guild_id else IN_DM, frozenset(installs))

    async def _acknowledged(self, interaction: Interaction) -> None:
        try:
            async with asyncio.timeout(self.limits.answer_within):
                await interaction.acknowledged.wait()
        except TimeoutError:
            interaction.state = "dead"
            raise NoAnswer(_NO_ANSWER) from None

    async def _answered(self, interaction: Interaction) -> Answer:
        try:
            async with asyncio.timeout(self._patience):
                return await interaction.answer
        except TimeoutError:
            raise NoAnswer("The application is still thinking") from None


def _button_data(message: Message, custom_id: str) -> Json:
    button = next((b for b in message.buttons if b.get("custom_id") == custom_id), None)
    if button is None:
        raise NotPossible(f"there is no button {custom_id} on the message")
    if button.get("disabled"):
        raise NotPossible(f"the button {custom_id} cannot be pressed")
    return {"component_type": BUTTON, "custom_id": custom_id, "id": button["id"]}


def _list_data(
    message: Message, custom_id: str, values: Sequence[str], roles: Collection[str]
) -> Json:
    lists = (*message.lists, *message.role_lists)
    shown = next((it for it in lists if it["custom_id"] == custom_id), None)
    if shown is None or shown["disabled"]:
        raise NotPossible(f"there is no list {custom_id} on the message")
    least = 1 if shown["min_values"] is None else shown["min_values"]
    if not least <= len(values) <= (shown["max_values"] or 1):
        raise NotPossible(f"{len(values)} cannot be chosen from the list {custom_id}")
    # Of roles all are offered but that of everyone, which a list of roles does not show.
    is_own = shown["type"] == SELECT
    offered = {option["value"] for option in shown["options"]} if is_own else roles
    if strange := set(values).difference(offered):
        raise NotPossible(f"the list {custom_id} has no {', '.join(sorted(strange))}")
    about = {"component_type": shown["type"], "custom_id": custom_id, "id": shown["id"]}
    return {**about, "values": list(values)}

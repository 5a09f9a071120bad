"""What people do in the stand-in: type commands, press buttons, and choose from menus."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from bots.sandbox.discord.components import BUTTON
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
    Interaction,
    InteractionBook,
    payload,
)
from bots.sandbox.discord.limits import Limits
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
        interaction = self._begin(COMMAND, user, channel, data)
        await self._acknowledged(interaction)
        return await self._answered(interaction)

    async def pick(self, user: User, channel: Channel, message: Message, name: str) -> Answer:
        """Choose an entry of a message's menu, and return what the person then sees.

        NotPossible if the message or the entry is not there, NoAnswer if none comes.
        """
        standing = self._seen(user, channel, message.id)
        data = self.registrations.picked(name, standing.id, self._spot(user, channel))
        data["resolved"] = {"messages": {standing.id: standing.data}}
        interaction = self._begin(COMMAND, user, channel, data)
        await self._acknowledged(interaction)
        return await self._answered(interaction)

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
        message_id = message if isinstance(message, str) else message.id
        standing = self._seen(user, channel, message_id)
        data = _button_data(standing, custom_id)
        interaction = self._begin(COMPONENT, user, channel, data, standing)
        await self._acknowledged(interaction)
        return await self._answered(interaction)

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

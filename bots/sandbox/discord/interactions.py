"""Interactions: what the bot is told of a command or a click, and until when it may answer."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from bots.sandbox.discord import permissions as may
from bots.sandbox.discord.bodies import LOADING
from bots.sandbox.discord.components import CHANNEL_SELECT, ROLE_SELECT
from bots.sandbox.discord.errors import refusal
from bots.sandbox.discord.forms import Json
from bots.sandbox.discord.limits import Limits
from bots.sandbox.discord.objects import member_object, role_object, user_object
from bots.sandbox.discord.registrations import Spot
from bots.sandbox.discord.uploads import MOST_BYTES
from bots.sandbox.discord.values import Answer, Channel, Message, User
from bots.sandbox.discord.world import World

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
IN_GUILD, IN_DM, IN_PRIVATE = 0, 1, 2
FOR_GUILD, FOR_USER = 0, 1
"""The two ways to install an application."""
_USER, _CHANNEL, _ROLE = 6, 7, 8


_ON_A_SERVER = Spot(IN_GUILD, frozenset({FOR_GUILD}))


@dataclass(slots=True, eq=False)
class Interaction:
    """One command, click or half-typed option, on its way to an answer."""

    id: str
    token: str
    kind: int
    user: User
    channel: Channel
    data: Json
    opened_at: float
    message: Message | None = None
    """The message whose button was pressed, or whose form was sent."""
    spot: Spot = _ON_A_SERVER
    """Where it is, and by which installations it was possible there."""
    state: Literal["waiting", "answered", "dead"] = "waiting"
    is_deferred: bool = False
    original: str = ""
    """The id of the message that is the first answer."""
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)
    answer: asyncio.Future[Answer] = field(default_factory=asyncio.Future)
    choices: list[Json] = field(default_factory=list)

    def acknowledge(self) -> None:
        """Note the first answer."""
        self.state = "answered"
        self.acknowledged.set()

    def finish(self, answer: Answer) -> None:
        """Show the person what the answer is; what comes later changes nothing of it."""
        if not self.answer.done():
            self.answer.set_result(answer)


class InteractionBook:
    """The interactions that can still be answered."""

    def __init__(self, world: World, limits: Limits, clock: Callable[[], float]) -> None:
        self._world = world
        self._limits = limits
        self._clock = clock
        self._open: dict[str, Interaction] = {}

    def open(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        message: Message | None = None,
        *,
        spot: Spot = _ON_A_SERVER,
    ) -> Interaction:
        """Begin an interaction."""
        self._forget_old()
        token = secrets.token_urlsafe(120)
        interaction_id = self._world.next_id()
        found = Interaction(
            interaction_id, token, kind, user, channel, data, self._clock(), message, spot
        )
        self._open[token] = found
        return found

    def to_acknowledge(self, interaction_id: str, token: str) -> Interaction:
        """Return an interaction for its first answer: 10062 if too late, 40060 if it has one."""
        found = self._open.get(token)
        if found is None or found.id != interaction_id or found.state == "dead":
            raise refusal(10062)
        if found.state == "answered":
            raise refusal(40060)
        if self._clock() - found.opened_at > self._limits.answer_within:
            found.state = "dead"
            raise refusal(10062)
        return found

    def by_token(self, token: str) -> Interaction:
        """Return an answered interaction for what follows: 10015 if there is none."""
        found = self._open.get(token)
        if found is None or found.state != "answered":
            raise refusal(10015)
        if self._clock() - found.opened_at > self._limits.token_lives:
            raise refusal(50027)
        return found

    def loading(self, interaction: Interaction) -> Message | None:
        """Return the message that still says that the bot is thinking, None if it does not."""
        original = self._world.find(interaction.channel.id, interaction.original)
        return original if original and original.data["flags"] & LOADING else None

    def _forget_old(self) -> None:
        # Twice the life of a token, so that late answers are still told that they are late.
        before = self._clock() - 2 * self._limits.token_lives
        for token, interaction in list(self._open.items()):
            if interaction.opened_at > before:
                return
            del self._open[token]


def payload(interaction: Interaction, world: World, application_id: str) -> Json:
    """Return what the bot is told."""
    channel, user = interaction.channel, interaction.user
    place = world.shown(channel)
    told: Json = {
        "id": interaction.id,
        "application_id": application_id,
        "type": interaction.kind,
        "token": interaction.token,
        "version": 1,
        "data": _with_resolved(interaction, world),
        "channel_id": channel.id,
        "app_permissions": str(world.bot_may(channel)),
        "locale": user.locale,
        "entitlements": [],
        "attachment_size_limit": MOST_BYTES,
    }
    if interaction.message is not None:
        told["message"] = interaction.message.data
    if channel.guild_id:
        return told | _in_guild(interaction, world, place)
    return told | {
        "channel": place,
        "user": user_object(user),
        "context": interaction.spot.context,
        "authorizing_integration_owners": _owners(interaction),
    }


def _in_guild(interaction: Interaction, world: World, place: Json) -> Json:
    channel, user = interaction.channel, interaction.user
    permissions = world.permissions(user, channel)
    return {
        "guild_id": channel.guild_id,
        "guild": {"id": channel.guild_id, "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "channel": {**place, "permissions": str(permissions)},
        "member": member_object(user, permissions, _roles(user, channel, world)),
        "context": IN_GUILD,
        "authorizing_integration_owners": _owners(interaction),
    }


def _owners(interaction: Interaction) -> Json:
    """Return for whom the application is installed that is used here: 0 in direct messages."""
    owners = {FOR_GUILD: interaction.channel.guild_id or "0", FOR_USER: interaction.user.id}
    return {str(kind): owners[kind] for kind in sorted(interaction.spot.installs)}


def _roles(user: User, channel: Channel, world: World) -> list[str]:
    held = world.held.get(user.id, set())
    return sorted(it for it in held if world.roles[it].guild_id == channel.guild_id)


def _with_resolved(interaction: Interaction, world: World) -> Json:
    """Return the data with the people, channels and roles that its options or values name."""
    if interaction.data.get("component_type") == ROLE_SELECT:
        return {**interaction.data, **_chosen_roles(interaction, world)}
    leaves = interaction.data.get("options", [])
    while leaves and "options" in leaves[0]:
        leaves = leaves[0]["options"]
    users = [world.users[o["value"]] for o in leaves if o["type"] == _USER]
    channels = [world.channels[o["value"]] for o in leaves if o["type"] == _CHANNEL]
    if interaction.data.get("component_type") == CHANNEL_SELECT:
        channels = [world.channels[it] for it in interaction.data["values"]]
    roles = [o["value"] for o in leaves if o["type"] == _ROLE]
    if not users and not channels and not roles:
        return interaction.data
    resolved: Json = {
        "users": {user.id: user_object(user) for user in users},
        "channels": {c.id: _resolved(c, interaction, world) for c in channels},
        "roles": {role_id: _role(role_id, world) for role_id in roles},
    }
    return {**interaction.data, "resolved": resolved}


def _chosen_roles(interaction: Interaction, world: World) -> Json:
    """Return the roles that were chosen from a list; without any, Discord resolves nothing."""
    roles, values = world.roles_of(interaction.channel.guild_id), interaction.data["values"]
    chosen = {role["id"]: role for role in roles if role["id"] in values}
    return {"resolved": {"roles": chosen}} if chosen else {}


def _role(role_id: str, world: World) -> Json:
    if role_id in world.guilds:
        return role_object(role_id, "@everyone", world.everyone_may(role_id))
    role = world.roles[role_id]
    return role_object(role.id, role.name, 0, is_mentionable=role.is_mentionable)


def _resolved(channel: Channel, interaction: Interaction, world: World) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "type": channel.kind,
        "parent_id": channel.parent_id or None,
        "permissions": str(world.permissions(interaction.user, channel)),
        "app_permissions": str(may.effective(world.bot_may(channel))),
    }

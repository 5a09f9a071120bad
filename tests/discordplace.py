"""A server on Discord with people of every standing, and each way in which they ask something."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from bots.discord.poster import DiscordPoster
from bots.sandbox.discord import (
    Answer,
    Channel,
    DiscordStandIn,
    Limits,
    Message,
    User,
    permissions,
)
from core import messages, subscriptions
from core.db import Database
from core.desk import Desk
from core.managers import choose_managers
from core.messages import AskButton, Buttons, Choice, Choices, Form, WordsButton
from core.posting import Address
from core.rights import Standing
from core.seals import LONGER
from tests.conftest import NOW
from tests.discordserver import bot_on
from tests.everyrow import Rows, every_row, put_back
from tests.matrix import SECRET_TAG

ROLES: Mapping[str, Standing] = {
    "bot": Standing.STRANGER,
    "guest": Standing.GUEST,
    "member": Standing.MEMBER,
    "mod of another channel": Standing.MEMBER,
    "member with the role": Standing.CHOSEN,
    "mod": Standing.MOD,
    "admin": Standing.ADMIN,
}
TYPED: Mapping[str, tuple[str, dict[str, str]]] = {
    "channel follow openai": ("channel follow", {"tags": "openai"}),
    "channel unfollow llms": ("channel unfollow", {"tags": "llms"}),
    "channel managers anyone": ("channel managers", {"who": "anyone"}),
    "channel zone Europe/Berlin": ("channel zone", {"place": "Europe/Berlin"}),
    "channel log on": ("channel log", {"switch": "on"}),
    "subscribe openai": ("subscribe", {"tags": "openai"}),
}
"""What is typed, and how that is said by Discord's options."""
_WITH_THE_ROLE = ("member with the role", "guest", "bot")
_WITH_EVERY_RIGHT = ("admin", "guest", "bot")


def value(words: str) -> str:
    """Return what a form or a list adds to the words of its button."""
    return words.removeprefix(f"{TYPED[words][0]} ")


def _asks(words: str) -> AskButton:
    return AskButton(f"Ask {words}", TYPED[words][0], Form("Title", "Words"))


BUTTONS = messages.Message(
    tuple(Buttons((WordsButton(words, words), _asks(words))) for words in TYPED)
)
LISTS = messages.Message(
    tuple(
        Choices(
            f"List {words}",
            TYPED[words][0],
            (Choice(value(words), value(words)),),
            hint=f"List {words}",
        )
        for words in TYPED
    )
)


@dataclass
class Place:
    """A server with two channels, both with the same buttons, and the people of each role."""

    discord: DiscordStandIn
    poster: DiscordPoster
    database: Database
    news: Channel
    other: Channel
    people: dict[str, User] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)

    async def set_up(self) -> None:
        """Let both channels follow something, one set up by a role too, and show the buttons."""
        guild = self.discord.guilds[0]
        role = self.discord.add_role(guild, "editors")
        self._add_people()
        for name in _WITH_THE_ROLE:
            self.discord.hold(self.people[name], role)
        self.discord.allow(self.people["mod"], self.news, permissions.MANAGE_CHANNELS)
        elsewhere = self.people["mod of another channel"]
        self.discord.allow(elsewhere, self.other, permissions.MANAGE_CHANNELS)
        for name in _WITH_EVERY_RIGHT:
            self.discord.allow(self.people[name], guild, permissions.MANAGE_GUILD)
        async with self.database.write() as db:
            for channel in (self.news, self.other):
                tags = ["llms", SECRET_TAG]
                await subscriptions.follow(db, at(channel), tags, by="1", now=NOW)
            await choose_managers(db, at(self.news), role.id)
        for channel in (self.news, self.other):
            await self.poster.post(at(channel), BUTTONS, key=f"{channel.name} buttons")
            await self.poster.post(at(channel), LISTS, key=f"{channel.name} lists")
        self.rows = await every_row(self.database)

    def _add_people(self) -> None:
        for name, standing in ROLES.items():
            self.people[name] = self.discord.add_user(
                name.replace(" ", "-"),
                is_bot=standing is Standing.STRANGER,
                is_guest=standing is Standing.GUEST,
            )

    async def changes(self) -> set[str]:
        """Return the tables of which anything changed, and put it back."""
        rows = await every_row(self.database)
        if rows != self.rows:
            await put_back(self.database, self.rows)
        return {name for name in rows if rows[name] != self.rows[name]}

    def kept(self, channel: Channel, label: str) -> tuple[Message, str]:
        """Return the message with the button or list of this label, and its custom id."""
        for shown in self.discord.messages(channel):
            for it in (*shown.buttons, *shown.lists):
                if label in (it.get("label"), it.get("placeholder")):
                    return shown, str(it["custom_id"])
        raise LookupError(label)

    async def press(self, person: User, label: str) -> Answer:
        """Press the button with this label that stands in the channel."""
        return await self.discord.press(person, self.news, *self.kept(self.news, label))

    async def press_made(self, person: User, custom_id: str) -> None:
        """Press a button of somebody's own making, on a message that Discord believes in."""
        button = {"type": 2, "style": 2, "label": "Win", "custom_id": custom_id}
        body = {"flags": 1 << 15, "components": [{"type": 1, "components": [button]}]}
        path = f"/channels/{self.news.id}/messages"
        made = await self.poster._rest.request("POST", path, json.dumps(body).encode())
        await self.discord.press(person, self.news, str(made.json()["id"]), custom_id)


def at(channel: Channel) -> Address:
    """Return where posts go in this channel."""
    return Address("discord", channel.guild_id, channel.id)


Way = Callable[[Place, User, str], Awaitable[None]]
"""Lets somebody ask for these words, and returns when they have their answer."""


async def _command(place: Place, person: User, words: str) -> None:
    name, options = TYPED[words]
    await place.discord.type_command(person, place.news, name, options)


async def _press(place: Place, person: User, words: str) -> None:
    await place.press(person, words)


async def _choose(place: Place, person: User, words: str) -> None:
    shown, custom_id = place.kept(place.news, f"List {words}")
    await place.discord.choose(person, place.news, shown, custom_id, [value(words)])


async def _form(place: Place, person: User, words: str) -> None:
    form = await place.press(person, f"Ask {words}")
    await place.discord.send_form(person, place.news, form, {"typed": value(words)})


async def _stale(place: Place, person: User, words: str) -> None:
    await place.press_made(person, f"t1:{words}")


async def _copied(place: Place, person: User, words: str) -> None:
    await place.press_made(person, place.kept(place.other, words)[1])


async def _changed(place: Place, person: User, words: str) -> None:
    other = next(it for it in TYPED if it != words)
    await place.press_made(person, place.kept(place.news, other)[1][:LONGER] + words)


async def _form_made(place: Place, person: User, words: str, custom_id: str) -> None:
    """Send a form that keeps this, as if it had been opened there."""
    form = await place.press(person, f"Ask {words}")
    opened: dict[str, Any] = {**(form.modal or {}), "custom_id": custom_id}
    made = replace(form, modal=opened)
    await place.discord.send_form(person, place.news, made, {"typed": value(words)})


async def _copied_form(place: Place, person: User, words: str) -> None:
    """Send the form of the other channel."""
    shown, custom_id = place.kept(place.other, f"Ask {words}")
    there = await place.discord.press(person, place.other, shown, custom_id)
    assert there.modal
    await _form_made(place, person, words, there.modal["custom_id"])


async def _changed_form(place: Place, person: User, words: str) -> None:
    other = next(it for it in TYPED if it != words)
    form = await place.press(person, f"Ask {other}")
    assert form.modal
    seal = str(form.modal["custom_id"])[:LONGER]
    await _form_made(place, person, words, seal + TYPED[words][0])


WAYS: Mapping[str, Way] = {
    "command": _command,
    "button": _press,
    "list": _choose,
    "form": _form,
}
"""What people can do."""
FORGED: Mapping[str, Way] = {
    "stale button": _stale,
    "copied id": _copied,
    "changed id": _changed,
    "copied form": _copied_form,
    "changed form": _changed_form,
}
"""What somebody makes of it who writes to Discord by themselves: nobody gets anything by that."""


@asynccontextmanager
async def open_place(database: Database) -> AsyncIterator[Place]:
    """Open a server on which the bot is at work."""
    async with (
        # A machine that is busy denies nothing: how quick the bot is, others ask.
        DiscordStandIn(limits=replace(Limits.off(), answer_within=60)) as discord,
        DiscordPoster(discord.token, api_url=discord.api_url, requests_per_second=0) as poster,
    ):
        guild = discord.add_guild("Acme")
        news, other = discord.add_channel(guild, "news"), discord.add_channel(guild, "other")
        known: dict[str, list[str]] = {"llms": [], "openai": []}
        desk = Desk(database, known, clock=lambda: NOW, posters={"discord": poster})
        opened = Place(discord, poster, database, news, other)
        await opened.set_up()
        async with bot_on(discord, desk):
            yield opened

"""The authorisation matrix on Discord: the real adapter, desk and database at the stand-in."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

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
from core.commands import ACTIONS, parse
from core.db import Database
from core.desk import Desk
from core.managers import choose_managers
from core.messages import AskButton, Buttons, Form, WordsButton
from core.posting import Address
from core.rights import TABLE, Standing
from core.seals import LONGER
from tests.conftest import NOW
from tests.discordserver import bot_on
from tests.everyrow import Rows, every_row, put_back

ROLES = {
    "member": Standing.MEMBER,
    "mod of another channel": Standing.MEMBER,
    "member with the role": Standing.CHOSEN,
    "mod": Standing.MOD,
    "admin": Standing.ADMIN,
}
TYPED = {
    "channel follow openai": ("channel follow", {"tags": "openai"}),
    "channel unfollow llms": ("channel unfollow", {"tags": "llms"}),
    "channel managers anyone": ("channel managers", {"who": "anyone"}),
    "channel zone Europe/Berlin": ("channel zone", {"place": "Europe/Berlin"}),
    "channel log on": ("channel log", {"switch": "on"}),
}
"""What is typed, and how that is said by Discord's options."""
OWN_WAYS = ("command", "button", "form")
WAYS = (*OWN_WAYS, "stale button", "copied id", "changed id")


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
        self.people = {name: self.discord.add_user(name.replace(" ", "-")) for name in ROLES}
        self.discord.hold(self.people["member with the role"], role)
        self.discord.allow(self.people["mod"], self.news, permissions.MANAGE_CHANNELS)
        elsewhere = self.people["mod of another channel"]
        self.discord.allow(elsewhere, self.other, permissions.MANAGE_CHANNELS)
        self.discord.allow(self.people["admin"], guild, permissions.MANAGE_GUILD)
        async with self.database.write() as db:
            for channel in (self.news, self.other):
                await subscriptions.follow(db, at(channel), ["llms"], by="1", now=NOW)
            await choose_managers(db, at(self.news), role.id)
        for channel in (self.news, self.other):
            await self.poster.post(at(channel), BUTTONS, key=channel.name)
        self.rows = await every_row(self.database)

    async def has_effect(self, role: str, words: str, way: str) -> bool:
        """Ask so, return whether anything changed, and put it back."""
        await self._ask(self.people[role], words, way)
        rows = await every_row(self.database)
        if rows != self.rows:
            await put_back(self.database, self.rows)
        return rows != self.rows

    async def _ask(self, person: User, words: str, way: str) -> None:
        if way == "command":
            name, options = TYPED[words]
            await self.discord.type_command(person, self.news, name, options)
            return
        standing = self.discord.messages(self.news)[0]
        if way in {"button", "form"}:
            label = words if way == "button" else f"Ask {words}"
            answer = await self._press(person, standing, self._kept(self.news, label))
            if way == "form":
                typed = {"typed": words.split()[2]}
                await self.discord.send_form(person, self.news, answer, typed)
            return
        made = self._made(words, way)
        await self._press(person, await self._shown(made), made)

    def _made(self, words: str, way: str) -> str:
        """Return what somebody writes into a button of their own making."""
        if way == "stale button":
            return f"t1:{words}"
        if way == "copied id":
            return self._kept(self.other, words)
        # The seal of other words.
        return self._kept(self.news, next(it for it in TYPED if it != words))[:LONGER] + words

    def _kept(self, channel: Channel, label: str) -> str:
        """Return the custom id of the button with this label."""
        shown = self.discord.messages(channel)[0]
        return next(str(it["custom_id"]) for it in shown.buttons if it["label"] == label)

    async def _press(self, person: User, standing: Message, custom_id: str) -> Answer:
        return await self.discord.press(person, self.news, standing, custom_id)

    async def _shown(self, custom_id: str) -> Message:
        """Return a message of the bot on which Discord believes in this button."""
        button = {"type": 2, "style": 2, "label": "Win", "custom_id": custom_id}
        body = {"flags": 1 << 15, "components": [{"type": 1, "components": [button]}]}
        path = f"/channels/{self.news.id}/messages"
        made = await self.poster._rest.request("POST", path, json.dumps(body).encode())
        return next(it for it in self.discord.messages(self.news) if it.id == made.json()["id"])


BUTTONS = messages.Message(
    (
        Buttons(tuple(WordsButton(words, words) for words in TYPED)),
        Buttons(
            tuple(
                AskButton(f"Ask {words}", " ".join(words.split()[:2]), Form("Title", "Words"))
                for words in TYPED
            )
        ),
    )
)


def at(channel: Channel) -> Address:
    return Address("discord", channel.guild_id, channel.id)


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Place]:
    async with (
        DiscordStandIn(limits=Limits.off()) as discord,
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


@pytest.mark.mostly_one_database
@pytest.mark.parametrize("role", ROLES)
async def test_nobody_has_an_effect_on_discord_who_may_not(place: Place, role: str) -> None:
    had = {
        (words, way): await place.has_effect(role, words, way) for words in TYPED for way in WAYS
    }

    may = {
        (words, way): way in OWN_WAYS and ROLES[role] in TABLE[ACTIONS[type(parse(words))]]
        for words, way in had
    }
    assert had == may

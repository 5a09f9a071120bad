"""The settings of a channel on Slack in a message, where no modal can be shown."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from bots.sandbox.slack import Answer, Channel, Limits, Message, SlackStandIn, User
from bots.slack.bot import SlackBot
from bots.slack.client import web_client
from bots.slack.commands import COMMANDS
from bots.slack.poster import SlackPoster
from core import subscriptions
from core.db import Database
from core.posting import Address
from core.rules import Rules, Terms
from tests.newsroom import newsroom
from tests.readers import objects

pytestmark = pytest.mark.mostly_one_database


class Mod:
    """An admin at the settings, who counts what it takes."""

    def __init__(self, slack: SlackStandIn, database: Database, news: Channel, ada: User) -> None:
        self.slack = slack
        self.database = database
        self.news = news
        self.ada = ada
        self.actions = 0

    @property
    def shown(self) -> Message:
        """The settings as they stand now."""
        return self.slack.private_messages(self.ada)[-1]

    async def type(self, words: str) -> str:
        """Type a command, whose answer can be no modal."""
        self.actions += 1
        self.slack.fail_next("views.open", error="expired_trigger_id")
        await self.slack.type_command(self.ada, self.news, "/themata", words)
        return self.shown.text

    async def press(self, label: str) -> Answer:
        """Press the button with this label."""
        self.actions += 1
        block, button = next(
            (block, it)
            for block in self.shown.blocks
            for it in block.get("elements", ())
            if it.get("type") == "button" and it["text"]["text"] == label
        )
        return await self._press(block, button, "")

    async def choose(self, name: str, *values: str) -> None:
        """Choose these values from the list of this name."""
        self.actions += 1
        [block] = [it for it in self.shown.blocks if it.get("text", {}).get("text") == name]
        several = block["accessory"]["type"].startswith("multi")
        await self._press(block, block["accessory"], values if several else values[0])

    async def _press(self, block: Any, element: Any, option: str | Sequence[str]) -> Answer:
        where = (self.ada, self.news, self.shown.ts, element["action_id"], option)
        return await self.slack.press(*where, block_id=block["block_id"])

    async def send(self, label: str, typed: str) -> None:
        """Press a button that asks, type that, and send it."""
        view = (await self.press(label)).view
        assert view is not None
        self.slack.forms.fill(self.ada, view["id"], "typed", typed)
        changes = self.slack.listen()
        assert (await self.slack.forms.send(self.ada, view["id"])).errors == {}
        async with asyncio.timeout(5):
            await anext(changes)

    async def rules(self, channel: Channel | None = None) -> Rules:
        """Return what a channel follows, by the database."""
        address = Address("slack", self.slack.team_id, (channel or self.news).id)
        async with self.database.read() as db:
            return (await subscriptions.following(db, address)).rules


@pytest.fixture
async def mod(database: Database) -> AsyncIterator[Mod]:
    async with (
        SlackStandIn(limits=Limits.off()) as slack,
        web_client(slack.bot_token, api_url=slack.api_url) as client,
    ):
        slack.commands = COMMANDS
        slack.should_escape = True
        room = await newsroom(database, SlackPoster(client, spacing=0), "slack")
        ada = slack.add_user("ada", is_admin=True)
        news = slack.add_channel("ai-news", members=[ada])
        bot = SlackBot(client, slack.app_token, room.desk)
        run = asyncio.create_task(bot.run())
        await bot.connected()
        yield Mod(slack, database, news, ada)
        await bot.close()
        await run


async def test_a_channel_is_set_up_in_two_actions_and_stopped_in_two(mod: Mod) -> None:
    assert "Step 1 of 3" in await mod.type("channel settings")
    await mod.press("Start")

    assert (mod.actions, await mod.rules()) == (2, {"openai": Terms(most_a_day=8)})
    assert "Started: #openai." in mod.shown.text
    [said] = [it for it in mod.slack.messages(mod.news.id) if it.bot_id]
    assert "Set up by @ada" in said.text
    assert f"<@{mod.ada.id}>" not in said.text

    mod.actions = 0
    await mod.type("channel settings")
    await mod.press("Stop all")
    assert (mod.actions, await mod.rules()) == (2, {})


async def test_what_is_chosen_and_typed_is_saved_and_shown_in_its_place(mod: Mod) -> None:
    await mod.type("channel settings")
    await mod.press("Start")

    await mod.choose("When", "daily 09:00 most:off")
    assert "in a digest every day at 09:00" in mod.shown.text
    await mod.send("Set quiet hours", "22:00-07:00")
    assert "quiet from 22:00 to 07:00" in mod.shown.text
    await mod.choose("In threads", "threads", "related")

    [terms] = (await mod.rules()).values()
    assert (terms.rhythm is not None, terms.quiet is not None, terms.related) == (True,) * 3
    assert len(mod.slack.private_messages(mod.ada)) == 1
    await mod.press("Undo last change")
    assert "Taken back" in mod.shown.text
    [terms] = (await mod.rules()).values()
    assert not terms.related


async def test_another_channel_is_set_up_by_mentioning_it(mod: Mod) -> None:
    lounge = mod.slack.add_channel("lounge", members=[mod.ada])

    await mod.type("channel settings #lounge")
    assert lounge.id in str([*objects(list(mod.shown.blocks))])
    await mod.press("Start")

    assert await mod.rules(lounge) == {"openai": Terms(most_a_day=8)}
    assert await mod.rules() == {}
    assert [it.bot_id != "" for it in mod.slack.messages(lounge.id)] == [True]
    await mod.send("Add tags", "openai")
    assert await mod.rules() == {}


async def test_a_private_channel_that_one_is_not_in_is_not_shown(mod: Mod) -> None:
    secret = mod.slack.add_channel("secret", private=True)

    said = await mod.type(f"channel settings in:{secret.id}")

    assert "Step 1" not in said
    assert await mod.rules(secret) == {}


async def test_who_is_no_mod_changes_nothing(mod: Mod) -> None:
    mod.ada = mod.slack.add_user("mia")

    said = await mod.type("channel settings")

    assert "Step 1" not in said
    assert not [it for it in objects(list(mod.shown.blocks)) if it.get("type") == "button"]

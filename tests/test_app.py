"""The parts put together: which are opened, and what happens when a platform refuses the bot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from bots.app import App, known_tags, open_app
from bots.platforms import DatabaseNotes, NothingToRun
from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.slack import SlackStandIn
from core import subscriptions
from core.config import Secrets, Settings, TagsSettings, parse_settings
from core.db import open_database
from core.intake import Intake
from core.posting import Address
from core.sources import Draft
from tests.program import PATIENCE, slack_until

TITLE = "Gemma 4 runs on phones"
WRONG = SecretStr("MTIzNDU2Nzg5MDEyMzQ1Njc4.GwRoNg.abcdefghijklmnopqrstuvwxyz0123456789AB")


@dataclass(frozen=True, slots=True)
class World:
    """Both stand-ins, and how the bot is told of them."""

    discord: DiscordStandIn
    slack: SlackStandIn
    settings: Settings

    @property
    def secrets(self) -> Secrets:
        """The tokens that both accept."""
        return Secrets(
            discord_token=SecretStr(self.discord.token),
            slack_bot_token=SecretStr(self.slack.bot_token),
            slack_app_token=SecretStr(self.slack.app_token),
        )

    async def send(self, address: Address, title: str = TITLE) -> None:
        """Put an article on its way to this address, or change its title."""
        now = datetime.now(UTC)
        async with open_database(self.settings.database.url) as database:
            async with database.write() as db:
                await subscriptions.follow(db, address, ["llms"], by="ada", now=now)
            draft = Draft(title, "https://themata.ai/news/gemma-4", tags=("llms",))
            await Intake(database).take_in(draft, source="test", now=now)


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """Give both stand-ins, and a configuration that names them."""
    async with DiscordStandIn() as discord, SlackStandIn() as slack:
        written = f"""
            sources = []
            database.url = "sqlite:///{folder / "themata.db"}"
            discord = {{ api_url = "{discord.api_url}", gateway_url = "{discord.gateway_url}" }}
            slack.api_url = "{slack.api_url}"
        """
        yield World(discord, slack, parse_settings(written, folder / "config.toml"))


async def ended_well(app: App, stopping: asyncio.Event) -> bool:
    """Run the bot until it ends, and say whether it ended as it should."""
    async with asyncio.timeout(PATIENCE):
        return await app.run(stopping)


async def test_without_a_token_nothing_is_opened(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        with pytest.raises(NothingToRun, match="THEMATA_DISCORD_TOKEN"):
            async with open_app(here.settings, Secrets()):
                pass

    assert not (tmp_path / "themata.db").exists()


async def test_slack_needs_both_of_its_tokens(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        secrets = here.secrets.model_copy(update={"slack_app_token": SecretStr("")})
        with pytest.raises(NothingToRun, match="THEMATA_SLACK_APP_TOKEN"):
            async with open_app(here.settings, secrets):
                pass


async def test_told_to_stop_it_ends_well(tmp_path: Path) -> None:
    async with world(tmp_path) as here, open_app(here.settings, here.secrets) as app:
        stopping = asyncio.Event()
        running = asyncio.create_task(ended_well(app, stopping))
        await app.listening()
        stopping.set()

        assert await running
        assert not here.discord.gateway.is_connected


async def test_a_platform_that_refuses_the_bot_does_not_end_the_other(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        channel = here.slack.add_channel("ai-news")
        await here.send(Address("slack", here.slack.team_id, channel.id))
        secrets = here.secrets.model_copy(update={"discord_token": WRONG})
        async with open_app(here.settings, secrets) as app, asyncio.timeout(PATIENCE):
            stopping = asyncio.Event()
            running = asyncio.create_task(ended_well(app, stopping))
            await here.discord.until(lambda: any(r.status == 401 for r in here.discord.requests))
            await slack_until(here.slack, lambda: bool(here.slack.messages(channel.id)))
            stopping.set()

            assert await running

        assert TITLE in here.slack.messages(channel.id)[0].text


async def test_when_every_platform_refuses_the_bot_it_ends_badly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path) as here:
        wrong = {"discord_token": WRONG, "slack_bot_token": SecretStr("xoxb-wrong")}
        async with open_app(here.settings, here.secrets.model_copy(update=wrong)) as app:
            ended = await ended_well(app, asyncio.Event())

    told = [record.getMessage() for record in caplog.records if record.name == "bots.app"]
    assert not ended
    assert sorted(line.split(":")[0] for line in told) == ["stopped discord", "stopped slack"]


async def test_a_part_without_a_token_cannot_run_alone(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        secrets = here.secrets.model_copy(update={"discord_token": SecretStr("")})
        with pytest.raises(NothingToRun, match="discord has no token"):
            async with open_app(here.settings, secrets, only="discord"):
                pass


async def test_jobs_can_run_alone_and_without_a_token(tmp_path: Path) -> None:
    async with world(tmp_path) as here, open_app(here.settings, Secrets(), only="jobs") as app:
        stopping = asyncio.Event()
        stopping.set()

        assert await app.run(stopping)
        assert not here.discord.requests
        assert not here.slack.requests


async def test_notes_outlive_the_database_that_took_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'themata.db'}"

    async with open_database(url) as database:
        await DatabaseNotes(database).remember("greeting", "hello")
    async with open_database(url) as database:
        assert await DatabaseNotes(database).recall("greeting") == "hello"
        assert await DatabaseNotes(database).recall("farewell") is None


def test_an_alias_makes_its_tag_known() -> None:
    settings = TagsSettings(known=("llms",), aliases={"llm": "llms", "agents": "ai-agents"})

    assert known_tags(settings) == {"llms": ["llm"], "ai-agents": ["agents"]}


async def test_a_post_is_edited_when_its_article_changed(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        channel = here.slack.add_channel("ai-news")
        for title in (TITLE, "Gemma 4 runs on watches"):
            await here.send(Address("slack", here.slack.team_id, channel.id), title)
            await run_until_it_stands(here, channel.id, title)

        assert len(here.slack.messages(channel.id)) == 1


async def run_until_it_stands(here: World, channel: str, title: str) -> None:
    """Run the bot until the story stands in the Slack channel under this title."""

    def stands() -> bool:
        return any(message.text.startswith(title) for message in here.slack.messages(channel))

    async with open_app(here.settings, here.secrets) as app, asyncio.timeout(PATIENCE):
        stopping = asyncio.Event()
        running = asyncio.create_task(ended_well(app, stopping))
        await slack_until(here.slack, stands)
        stopping.set()
        await running

"""The bot on Slack: how it connects, comes back, and leaves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Channel, Limits, NoAnswer, SlackStandIn, User
from bots.slack.bot import SlackBot
from bots.slack.client import web_client
from bots.slack.commands import COMMANDS
from core.commands import Caller, Command
from core.messages import Message, Text
from core.posting import PlatformClosed
from tests.fakes import SharesNothing


class Desk(SharesNothing):
    """Answers with the name of what it was asked, and keeps who asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Command, Caller]] = []
        self.error: Exception | None = None
        self.was_asked = asyncio.Event()
        self.is_free = asyncio.Event()
        self.is_free.set()

    async def answer(self, command: Command, caller: Caller) -> Message:
        """Answer when the desk is free, or raise the error that is due."""
        self.asked.append((command, caller))
        self.was_asked.set()
        await self.is_free.wait()
        if self.error:
            raise self.error
        return Message((Text(f"You asked for {type(command).__name__}"),))


@dataclass
class Workplace:
    """A Slack with a channel, a member of it, and a client for the bot."""

    slack: SlackStandIn
    client: AsyncWebClient
    desk: Desk
    mia: User
    channel: Channel

    def bot(self, *, ping_interval: float = 10) -> SlackBot:
        """Return a bot that is not running yet."""
        token = self.slack.app_token
        return SlackBot(
            self.client, token, self.desk, ping_interval=ping_interval, first_wait=0.001
        )


@asynccontextmanager
async def workplace() -> AsyncIterator[Workplace]:
    """Open a workplace in which no bot runs yet."""
    async with (
        SlackStandIn(limits=Limits.off()) as slack,
        web_client(slack.bot_token, api_url=slack.api_url) as client,
    ):
        slack.commands = COMMANDS
        slack.should_escape = True
        channel = slack.add_channel("ai-news")
        yield Workplace(slack, client, Desk(), slack.add_user("mia"), channel)


@asynccontextmanager
async def running(bot: SlackBot) -> AsyncIterator[SlackBot]:
    """Run `bot`, and close it at the end."""
    run = asyncio.create_task(bot.run())
    await bot.connected()
    yield bot
    await bot.close()
    await run


@pytest.fixture
async def work() -> AsyncIterator[Workplace]:
    async with workplace() as work:
        yield work


async def test_the_bot_connects_and_leaves(work: Workplace) -> None:
    async with running(work.bot()):
        await work.slack.connected(1)

    await work.slack.connected(0)


async def test_a_bot_that_is_cancelled_leaves_too(work: Workplace) -> None:
    bot = work.bot()
    run = asyncio.create_task(bot.run())
    await bot.connected()

    run.cancel()

    with pytest.raises(asyncio.CancelledError):
        await run
    await work.slack.connected(0)


async def test_a_bot_that_was_closed_does_not_run(work: Workplace) -> None:
    bot = work.bot()

    await bot.close()
    await bot.run()

    assert work.slack.requests == ()


async def test_a_wrong_bot_token_ends_the_bot_with_a_sentence(work: Workplace) -> None:
    async with web_client("xoxb-wrong", api_url=work.slack.api_url) as client:
        with pytest.raises(PlatformClosed, match=r"bot token.*THEMATA_SLACK_BOT_TOKEN"):
            await SlackBot(client, work.slack.app_token, work.desk).run()


async def test_a_wrong_app_token_ends_the_bot_with_a_sentence(work: Workplace) -> None:
    with pytest.raises(PlatformClosed, match=r"app token: set THEMATA_SLACK_APP_TOKEN"):
        await SlackBot(work.client, "xapp-wrong", work.desk).run()


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_slack_that_is_away_is_tried_again(work: Workplace, method: str) -> None:
    work.slack.fail_next(method, error="internal_error")
    work.slack.drop_next(method, after_commit=False)

    async with running(work.bot()):
        await work.slack.connected(1)


async def test_a_refreshed_connection_goes_on_answering(work: Workplace) -> None:
    async with running(work.bot()):
        async with work.slack.held("apps.connections.open"):
            await work.slack.disconnect("refresh_requested", close=True)
            await work.slack.connected(0)
        await work.slack.connected(1)

        answer = await work.slack.type_command(work.mia, work.channel, "/themata", "help")

    assert answer.messages


async def test_a_connection_is_made_at_a_new_address_when_the_one_it_got_is_stale(
    work: Workplace,
) -> None:
    async with running(work.bot(ping_interval=0.1)):
        async with work.slack.held("apps.connections.open") as hold:
            await work.slack.disconnect("link_disabled", close=True)
            await hold.arrived()
            await work.slack.connected(0)
            work.slack.expire_links()

        await asyncio.wait_for(work.slack.connected(1), 5)


async def test_variables_meant_for_other_slack_programs_change_nothing(
    work: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"SLACK_{name}", "of another program")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    async with running(work.bot()):
        answer = await work.slack.type_command(work.mia, work.channel, "/themata", "help")

    assert "Help" in answer.messages[0].text


async def test_a_bot_that_leaves_lets_replies_under_way_be_sent(work: Workplace) -> None:
    work.desk.is_free.clear()

    async with running(work.bot()) as bot:
        typed = asyncio.create_task(
            work.slack.type_command(work.mia, work.channel, "/themata", "help")
        )
        await work.desk.was_asked.wait()
        closing = asyncio.create_task(bot.close())
        asyncio.get_running_loop().call_soon(work.desk.is_free.set)
        await closing

    assert (await typed).messages


async def test_without_a_bot_nobody_answers(work: Workplace) -> None:
    with pytest.raises(NoAnswer):
        await work.slack.type_command(work.mia, work.channel, "/themata", "help")

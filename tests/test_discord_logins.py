"""How often the bot logs in at the gateway, however often it is started."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bots.discord.logins import MOST, Logins
from bots.discord.poster import DiscordPoster
from bots.sandbox.discord import DiscordStandIn
from core.messages import Message, Text
from core.posting import Address
from tests.conftest import NOW
from tests.gatewaybot import LastingNotes, quiet_bot
from tests.reachability import FakeReachability

DAY = timedelta(days=1)


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def notes() -> LastingNotes:
    return LastingNotes()


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in


@pytest.mark.parametrize("kept", ["", "no list", "7", '["x"]', "[1e99]"])
async def test_a_note_that_cannot_be_read_holds_nothing_up(
    notes: LastingNotes, clock: Clock, kept: str
) -> None:
    notes.kept["discord logins"] = kept

    assert await Logins(notes, clock).take()


async def warning() -> str:
    """Return the next warning of the bot."""
    heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not heard.done():
                heard.set_result(record.getMessage())

    listener = Listener(logging.WARNING)
    logger = logging.getLogger("bots.discord.bot")
    logger.addHandler(listener)
    try:
        return await heard
    finally:
        logger.removeHandler(listener)


async def test_fifty_logins_fit_in_a_day_across_restarts(notes: LastingNotes, clock: Clock) -> None:
    taken = []
    for _ in range(60):
        taken.append(await Logins(notes, clock).take())
        clock.now += timedelta(minutes=1)

    assert taken == [True] * MOST + [False] * 10
    assert await Logins(notes, clock).wait() == DAY - timedelta(hours=1)


async def test_the_oldest_login_makes_room_after_a_day(notes: LastingNotes, clock: Clock) -> None:
    logins = Logins(notes, clock)
    for _ in range(MOST):
        await logins.take()
        clock.now += timedelta(minutes=1)
    clock.now = NOW + DAY

    assert await logins.wait() == timedelta()
    assert await logins.take()
    assert await logins.wait() == timedelta(minutes=1)
    assert not await logins.take()


@pytest.mark.parametrize("wrong", [-365 * DAY, 365 * DAY])
async def test_t1_logins_under_a_wrong_clock_do_not_hold_the_bot(
    notes: LastingNotes, clock: Clock, wrong: timedelta
) -> None:
    clock.now += wrong
    for _ in range(MOST):
        await Logins(notes, clock).take()

    clock.now = NOW

    assert await Logins(notes, clock).wait() == timedelta()


def nearly_used_up(notes: LastingNotes, left: int) -> None:
    """Remember logins of an hour ago, so that this many are left."""
    before = datetime.now(UTC) - timedelta(hours=1)
    notes.kept["discord logins"] = json.dumps([before.timestamp()] * (MOST - left))


async def test_n9_a_crash_loop_logs_in_no_more_than_its_budget_and_says_when_it_will(
    discord: DiscordStandIn, notes: LastingNotes
) -> None:
    nearly_used_up(notes, left=3)
    said = []
    for _ in range(8):
        bot = quiet_bot(discord, notes, FakeReachability())
        running = asyncio.ensure_future(bot.run())
        warned = asyncio.ensure_future(warning())
        ready = asyncio.ensure_future(bot.ready())
        await asyncio.wait([ready, warned], return_when=asyncio.FIRST_COMPLETED)
        said += [warned.result()] if warned.done() else []
        ready.cancel()
        warned.cancel()
        await bot.close()
        await running

    opens_at = datetime.now(UTC) + timedelta(hours=23)
    assert discord.gateway.identified == 3
    assert len(said) == 5
    assert "logged in 50 times in 24 h" in said[0]
    assert f"connects at {opens_at:%Y-%m-%dT%H:}" in said[0]


async def test_n9_without_a_login_left_posts_go_on(
    discord: DiscordStandIn, notes: LastingNotes
) -> None:
    nearly_used_up(notes, left=0)
    news = discord.add_channel(discord.add_guild("Acme"), "ai-news")
    bot = quiet_bot(discord, notes, FakeReachability())
    running = asyncio.ensure_future(bot.run())

    async with DiscordPoster(discord.token, api_url=discord.api_url) as poster:
        address = Address("discord", news.guild_id, news.id)
        await poster.post(address, Message((Text("Hello"),)), key="1")
    await bot.close()
    await running

    assert len(discord.messages(news)) == 1
    assert discord.gateway.identified == 0


async def test_n9_a_lost_session_is_not_begun_anew_without_a_login_left(
    discord: DiscordStandIn, notes: LastingNotes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.discord.bot._FIRST_WAIT", 0.01)
    nearly_used_up(notes, left=1)
    bot = quiet_bot(discord, notes, FakeReachability())
    running = asyncio.ensure_future(bot.run())
    await bot.ready()
    warned = asyncio.ensure_future(warning())

    discord.gateway._sessions.clear()
    discord.gateway.drop()
    await warned
    await bot.close()
    await running

    assert discord.gateway.identified == 1


async def test_a_bot_that_leaves_amid_a_login_leaves_no_heartbeat_behind(
    discord: DiscordStandIn, notes: LastingNotes, monkeypatch: pytest.MonkeyPatch
) -> None:
    logging_in = asyncio.Event()

    async def take(_logins: Logins) -> bool:
        logging_in.set()
        return bool(await asyncio.Event().wait())

    monkeypatch.setattr(Logins, "take", take)
    bot = quiet_bot(discord, notes, FakeReachability())
    running = asyncio.ensure_future(bot.run())
    await logging_in.wait()

    await bot.close()
    await running

    assert [t.name for t in threading.enumerate() if t.name.startswith("keep-alive-handler")] == []


async def test_n9_a_resumed_session_is_no_login(
    discord: DiscordStandIn, notes: LastingNotes
) -> None:
    nearly_used_up(notes, left=1)
    bot = quiet_bot(discord, notes, FakeReachability())
    running = asyncio.ensure_future(bot.run())
    await bot.ready()

    discord.gateway.drop()
    await discord.until(lambda: discord.gateway.resumed == 1)
    await bot.close()
    await running

    assert len(json.loads(notes.kept["discord logins"])) == MOST

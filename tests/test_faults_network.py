"""Rows N of the fault matrix: what the network and the platforms do wrong costs time only."""

import asyncio
from pathlib import Path

import pytest

from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.slack import SlackStandIn
from core import claims
from core.delivery import DeliveryWorker
from core.posting import Platform
from tests.gatewaybot import LastingNotes, quiet_bot
from tests.killed_worker import poster_of
from tests.promise import Verdict
from tests.reachability import FakeReachability
from tests.worlds import FIRST, SECOND, World, without_network, world

TAG = "llms"
BOTH = pytest.mark.parametrize("platform", ["discord", "slack"])
SCHEDULE = [2, 10, 60, 300, 900, 1800, 1800]


@pytest.fixture(autouse=True)
def _steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let waits be as long as their schedule says."""
    monkeypatch.setattr(claims, "jitter", lambda: 0.5)


async def wait_until_due(here: World) -> float:
    """Move the clock to when something is due, and return how many seconds that took."""
    due = await here.next_due()
    assert due is not None
    wait = max((due - here.clock.time).total_seconds(), 0) + 0.001
    here.clock.later += wait
    return wait


@BOTH
async def test_n1_where_nobody_listens_the_attempts_follow_the_schedule(
    platform: Platform, database_file: Path
) -> None:
    async with world(platform, database_file) as here:
        channel = await here.followed(TAG)
        await here.take_in(FIRST, TAG)
        away = without_network(here)

        waits = []
        for _ in SCHEDULE:
            await away.try_once()
            waits.append(await wait_until_due(here))
        await here.take_in(SECOND, TAG)
        await here.finish()

        assert waits == [pytest.approx(wait, abs=2.0) for wait in SCHEDULE]
        assert here.verdict(channel) == Verdict()


@BOTH
async def test_n3_a_burst_of_errors_of_the_server_ends_in_one_copy(
    platform: Platform, database_file: Path
) -> None:
    async with world(platform, database_file) as here:
        channel = await here.followed(TAG)
        await here.take_in(FIRST, TAG)
        await here.take_in(SECOND, TAG)
        for status in (500, 502, 503, 504):
            here.stand_in.fail_next(here.line, status=status)
            here.stand_in.drop_next(here.line, after_commit=True)

        await here.finish()

        assert here.verdict(channel) == Verdict()


@BOTH
async def test_n4_a_slow_answer_holds_up_no_other_channel(
    platform: Platform, database_file: Path
) -> None:
    async with world(platform, database_file) as here:
        slow = await here.followed(TAG)
        await here.take_in(FIRST, TAG)
        line = here.line.replace("*", slow)
        stopping = asyncio.Event()
        async with poster_of(here.orders) as poster, asyncio.timeout(20):
            worker = DeliveryWorker(here.database, poster, platform, lanes=2)
            async with here.stand_in.held(line, before_commit=True) as answer:
                running = asyncio.create_task(worker.run(stopping))
                await answer.arrived()
                async with here.stand_in.held(here.line, before_commit=True):
                    pass  # what comes now is kept no more: Slack's holds are of a whole method
                others = [await here.followed(TAG, f"other-{number}") for number in range(20)]
                await here.take_in(SECOND, TAG, to=21)
                worker.wake()
                await here.log.until(lambda: len(here.log.seen) == 20)
                stood = {one.channel for one in here.log.seen}
            await here.log.until(lambda: len(here.log.seen) == 22)
            stopping.set()
            await running

        assert stood == set(others)
        assert here.verdict(slow) == Verdict()


LIMITED = {"message": "You are being rate limited.", "retry_after": 60.0, "global": False}
VIA = {"Via": "1.1 google"}


@pytest.mark.parametrize(
    ("body", "headers", "goes_on"),
    [
        (LIMITED, VIA | {"X-RateLimit-Scope": "user"}, 4),
        (LIMITED, VIA | {"X-RateLimit-Scope": "shared"}, 4),
        (LIMITED | {"code": 20028}, VIA, 4),
        (LIMITED | {"global": True}, VIA | {"X-RateLimit-Scope": "global"}, 0),
        ("<html>error 1015</html>", {"Retry-After": "60"}, 0),
    ],
    ids=["channel", "shared", "sub-limit", "global", "wall"],
)
async def test_n6_discord_is_not_asked_during_a_ban_and_the_others_go_on(
    database_file: Path, body: object, headers: dict[str, str], goes_on: int
) -> None:
    async with world("discord", database_file, record=True) as here:
        discord = here.stand_in
        assert isinstance(discord, DiscordStandIn)
        channels = [await here.followed(TAG, f"channel-{number}") for number in range(5)]
        await here.take_in(FIRST, TAG, to=5)
        discord.fail_next("POST", status=429, body=body, headers=headers)

        async with poster_of(here.orders) as poster:
            await here.worker(poster).post_due()
            here.clock.later += 58
            await here.worker(poster).post_due()
        asked = len(discord.requested("POST"))
        stood = len(here.log.seen)
        await here.take_in(SECOND, TAG, to=5)
        await here.finish()

        assert (asked, stood) == (1 + goes_on, goes_on)
        assert [here.verdict(channel) for channel in channels] == [Verdict()] * 5


@pytest.mark.parametrize("seconds", [30, 3600])
async def test_n6_slack_is_not_asked_before_its_pause_is_over(
    database_file: Path, seconds: int
) -> None:
    async with world("slack", database_file, record=True) as here:
        slack = here.stand_in
        assert isinstance(slack, SlackStandIn)
        channels = [await here.followed(TAG, f"channel-{number}") for number in range(5)]
        await here.take_in(FIRST, TAG, to=5)
        said = {"Retry-After": str(seconds)}
        slack.fail_next("chat.postMessage", error="ratelimited", headers=said)

        async with poster_of(here.orders) as poster:
            await here.worker(poster).post_due()
            here.clock.later += seconds - 2
            await here.worker(poster).post_due()
        asked = len(slack.requests)
        await here.finish()
        await here.take_in(SECOND, TAG, to=5)
        await here.finish()

        assert asked == 1
        assert [here.verdict(channel) for channel in channels] == [Verdict()] * 5


async def test_n8_posts_go_out_while_the_gateway_is_away(database_file: Path) -> None:
    async with world("discord", database_file) as here:
        assert isinstance(here.stand_in, DiscordStandIn)
        gateway = here.stand_in.gateway
        channel = await here.followed(TAG)
        bot = quiet_bot(here.stand_in, LastingNotes(), FakeReachability())
        running = asyncio.create_task(bot.run())
        await bot.ready()

        gateway.drop()
        await here.take_in(FIRST, TAG)
        await here.try_once()
        gateway.invalidate()
        await here.take_in(SECOND, TAG)
        await here.try_once()
        await bot.close()
        await running

        assert here.verdict(channel) == Verdict()

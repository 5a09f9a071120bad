"""The connections of Socket Mode, one after another."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bots.sandbox.slack import Answer, NoAnswer
from tests.test_slack_bot import Workplace, running, workplace

COMMANDS = 200
AT_ONCE = 10


@pytest.fixture
async def work() -> AsyncIterator[Workplace]:
    async with workplace() as work:
        yield work


async def typing(work: Workplace) -> list[Answer]:
    """Let people type many commands, a few at a time."""
    answers: list[Answer] = []
    for _ in range(COMMANDS // AT_ONCE):
        typed = (
            work.slack.type_command(work.mia, work.channel, "/themata", "help")
            for _ in range(AT_ONCE)
        )
        answers += await asyncio.gather(*typed)
    return answers


async def test_n10_no_command_is_lost_while_connections_are_refreshed(work: Workplace) -> None:
    refreshes = 0
    async with running(work.bot()):
        people = asyncio.create_task(typing(work))
        while refreshes < 5 or not people.done():
            await work.slack.disconnect("warning")
            await work.slack.connected(2)
            await work.slack.end_told()
            await work.slack.connected(1)
            refreshes += 1
        answers = await people

    assert sum(len(answer.messages) for answer in answers) == COMMANDS
    assert len(work.desk.asked) == COMMANDS


async def test_n10_the_next_connection_stands_before_the_last_one_goes(work: Workplace) -> None:
    async with running(work.bot()):
        await work.slack.disconnect("warning")
        await work.slack.connected(2)

        answer = await work.slack.type_command(work.mia, work.channel, "/themata", "help")

    assert answer.messages


async def test_a_connection_that_has_a_successor_is_ended_after_a_while(work: Workplace) -> None:
    async with running(work.bot(ping_interval=0.5)):
        await work.slack.disconnect("refresh_requested")
        await work.slack.connected(2)

        await asyncio.wait_for(work.slack.connected(1), 20)


async def test_what_came_by_a_connection_that_ended_is_acknowledged_by_the_next(
    work: Workplace,
) -> None:
    async with running(work.bot()):
        await work.slack.disconnect("warning")
        await work.slack.connected(2)
        await asyncio.gather(
            work.slack.type_command(work.mia, work.channel, "/themata", "help"),
            work.slack.end_told(),
        )

    assert len(work.desk.asked) == 1


async def test_a_connection_that_slack_does_not_take_is_asked_for_again(work: Workplace) -> None:
    work.slack.fail_next("link", status=503)
    work.slack.drop_next("link", after_commit=False)

    async with running(work.bot()):
        await work.slack.connected(1)


async def test_slack_is_not_asked_for_connections_before_the_wait_it_named(
    work: Workplace,
) -> None:
    later = {"Retry-After": "0.2"}
    work.slack.fail_next("apps.connections.open", error="ratelimited", headers=later)

    async with running(work.bot()):
        pass

    first, second = (
        call.at for call in work.slack.requests if call.method == "apps.connections.open"
    )
    assert second - first >= 0.2


async def test_words_that_cannot_be_read_are_passed_over(work: Workplace) -> None:
    async with running(work.bot()):
        (link,) = work.slack._sockets._links
        for words in ("{", "[1]", "null", '{"type": "brand_new"}'):
            await link.send_str(words)
        await link.send_bytes(b"\0")

        answer = await work.slack.type_command(work.mia, work.channel, "/themata", "help")

    assert answer.messages


async def test_an_event_that_nobody_listens_to_is_acknowledged(work: Workplace) -> None:
    async with running(work.bot()):
        await work.slack.event({"type": "brand_new"})


async def test_a_command_that_the_bot_does_not_have_fails_before_the_persons_eyes(
    work: Workplace,
) -> None:
    work.slack._world.limits = work.slack._world.limits.changed(ack_seconds=0.05)
    work.slack.commands = ("/other",)

    async with running(work.bot()):
        with pytest.raises(NoAnswer, match="operation_timeout"):
            await work.slack.type_command(work.mia, work.channel, "/other")


async def test_a_bot_that_is_one_connection_too_many_waits_for_its_turn(work: Workplace) -> None:
    slack, bot = work.slack, work.bot()
    slack._world.limits = slack._world.limits.changed(connections=1)
    url = (await work.client.apps_connections_open(app_token=slack.app_token))["url"]

    async with aiohttp.ClientSession() as http, http.ws_connect(url) as other:
        await slack.connected(1)
        async with slack.held("apps.connections.open") as first:
            run = asyncio.create_task(bot.run())
            await first.arrived()
        async with slack.held("apps.connections.open") as second:
            await second.arrived()
            await other.close()
    await asyncio.wait_for(bot.connected(), 20)
    await bot.close()
    await run

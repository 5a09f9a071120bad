"""Posts of an announcement channel are passed on: each once, within the limit, after they stand."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bots.discord.poster import DiscordPoster
from bots.sandbox.discord import Channel, DiscordStandIn, Limits
from bots.sandbox.discord.values import ANNOUNCEMENTS
from core import crossposts, outcomes, subscriptions, workspaces
from core.commands import Caller, ChannelCrosspost, ChannelStatus
from core.db import Database
from core.delivery import DeliveryWorker
from core.desk import Desk
from core.messages import Message, Text, as_text
from core.notices import Notices
from core.passing_on import PassingOn
from core.posting import Address, Receipt, Refused, TryLater, Unknown, Unreachable
from core.tables import crossposts as stored
from tests.conftest import NOW
from tests.discordbot import Clock
from tests.fakes import FakePoster
from tests.queued import add_story, claim, queue

HELLO = Message((Text("Hello"),))
_FLAG = 1


@dataclass
class Passes:
    """Passes on to a list. The given errors come first, one for each attempt."""

    errors: list[Exception] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    async def pass_on(self, receipt: Receipt) -> None:
        """Keep the message, or fail as told."""
        if self.errors:
            raise self.errors.pop(0)
        self.passed.append(receipt.message_id)


NEWS = Address("discord", "1", "001")


async def chosen(database: Database, *, wanted: bool = True) -> bool:
    async with database.write() as db:
        return await crossposts.choose(db, NEWS, wanted=wanted)


async def posted(database: Database, *ids: str, now: datetime = NOW) -> None:
    """Let the posts that are due stand, each by one of these ids."""
    ends = [
        outcomes.Posted(post, message)
        for post, message in zip(await claim(database, now=now), ids, strict=True)
    ]
    async with database.write() as db:
        await outcomes.record(db, ends, now=now)


async def one_more(database: Database, number: int, *, now: datetime = NOW) -> None:
    await add_story(database, number, now=now)
    await posted(database, f"m{number}", now=now)


async def passed_on(database: Database, to: Passes, now: datetime = NOW) -> list[str]:
    await PassingOn(database, {"discord": to}, clock=lambda: now).pass_due()
    return to.passed


async def ended(database: Database) -> list[tuple[str, str | None]]:
    async with database.read() as db:
        rows = await db.execute(sa.select(stored.c.state, stored.c.reason).order_by(stored.c.id))
        return [(row.state, row.reason) for row in rows]


@pytest.fixture
async def following(database: Database) -> Database:
    """Give a database with a channel whose posts are passed on, and nothing posted yet."""
    await queue(database, channels=1, stories=0)
    await chosen(database)
    return database


async def test_what_stands_is_passed_on_once(following: Database) -> None:
    to = Passes()
    await one_more(following, 1)

    assert await passed_on(following, to) == ["m1"]
    assert await passed_on(following, to, NOW + timedelta(hours=3)) == ["m1"]
    assert await ended(following) == [("passed", None)]


@pytest.mark.mostly_one_database
async def test_only_what_is_posted_from_then_on_is_passed_on(database: Database) -> None:
    await queue(database, channels=1, stories=1)
    await posted(database, "m0")
    await chosen(database)
    await one_more(database, 1)

    assert await passed_on(database, Passes()) == ["m1"]


@pytest.mark.mostly_one_database
async def test_what_was_to_be_passed_on_stays_when_that_is_switched_off(
    following: Database,
) -> None:
    await one_more(following, 1)

    assert await chosen(following, wanted=False)
    await one_more(following, 2)

    assert await passed_on(following, Passes()) == []


@pytest.mark.mostly_one_database
async def test_a_record_that_is_written_twice_passes_on_once(following: Database) -> None:
    await add_story(following, 1)
    [post] = await claim(following)
    for _ in range(2):
        async with following.write() as db:
            await outcomes.record(db, [outcomes.Posted(post, "m1")], now=NOW)

    assert await passed_on(following, Passes()) == ["m1"]


async def test_more_than_ten_an_hour_stand_alone_and_that_is_told_once(
    following: Database, caplog: pytest.LogCaptureFixture
) -> None:
    to = Passes()
    for number in range(13):
        await one_more(following, number)
    caplog.set_level(logging.WARNING, "core.passing_on")

    assert len(await passed_on(following, to)) == 10
    await one_more(following, 13, now=NOW + timedelta(minutes=30))
    await passed_on(following, to, NOW + timedelta(minutes=30))
    await one_more(following, 14, now=NOW + timedelta(hours=2))
    await passed_on(following, to, NOW + timedelta(hours=2))

    assert to.passed == [*(f"m{n}" for n in range(10)), "m14"]
    assert [it for it in await ended(following) if it[0] == "skipped"] == [
        ("skipped", crossposts.TOO_MANY)
    ] * 4
    assert [it.getMessage() for it in caplog.records] == [
        f"did not pass on posts of {NEWS}: {crossposts.TOO_MANY}"
    ]


@pytest.mark.mostly_one_database
async def test_the_log_channel_hears_of_each_reason_once_a_day(following: Database) -> None:
    async with following.write() as db:
        await workspaces.choose_log(db, replace(NEWS, channel="99"))
    poster, now = FakePoster(), NOW
    notices = Notices(following, {"discord": poster}, clock=lambda: now)
    for number in range(14):
        now = NOW + timedelta(minutes=2 * number)
        await one_more(following, number, now=now)
        gone = [Refused("the message was deleted (10008)")] if number < 2 else []
        await passed_on(following, Passes([*gone]), now)
        await notices.post_due()

    told = [as_text(message) for address, message, _ in poster.posts if address.channel == "99"]
    assert told == [
        "#001 · a post was not passed on: the message was deleted (10008)",
        f"#001 · a post was not passed on: {crossposts.TOO_MANY}",
    ]


@pytest.mark.mostly_one_database
@pytest.mark.parametrize(
    ("error", "after", "state"),
    [
        (TryLater("busy", timedelta(seconds=3)), timedelta(seconds=3), "passed"),
        (TryLater("away"), timedelta(seconds=60), "passed"),
        (Unknown("the connection broke"), timedelta(seconds=60), "passed"),
        (TryLater("the limit", timedelta(minutes=40)), timedelta(seconds=1), "skipped"),
        (Refused("the message was deleted (10008)"), timedelta(seconds=1), "skipped"),
        (Unreachable("the bot may not (50013)"), timedelta(seconds=1), "skipped"),
    ],
)
async def test_what_fails_is_tried_again_if_that_can_help(
    following: Database, error: Exception, after: timedelta, state: str
) -> None:
    to = Passes([error])
    await one_more(following, 1)

    assert await passed_on(following, to) == []
    await passed_on(following, to, NOW + after)

    assert [it for it, _ in await ended(following)] == [state]
    assert to.passed == (["m1"] if state == "passed" else [])
    async with following.read() as db:
        assert (await subscriptions.following(db, NEWS)).paused_because is None


async def test_who_dies_while_passing_on_leaves_it_to_the_next(following: Database) -> None:
    await one_more(following, 1)
    async with following.write() as db:
        [claimed] = await crossposts.claim_due(db, "discord", now=NOW, most=9)
    assert claimed.receipt == Receipt(NEWS, "m1")

    to = Passes()
    assert await passed_on(following, to, NOW + timedelta(seconds=1)) == []
    assert await passed_on(following, to, NOW + crossposts.LEASE) == ["m1"]


@pytest.mark.mostly_one_database
async def test_what_is_no_longer_news_is_not_passed_on(following: Database) -> None:
    await one_more(following, 1)

    assert await passed_on(following, Passes(), NOW + timedelta(hours=25)) == []
    assert await ended(following) == [("skipped", "it was no longer news")]


def mod(*, announces: bool = True, step: str = "Turn it on.") -> Caller:
    direct = Address("discord", "@me", "8")
    more = {"can_crosspost": announces, "step_to_crosspost": step, "may_manage": True}
    return Caller("8", NEWS, direct, **more)  # type: ignore[arg-type]  # they are of its fields


async def said(desk: Desk, command: ChannelCrosspost | ChannelStatus, caller: Caller) -> str:
    return as_text(await desk.answer(command, caller))


@pytest.mark.mostly_one_database
async def test_a_mod_switches_it_on_and_off(database: Database) -> None:
    await queue(database, channels=1, stories=0)
    desk = Desk(database, {"llms": []}, clock=lambda: NOW)

    assert "is passed on" not in await said(desk, ChannelStatus(), mod())
    assert "each post here is passed on" in await said(desk, ChannelCrosspost(), mod())
    assert "Each post is passed on" in await said(desk, ChannelStatus(), mod())
    off = await said(desk, ChannelCrosspost(wanted=False), mod())
    assert "no longer passed on" in off
    again = await said(desk, ChannelCrosspost(wanted=False), mod())
    assert "Nothing was changed" in again


@pytest.mark.mostly_one_database
@pytest.mark.parametrize(
    ("step", "says"), [("Turn it on.", "Turn it on."), ("", "no such channels on this platform")]
)
async def test_elsewhere_it_says_what_it_takes(database: Database, step: str, says: str) -> None:
    desk = Desk(database, {"llms": []}, clock=lambda: NOW)

    assert says in await said(desk, ChannelCrosspost(), mod(announces=False, step=step))
    async with database.read() as db:
        assert not await crossposts.are_chosen(db, NEWS)


async def test_the_status_tells_what_was_not_passed_on(following: Database) -> None:
    for number in range(12):
        await one_more(following, number)
    await passed_on(following, Passes())
    desk = Desk(following, {"llms": []}, clock=lambda: NOW)

    told = await said(desk, ChannelStatus(), mod())

    assert f"2 of the last day were not: {crossposts.TOO_MANY}" in told


# On the wire.


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def discord(clock: Clock) -> AsyncIterator[DiscordStandIn]:
    limits = Limits(requests_per_second=None, messages_per_channel=None)
    async with DiscordStandIn(clock=clock, limits=limits) as stand_in:
        yield stand_in


@pytest.fixture
async def poster(discord: DiscordStandIn) -> AsyncIterator[DiscordPoster]:
    async with DiscordPoster(
        discord.token, api_url=discord.api_url, requests_per_second=0
    ) as posting:
        yield posting


def open_news(discord: DiscordStandIn, kind: int = ANNOUNCEMENTS) -> tuple[Channel, Address]:
    channel = discord.add_channel(discord.add_guild("Acme"), "ai-news", kind=kind)
    return channel, Address("discord", channel.guild_id, channel.id)


async def queued_at(database: Database, address: Address) -> None:
    async with database.write() as db:
        await subscriptions.follow(db, address, ["llms"], by="ada", now=NOW)
        await crossposts.choose(db, address, wanted=True)


async def delivered(database: Database, poster: DiscordPoster) -> None:
    await DeliveryWorker(database, poster, "discord", clock=lambda: NOW).post_due()
    await PassingOn(database, {"discord": poster}, clock=lambda: NOW).pass_due()


@pytest.mark.mostly_one_database
async def test_discord_publishes_the_post_after_it_stands(
    database: Database, discord: DiscordStandIn, poster: DiscordPoster
) -> None:
    news, address = open_news(discord)
    await queued_at(database, address)
    await add_story(database, 1)

    await delivered(database, poster)

    [message] = discord.messages(news)
    assert message.data["flags"] & _FLAG
    lines = [f"{it.method} {it.path.rpartition('/')[2]}" for it in discord.requests]
    assert lines == ["POST messages", "POST crosspost"]


@pytest.mark.mostly_one_database
async def test_what_discord_published_already_is_done(
    database: Database, discord: DiscordStandIn, poster: DiscordPoster
) -> None:
    news, address = open_news(discord)
    await queued_at(database, address)
    await add_story(database, 1)
    discord.drop_next("POST /channels/*/crosspost", after_commit=True)

    await delivered(database, poster)
    assert [it for it, _ in await ended(database)] == ["waiting"]
    later = NOW + timedelta(minutes=1)
    await PassingOn(database, {"discord": poster}, clock=lambda: later).pass_due()

    assert await ended(database) == [("passed", None)]
    assert len(discord.messages(news)) == 1
    assert [it.status for it in discord.requested("POST /channels/*/crosspost")] == [0, 400]


async def test_discord_takes_ten_an_hour_and_posts_go_on(
    discord: DiscordStandIn, poster: DiscordPoster
) -> None:
    news, address = open_news(discord)
    receipts = [
        await poster.post(address, message, key=f"k{n}") for n, message in enumerate([HELLO] * 12)
    ]
    for receipt in receipts[:10]:
        await poster.pass_on(receipt)

    with pytest.raises(TryLater) as late:
        await poster.pass_on(receipts[10])
    assert late.value.after
    assert late.value.after > timedelta(minutes=59)
    await poster.post(address, HELLO, key="one more")

    assert len(discord.messages(news)) == 13
    assert sum(it.data["flags"] & _FLAG for it in discord.messages(news)) == 10


@pytest.mark.parametrize(("kind", "code"), [(0, "50024"), (5, "10008")])
async def test_what_discord_never_passes_on_is_an_error_of_its_kind(
    discord: DiscordStandIn, poster: DiscordPoster, kind: int, code: str
) -> None:
    news, address = open_news(discord, kind)
    receipt = await poster.post(address, HELLO, key="k")
    if kind:
        discord.world.delete(discord.messages(news)[0])

    with pytest.raises((Refused, Unreachable), match=code):
        await poster.pass_on(receipt)

"""People hear of closed channels where they want to, once."""

from datetime import timedelta

import pytest

from core import pauses, subscriptions, workspaces
from core.db import Database
from core.messages import as_text
from core.notices import Notices
from core.posting import (
    Address,
    PlatformClosed,
    PostError,
    Refused,
    TryLater,
    Unknown,
    Unreachable,
)
from tests.conftest import NOW
from tests.fakes import FakePoster

pytestmark = pytest.mark.mostly_one_database

TOLD_IN = Address("discord", "1", "5")
NEWS = Address("discord", "1", "10")
OTHER = Address("discord", "1", "11")
ELSEWHERE = Address("discord", "2", "20")
DIRECT = Address("slack", "1", "U7")
BECAUSE = "the bot may not post in the channel"


async def close(database: Database, *channels: Address, by: str = "ada") -> None:
    async with database.write() as db:
        for channel in channels:
            await subscriptions.follow(db, channel, ["llms"], by=by, now=NOW)
            number = await subscriptions.saved(db, channel)
            await pauses.pause(db, number, BECAUSE, now=NOW)


async def choose(database: Database, channel: Address) -> None:
    async with database.write() as db:
        await workspaces.choose_log(db, channel)


async def untold(database: Database) -> list[Address]:
    async with database.read() as db:
        return [closed.address for closed in await pauses.untold_channels(db, "discord")]


async def test_p1_closed_channels_are_told_once_in_one_message(database: Database) -> None:
    poster = FakePoster()
    notices = Notices(database, {"discord": poster}, clock=lambda: NOW)
    await choose(database, TOLD_IN)
    await close(database, NEWS, OTHER)

    for _ in range(2):
        await notices.post_due()

    [(address, message, key)] = poster.posts
    assert address == TOLD_IN
    assert key.startswith("notice.")
    assert as_text(message).splitlines() == [
        "I can no longer post in 2 channels:",
        f"#10 · {BECAUSE} · 22 Jun 2026",
        f"#11 · {BECAUSE} · 22 Jun 2026",
        "What they follow is kept, and new stories wait for 24 hours.",
        "When that is mended, use the command channel resume there.",
    ]
    assert await untold(database) == []


async def test_where_no_channel_was_chosen_nothing_is_posted(database: Database) -> None:
    poster = FakePoster()
    await choose(database, TOLD_IN)
    await close(database, ELSEWHERE)

    await Notices(database, {"discord": poster}).post_due()

    assert poster.keys == []
    assert await untold(database) == [ELSEWHERE]


async def test_nobody_else_hears_of_closed_direct_messages(database: Database) -> None:
    poster = FakePoster()
    await choose(database, Address("slack", "1", "C5"))
    await close(database, DIRECT, by="U7")

    await Notices(database, {"slack": poster}).post_due()

    assert poster.keys == []


@pytest.mark.parametrize(
    ("error", "attempts"),
    [(TryLater("busy"), 2), (Unknown("the connection broke"), 1), (Refused("a filter"), 1)],
)
async def test_a_notice_is_tried_again_only_if_it_certainly_was_not_posted(
    database: Database, error: PostError, attempts: int
) -> None:
    poster = FakePoster(error)
    notices = Notices(database, {"discord": poster})
    await choose(database, TOLD_IN)
    await close(database, NEWS)

    for _ in range(3):
        await notices.post_due()

    assert len(poster.keys) == attempts
    assert await untold(database) == []


async def test_a_chosen_channel_that_is_closed_itself_is_asked_once(database: Database) -> None:
    poster = FakePoster(Unreachable(BECAUSE))
    notices = Notices(database, {"discord": poster}, clock=lambda: NOW)
    await choose(database, TOLD_IN)
    await close(database, NEWS)

    for _ in range(2):
        await notices.post_due()

    assert len(poster.keys) == 1
    assert await untold(database) == [NEWS]


async def test_a_chosen_channel_that_opens_again_is_told(database: Database) -> None:
    poster = FakePoster(Unreachable(BECAUSE))
    notices = Notices(database, {"discord": poster}, clock=lambda: NOW)
    await choose(database, TOLD_IN)
    await close(database, NEWS)
    await notices.post_due()

    await pauses.Pauses(database).channel_opened("discord", "1", TOLD_IN.channel)
    await notices.post_due()

    assert [address for address, _, _ in poster.posts] == [TOLD_IN]


async def test_a_platform_that_refuses_the_bot_is_asked_no_more(database: Database) -> None:
    poster = FakePoster(PlatformClosed("the token is not valid"))
    notices = Notices(database, {"discord": poster})
    await choose(database, TOLD_IN)
    await close(database, NEWS)

    for _ in range(2):
        await notices.post_due()

    assert len(poster.keys) == 1
    assert await untold(database) == [NEWS]


async def test_p5_nobody_is_told_of_an_outage(database: Database) -> None:
    poster = FakePoster()
    await choose(database, TOLD_IN)
    async with database.write() as db:
        await subscriptions.follow(db, NEWS, ["llms"], by="ada", now=NOW)

    await pauses.Pauses(database, clock=lambda: NOW).workspace_away("discord", "1")
    await Notices(database, {"discord": poster}, clock=lambda: NOW + timedelta(days=2)).post_due()

    assert poster.keys == []

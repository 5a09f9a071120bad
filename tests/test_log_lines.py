"""The log channel hears who changed what, a line for each change, once."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import history, jobs, log_lines, pauses, subscriptions, workspaces
from core.db import Database
from core.messages import as_text
from core.notices import Notices
from core.posting import (
    Address,
    PostError,
    Receipt,
    Refused,
    TryLater,
    Unknown,
    Unreachable,
    Unsearchable,
)
from core.tables import addresses
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.test_desk import ADA, Conversation, buttons

pytestmark = pytest.mark.mostly_one_database

LOG = Address("discord", "1", "99")
IN_LOG = replace(ADA, here=LOG, is_admin=True)
BOSS = replace(ADA, is_admin=True)


@pytest.fixture
async def talk(database: Database) -> Conversation:
    """Give a conversation with the desk."""
    return Conversation(database)


async def told(talk: Conversation, poster: FakePoster) -> list[list[str]]:
    """Post what is due, and return the lines of each message in the log channel."""
    poster.posts.clear()
    await Notices(talk.database, {"discord": poster}, clock=lambda: talk.now).post_due()
    lines = [as_text(message).splitlines() for at, message, _ in poster.posts if at == LOG]
    elsewhere = [as_text(message) for at, message, _ in poster.posts if at != LOG]
    assert all(said.startswith("Set up by ") for said in elsewhere)
    return lines


async def test_changes_since_the_log_was_chosen_are_told_a_line_each_once(
    talk: Conversation,
) -> None:
    poster = FakePoster()
    await talk.type("channel follow openai", ADA)
    await talk.type("channel log", IN_LOG)
    await talk.type("channel follow llms heat:40", ADA)
    await talk.type("channel zone Europe/Berlin", replace(ADA, person="9", name="max"))

    assert await told(talk, poster) == [
        [
            "Changed by @8",
            "#99 · log lines here: on instead of off",
            "#10 · #llms added (heat 40 or more)",
            "Changed by @max:",
            "#10 · time zone Europe/Berlin instead of UTC",
        ]
    ]
    assert await told(talk, poster) == []


async def test_without_a_log_channel_nothing_is_told(talk: Conversation) -> None:
    poster = FakePoster()
    await talk.type("channel log", IN_LOG)
    await talk.type("channel log off", IN_LOG)
    await talk.type("channel follow llms", ADA)

    assert await told(talk, poster) == []


async def test_who_is_no_admin_does_not_choose_the_log(talk: Conversation) -> None:
    said = await talk.says("channel log", replace(IN_LOG, is_admin=False))

    assert "admin" in said
    await talk.type("channel follow llms", ADA)
    assert await told(talk, FakePoster()) == []


async def test_closed_channels_are_told_there_too(talk: Conversation) -> None:
    poster = FakePoster()
    await talk.type("channel log", IN_LOG)
    await talk.type("channel follow llms", ADA)
    await told(talk, poster)
    async with talk.database.write() as db:
        number = await subscriptions.saved(db, ADA.here)
        await pauses.pause(db, number, "the channel is gone", now=NOW)

    [lines] = await told(talk, poster)

    assert lines[:2] == [
        "I can no longer post in a channel:",
        "#10 · the channel is gone · 22 Jun 2026",
    ]


STANDS = Receipt(LOG, "m1")


@pytest.mark.parametrize(
    ("error", "found", "again"),
    [
        (TryLater("busy"), None, 1),
        (Unreachable("the channel is gone"), None, 0),
        (Unknown("no answer"), STANDS, 0),
        (Unknown("no answer"), None, 1),
        (Unknown("no answer"), Unsearchable("no right to read"), 0),
        (Refused("no"), None, 0),
    ],
)
async def test_lines_are_told_again_only_if_they_surely_do_not_stand(
    talk: Conversation, error: PostError, found: Receipt | PostError | None, again: int
) -> None:
    await talk.type("channel log", IN_LOG)
    first = FakePoster(error)
    await told(talk, first)
    talk.now += timedelta(minutes=2)
    poster = FakePoster()
    poster.finds = [found]

    assert len(await told(talk, poster)) == again
    assert poster.keys in ([], first.keys)


async def test_what_waits_is_told_in_no_channel_that_is_the_log_no_more(
    talk: Conversation,
) -> None:
    await talk.type("channel log", IN_LOG)
    assert await told(talk, FakePoster(TryLater("busy"))) == []
    there = replace(IN_LOG, here=ADA.here)
    await talk.type("channel log", there)
    talk.now += timedelta(minutes=2)

    poster = FakePoster()
    notices = Notices(talk.database, {"discord": poster}, clock=lambda: talk.now)
    for _ in range(2):
        await notices.post_due()

    assert {address for address, _, _ in poster.posts} == {ADA.here}
    lines = [it for _, message, _ in poster.posts for it in as_text(message).splitlines()]
    assert sorted(it for it in lines if it.startswith("#")) == [
        "#10 · log lines here: on instead of off",
        "#99 · log lines here: on instead of off",
    ]


async def test_what_could_not_be_told_for_a_day_is_told_no_more(talk: Conversation) -> None:
    await talk.type("channel log", IN_LOG)
    talk.now += timedelta(hours=24)

    assert await told(talk, FakePoster()) == []
    await jobs.tidying(talk.database, ["discord"], clock=lambda: talk.now).do()
    async with talk.database.read() as db:
        assert await log_lines.untold(db, "discord", now=NOW) == []


async def test_of_one_cause_there_is_one_line_a_day(database: Database) -> None:
    async def add(hours: int, cause: str = "a cause") -> bool:
        now = NOW + timedelta(hours=hours)
        async with database.write() as db:
            return await log_lines.add(db, ("discord", "1"), cause, {}, now=now)

    assert not await add(0)
    async with database.write() as db:
        await workspaces.choose_log(db, LOG)

    assert [await add(hours) for hours in (1, 2, 24, 25)] == [True, False, False, True]
    assert await add(25, "another cause")


async def test_a_line_stands_or_falls_with_what_it_tells(talk: Conversation) -> None:
    await talk.type("channel log", IN_LOG)
    await told(talk, FakePoster())

    with pytest.raises(RuntimeError):
        async with talk.database.write() as db:
            async with history.noted(db, ADA.here, by="8", now=NOW):
                await subscriptions.set_zone(db, ADA.here, "Europe/Berlin", now=NOW)
            raise RuntimeError

    assert await told(talk, FakePoster()) == []


async def test_the_channel_that_was_the_log_before_has_that_in_its_history(
    talk: Conversation,
) -> None:
    await talk.type("channel log", IN_LOG)
    await talk.type("channel log", BOSS)

    before = await talk.type("channel history", IN_LOG)
    assert "log lines here: off instead of on" in as_text(before)
    await talk.type(buttons(before)["Undo"], IN_LOG)
    assert "log lines here: on instead of off" in await talk.says("channel history", IN_LOG)


# What nobody did.


async def closed_and_told(talk: Conversation, poster: FakePoster) -> None:
    """Let a channel be closed, and that be told."""
    await talk.type("channel log", IN_LOG)
    await talk.type("channel follow llms", ADA)
    async with talk.database.write() as db:
        number = await subscriptions.saved(db, ADA.here)
        await pauses.pause(db, number, "the channel is gone", now=talk.now)
    await told(talk, poster)


async def test_a_closed_channel_that_opens_by_itself_is_told_once_a_day(
    talk: Conversation,
) -> None:
    poster = FakePoster()
    await closed_and_told(talk, poster)
    listening = pauses.Pauses(talk.database, clock=lambda: talk.now)
    for _ in range(2):
        await listening.channel_opened("discord", "1", ADA.here.channel)
        await listening.channel_closed("discord", "1", ADA.here.channel, "the channel is gone")
    await listening.channel_opened("discord", "1", ADA.here.channel)

    assert await told(talk, poster) == [["#10 · open to me again: posts go on"]]
    assert await told(talk, poster) == []


async def test_a_channel_that_a_probe_finds_open_is_told(talk: Conversation) -> None:
    poster = FakePoster()
    await closed_and_told(talk, poster)
    async with talk.database.write() as db:
        number = await subscriptions.saved(db, ADA.here)
        await db.execute(sa.update(addresses).values(probes=1))
        assert await pauses.proved_open(db, [number], now=talk.now) == [number]

    assert await told(talk, poster) == [["#10 · open to me again: posts go on"]]


async def test_a_pause_that_ends_by_itself_is_told_as_its_begin_was(talk: Conversation) -> None:
    poster = FakePoster()
    await talk.type("channel log", IN_LOG)
    await talk.type("channel follow llms", ADA)
    await told(talk, poster)

    await talk.type("channel pause 8h", ADA)
    [began] = await told(talk, poster)
    talk.now += timedelta(hours=9)
    await jobs.tidying(talk.database, ["discord"], clock=lambda: talk.now).do()

    assert began[0] == "Changed by @8"
    assert began[1].startswith("#10 · paused until ")
    assert await told(talk, poster) == [["#10 · the pause is over: posts go on"]]


async def test_a_pause_that_a_mod_ends_is_told_as_a_change_alone(talk: Conversation) -> None:
    poster = FakePoster()
    await talk.type("channel log", IN_LOG)
    await talk.type("channel follow llms", ADA)
    await talk.type("channel pause 1h", ADA)
    await told(talk, poster)

    await talk.type("channel resume", ADA)

    assert await told(talk, poster) == [["Changed by @8", "#10 · resumed"]]


@pytest.mark.parametrize(("minutes", "lines"), [(9, 0), (10, 1)])
async def test_p5_a_long_outage_is_told_when_it_is_over(
    talk: Conversation, minutes: int, lines: int
) -> None:
    poster = FakePoster()
    await talk.type("channel log", IN_LOG)
    await talk.type("channel follow llms", ADA)
    await told(talk, poster)
    listening = pauses.Pauses(talk.database, clock=lambda: talk.now)
    await listening.workspace_away("discord", "1")
    talk.now += timedelta(minutes=minutes)
    assert await told(talk, poster) == []

    for _ in range(2):
        await listening.workspace_joined("discord", "1")

    found = await told(talk, poster)
    assert len(found) == lines
    assert all("The platform had an outage here" in it[0] for it in found)

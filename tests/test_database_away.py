"""The database is away in the middle of a run: people are told, and nothing of the bot ends."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bots.app import App
from bots.discord.notes import NotesAway
from bots.platforms import DatabaseNotes
from bots.sandbox.discord import DiscordStandIn
from bots.slack.bot import SlackBot
from core import subscriptions
from core.commands import Caller, Subscribe
from core.db import Database
from core.delivery import DeliveryWorker
from core.desk import Desk
from core.intake import Intake
from core.jobs import Job
from core.messages import as_text
from core.pauses import Pauses
from core.posting import Address
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.gatewaybot import LastingNotes, quiet_bot
from tests.queued import queue, states
from tests.reachability import FakeReachability
from tests.test_slack_bot import running, workplace

ADA = Address("discord", "@direct", "ada")
PATIENCE = 20


class Away(Database):
    """A database that is away for so many transactions, after those that it still gives."""

    def __init__(self, database: Database, *, gives: int = 0, away: int = 1_000) -> None:
        super().__init__(database._writer, database._reader)
        self._gives, self._away = gives, away
        self.was_away = 0

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction that may write, or be away."""
        self._count()
        async with super().write() as db:
            yield db

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction that only reads, or be away."""
        self._count()
        async with super().read() as db:
            yield db

    def _count(self) -> None:
        if self._gives:
            self._gives -= 1
        elif self._away:
            self._away -= 1
            self.was_away += 1
            why = OSError("the server closed the connection")
            raise why if self._away % 2 else sa.exc.OperationalError("SELECT 1", {}, why)


class Switched(Database):
    """A database that is away from when it is switched off until its loss was told."""

    def __init__(self, database: Database) -> None:
        super().__init__(database._writer, database._reader)
        self.is_away = False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction that may write, or be away."""
        if self.is_away:
            raise OSError("the server closed the connection")
        async with super().write() as db:
            yield db


async def test_d7_a_worker_that_stops_writes_down_what_it_could_not_before(
    database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue(database, channels=3, stories=1)
    poster, stopping, away = FakePoster(), asyncio.Event(), Switched(database)
    poster.may_post.clear()
    worker = DeliveryWorker(away, poster, "discord", clock=lambda: NOW)
    log = logging.getLogger("core.delivery")

    def back_when_told(record: logging.LogRecord) -> bool:
        away.is_away &= not record.msg.startswith("could not reach the database")
        return True

    monkeypatch.setattr(log, "filters", [back_when_told])
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(worker.run(stopping))
        await poster.in_flight.wait()
        away.is_away = True
        poster.may_post.set()
        stopping.set()

    assert "could not reach the database" in caplog.text
    assert len(poster.posts) == 3
    assert await states(database) == ["posted"] * 3


@pytest.mark.parametrize("kind", ["recall", "remember"])
async def test_d7_notes_that_cannot_be_reached_say_so_in_the_bots_own_words(
    database: Database, kind: str
) -> None:
    notes = DatabaseNotes(Away(database))

    for _ in range(2):
        with pytest.raises(NotesAway, match="closed the connection"):
            await (notes.recall("a") if kind == "recall" else notes.remember("a", "b"))


@pytest.mark.parametrize("gives", [3, 4], ids=["forecast", "closures"])
async def test_d7_a_command_that_was_done_is_answered_though_what_follows_fails(
    database: Database, caplog: pytest.LogCaptureFixture, gives: int
) -> None:
    desk = Desk(Away(database, gives=gives), {"llms": ()}, clock=lambda: NOW)

    answer = await desk.answer(Subscribe(("llms",)), Caller("ada", here=ADA, direct=ADA))

    async with database.read() as db:
        assert (await subscriptions.following(db, ADA)).topics == ("llms",)
    assert "You now follow #llms" in as_text(answer)
    assert "could not look for closed channels" in caplog.text


async def test_d7_a_person_is_told_that_nothing_was_changed_and_the_bot_goes_on(
    database: Database,
) -> None:
    async with workplace() as work:
        desk = Desk(Away(database, away=2), {"llms": ()}, clock=lambda: NOW)
        reachability = Pauses(Away(database, away=2))
        bot = SlackBot(
            *(work.client, work.slack.app_token, desk),
            reachability=reachability,
            first_wait=0.001,
        )
        async with running(bot):
            asked = (work.mia, work.channel, "/themata", "subscribe llms")
            answers = [await work.slack.type_command(*asked) for _ in range(3)]

    first, second, third = ([str(message) for message in answer.messages] for answer in answers)
    assert "Nothing was changed" in "".join(first)
    assert "Nothing was changed" in "".join(second)
    assert "You now follow #llms" in "".join(third)


class AwayNotes(LastingNotes):
    """Notes that are away for so many calls."""

    away = 3

    async def recall(self, name: str) -> str | None:
        """Be away, or return what was remembered."""
        if self.away:
            self.away -= 1
            raise NotesAway("the server closed the connection")
        return await super().recall(name)


async def test_d7_the_bot_on_discord_waits_for_its_notes_and_then_connects(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bots.discord.bot._FIRST_WAIT", 0.01)
    notes = AwayNotes()
    async with DiscordStandIn() as discord, asyncio.timeout(PATIENCE):
        bot = quiet_bot(discord, notes, FakeReachability())
        run = asyncio.ensure_future(bot.run())
        await bot.ready()
        await bot.close()
        await run

    assert notes.away == 0
    assert caplog.text.count("could not reach the notes, in which logins are counted") == 3


async def test_d7_what_was_left_to_queue_is_queued_when_the_database_is_back(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bots.app._AGAIN", timedelta())
    away, stopping, began = Away(database, away=3), asyncio.Event(), asyncio.Event()

    async def begin() -> None:
        began.set()

    job = Job("begin", timedelta(hours=1), begin)
    app = App(database, [], {}, Intake(away), [job])
    async with asyncio.timeout(PATIENCE):
        run = asyncio.create_task(app.run(stopping))
        await began.wait()
        stopping.set()
        assert await run

    assert away.was_away == 3
    assert caplog.text.count("could not queue what was left, will try again") == 3

"""What is stored about a person is told, given and deleted; deleted means gone from the file."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bots.logs import set_up_log
from bots.records import export_user, export_workspace, purge_user, purge_workspace
from core import history, jobs, notes, people, portable, subscriptions, traces, workspaces
from core.commands import Caller
from core.config import LogSettings
from core.db import Database, open_database
from core.messages import Document
from core.people import Stored
from core.posting import Address, beside
from core.tables import addresses, deliveries, metadata, rules, splits
from tests.arranged import arranged
from tests.conftest import NOW
from tests.program import log_as_before
from tests.queued import add_story
from tests.test_desk import ADA, Conversation, buttons

ID = "118730126411829990"
"""The person who wants to be forgotten."""
GUILDS = ("118730126411821001", "118730126411821002", "118730126411821003")
HOME = Address("discord", "@me", ID)


def caller(guild: str) -> Caller:
    return Caller(ID, Address("discord", guild, f"{guild}7"), HOME, may_manage=True, is_admin=True)


@pytest.fixture
async def talk(database: Database) -> Conversation:
    """Give a conversation with the desk."""
    return Conversation(database)


@pytest.fixture
async def lived(talk: Conversation) -> Conversation:
    """Give a conversation with the desk of a bot that the person has used."""
    await arranged(talk.database, live)
    return talk


async def live(database: Database) -> None:
    """Let the person follow, set up and tell apart in three workspaces, and get articles."""
    talk = Conversation(database)
    for guild in GUILDS:
        me = caller(guild)
        await talk.type("channel follow llms", me)
        await talk.type(f"channel follow openai mention:{ID}", me)
        await talk.type("subscribe llms here", me)
        await talk.type("channel log", me)
    me = caller(GUILDS[0])
    await talk.type("subscribe llms", me)
    await talk.type("zone Europe/Berlin", me)
    for number in range(3):
        await add_story(talk.database, number)
    async with talk.database.write() as db:
        number = await subscriptions.saved(db, me.here)
        told = {"address_id": number, "article_id": 1, "other_id": 2, "set_by": ID, "set_at": NOW}
        await db.execute(sa.insert(splits).values(told))


async def everything(database: Database) -> str:
    """Return every value that is stored, as text."""
    async with database.read() as db:
        rows = [(await db.execute(sa.select(table))).all() for table in metadata.sorted_tables]
    return str(rows)


async def test_a_person_hears_what_is_stored_with_counts(lived: Conversation) -> None:
    said = (await lived.says("privacy", caller(GUILDS[0]))).splitlines()

    assert said[:5] == [
        "What I store about you, under your id on this platform:",
        "• 1 topic that you follow by direct message",
        "• 3 topics that you follow beside 3 channels",
        "• 3 articles sent to you, or to be sent",
        "• 16 settings of channels, as made by you",
    ]


@pytest.mark.mostly_one_database
async def test_who_stored_nothing_hears_that(talk: Conversation) -> None:
    for words in ("privacy", "privacy delete", "privacy delete yes"):
        assert (await talk.says(words)).startswith("I store nothing about you.")


@pytest.mark.mostly_one_database
async def test_all_of_it_is_exported_as_a_file(lived: Conversation) -> None:
    answer = await lived.type("privacy export", replace(caller(GUILDS[0]), shows_pictures=True))

    [document] = [part for part in answer.parts if isinstance(part, Document)]
    said = json.loads(document.content)
    assert document.name == "my-data.json"
    assert said["person"] == ID
    assert said["follows"][-1] == {
        "where": "direct",
        "zone": "Europe/Berlin",
        "rules": [{"topics": ["llms"]}],
    }
    assert len(said["follows"]) == 4
    assert len(said["articles"]) == 3
    assert len(said["changes"]) == 9
    assert {it["workspace"] for it in said["set_for_channels"]} == set(GUILDS)


@pytest.mark.mostly_one_database
async def test_where_no_file_can_be_sent_it_is_text_that_fits_or_how_to_get_it(
    talk: Conversation,
) -> None:
    here = replace(ADA, here=replace(ADA.here, platform="slack"))
    ada = replace(here, direct=Address("slack", "1", "8"))
    await talk.type("subscribe llms", ada)
    short = await talk.type("privacy export", ada)
    for number in range(30):
        await add_story(talk.database, number)

    long = await talk.says("privacy export", ada)

    assert any(isinstance(part, Document) for part in short.parts)
    assert "themata export --user slack/8" in long


@pytest.mark.mostly_one_database
async def test_deleting_asks_first_and_says_what_will_go(lived: Conversation) -> None:
    me = caller(GUILDS[0])

    asked = await lived.type("privacy delete", me)
    assert ID in await everything(lived.database)

    assert buttons(asked) == {"Delete it": "privacy delete yes"}
    assert (await lived.says(buttons(asked)["Delete it"], me)).startswith("Deleted:\n• 1 topic")
    assert ID not in await everything(lived.database)


async def test_what_belongs_to_channels_stays_without_its_maker(lived: Conversation) -> None:
    me = caller(GUILDS[0])
    before = [await lived.follows(caller(guild).here) for guild in GUILDS]

    await lived.type("privacy delete yes", me)

    assert [await lived.follows(caller(guild).here) for guild in GUILDS] == before
    async with lived.database.read() as db:
        assert len(await history.latest(db, me.here)) == 3
        assert await people.stored(db, people.person_of(HOME)) == Stored()
        # What went to the channels stays noted: else it would be posted again.
        assert await db.scalar(sa.select(sa.func.count()).select_from(deliveries)) == 9


async def test_only_the_person_of_this_workspace_is_forgotten(talk: Conversation) -> None:
    here = Address("slack", "T1", "U7")
    there = Address("slack", "T2", "U7")
    async with talk.database.write() as db:
        for direct in (here, there):
            await subscriptions.follow(db, direct, ["llms"], by="U7", now=NOW)
            channel = replace(direct, channel="C1")
            await subscriptions.follow(db, channel, ["llms"], by="U7", now=NOW)
            await subscriptions.follow(db, beside(channel, "U7"), ["llms"], by="U7", now=NOW)

    await people.forget(talk.database, people.person_of(here), now=NOW)

    async with talk.database.read() as db:
        left = sa.select(addresses.c.workspace, addresses.c.channel, addresses.c.thread)
        assert set((await db.execute(left)).all()) == {
            ("T1", "C1", ""),
            ("T2", "C1", ""),
            ("T2", "C1", "@U7"),
            ("T2", "U7", ""),
        }
        by = sa.select(sa.func.count()).where(rules.c.set_by == "U7")
        assert await db.scalar(by) == 3


def times(files: list[Path]) -> list[int]:
    """Return how often the person's id stands in each of these files."""
    return [file.read_bytes().count(ID.encode()) for file in files]


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[Conversation]:
    async with open_database(address) as database:
        yield Conversation(database)


async def test_after_privacy_delete_the_id_is_nowhere_in_file_log_or_exports(
    database_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"sqlite:///{database_file}"
    files = [database_file, Path(f"{database_file}-wal")]
    with log_as_before():
        set_up_log(LogSettings(level="debug"), [])
        async with opened(address) as talk:
            await arranged(talk.database, live)
            logging.getLogger("core").warning("dropped a post to %s", HOME)
            logging.getLogger("core").warning("paused %s", beside(caller(GUILDS[0]).here, ID))
            stood = times(files)

            await talk.type("privacy delete yes", caller(GUILDS[0]))
            assert await traces.remove_if_due(talk.database, is_quiet=True, now=NOW)

            # While it is open: closing it would remove the log.
            assert times(files) == [0, 0]
            async with talk.database.read() as db:
                exports = [await portable.exported(db, "discord", guild) for guild in GUILDS]
        logged = capsys.readouterr().err
    assert sum(stood) > 0
    assert ID not in "".join(exports)
    assert "person-" in logged
    assert ID not in logged


async def test_what_is_left_is_removed_once_an_hour_at_most(database: Database) -> None:
    async def delete_and_look(minutes: int) -> bool:
        now = NOW + timedelta(minutes=minutes)
        async with database.write() as db:
            await traces.leave(db, now=now)
        return await traces.remove_if_due(database, is_quiet=True, now=now)

    assert not await traces.remove_if_due(database, is_quiet=True, now=NOW)
    assert [await delete_and_look(it) for it in (0, 10, 59, 60, 61)] == [
        True,
        False,
        False,
        True,
        False,
    ]


@pytest.mark.mostly_one_database
async def test_while_posts_are_due_what_is_left_waits_for_an_hour_at_most(
    lived: Conversation,
) -> None:
    await lived.type("privacy delete yes", caller(GUILDS[0]))
    quiet = Conversation(lived.database)
    removed = []

    for minutes in (0, 59, 60):
        quiet.now = NOW + timedelta(minutes=minutes)
        await jobs.removing_traces(lived.database, clock=lambda: quiet.now).do()
        async with lived.database.read() as db:
            removed.append(await notes.recall(db, "traces left") is None)

    assert removed == [False, False, True]


async def test_who_runs_the_bot_purges_a_person_and_proves_it(database_file: Path) -> None:
    address = f"sqlite:///{database_file}"
    async with opened(address) as talk:
        await arranged(talk.database, live)
    assert ID in await export_user(address, f"discord/{ID}", now=NOW)

    told = await purge_user(address, ID, prove=True, now=NOW)

    assert told[0] == (
        "discord: deleted 4 topics, 3 articles; 16 settings of channels stay, without their maker"
    )
    assert [line.split(" in ")[0] for line in told[1:]] == [f"0 times {ID}"] * 3
    assert await purge_user(address, ID, prove=False, now=NOW) == ["nothing was stored about them"]


@pytest.mark.mostly_one_database
async def test_an_admin_has_all_of_a_workspace_deleted_and_nothing_else(
    lived: Conversation,
) -> None:
    me = caller(GUILDS[0])
    asked = await lived.type("privacy server delete", me)

    said = await lived.says(buttons(asked)["Delete it all"], me)

    assert said.startswith("Deleted:\n• The settings of 1 channel\n• 1 list of what members")
    left = await everything(lived.database)
    assert GUILDS[0] not in left
    assert all(guild in left for guild in GUILDS[1:])


@pytest.mark.mostly_one_database
async def test_who_is_no_admin_does_not_delete_a_workspace(lived: Conversation) -> None:
    before = await everything(lived.database)

    for words in ("privacy server", "privacy server delete yes", "privacy server export"):
        said = await lived.says(words, replace(caller(GUILDS[0]), is_admin=False))
        assert "admin" in said

    assert await everything(lived.database) == before


async def test_the_purge_of_a_workspace_proves_itself(database_file: Path) -> None:
    address = f"sqlite:///{database_file}"
    async with opened(address) as talk:
        await arranged(talk.database, live)

    told = await purge_workspace(address, f"discord/{GUILDS[1]}", prove=True, now=NOW)

    assert told[0].startswith("deleted the settings of 1 channels")
    assert [line.split(" in ")[0] for line in told[1:]] == [f"0 times {GUILDS[1]}"] * 3
    assert GUILDS[1] not in await export_workspace(address, f"discord/{GUILDS[2]}")


async def test_a_workspace_that_is_left_goes_with_all_its_tables(lived: Conversation) -> None:
    async with lived.database.write() as db:
        await workspaces.leave(db, "discord", GUILDS[0], now=NOW)
        theirs = sa.update(addresses).where(addresses.c.workspace == GUILDS[0])
        await db.execute(theirs.values(pause_kind="left"))

    assert await workspaces.purge(lived.database, left_before=NOW, now=NOW) == 1

    assert GUILDS[0] not in await everything(lived.database)

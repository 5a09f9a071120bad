"""The settings of a workspace are one file: what is read from it is what was written."""

import tomllib
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bots.records import Refused, export_workspace, import_file, undo_import
from core import history, portable, subscriptions
from core import settings as set_up
from core.db import Database, open_database
from core.messages import Document
from core.portable import BadFile, Portable
from core.posting import Address, beside
from core.rules import Terms
from core.settings import Settings
from core.tables import metadata
from tests.conftest import EXAMPLES, NOW
from tests.drawn_settings import channel_settings
from tests.test_desk import ADA, Conversation

CHANNELS = st.dictionaries(
    st.sampled_from(("10", "11", "12", "C0AB")), channel_settings(), min_size=1, max_size=3
)
SECOND = Address("discord", "1", "11")
WRITTEN = """\
platform = "discord"
workspace = "1"

[[channels]]
channel = "10"
zone = "Europe/Berlin"
managers = "anyone"

[[channels.rules]]
topics = [
    "everything",
]
heat = 80

[[channels.rules]]
topics = [
    "agents+meta",
    "llms",
]
when = "daily 08:00"

[[channels]]
channel = "11"
crosspost = true
"""
MISTAKEN = """\
platform = "discord"
workspace = "1"
colour = "red"

[[channels]]
channel = "10"
zone = "Berln"

[[channels.rules]]
topics = ["llms"]

[[channels.rules]]
topics = ["openai", "a+b+c+d"]
heat = "hot"

[[channels]]
zone = "UTC"

[[channels.rules]]
topics = ["llms"]
quiet = "22:00"
"""


def one_log(channels: dict[str, Settings]) -> bool:
    return sum(it.log for it in channels.values()) <= 1


@pytest.fixture
async def talk(database: Database) -> Conversation:
    """Give a conversation with the desk."""
    return Conversation(database)


async def empty(database: Database) -> None:
    async with database.write() as db:
        for table in reversed(metadata.sorted_tables):
            await db.execute(sa.delete(table))


async def put(database: Database, written: str) -> list[Address]:
    async with database.write() as db:
        return await portable.put(db, portable.read(written), now=NOW)


async def exported(database: Database) -> str:
    async with database.read() as db:
        return await portable.exported(db, "discord", "1")


@pytest.mark.drawn
@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(CHANNELS.filter(one_log))
def test_what_is_written_is_read_as_it_was(channels: dict[str, Settings]) -> None:
    drawn = Portable("slack", "T1", channels)

    assert portable.read(portable.write(drawn)) == drawn


@pytest.mark.drawn
@pytest.mark.mostly_one_database
@settings(
    max_examples=EXAMPLES // 4,  # each is written, read and written again
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(CHANNELS.filter(one_log))
async def test_an_export_that_is_imported_is_exported_as_it_was(
    database: Database, channels: dict[str, Settings]
) -> None:
    await empty(database)
    await put(database, portable.write(Portable("discord", "1", channels)))
    first = await exported(database)
    set_so = {name: it for name, it in channels.items() if it != Settings()}
    assert portable.read(first).channels == set_so

    await empty(database)
    await put(database, first)

    assert await exported(database) == first


async def test_an_export_is_plain_toml_with_the_words_that_are_typed(
    database: Database,
) -> None:
    await put(database, WRITTEN)

    assert await exported(database) == WRITTEN


async def test_what_members_follow_is_in_no_export(database: Database) -> None:
    direct = Address("discord", "1", "U7")
    async with database.write() as db:
        for address in (direct, beside(SECOND, "U7")):
            await subscriptions.follow(db, address, ["llms"], by="U7", now=NOW)
        await subscriptions.set_zone(db, direct, "Europe/Berlin", now=NOW)
        await subscriptions.follow(db, SECOND, ["llms"], by="U7", now=NOW)

    assert tomllib.loads(await exported(database))["channels"] == [
        {"channel": "11", "rules": [{"topics": ["llms"]}]}
    ]


def test_every_mistake_in_a_file_is_named_with_its_line() -> None:
    with pytest.raises(BadFile) as refused:
        portable.read(MISTAKEN)

    together = "must be a tag, or at most 3 of them joined by +"
    assert set(refused.value.mistakes) == {
        "line 3: colour: is not a setting",
        "line 7: channels.0.zone: must be the name of a time zone, as Europe/Berlin",
        f"line 13: channels.0.rules.1.topics.1: {together}",
        "line 14: channels.0.rules.1.heat: Input should be a valid integer",
        "line 16: channels.1.channel: is missing",
        "line 21: channels.1.rules.0.quiet: must be two times, as 22:00-07:00",
    }


@pytest.mark.parametrize(
    ("written", "mistake"),
    [
        ("platform = ", "this is not TOML: Invalid value"),
        ('platform = "irc"\nworkspace = "1"', "line 1: platform: Input should be"),
        (
            WRITTEN.replace('channel = "11"', 'channel = "10"'),
            "channels: stands there twice: channel 10",
        ),
        (
            WRITTEN.replace("crosspost", "log").replace('managers = "anyone"', "log = true"),
            "channels: only one channel of a workspace can be the log channel",
        ),
    ],
)
def test_what_is_wrong_with_the_whole_file_is_said(written: str, mistake: str) -> None:
    with pytest.raises(BadFile, match=mistake):
        portable.read(written)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a file with settings of two channels."""
    written = tmp_path / "themata.toml"
    written.write_text(WRITTEN, encoding="utf-8")
    return written


async def stand(address: str) -> Settings:
    async with open_database(address) as database, database.read() as db:
        return await set_up.of(db, ADA.here)


async def test_an_import_shows_what_it_changes_and_a_trial_changes_nothing(
    database_file: Path, file: Path
) -> None:
    address = f"sqlite:///{database_file}"
    async with open_database(address) as database, database.write() as db:
        await subscriptions.follow(db, ADA.here, ["llms", "openai"], by="8", now=NOW)
    lines = [
        "channel 10",
        "+ #agents with #meta added (in a digest every day at 08:00)",
        "+ everything added (heat 80 or more)",
        "~ #llms: digests daily 08:00 instead of none",
        "- #openai removed",
        "~ time zone Europe/Berlin instead of UTC",
        "~ who can change this: anyone instead of mods alone",
        "channel 11",
        "~ passing posts on: on instead of off",
    ]

    told = await import_file(address, file, is_trial=True, now=NOW)

    assert sorted(told[:-1]) == sorted(
        [*lines[:5], f"{lines[5]}, {lines[6].removeprefix('~ ')}", *lines[7:]]
    )
    assert told[-1] == "nothing was changed; without --dry-run 2 channels would be"
    assert (await stand(address)).rules == {"llms": Terms(), "openai": Terms()}


async def test_an_import_is_taken_back_whole(database_file: Path, file: Path) -> None:
    address = f"sqlite:///{database_file}"
    async with open_database(address) as database, database.write() as db:
        await subscriptions.follow(db, ADA.here, ["llms", "openai"], by="8", now=NOW)
    before = await export_workspace(address, "discord/1")

    told = await import_file(address, file, is_trial=False, now=NOW)
    assert told[-1] == "changed 2 channels; to undo: themata import --undo"
    assert await export_workspace(address, "discord/1") == WRITTEN
    assert await import_file(address, file, is_trial=False, now=NOW) == [
        "nothing to change: all of it is set so already"
    ]

    assert await undo_import(address, now=NOW) == ["took back what was imported in 2 channel(s)"]
    read = portable.read(await export_workspace(address, "discord/1")).channels
    assert read == {**portable.read(before).channels, "11": Settings()}
    assert await undo_import(address, now=NOW) == ["there is no import to undo"]


async def test_an_import_is_not_taken_back_where_it_was_changed_since(
    database_file: Path, file: Path
) -> None:
    address = f"sqlite:///{database_file}"
    await import_file(address, file, is_trial=False, now=NOW)
    async with open_database(address) as database, database.write() as db:
        await subscriptions.set_zone(db, ADA.here, "Asia/Tokyo", now=NOW)
    imported = await export_workspace(address, "discord/1")

    with pytest.raises(Refused, match="nothing was changed: what change 1 set"):
        await undo_import(address, now=NOW)

    assert await export_workspace(address, "discord/1") == imported


async def test_of_a_bad_file_nothing_is_imported(database_file: Path, file: Path) -> None:
    address = f"sqlite:///{database_file}"
    file.write_text(MISTAKEN, encoding="utf-8")  # noqa: ASYNC240 (a test)

    with pytest.raises(Refused) as refused:
        await import_file(address, file, is_trial=False, now=NOW)

    said = str(refused.value).splitlines()
    assert len(said) == 7
    assert said[0].startswith(f"{file}: line ")
    assert said[-1] == "nothing was changed"
    assert await stand(address) == Settings()


async def test_an_import_stands_in_the_history_and_a_mod_can_take_it_back(
    talk: Conversation,
) -> None:
    await put(talk.database, WRITTEN)

    assert "Change 1, by who runs me" in await talk.says("channel history", ADA)
    await talk.type("channel undo", ADA)

    assert await talk.follows(ADA.here) == ()
    async with talk.database.read() as db:
        assert len(await history.latest(db, ADA.here)) == 2


async def test_a_mod_gets_the_settings_of_one_channel(talk: Conversation) -> None:
    await put(talk.database, WRITTEN)

    answer = await talk.type("channel export", ADA)

    [document] = [part for part in answer.parts if isinstance(part, Document)]
    assert portable.read(document.content) == Portable(
        "discord", "1", {"10": portable.read(WRITTEN).channels["10"]}
    )

"""The operator's part of the authorisation matrix: what is done at the command line, and what not.

That the operator has no effect in a chat who may not is in the matrix over the desk.
"""

import asyncio
import os
import tomllib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bots import cli
from core import subscriptions
from core.commands import ACTIONS, parse
from core.db import Database
from core.managers import choose_managers
from core.rights import TABLE, Action, Scope, Standing
from core.sources import Draft
from core.stories import save_new
from core.tables import metadata
from tests.arranged import arranged
from tests.conftest import NOW
from tests.everyrow import Rows, every_row
from tests.matrix import GROUP, HERE, SECRET_CHANNEL, SECRET_TAG, THERE, TYPED
from tests.program import Ended, log_as_before

pytestmark = pytest.mark.mostly_one_database

Row = tuple[Action, Scope]
Themata = Callable[..., Awaitable[Ended]]

TITLE = "OpenAI files for an IPO"
PERSON = replace(HERE, channel="U1")
WORKSPACE = f"{HERE.platform}/{HERE.workspace}"

OFFERED: Mapping[str, frozenset[Row]] = {
    "run": frozenset(),
    "sandbox": frozenset(),
    "check": frozenset(),
    "ingest": frozenset(),
    "backup": frozenset(),
    "restored": frozenset(),
    "preview": frozenset({(Action.READ, Scope.OWN)}),
    "why": frozenset({(Action.READ, Scope.OWN), (Action.SEE_CHANNEL, Scope.CHANNEL)}),
    "export": frozenset(
        {
            (Action.EXPORT, Scope.CHANNEL),
            (Action.EXPORT, Scope.WORKSPACE),
            (Action.SEE_WORKSPACE, Scope.WORKSPACE),
            (Action.DELETE_OWN, Scope.OWN),
        }
    ),
    "import": frozenset({(Action.IMPORT, Scope.CHANNEL), (Action.IMPORT, Scope.WORKSPACE)}),
    "purge": frozenset(
        {(Action.DELETE_OWN, Scope.OWN), (Action.DELETE_WORKSPACE, Scope.WORKSPACE)}
    ),
}
"""What every command of the command line does of the table; most are about the program alone."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was typed at the command line did, and all rows before and after it."""

    ended: Ended
    before: Rows
    after: Rows

    @property
    def changed(self) -> set[str]:
        """Return the channels, people beside them included, of which anything changed."""
        return {it for it in _kept(self.before) | _kept(self.after) if self._is_other(it)}

    def _is_other(self, channel: str) -> bool:
        return _kept(self.before).get(channel) != _kept(self.after).get(channel)


def _kept(rows: Rows) -> dict[str, list[object]]:
    """Return what is kept for each channel and person: their own row, and their rules."""
    at, of = (metadata.tables[name].c.keys().index for name in ("addresses", "rules"))
    names = {row[at("id")]: str(row[at("channel")]) for row in rows["addresses"]}
    found: dict[str, list[object]] = {name: [] for name in names.values()}
    for row in rows["addresses"]:
        found[str(row[at("channel")])].append(row[at("managers")])
    for row in rows["rules"]:
        found[names[row[of("address_id")]]].append(row[1:])
    return found


CHANNEL_FILE = f"""\
platform = "slack"
workspace = "{HERE.workspace}"
[[channels]]
channel = "{HERE.channel}"
managers = "anyone"
"""
WORKSPACE_FILE = f"""{CHANNEL_FILE}
[[channels]]
channel = "{THERE.channel}"
managers = "anyone"
"""
PERSONS_FILE = f"""{CHANNEL_FILE}
[[channels]]
channel = "{PERSON.channel}"
[[channels.rules]]
topics = ["openai"]
"""
FILES = {"channel.toml": CHANNEL_FILE, "all.toml": WORKSPACE_FILE, "person.toml": PERSONS_FILE}

SLACK_HERE = f"{WORKSPACE}/{HERE.channel}"
SAME = frozenset[str]()
EXPORT = ("export", "--workspace", WORKSPACE)


@dataclass(frozen=True, slots=True)
class Way:
    """What is typed for a row of the table, and what then holds."""

    words: tuple[str, ...]
    says: tuple[str, ...] = ()
    changes: frozenset[str] = SAME


ALL = frozenset({HERE.channel, THERE.channel, SECRET_CHANNEL, PERSON.channel})
WAYS: Mapping[Row, Way] = {
    (Action.READ, Scope.OWN): Way(("why", "article:1", SLACK_HERE), (TITLE,)),
    (Action.SEE_CHANNEL, Scope.CHANNEL): Way(("why", "article:1", SLACK_HERE), (SECRET_TAG,)),
    (Action.SEE_WORKSPACE, Scope.WORKSPACE): Way(EXPORT, (THERE.channel, SECRET_CHANNEL)),
    (Action.EXPORT, Scope.CHANNEL): Way(EXPORT, (HERE.channel, SECRET_TAG, GROUP)),
    (Action.EXPORT, Scope.WORKSPACE): Way(EXPORT, (HERE.channel, THERE.channel)),
    (Action.IMPORT, Scope.CHANNEL): Way(
        ("import", "channel.toml"), (f"channel {HERE.channel}",), frozenset({HERE.channel})
    ),
    (Action.IMPORT, Scope.WORKSPACE): Way(
        ("import", "all.toml"), ("changed 2 channels",), frozenset({HERE.channel, THERE.channel})
    ),
    (Action.DELETE_OWN, Scope.OWN): Way(
        ("purge", "--user", f"{WORKSPACE}/{PERSON.channel}"),
        ("deleted 1 topics",),
        frozenset({PERSON.channel}),
    ),
    (Action.DELETE_WORKSPACE, Scope.WORKSPACE): Way(
        ("purge", "--workspace", WORKSPACE), ("deleted the settings of 3 channels",), ALL
    ),
}
"""How the operator does what the table lets them do."""


@pytest.fixture
async def office(database: Database) -> Database:
    """Give a database in which three channels and a person follow something."""
    await arranged(database, _follow)
    return database


async def _follow(database: Database) -> None:
    closed = replace(HERE, channel=SECRET_CHANNEL)
    async with database.write() as db:
        told = Draft(title=TITLE, url="https://themata.ai/news/ipo", tags=("openai",))
        assert await save_new(db, told, source="site", now=NOW)
        for address in (HERE, THERE, closed):
            await subscriptions.follow(db, address, ["llms", SECRET_TAG], by="U9", now=NOW)
        await subscriptions.follow(db, PERSON, ["llms"], by=PERSON.channel, now=NOW)
        await choose_managers(db, HERE, GROUP)


@pytest.fixture
def themata(
    any_migrated: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Themata]:
    """Give the program of an operator whose bot uses that database meanwhile."""
    (tmp_path / "config.toml").write_text(f'[database]\nurl = "{any_migrated}"\n')
    for name, written in FILES.items():
        (tmp_path / name).write_text(written)
    monkeypatch.chdir(tmp_path)
    for variable in os.environ.copy():
        if variable.startswith("THEMATA_"):
            monkeypatch.delenv(variable)

    def run(words: tuple[str, ...]) -> Ended:
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        out, err = capsys.readouterr()
        return Ended(ended.value.code if isinstance(ended.value.code, int) else None, out, err)

    async def typed(*words: str) -> Ended:
        return await asyncio.to_thread(run, words)

    with log_as_before():
        yield typed


async def doing(database: Database, themata: Themata, *words: str) -> Done:
    """Type these words, and return what they did."""
    before = await every_row(database)
    ended = await themata(*words)
    return Done(ended, before, await every_row(database))


def test_every_row_of_the_table_is_told_for_the_operator() -> None:
    may = {row for row, standings in TABLE.items() if Standing.OPERATOR in standings}

    assert set(WAYS) == may
    assert {row for rows in OFFERED.values() for row in rows} == may
    assert {name for name in cli.app if not name.startswith("-")} == set(OFFERED)
    assert {row for row, way in WAYS.items() if row not in OFFERED[way.words[0]]} == set()


@pytest.mark.parametrize("row", WAYS, ids=" ".join)
async def test_the_operator_does_what_the_table_says_and_nothing_else(
    office: Database, themata: Themata, row: Row
) -> None:
    way = WAYS[row]

    done = await doing(office, themata, *way.words)

    assert done.ended.code == 0, done.ended.err
    assert [it for it in way.says if it not in done.ended.out] == []
    assert done.changed == way.changes
    assert (done.before == done.after) == (not way.changes)


async def test_what_the_operator_may_not_do_is_not_offered(
    office: Database, themata: Themata
) -> None:
    denied = [it for it in TYPED if Standing.OPERATOR not in TABLE[ACTIONS[type(parse(it))]]]
    before = await every_row(office)

    codes = {typed: (await themata(*typed.split())).code for typed in denied}

    assert {typed: code for typed, code in codes.items() if code != cli.USAGE} == {}
    rows = {ACTIONS[type(parse(it))] for it in denied}
    assert rows == {row for row in TABLE if Standing.OPERATOR not in TABLE[row]}
    assert await every_row(office) == before


async def test_the_operator_lets_nobody_follow(office: Database, themata: Themata) -> None:
    done = await doing(office, themata, "import", "person.toml")

    assert done.ended.code == cli.PROBLEM
    assert PERSON.channel in done.ended.err
    assert "nothing was changed" in done.ended.err
    assert done.before == done.after


async def test_what_is_told_about_a_person_is_theirs_alone(
    office: Database, themata: Themata
) -> None:
    done = await doing(office, themata, "export", "--user", f"{WORKSPACE}/{PERSON.channel}")
    settings = await themata(*EXPORT)

    assert "llms" in done.ended.out
    assert done.before == done.after
    named = [it["channel"] for it in tomllib.loads(settings.out)["channels"]]
    assert PERSON.channel not in named

"""Two workspaces whose channels and people have the same ids know nothing of each other."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.commands import Caller, parse
from core.db import Database
from core.desk import Desk
from core.messages import as_text
from core.pauses import Pauses
from core.posting import Address
from core.sources import Draft
from core.stories import save_new
from core.tables import metadata
from tests.arranged import arranged
from tests.conftest import EXAMPLES, NOW
from tests.everyrow import Rows, every_row, put_back
from tests.fakes import FakePoster
from tests.matrix import TYPED

OURS = Address("slack", "T1", "C1")
THEIRS = replace(OURS, workspace="T2")
KNOWN: dict[str, list[str]] = {"llms": [], "openai": [], "agents": []}
MARKS = ("S9SECRET", "secret.example", "C9SECRET", "U9SECRET")
"""What only the others have: no answer of ours may ever say it."""
SET_UP = (
    ("U1", "channel follow agents heat:77 mention:S9SECRET -secret.example"),
    ("U9SECRET", "channel follow openai"),
    ("U1", "channel managers S9SECRET"),
    ("U1", "channel zone Europe/Berlin"),
    ("U1", "subscribe agents -secret.example"),
    ("U1", "subscribe agents here"),
    ("U1", "channel log"),
)

VERBS = sorted({" ".join(it.split()[: 1 + it.startswith("channel ")]) for it in TYPED})
REST = (
    "",
    "llms",
    "llms here",
    "in:C1",
    "in:T2/C1",
    "T2",
    "article:1",
    "U1",
    "S9",
    "off",
    "*",
    "1",
)
SAID = st.one_of(
    st.sampled_from(TYPED),
    st.tuples(st.sampled_from(VERBS), st.sampled_from(REST)).map(" ".join),
    st.tuples(st.sampled_from(VERBS), st.text(max_size=30)).map(" ".join),
)


def _caller(workspace: str, person: str) -> Caller:
    """Return somebody who may do everything in their workspace."""
    here = replace(OURS, workspace=workspace)
    direct = replace(here, channel=person)
    return Caller(person, here, direct, may_manage=True, is_admin=True, may_post=True)


async def _set_up(database: Database, desk: Desk) -> None:
    async with database.write() as db:
        told = Draft(title="OpenAI files", url="https://themata.ai/news/ipo", tags=("openai",))
        assert await save_new(db, told, source="site", now=NOW)
    for person, words in SET_UP:
        await desk.answer(parse(words), _caller("T2", person))
    elsewhere = replace(_caller("T2", "U1"), here=replace(THEIRS, channel="C9SECRET"))
    await desk.answer(parse("channel follow llms"), elsewhere)
    await Pauses(database).channel_closed("slack", "T2", "C9SECRET", "it was archived")
    await desk.answer(parse("channel follow llms"), _caller("T1", "U1"))


def _theirs(rows: Rows) -> Rows:
    """Return the rows of the others: by their workspace, address, or rule."""
    addresses = _ids(rows, "addresses", "workspace", {"T2"})
    rules = _ids(rows, "rules", "address_id", addresses)
    of: dict[str, set[object]] = {
        "workspace": {"T2"},
        "address_id": addresses,
        "beside_id": addresses,
        "rule_id": rules,
    }
    found: Rows = {}
    for name, column in ((t.name, c) for t in metadata.sorted_tables for c in of if c in t.c):
        at = metadata.tables[name].c.keys().index(column)
        found.setdefault(name, []).extend(row for row in rows[name] if row[at] in of[column])
    return found


def _ids(rows: Rows, name: str, column: str, among: set[object]) -> set[object]:
    keys = metadata.tables[name].c.keys()
    return {row[keys.index("id")] for row in rows[name] if row[keys.index(column)] in among}


@pytest.fixture
async def both(database: Database) -> Rows:
    """Set up both workspaces, and return all rows of them: each example begins with these."""
    await arranged(database, _with_both)
    return await every_row(database)


async def _with_both(database: Database) -> None:
    desk = Desk(database, KNOWN, clock=lambda: NOW, posters={"slack": FakePoster()})
    await _set_up(database, desk)


@pytest.mark.drawn
@pytest.mark.mostly_one_database
@settings(
    max_examples=EXAMPLES // 4,  # each is every command of two workspaces
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(SAID, min_size=1, max_size=8), st.sampled_from(["U1", "U9SECRET"]))
async def test_a_workspace_changes_and_shows_nothing_of_another(
    database: Database, both: Rows, said: Sequence[str], person: str
) -> None:
    await put_back(database, both)
    desk = Desk(database, KNOWN, clock=lambda: NOW, posters={"slack": FakePoster()})
    before = _theirs(both)
    us = _caller("T1", person)

    answers = [as_text(await desk.answer(parse(words), us)) for words in said]

    assert _theirs(await every_row(database)) == before
    own = {person, *(word for words in said for word in words.split())}
    foreign = [mark for mark in MARKS if mark not in own]
    assert [(mark, it) for it in answers for mark in foreign if mark in it] == []


@pytest.mark.mostly_one_database
async def test_there_are_rows_of_the_others_to_be_changed(database: Database, both: Rows) -> None:
    desk = Desk(database, KNOWN, clock=lambda: NOW)
    before = _theirs(both)

    await desk.answer(parse("channel unfollow"), _caller("T2", "U1"))

    assert {"addresses", "rules", "subscriptions", "exclusions", "workspaces"} <= {
        name for name, rows in before.items() if rows
    }
    assert _theirs(await every_row(database)) != before


async def test_an_admin_on_discord_sees_nothing_of_people_elsewhere(database: Database) -> None:
    desk = Desk(database, KNOWN, clock=lambda: NOW)
    server = Address("discord", "1", "10")
    direct = [Address("discord", "@me", person) for person in ("7", "8", "9")]
    for at in direct:
        await desk.answer(parse("subscribe llms"), Caller(at.channel, at, at))
    admin = Caller("7", server, direct[0], may_manage=True, is_admin=True)
    await desk.answer(parse("channel follow llms"), admin)

    said = as_text(await desk.answer(parse("home"), admin))

    assert "1 channel" in said
    assert "3 people" not in said


@pytest.mark.mostly_one_database
async def test_what_is_suggested_is_the_same_for_every_workspace(database: Database) -> None:
    desk = Desk(database, KNOWN, clock=lambda: NOW)
    before = [await desk.suggest(typed) for typed in ("", "a", "s", "C9", "S9")]

    await _set_up(database, desk)

    assert [await desk.suggest(typed) for typed in ("", "a", "s", "C9", "S9")] == before
    assert not any(mark in str(before) for mark in MARKS)

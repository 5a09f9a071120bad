"""Nobody has an effect who may not: the whole matrix, over the real desk and database."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from core import subscriptions
from core.commands import ACTIONS, Caller, Command, RelatedTo, Unclear, WhyPosted, parse
from core.db import Database
from core.desk import Desk
from core.managers import choose_managers
from core.messages import as_text
from core.pauses import Pauses
from core.posting import Address, Platform
from core.rights import TABLE, Standing
from core.sources import Draft
from core.stories import save_new
from core.tables import metadata
from tests.arranged import arranged
from tests.conftest import NOW
from tests.everyrow import Rows, every_row, put_back
from tests.fakes import FakePoster
from tests.matrix import (
    CHANGING,
    GROUP,
    HERE,
    MARKS,
    ROLES,
    SECRET_CHANNEL,
    SECRET_TAG,
    THERE,
    TYPED,
    Cell,
    cells,
)

KNOWN: dict[str, list[str]] = {"llms": [], "openai": []}
TOLD = (("OpenAI files for an IPO", "ipo"), ("OpenAI files for an IPO in New York", "ny"))


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    has_effect: bool = False
    """Something was changed, or shown to everyone."""
    was_told: bool = False
    """It is kept that somebody was told which channels are closed."""
    said: str = ""
    """What was shown to who asked, alone."""


class Office:
    """A database that three channels and their people use, and what was shown to everyone."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.posts = FakePoster()
        self.now = NOW
        self.rows: Rows = {}
        self.outcomes: dict[tuple[Command, Caller], Outcome] = {}

    async def open(self) -> None:
        """Let channels and everyone follow something, and the group set up the first of them."""
        await arranged(self.database, _follow)
        self.rows = await every_row(self.database)

    async def outcome(self, cell: Cell) -> Outcome:
        """Return what comes of asking as `cell` says.

        What reaches the desk may be the same by several ways: it is asked once, and what it
        changed is put back before anything else is.
        """
        if (command := cell.command) is None:
            return Outcome()
        asked = (command, cell.caller)
        if asked not in self.outcomes:
            self.outcomes[asked] = await self._asked(*asked)
        return self.outcomes[asked]

    async def _asked(self, command: Command, caller: Caller) -> Outcome:
        self.now += timedelta(minutes=2)
        desk = Desk(
            self.database, KNOWN, clock=lambda: self.now, posters={HERE.platform: self.posts}
        )
        said = as_text(await desk.answer(command, caller))
        shown, rows = bool(self.posts.posts), await every_row(self.database)
        self.posts.posts.clear()
        if rows == self.rows:
            return Outcome(shown, said=said)
        await put_back(self.database, self.rows)
        changed = untold(rows) != untold(self.rows)
        return Outcome(shown or changed, was_told=not changed, said=said)


async def _follow(database: Database) -> None:
    closed = replace(HERE, channel=SECRET_CHANNEL)
    people = sorted({caller.direct for _, caller in ROLES.values()})
    async with database.write() as db:
        for title, page in TOLD:
            told = Draft(title=title, url=f"https://themata.ai/news/{page}", tags=("openai",))
            assert await save_new(db, told, source="site", now=NOW)
        for address in (HERE, THERE, closed, *people):
            await subscriptions.follow(db, address, ["llms"], by="U9", now=NOW)
        await subscriptions.follow(db, HERE, [SECRET_TAG], by="U9", now=NOW)
        await choose_managers(db, HERE, GROUP)
    await Pauses(database).channel_closed(*place_of(closed), "it was archived")


def untold(rows: Rows) -> Rows:
    """Return rows as if nobody had been told of closed channels."""
    names = metadata.tables["addresses"].c.keys()
    lasts = [at for at, name in enumerate(names) if name not in {"told_at", "told_of"}]
    kept: list[tuple[object, ...]] = [tuple(row[at] for at in lasts) for row in rows["addresses"]]
    return {**rows, "addresses": kept}


def place_of(address: Address) -> tuple[Platform, str, str]:
    return address.platform, address.workspace, address.channel


@pytest.fixture
async def office(database: Database) -> Office:
    opened = Office(database)
    await opened.open()
    return opened


@pytest.mark.mostly_one_database
@pytest.mark.parametrize("role", ROLES)
async def test_nobody_has_an_effect_or_sees_settings_who_may_not(office: Office, role: str) -> None:
    had = {cell: await office.outcome(cell) for cell in cells(role)}

    wrong = [f"{it}: {why}" for it, outcome in had.items() if (why := not_so(it, outcome))]
    assert not wrong, "\n".join(wrong)
    if ROLES[role][0] is Standing.ADMIN:
        assert [it for it in MARKS if not any(it in outcome.said for outcome in had.values())] == []


def not_so(cell: Cell, outcome: Outcome) -> str:
    """Return what of an outcome is not as the table says; nothing if all is."""
    sees = {mark for mark, row in MARKS.items() if ROLES[cell.role][0] in TABLE[row]}
    if outcome.has_effect and not cell.is_allowed:
        return "had an effect"
    if cell.typed in CHANGING and cell.is_allowed and not outcome.has_effect:
        return "had no effect"
    if outcome.was_told and SECRET_CHANNEL not in sees:
        return "took the news of a closed channel from those who may hear it"
    shown = [mark for mark in MARKS if mark in outcome.said and mark not in sees]
    return f"showed {', '.join(shown)}" if shown else ""


def test_the_matrix_has_every_command_and_every_role() -> None:
    reached = {type(parse(typed)) for typed in TYPED}
    roles = {standing for standing, _ in ROLES.values()}

    assert reached == set(ACTIONS) - {RelatedTo, WhyPosted, Unclear}
    assert roles == set(Standing)
    assert set(CHANGING) - set(TYPED) == set()


@pytest.mark.mostly_one_database
async def test_the_matrix_sees_what_a_check_that_is_left_out_would_let_through(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def allowed(*_: object) -> None:
        return None

    monkeypatch.setattr("core.desk.refusal", allowed)

    cell = Cell("member", "channel follow openai", "button")
    guest = replace(cell, role="guest", typed="channel managers anyone")
    assert (await office.outcome(cell)).has_effect
    assert (await office.outcome(guest)).has_effect

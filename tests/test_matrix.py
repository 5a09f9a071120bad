"""Nobody has an effect who may not: the whole matrix, over the real desk and database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import articles, subscriptions
from core.commands import ACTIONS, RelatedTo, Unclear, parse
from core.db import Database
from core.desk import Desk
from core.managers import choose_managers
from core.posting import Address
from core.rights import (
    TABLE,
    Action,
    Actor,
    Allowed,
    Channel,
    Object,
    Own,
    Scope,
    Standing,
    Workspace,
    decide,
)
from core.sources import Draft
from tests.conftest import NOW
from tests.everyrow import Rows, every_row, put_back
from tests.fakes import FakePoster
from tests.matrix import CHANGING, GROUP, HERE, ROLES, THERE, TYPED, Cell, cells

KNOWN: dict[str, list[str]] = {"llms": [], "openai": []}
TOLD = (("OpenAI files for an IPO", "ipo"), ("OpenAI files for an IPO in New York", "ny"))


class Office:
    """A database that two channels and their people use, and what was shown to everyone."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.posts = FakePoster()
        self.now = NOW
        self.rows: Rows = {}

    async def open(self) -> None:
        """Let both channels and everyone follow something, and the group set the channel up."""
        people = {caller.direct for _, caller in ROLES.values()}
        async with self.database.write() as db:
            for title, page in TOLD:
                told = Draft(title=title, url=f"https://themata.ai/news/{page}", tags=("openai",))
                assert await articles.save_new(db, told, source="site", now=NOW)
            for address in (HERE, THERE, *sorted(people)):
                await subscriptions.follow(db, address, ["llms"], by="U9", now=NOW)
            await choose_managers(db, HERE, GROUP)
        self.rows = await every_row(self.database)

    async def has_effect(self, cell: Cell) -> bool:
        """Ask as `cell` says, return whether anything changed or was shown, and put it back."""
        self.now += timedelta(minutes=2)
        if (command := cell.command) is None:
            return False
        desk = Desk(
            self.database, KNOWN, clock=lambda: self.now, posters={HERE.platform: self.posts}
        )
        await desk.answer(command, cell.caller)
        shown, rows = bool(self.posts.posts), await every_row(self.database)
        self.posts.posts.clear()
        if rows != self.rows:
            await put_back(self.database, self.rows)
        return shown or rows != self.rows


@pytest.fixture
async def office(database: Database) -> Office:
    opened = Office(database)
    await opened.open()
    return opened


@pytest.mark.mostly_one_database
@pytest.mark.parametrize("role", ROLES)
async def test_nobody_has_an_effect_who_may_not(office: Office, role: str) -> None:
    had = {cell: await office.has_effect(cell) for cell in cells(role)}

    assert [cell for cell, effect in had.items() if effect and not cell.is_allowed] == []
    changing = [cell for cell in had if cell.typed in CHANGING and cell.is_allowed]
    assert [cell for cell in changing if not had[cell]] == []


def test_the_matrix_has_every_command_and_every_role() -> None:
    reached = {type(parse(typed)) for typed in TYPED}
    roles = {standing for standing, _ in ROLES.values()}

    assert reached == set(ACTIONS) - {RelatedTo, Unclear}
    assert roles == set(Standing) - {Standing.OPERATOR}
    assert set(CHANGING) - set(TYPED) == set()


@pytest.mark.parametrize("action", Action)
def test_the_operator_does_at_the_command_line_what_the_table_says(action: Action) -> None:
    operator = Actor("", Address("slack", "", ""), is_operator=True)
    objects: dict[Scope, Object] = {
        Scope.OWN: Own("U1"),
        Scope.CHANNEL: Channel(HERE),
        Scope.WORKSPACE: Workspace(HERE.platform, HERE.workspace),
    }

    for scope, of in objects.items():
        may = Standing.OPERATOR in TABLE.get((action, scope), ())
        assert (decide(operator, action, of) == Allowed()) == may


async def test_the_matrix_sees_what_a_check_that_is_left_out_would_let_through(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def allowed(*_: object) -> None:
        return None

    monkeypatch.setattr("core.desk.refusal", allowed)

    cell = Cell("member", "channel follow openai", "button")
    assert await office.has_effect(cell)
    assert await office.has_effect(replace(cell, role="guest", typed="channel managers anyone"))

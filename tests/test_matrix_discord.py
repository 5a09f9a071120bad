"""The authorisation matrix on Discord: the real adapter, desk and database at the stand-in."""

from collections.abc import AsyncIterator, Iterator

import pytest

from bots.sandbox.discord import permissions
from core.commands import ACTIONS, parse
from core.db import Database
from core.rights import TABLE, Standing
from core.seals import Opened, words_in
from tests.discordplace import FORGED, ROLES, TYPED, WAYS, Place, Way, open_place
from tests.matrix import SECRET_TAG

Cell = tuple[str, str, str]
"""A role, what it asks for, and in which way."""

TOGETHER = (
    ("bot", "guest", "member", "admin"),
    ("mod of another channel", "member with the role", "mod"),
)
"""Roles that share a server, as to open one takes long."""

pytestmark = pytest.mark.mostly_one_database


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Place]:
    async with open_place(database) as opened:
        yield opened


def cells(role: str) -> Iterator[tuple[Cell, Way, bool]]:
    """Give each cell of a role, how it is asked, and whether the table lets that have an effect."""
    for words in TYPED:
        may = ROLES[role] in TABLE[ACTIONS[type(parse(words))]]
        for name, way in (*WAYS.items(), *FORGED.items()):
            yield (role, words, name), way, name in WAYS and may


async def has_effect(place: Place, cell: Cell, way: Way) -> bool:
    """Ask so, return whether anything changed, and put it back."""
    role, words, _ = cell
    await way(place, place.people[role], words)
    return bool(await place.changes())


@pytest.mark.parametrize("roles", TOGETHER, ids=lambda it: it[0])
async def test_nobody_has_an_effect_on_discord_who_may_not(
    place: Place, roles: tuple[str, ...]
) -> None:
    wrong = [
        cell
        for role in roles
        for cell, way, may in cells(role)
        if await has_effect(place, cell, way) != may
    ]

    assert not wrong, "\n".join(map(str, wrong))


def test_the_matrix_on_discord_has_every_role() -> None:
    assert sorted(it for roles in TOGETHER for it in roles) == sorted(ROLES)
    assert set(ROLES.values()) == set(Standing) - {Standing.OPERATOR}


async def test_the_matrix_on_discord_sees_what_a_seal_that_is_not_looked_at_would_let_through(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.seals.Seals.open", lambda _, written, __: Opened(words_in(written)))

    cells = {name: ("admin", "channel follow openai", name) for name in FORGED}
    had = [name for name, cell in cells.items() if await has_effect(place, cell, FORGED[name])]

    assert had == [*FORGED]


async def test_what_is_offered_while_typing_is_the_same_for_everyone(place: Place) -> None:
    typed = (
        ("subscribe", "tags", "s"),
        ("channel follow", "tags", "open"),
        ("channel unfollow", "tags", ""),
        ("channel zone", "place", "berl"),
    )
    offered = {
        role: [await place.discord.autocomplete(person, place.news, *it) for it in typed]
        for role, person in place.people.items()
    }

    assert [role for role in ROLES if offered[role] != offered["member"]] == []
    assert SECRET_TAG not in str(offered)
    assert not await place.changes()


async def test_where_the_bot_is_not_nobody_changes_or_sees_anything_of_a_server(
    place: Place,
) -> None:
    guild = place.discord.add_guild("Elsewhere", has_bot=False)
    lounge = place.discord.add_channel(guild, "lounge", bot_permissions=None)
    admin = place.people["admin"]
    place.discord.install_for(admin)
    place.discord.allow(admin, guild, permissions.MANAGE_GUILD)
    offered = {it["name"] for it in place.discord.offered(admin, lounge)}
    told = [await place.discord.type_command(admin, lounge, name) for name in ("home", "why")]
    for what in ("server", "server delete yes", "server export"):
        said = {"what": what}
        told.append(await place.discord.type_command(admin, lounge, "privacy", said))

    assert "channel" not in offered
    assert [it.text for it in told if SECRET_TAG in it.text or place.news.id in it.text] == []
    assert not await place.changes()

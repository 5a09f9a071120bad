"""The authorisation matrix on Discord: the real adapter, desk and database at the stand-in."""

from collections.abc import AsyncIterator, Iterator

import pytest

from bots.sandbox.discord import permissions
from core.commands import ACTIONS, parse
from core.db import Database
from core.rights import TABLE, Standing
from core.seals import Opened, words_in
from tests.attempts import Attempt, in_short, pairs, wrong_ones
from tests.discordplace import FORGED, ROLES, TYPED, WAYS, Place, open_place
from tests.matrix import SECRET_TAG

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


def attempts(*roles: str) -> Iterator[Attempt]:
    """Give each attempt of these roles."""
    for role in roles:
        for words in TYPED:
            may = ROLES[role] in TABLE[ACTIONS[type(parse(words))]]
            for name, way in (*WAYS.items(), *FORGED.items()):
                yield Attempt(role, words, name, way, name in WAYS and may)


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(in_short(attempts(*ROLES)), id="in short"),
        *(pytest.param([*attempts(*it)], id=it[0], marks=pytest.mark.long) for it in TOGETHER),
    ],
)
async def test_nobody_has_an_effect_on_discord_who_may_not(
    place: Place, made: list[Attempt]
) -> None:
    assert await wrong_ones(place, made) == []


def test_the_short_matrix_on_discord_has_each_role_each_way_and_all_words_two_by_two() -> None:
    assert pairs(in_short(attempts(*ROLES))) == pairs(attempts(*ROLES))


def test_the_matrix_on_discord_has_every_role() -> None:
    assert sorted(it for roles in TOGETHER for it in roles) == sorted(ROLES)
    assert set(ROLES.values()) == set(Standing) - {Standing.OPERATOR}


async def test_the_matrix_on_discord_sees_what_a_seal_that_is_not_looked_at_would_let_through(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.seals.Seals.open", lambda _, written, __: Opened(words_in(written)))

    made = [Attempt("admin", "channel follow openai", name, way) for name, way in FORGED.items()]
    had = [it.name for it in made if await it.has_effect(place)]

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

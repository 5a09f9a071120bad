"""Who may set up a channel is chosen by its mods, and asked at every command."""

from dataclasses import replace

import pytest

from core.db import Database
from core.managers import Managers, managers
from core.messages import as_text
from tests.test_desk import ADA, CHANNEL, MIA, Conversation, buttons

pytestmark = pytest.mark.mostly_one_database

ROLE = "118730126411823929"
EDITOR = replace(MIA, groups=frozenset({ROLE}))


@pytest.fixture
async def talk(database: Database) -> Conversation:
    return Conversation(database)


async def chosen(talk: Conversation) -> Managers:
    async with talk.database.read() as db:
        return await managers(db, CHANNEL)


async def test_mods_alone_may_set_up_a_channel_until_they_let_others(talk: Conversation) -> None:
    before = await talk.says("channel follow llms", EDITOR)
    await talk.type(f"channel managers {ROLE}", ADA)
    await talk.type("channel follow llms", EDITOR)

    assert before.startswith("To change this channel you need")
    assert await talk.follows(CHANNEL) == ("llms",)
    assert await chosen(talk) == Managers(ROLE, MIA.person)


async def test_whom_mods_let_in_lets_nobody_else_in(talk: Conversation) -> None:
    await talk.type(f"channel managers {ROLE}", ADA)

    said = await talk.says("channel managers anyone", EDITOR)

    assert said.startswith("To choose who may change this channel you need")
    assert (await chosen(talk)).who == ROLE


async def test_anyone_is_every_member_and_no_guest(talk: Conversation) -> None:
    await talk.type("channel managers anyone", ADA)

    await talk.type("channel follow llms", MIA)
    guest = await talk.says("channel follow openai", replace(MIA, is_guest=True))
    stranger = await talk.says("channel follow openai", replace(MIA, is_member=False))

    assert await talk.follows(CHANNEL) == ("llms",)
    assert "only members can set up channels" in guest
    assert "Only members can change this channel" in stranger


async def test_mods_alone_again_is_one_press_away(talk: Conversation) -> None:
    let_in = await talk.type("channel managers anyone", ADA)

    await talk.type(buttons(let_in)["Undo"], ADA)

    assert (await chosen(talk)).who == ""


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("mods", "Now only mods can change this channel."),
        ("anyone", "Now every member can change this channel."),
        (ROLE, f"Now this channel can be changed by its mods and @{ROLE}"),
    ],
)
async def test_who_may_is_told(talk: Conversation, who: str, said: str) -> None:
    await talk.type(f"channel managers {who}", ADA)

    assert said in await talk.says("channel managers", ADA)


@pytest.mark.parametrize("typed", ["@news-editors", "editors", "a role"])
async def test_what_is_no_role_is_not_kept(talk: Conversation, typed: str) -> None:
    said = await talk.says(f"channel managers {typed}", ADA)

    assert f"I know no role or group “{typed}”" in said
    assert (await chosen(talk)).who == ""


async def test_a_refusal_names_who_is_let_in_and_who_set_the_channel_up(
    talk: Conversation,
) -> None:
    await talk.type("channel follow llms", ADA)
    await talk.type(f"channel managers {ROLE}", ADA)

    said = await talk.says("channel follow openai", replace(MIA, right_to_manage="the right"))

    assert said.split("\n") == [
        "To change this channel you need the right. You do not have that here.",
        f"Also allowed: @{ROLE}",
        f"Ask who set it up: @{ADA.person}",
    ]


async def test_the_platform_is_asked_for_a_group_only_if_it_can_matter(talk: Conversation) -> None:
    asked: list[str] = []

    async def is_in(group: str) -> bool:
        asked.append(group)
        return True

    unknown, mod = replace(MIA, is_in=is_in), replace(ADA, is_in=is_in)
    await talk.type("channel status", unknown)
    await talk.type(f"channel managers {ROLE}", mod)
    await talk.type("channel managers anyone", unknown)
    await talk.type("subscribe llms", unknown)
    await talk.type("channel status", replace(unknown, is_guest=True))
    before = list(asked)
    answer = as_text(await talk.type("channel status", unknown))

    assert before == []
    assert asked == [ROLE]
    assert answer.startswith("This channel follows no tags yet.")

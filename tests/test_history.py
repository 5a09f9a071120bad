"""What people change in a channel is kept, told, and taken back alone."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import history
from core.commands import parse, turns_a_page
from core.db import Database
from core.messages import Button, Buttons, Mention, Message
from core.posting import Address
from core.tables import changes, rules
from tests.conftest import NOW
from tests.test_desk import ADA, CHANNEL, MIA, Conversation, buttons

MAX = replace(ADA, person="9")


@pytest.fixture
async def talk(database: Database) -> Conversation:
    """Give a conversation with the desk."""
    return Conversation(database)


async def noted(talk: Conversation, channel: Address = CHANNEL) -> list[history.Change]:
    async with talk.database.read() as db:
        return await history.latest(db, channel)


def _all_buttons(message: Message) -> list[Button]:
    rows = (part.buttons for part in message.parts if isinstance(part, Buttons))
    return [button for row in rows for button in row]


def undo_of(message: Message) -> str:
    return buttons(message)["Undo"]


@pytest.mark.mostly_one_database
async def test_every_change_of_a_channel_is_noted_with_who_and_when(talk: Conversation) -> None:
    await talk.type("channel follow llms openai", ADA)
    talk.now += timedelta(hours=1)
    await talk.type("channel follow llms heat:40", MAX)
    await talk.type("channel unfollow openai", ADA)
    await talk.type("channel zone Europe/Berlin", ADA)
    await talk.type("channel log", ADA)

    said = await talk.says("channel history", ADA)

    assert [(it.by, it.at - NOW) for it in reversed(await noted(talk))] == [
        ("8", timedelta()),
        ("9", timedelta(hours=1)),
        *[("8", timedelta(hours=1))] * 3,
    ]
    told = [line for line in said.splitlines() if not re.match("Change|22 Jun", line)]
    assert told == [
        "What was changed here, the newest first:",
        "log lines here: on instead of off",
        "time zone Europe/Berlin instead of UTC",
        "#openai removed",
        "#llms: heat 40 instead of 0",
        "#llms and #openai added",
    ]


@pytest.mark.mostly_one_database
async def test_what_changes_nothing_of_a_channel_is_not_noted(talk: Conversation) -> None:
    await talk.type("channel follow llms", ADA)
    before = await noted(talk)
    assert len(before) == 1

    for words in (
        "channel follow llms",
        "channel status",
        "channel zone",
        "channel log off",
        "subscribe llms",
    ):
        await talk.type(words, ADA)

        assert await noted(talk) == before, words


@pytest.mark.mostly_one_database
async def test_an_undo_button_takes_back_just_its_change(talk: Conversation) -> None:
    await talk.type("channel follow llms", ADA)
    hotter = await talk.type("channel follow llms heat:40", ADA)
    await talk.type("channel follow openai", MAX)

    said = await talk.says(undo_of(hotter), ADA)

    assert said.startswith("Taken back: #llms: heat 40 instead of 0.")
    async with talk.database.read() as db:
        assert (await db.scalars(sa.select(rules.c.heat))).all() == [0]
    assert await talk.follows(CHANNEL) == ("llms", "openai")


async def test_undo_walks_back_change_by_change(talk: Conversation) -> None:
    for words in ("channel follow llms", "channel follow openai", "channel unfollow llms"):
        await talk.type(words, ADA)

    seen = []
    for _ in range(3):
        await talk.type("channel undo", ADA)
        seen.append(await talk.follows(CHANNEL))

    assert seen == [("llms", "openai"), ("llms",), ()]
    assert (await talk.says("channel undo", ADA)).startswith("There is nothing to take back here.")


@pytest.mark.mostly_one_database
async def test_what_an_undo_took_back_can_be_had_again(talk: Conversation) -> None:
    await talk.type("channel follow llms", ADA)
    await talk.type("channel undo", ADA)
    taken_back = (await noted(talk))[0]

    await talk.type(f"channel undo {taken_back.number}", ADA)

    assert await talk.follows(CHANNEL) == ("llms",)
    await talk.type("channel undo", ADA)
    assert await talk.follows(CHANNEL) == ()


@pytest.mark.mostly_one_database
async def test_a_change_is_taken_back_once(talk: Conversation) -> None:
    followed = await talk.type("channel follow llms", ADA)
    await talk.type(undo_of(followed), ADA)
    await talk.type("channel follow llms", ADA)

    said = await talk.says(undo_of(followed), ADA)

    assert re.match(r"There is no change \d+ here that still holds\. Nothing was changed\.", said)
    assert await talk.follows(CHANNEL) == ("llms",)


@pytest.mark.mostly_one_database
async def test_what_was_set_anew_since_is_not_taken_back(talk: Conversation) -> None:
    hotter = await talk.type("channel follow llms heat:40", ADA)
    await talk.type("channel follow llms heat:60", MAX)

    answer = await talk.type(undo_of(hotter), ADA)

    assert "changed again since" in str(answer.parts[0])
    assert [it.ids for it in answer.parts if isinstance(it, Mention)] == [("9",)]
    async with talk.database.read() as db:
        assert (await db.scalars(sa.select(rules.c.heat))).all() == [60]


@pytest.mark.mostly_one_database
async def test_a_change_elsewhere_is_not_taken_back_from_here(talk: Conversation) -> None:
    followed = await talk.type("channel follow llms", ADA)
    elsewhere = replace(ADA, here=replace(CHANNEL, channel="11"))

    said = await talk.says(undo_of(followed), elsewhere)

    assert said.startswith("There is no change")
    assert await talk.follows(CHANNEL) == ("llms",)


@pytest.mark.mostly_one_database
async def test_who_may_not_manage_neither_sees_nor_takes_back(talk: Conversation) -> None:
    await talk.type("channel follow llms", ADA)

    for words in ("channel history", "channel undo", "channel undo 1"):
        assert "you need the rights" in await talk.says(words, MIA), words
        assert await talk.follows(CHANNEL) == ("llms",), words


async def test_the_history_turns_its_pages_in_place(talk: Conversation) -> None:
    for heat in range(12):
        await talk.type(f"channel follow llms heat:{heat + 1}", ADA)

    first = await talk.type("channel history", ADA)
    second = await talk.type(buttons(first)["Next"], ADA)
    third = await talk.type(buttons(second)["Next"], ADA)

    assert turns_a_page(parse(buttons(first)["Next"]))
    assert set(buttons(third)) == {"Undo", "Previous"}
    assert [it.label for it in _all_buttons(third)] == ["Undo", "Undo", "Previous"]
    assert await talk.type(buttons(third)["Previous"], ADA) == second


@pytest.mark.mostly_one_database
async def test_a_page_stays_as_it_was_though_more_is_changed(talk: Conversation) -> None:
    for heat in range(6):
        await talk.type(f"channel follow llms heat:{heat + 1}", ADA)
    following = buttons(await talk.type("channel history", ADA))["Next"]
    before = await talk.says(following, ADA)

    await talk.type("channel zone Europe/Berlin", ADA)

    assert await talk.says(following, ADA) == before


async def test_who_changed_something_is_forgotten_after_some_time(talk: Conversation) -> None:
    await talk.type("channel follow llms", ADA)
    talk.now += timedelta(days=1)
    await talk.type("channel follow openai", ADA)

    async with talk.database.write() as db:
        assert await history.forget_who(db, before=NOW + timedelta(hours=1)) == 1
        kept = sa.select(changes.c.changed_by).order_by(changes.c.id)
        assert (await db.scalars(kept)).all() == ["", "8"]
    assert "Change" in await talk.says("channel history", ADA)


@pytest.mark.mostly_one_database
async def test_to_take_back_who_manages_takes_the_right_to_choose_it(talk: Conversation) -> None:
    await talk.type("channel managers anyone", ADA)
    await talk.type("channel managers mods", ADA)
    await talk.type("channel managers anyone", ADA)

    for number in (3, 2, 1):
        said = await talk.says(f"channel undo {number}", MIA)
        assert "you need the rights of a mod" in said
    assert [it.undone_at for it in await noted(talk)] == [None] * 3

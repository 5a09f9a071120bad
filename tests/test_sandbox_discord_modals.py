"""The Discord stand-in: lists to choose from and forms, with Discord's limits."""

from typing import Any

import pytest

from bots.sandbox.discord import NotPossible
from bots.sandbox.discord.bodies import ON_CREATE, Fields, read_fields
from bots.sandbox.discord.errors import ApiError
from bots.sandbox.discord.forms import Form
from bots.sandbox.discord.modals import fields, read_modal, typed_into
from tests.discordbot import Clock, plain_bot
from tests.readers import objects

FIELD = {"type": 4, "custom_id": "typed", "style": 1}
LABEL = {"type": 18, "label": "Name", "component": FIELD}
OLDER = {"type": 1, "components": [{**FIELD, "label": "Name"}]}
MODAL = {"title": "Title", "custom_id": "a", "components": [LABEL]}
OPTIONS = [{"label": it, "value": it} for it in "abc"]
LIST = {"type": 3, "custom_id": "a", "options": OPTIONS}


def wrong(select: dict[str, Any]) -> set[str]:
    """Return the codes of what Discord says is wrong with a list."""
    form = Form()
    body = {"flags": 1 << 15, "components": [{"type": 1, "components": [select]}]}
    read_fields(form, body, Fields(), ON_CREATE)
    return {it["code"] for it in objects(form.errors) if "code" in it}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, set()),
        ({"max_values": 3}, set()),
        ({"max_values": 4}, {"BASE_TYPE_BAD_LENGTH"}),
        ({"min_values": 0, "max_values": 2}, set()),
        ({"options": []}, {"BASE_TYPE_BAD_LENGTH"}),
        ({"placeholder": "a" * 151}, {"BASE_TYPE_MAX_LENGTH"}),
        ({"options": [*OPTIONS, OPTIONS[0]]}, {"SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"}),
        (
            {"options": [{**it, "default": True} for it in OPTIONS]},
            {"SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES"},
        ),
    ],
)
def test_a_list_is_held_to_the_limits_of_discord(changes: dict[str, Any], codes: set[str]) -> None:
    assert wrong({**LIST, **changes}) == codes


@pytest.mark.parametrize("row", [LABEL, OLDER])
def test_a_form_is_sent_with_what_was_typed(row: dict[str, Any]) -> None:
    modal = read_modal({**MODAL, "components": [row]})

    sent = typed_into(modal, {"typed": "words"})

    assert [field["custom_id"] for field in fields(modal)] == ["typed"]
    assert sent["custom_id"] == "a"
    [told] = [it for it in objects(sent) if it.get("type") == 4]
    assert told["value"] == "words"
    assert sent["components"][0]["type"] == row["type"]


def test_what_stands_in_a_field_is_sent_if_nothing_else_is_typed() -> None:
    modal = read_modal(_with({"value": "before"}))

    [told] = [it for it in objects(typed_into(modal, {})) if it.get("type") == 4]

    assert told["value"] == "before"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ({}, {}),
        ({"max_length": 3}, {"typed": "four"}),
        ({"min_length": 3}, {"typed": "no"}),
        ({}, {"another": "words"}),
    ],
)
def test_a_field_does_not_take_everything(field: dict[str, Any], typed: dict[str, str]) -> None:
    modal = read_modal(_with(field))

    with pytest.raises(NotPossible):
        typed_into(modal, typed)


def test_an_optional_field_may_stay_empty() -> None:
    assert typed_into(read_modal(_with({"required": False})), {})["components"]


@pytest.mark.parametrize(
    "modal",
    [
        {**MODAL, "title": "a" * 46},
        {**MODAL, "custom_id": "a" * 101},
        {**MODAL, "components": []},
        {**MODAL, "components": [LABEL] * 2},
        {**MODAL, "components": [{**LABEL, "label": "a" * 46}]},
        {**MODAL, "components": [{**LABEL, "component": LIST}]},
        {**MODAL, "components": [{"type": 2}]},
        {**MODAL, "components": [{"type": 18, "label": "Name"}]},
        {**MODAL, "components": [{**LABEL, "component": {**FIELD, "placeholder": "a" * 101}}]},
    ],
)
def test_a_form_is_held_to_the_limits_of_discord(modal: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        read_modal(modal)


async def test_only_what_a_list_offers_can_be_chosen() -> None:
    body = {"flags": 1 << 15, "components": [{"type": 1, "components": [LIST]}]}
    async with plain_bot(Clock()) as bot:
        channel = bot.discord.add_channel(bot.discord.add_guild("Acme"), "news")
        await bot.post(channel, body)
        [standing] = bot.discord.messages(channel)
        mia = bot.discord.add_user("mia")

        for custom_id, values in (("a", ["d"]), ("a", []), ("a", ["a", "b"]), ("b", ["a"])):
            with pytest.raises(NotPossible):
                await bot.discord.choose(mia, channel, standing, custom_id, values)


def _with(field: dict[str, Any]) -> dict[str, Any]:
    return {**MODAL, "components": [{**LABEL, "component": {**FIELD, **field}}]}

"""The settings of a channel in a modal on Slack."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.sandbox.slack import inputs
from core.db import Database
from core.localtime import Quiet, Rhythm
from core.rules import Terms
from tests.slackdesk import Office, labels, office, press, settled, until, words_of

pytestmark = pytest.mark.mostly_one_database

NINE = 9 * 60


@pytest.fixture
async def work(database: Database) -> AsyncIterator[Office]:
    async with office(database) as opened:
        yield opened


async def panel(work: Office) -> Any:
    """Let Ada open the settings of a channel that follows a tag; return the modal."""
    await work.let_follow(work.channel, "llms", by=work.ada.id)
    await work.slack.type_command(work.ada, work.channel, "/themata", "channel settings")
    return await settled(work.slack, work.ada)


async def choose(work: Office, view: Any, name: str, given: str | list[str]) -> Any:
    """Let Ada choose in the list of this name; return the modal as it is then."""
    for block in view["blocks"]:
        if block.get("text", {}).get("text") == name and "accessory" in block:
            ids = (view["id"], block["accessory"]["action_id"])
            await work.slack.forms.press(work.ada, *ids, given, block_id=block["block_id"])
            return await settled(work.slack, work.ada)
    raise AssertionError(f"there is no list {name}")


async def test_the_settings_open_in_a_modal(work: Office) -> None:
    shown = await panel(work)

    assert shown["title"]["text"] == "Channel settings"
    assert "This channel follows #llms" in words_of(shown)
    assert len(shown["blocks"]) <= 100


async def test_a_choice_is_saved_at_once_and_shown_in_place(work: Office) -> None:
    before = await panel(work)

    after = await choose(work, before, "Quiet hours", "22:00-07:00")

    assert after["id"] == before["id"]
    assert "quiet from 22:00 to 07:00" in words_of(after)
    assert (await work.follows(work.channel)).rules == {"llms": Terms(quiet=Quiet(22 * 60, 7 * 60))}


async def test_choices_can_be_made_one_after_the_other(work: Office) -> None:
    shown = await panel(work)
    shown = await choose(work, shown, "Style", "line")

    shown = await choose(work, shown, "When", "daily 09:00 most:off")

    rhythm = Rhythm("daily", NINE)
    assert (await work.follows(work.channel)).rules["llms"].style == "line"
    assert (await work.follows(work.channel)).rules["llms"].rhythm == rhythm


async def test_tags_are_found_while_they_are_typed(work: Office) -> None:
    shown = await panel(work)
    (tags,) = [it for _, it in inputs.elements(shown) if it["type"] == "multi_external_select"]
    chosen = shown["state"]["values"]
    offered = await work.slack.forms.suggestions(work.ada, shown["id"], tags["action_id"], "pri")

    after = await choose(work, shown, "Tags", ["llms", "privacy"])

    assert [it["value"] for it in offered] == ["privacy"]
    assert "llms" in str(chosen)
    assert set((await work.follows(work.channel)).rules) == {"llms", "privacy"}
    assert "Added #privacy." in words_of(after)


async def test_a_button_asks_for_words_above_the_settings(work: Office) -> None:
    shown = await panel(work)

    asking = await pressed(work, shown, "Limit heat")
    work.slack.forms.fill(work.ada, asking["id"], "typed", "60")
    await work.slack.forms.send(work.ada, asking["id"])

    await until(work.slack, lambda: "heat 60 or more" in words_of(work.slack.modals[shown["id"]]))
    assert (await settled(work.slack, work.ada))["id"] == shown["id"]


async def pressed(work: Office, view: Any, label: str) -> Any:
    """Let Ada press a button that opens something above; return what is on top then."""
    for block, element in inputs.elements(view):
        if element.get("text", {}).get("text") == label:
            known = len(work.slack.modals)
            ids = (view["id"], element["action_id"])
            await work.slack.forms.press(work.ada, *ids, block_id=block["block_id"])
            assert len(work.slack.modals) == known + 1
            return await settled(work.slack, work.ada)
    raise AssertionError(f"there is no {label} among {labels(view)}")


async def test_words_that_are_not_understood_are_told_in_the_settings(work: Office) -> None:
    shown = await panel(work)
    asking = await pressed(work, shown, "Set quiet hours")
    work.slack.forms.fill(work.ada, asking["id"], "typed", "at night")

    await work.slack.forms.send(work.ada, asking["id"])

    said = "I do not understand"
    await until(work.slack, lambda: said in words_of(work.slack.modals[shown["id"]]))


async def test_the_last_change_can_be_undone(work: Office) -> None:
    shown = await choose(work, await panel(work), "Style", "line")

    after = await press(work, work.ada, shown, "Undo last change")

    assert "Taken back: #llms" in words_of(after)
    assert (await work.follows(work.channel)).rules == {"llms": Terms()}


async def test_who_may_not_change_a_channel_is_told_so_in_the_modal(work: Office) -> None:
    await work.slack.type_command(work.mia, work.channel, "/themata", "channel settings")

    shown = await settled(work.slack, work.mia)
    assert "admin or owner" in words_of(shown)
    assert labels(shown) == []


async def test_rights_are_asked_for_again_at_each_choice(work: Office) -> None:
    shown = await panel(work)
    work.slack.change_user(work.ada, is_restricted=True)

    after = await choose(work, shown, "Style", "line")

    assert (await work.follows(work.channel)).rules == {"llms": Terms()}
    assert labels(after) == []


async def test_in_direct_messages_one_chooses_the_channel(work: Office) -> None:
    await work.let_follow(work.channel, "llms", by=work.ada.id)
    direct = work.slack.direct_messages(work.ada)

    await work.slack.type_command(work.ada, direct, "/themata", "channel settings")
    asking = await settled(work.slack, work.ada)
    work.slack.forms.fill(work.ada, asking["id"], "typed", work.channel.id)
    await work.slack.forms.send(work.ada, asking["id"])

    assert "Which channel?" in words_of(asking)
    assert "This channel follows #llms" in words_of(await settled(work.slack, work.ada))


async def test_a_channel_is_set_up_from_the_home_tab_in_five_presses(work: Office) -> None:
    home = await work.slack.forms.open_home(work.ada)

    asking = await pressed(work, home, "Set up a channel")
    work.slack.forms.fill(work.ada, asking["id"], "typed", work.channel.id)
    await work.slack.forms.send(work.ada, asking["id"])
    step = await settled(work.slack, work.ada)
    (tags,) = [it for _, it in inputs.elements(step) if it["type"] == "multi_external_select"]
    await work.slack.forms.suggestions(work.ada, step["id"], tags["action_id"], "privacy")
    step = await choose(work, step, "Tags", ["privacy"])
    await press(work, work.ada, step, "Start")

    assert set((await work.follows(work.channel)).rules) == {"privacy"}
    homes = work.slack.homes
    await until(work.slack, lambda: "Channels you manage" in words_of(homes[work.ada.id]))


async def test_the_home_tab_opens_the_settings_of_a_channel(work: Office) -> None:
    await work.let_follow(work.channel, "llms", by=work.ada.id)
    home = await work.slack.forms.open_home(work.ada)

    shown = await pressed(work, home, "Change")

    assert "follows #llms" in words_of(shown)
    assert work.desk.asked[-1][1].about.channel == work.channel.id


async def test_if_no_modal_can_be_shown_the_settings_are_replied(work: Office) -> None:
    await work.let_follow(work.channel, "llms", by=work.ada.id)
    work.slack.fail_next("views.open", error="expired_trigger_id")

    answer = await work.slack.type_command(work.ada, work.channel, "/themata", "channel settings")

    assert "This channel follows #llms" in answer.messages[0].text


async def test_a_view_that_was_changed_does_nothing_but_explain_itself(work: Office) -> None:
    for at in range(0, 40, 3):
        shown = await panel(work)
        view = work.slack.modals[shown["id"]]
        kept = view["private_metadata"]
        there = at % len(kept)
        changed = chr(ord(kept[there]) ^ 1)
        view["private_metadata"] = kept[:there] + changed + kept[there + 1 :]

        after = await choose(work, shown, "Style", "line")

        assert (await work.follows(work.channel)).rules == {"llms": Terms()}, at
        assert "does nothing any more" in words_of(after), at
        await work.slack.forms.close(work.ada)


async def test_a_list_that_was_changed_does_nothing_but_explain_itself(work: Office) -> None:
    shown = await panel(work)
    view = work.slack.modals[shown["id"]]
    for _, element in inputs.elements(view):
        if "style:" in element["action_id"]:
            element["action_id"] = element["action_id"].replace("style:", "heat:")

    after = await choose(work, shown, "Style", "line")

    assert (await work.follows(work.channel)).rules == {"llms": Terms()}
    assert "Nothing was done" in words_of(after)

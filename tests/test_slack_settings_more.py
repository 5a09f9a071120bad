"""The second page of the settings on Slack: user groups are found while their names are typed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.sandbox.slack import inputs
from core.db import Database
from core.managers import choose_managers, managers
from core.rules import Terms
from tests.slackdesk import Office, office, press, settled, words_of
from tests.test_slack_settings import choose, panel

pytestmark = pytest.mark.mostly_one_database
WHO, BESIDE = "Who can change this channel", "A role or group that can, too"
LISTS = "usergroups.list"


@pytest.fixture
async def work(database: Database) -> AsyncIterator[Office]:
    async with office(database) as opened:
        yield opened


async def page(work: Office) -> Any:
    """Let Ada turn to the second page of the settings."""
    return await press(work, work.ada, await panel(work), "Show more settings")


def listed(view: Any, name: str) -> Any:
    """Return the list of this name."""
    named = [it for it in view["blocks"] if it.get("text", {}).get("text") == name]
    [block] = [it for it in named if "accessory" in it]
    return block["accessory"]


async def offered(work: Office, view: Any, name: str, typed: str) -> list[tuple[str, str]]:
    """Return what is offered while Ada types into this list: each with what it stands for."""
    action = listed(view, name)["action_id"]
    found = await work.slack.forms.suggestions(work.ada, view["id"], action, typed)
    return [(it["text"]["text"], it["value"]) for it in found]


async def who_may(work: Office) -> str:
    async with work.database.read() as db:
        return (await managers(db, work.address(work.channel))).who


async def test_the_second_page_stands_in_the_same_modal_and_leads_back(work: Office) -> None:
    first = await panel(work)

    second = await press(work, work.ada, first, "Show more settings")
    third = await press(work, work.ada, second, "Back to settings")

    assert "More settings" in words_of(second)
    assert first["id"] == second["id"] == third["id"]
    assert "This channel follows #llms" in words_of(third)
    assert "Posts of this channel" not in words_of(second)


async def test_a_group_is_found_by_its_name_and_pinged(work: Office) -> None:
    news, _ = work.slack.add_group("news-desk"), work.slack.add_group("sales")
    shown = await page(work)

    assert await offered(work, shown, "Ping", "desk") == [("@news-desk · News-Desk", news.id)]
    shown = await choose(work, shown, "Ping", [news.id])

    assert (await work.follows(work.channel)).rules == {"llms": Terms(mention=news.id)}
    assert f"'usergroup_id': '{news.id}'" in str(shown["blocks"])
    assert [it["value"] for it in listed(shown, "Ping")["initial_options"]] == [news.id]


async def test_nobody_is_pinged_any_more_when_the_group_is_taken_out(work: Office) -> None:
    group = work.slack.add_group("news")
    shown = await page(work)
    await offered(work, shown, "Ping", "@News")
    shown = await choose(work, shown, "Ping", [group.id])

    shown = await choose(work, shown, "Ping", [])

    assert (await work.follows(work.channel)).rules == {"llms": Terms()}
    assert "initial_options" not in listed(shown, "Ping")


async def test_all_groups_are_offered_before_anything_is_typed(work: Office) -> None:
    ids = [work.slack.add_group(f"group-{n:03}").id for n in range(120)]
    shown = await page(work)

    assert [it for _, it in await offered(work, shown, "Ping", "")] == ids[:100]


async def test_what_is_like_no_group_is_said_and_saved_by_nobody(work: Office) -> None:
    work.slack.add_group("news")
    shown = await page(work)

    [(said, value)] = await offered(work, shown, "Ping", "s0123")
    assert said == "No group is called “s0123”"
    shown = await choose(work, shown, "Ping", [value])

    assert "I know no role or group “mention:@s0123”" in words_of(shown)
    assert (await work.follows(work.channel)).rules == {"llms": Terms()}


async def test_where_the_app_may_not_see_the_groups_that_is_said(work: Office) -> None:
    scopes = [it for it in work.slack.scopes if it != "usergroups:read"]
    work.slack.scopes = scopes
    shown = await page(work)

    [(said, value)] = await offered(work, shown, BESIDE, "news")

    assert said == "I cannot see the groups here: type the command with the @name"
    shown = await choose(work, shown, BESIDE, [value])
    assert "I know no role or group “@news”" in words_of(shown)
    assert await who_may(work) == ""


async def test_slack_is_asked_once_for_all_that_is_typed_in_a_while(work: Office) -> None:
    work.slack.add_group("news")
    shown = await page(work)
    first = await offered(work, shown, "Ping", "n")
    work.slack.fail_next(LISTS, error="internal_error")

    second = await offered(work, shown, "Ping", "ne")

    assert first == second
    assert first[0][0] == "@news · News"


async def test_a_group_lets_others_change_the_channel(work: Office) -> None:
    group = work.slack.add_group("editors", work.mia)
    shown = await page(work)
    await offered(work, shown, BESIDE, "editors")

    shown = await choose(work, shown, BESIDE, [group.id])

    assert await who_may(work) == group.id
    assert "Mods and a role or group" in words_of(shown)
    await work.slack.type_command(work.mia, work.channel, "/themata", "channel set page:2")
    seen = words_of(await settled(work.slack, work.mia))
    assert "Only mods choose who may change this" in seen
    assert WHO not in seen
    shown = await choose(work, shown, BESIDE, [])
    assert await who_may(work) == ""


async def test_who_is_no_mod_any_more_does_not_choose_who_may(work: Office) -> None:
    group = work.slack.add_group("editors", work.mia)
    async with work.database.write() as db:
        await choose_managers(db, work.address(work.channel), group.id)
    work.slack.change_user(work.mia, is_admin=True)
    await work.let_follow(work.channel, "llms", by=work.ada.id)
    await work.slack.type_command(work.mia, work.channel, "/themata", "channel set page:2")
    shown = await settled(work.slack, work.mia)
    action = listed(shown, WHO)["action_id"]
    work.slack.change_user(work.mia, is_admin=False)

    await work.slack.forms.press(work.mia, shown["id"], action, "anyone")
    after = words_of(await settled(work.slack, work.mia))

    assert await who_may(work) == group.id
    assert "To choose who may change this channel you need" in after
    assert WHO not in after


async def test_every_member_is_let_in_and_the_last_change_taken_back(work: Office) -> None:
    shown = await choose(work, await page(work), WHO, "anyone")
    assert await who_may(work) == "anyone"

    shown = await press(work, work.ada, shown, "Undo last change")

    assert "Taken back" in words_of(shown)
    assert await who_may(work) == ""
    assert any(it["type"] == "multi_external_select" for _, it in inputs.elements(shown))


async def test_where_no_modal_can_be_shown_groups_are_found_in_the_message(work: Office) -> None:
    group = work.slack.add_group("news")
    await work.let_follow(work.channel, "llms", by=work.ada.id)
    asked = (work.ada, work.channel)
    work.slack.fail_next("views.open", error="expired_trigger_id")
    await work.slack.type_command(*asked, "/themata", "channel set page:2")
    [shown] = work.slack.private_messages(work.ada)
    [block] = [it for it in shown.blocks if it.get("text", {}).get("text") == "Ping"]
    action = block["accessory"]["action_id"]

    [found] = await work.slack.suggestions(*asked, shown.ts, action, "ne")
    await work.slack.press(*asked, shown.ts, action, [group.id])

    assert found["value"] == group.id
    assert (await work.follows(work.channel)).rules == {"llms": Terms(mention=group.id)}

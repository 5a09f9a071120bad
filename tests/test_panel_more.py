"""The second page of a channel's settings: whom posts ping, who may change them, passing on."""

from dataclasses import replace

import pytest

from core import crossposts, history
from core.crossposts import are_chosen
from core.db import Database
from core.managers import choose_managers, managers
from core.rights import TABLE, Action, Scope, Standing
from core.rules import Terms
from tests.arranged import arranged
from tests.conftest import NOW
from tests.matrix import GROUP, HERE, ROLES
from tests.panels import STEP, Mod
from tests.test_desk import ADA, CHANNEL, MIA

pytestmark = pytest.mark.mostly_one_database

ROLE, OTHER = "118730126411823929", "118730126411823930"
EDITOR = replace(MIA, groups=frozenset({ROLE}))
WHO, BESIDE, PASSED = (
    "Who can change this channel",
    "A role or group that can, too",
    "Posts of this channel",
)
NO_MOD = "To choose who may change this channel you need"


@pytest.fixture
async def mod(database: Database) -> Mod:
    """Give a mod who looks at the second page."""
    await arranged(database, _follow)
    mod = Mod(database, replace(ADA, can_crosspost=True))
    await mod.type("channel set page:2")
    return mod


async def _follow(database: Database) -> None:
    await Mod(database, replace(ADA, can_crosspost=True)).type("channel follow llms openai")


async def who_may(mod: Mod) -> str:
    async with mod.database.read() as db:
        return (await managers(db, CHANNEL)).who


async def are_passed_on(mod: Mod) -> bool:
    async with mod.database.read() as db:
        return await are_chosen(db, CHANNEL)


async def differences(mod: Mod) -> list[tuple[str, str]]:
    """Return what the last change was, and by whom."""
    async with mod.database.read() as db:
        [change] = await history.latest(db, CHANNEL, most=1)
    assert change.at == NOW
    return sorted({(it.what, change.by) for it in change.differences})


async def test_the_second_page_is_shown_in_place_and_leads_back(mod: Mod) -> None:
    await mod.type("channel settings")
    await mod.press("Show more settings")

    assert "More settings" in mod.text
    assert mod.group("Ping").chosen == ""
    assert (mod.chosen(WHO), mod.group(BESIDE).chosen) == (["mods"], "")
    assert mod.chosen(PASSED) == ["off"]

    assert "This channel follows #llms and #openai." in await mod.press("Back to settings")


async def test_a_ping_is_saved_at_once_shown_and_undone(mod: Mod) -> None:
    said = await mod.choose_group("Ping", ROLE)

    assert set((await mod.rules()).values()) == {Terms(mention=ROLE)}
    assert "Changed #llms and #openai: whom their posts mention." in said
    assert f"Posts here mention @{ROLE}" in said
    assert mod.group("Ping").chosen == ROLE
    assert await differences(mod) == [("mention", ADA.person)]
    assert "Taken back: " in await mod.press("Undo last change")
    assert set((await mod.rules()).values()) == {Terms()}
    assert "More settings" in mod.text


async def test_a_ping_is_taken_away_by_choosing_nobody(mod: Mod) -> None:
    await mod.choose_group("Ping", ROLE)

    await mod.choose_group("Ping", "")

    assert set((await mod.rules()).values()) == {Terms()}
    assert mod.group("Ping").chosen == ""


async def test_everyone_and_what_is_no_role_is_never_pinged(mod: Mod) -> None:
    for typed in ("everyone", "@news", "@everyone", "here"):
        said = await mod.choose_group("Ping", typed)

        assert "cannot be mentioned" in said or "I know no role or group" in said, typed
        assert set((await mod.rules()).values()) == {Terms()}, typed


async def test_of_several_rules_the_shown_one_pings(mod: Mod) -> None:
    await mod.type("channel follow crypto style:line")
    await mod.type("channel set page:2")

    await mod.choose("Rule", "of:llms")
    said = await mod.choose_group("Ping", ROLE)

    assert {it: terms.mention for it, terms in (await mod.rules()).items()} == {
        "llms": ROLE,
        "openai": ROLE,
        "crypto": "",
    }
    assert f"Posts by this rule mention @{ROLE}" in said
    assert mod.chosen("Rule") == ["of:llms"]


async def test_a_ping_for_a_rule_that_was_changed_meanwhile_changes_nothing(mod: Mod) -> None:
    listed = mod.group("Ping")
    await mod.type("channel follow crypto")

    said = await mod.type(f"{listed.words} {ROLE}")

    assert "Somebody changed this meanwhile" in said
    assert {it.mention for it in (await mod.rules()).values()} == {""}
    assert "More settings" in said


async def test_no_ping_is_set_where_the_bot_cannot_post(mod: Mod) -> None:
    mod.caller = replace(mod.caller, bot_may_post=False, step_to_let_bot_post=STEP)

    assert "so nothing was changed" in await mod.choose_group("Ping", ROLE)
    assert set((await mod.rules()).values()) == {Terms()}


async def test_every_member_may_change_a_channel_as_soon_as_that_is_chosen(mod: Mod) -> None:
    said = await mod.choose(WHO, "anyone")

    assert await who_may(mod) == "anyone"
    assert "From now on every member can change this channel." in said
    assert mod.chosen(WHO) == ["anyone"]
    assert await differences(mod) == [("managers", ADA.person)]
    await mod.press("Undo last change")
    assert await who_may(mod) == ""
    assert mod.chosen(WHO) == ["mods"]


async def test_a_role_beside_the_mods_is_chosen_changed_and_left(mod: Mod) -> None:
    said = await mod.choose_group(BESIDE, ROLE)
    assert await who_may(mod) == ROLE
    assert f"Beside its mods: @{ROLE}" in said
    assert (mod.chosen(WHO), mod.group(BESIDE).chosen) == ([ROLE], ROLE)

    await mod.choose_group(BESIDE, OTHER)
    assert await who_may(mod) == OTHER
    await mod.choose_group(BESIDE, "")

    assert await who_may(mod) == ""
    assert (mod.chosen(WHO), mod.group(BESIDE).chosen) == (["mods"], "")


async def test_choosing_who_can_already_changes_nothing(mod: Mod) -> None:
    await mod.choose_group(BESIDE, ROLE)
    before = await differences(mod)

    await mod.choose(WHO, ROLE)

    assert (await who_may(mod), await differences(mod)) == (ROLE, before)


async def test_what_is_no_role_is_not_let_in(mod: Mod) -> None:
    for typed in ("@news-editors", "editors"):
        assert "I know no role or group" in await mod.choose_group(BESIDE, typed), typed
        assert await who_may(mod) == "", typed


async def test_who_may_change_it_was_chosen_meanwhile_and_stays(mod: Mod) -> None:
    listed = mod.listed(WHO)
    await mod.type(f"channel managers {ROLE}")

    said = await mod.type(f"{listed.words} anyone")

    assert "Somebody changed this meanwhile" in said
    assert await who_may(mod) == ROLE
    assert mod.chosen(WHO) == [ROLE]


async def test_whom_mods_let_in_sets_all_but_who_else_may(mod: Mod) -> None:
    await mod.choose_group(BESIDE, ROLE)
    (alone, beside), mod.caller = (mod.listed(WHO), mod.group(BESIDE)), EDITOR

    said = await mod.type("channel set page:2")
    assert WHO not in said
    assert BESIDE not in said
    assert f"These may change it too: @{ROLE}" in said
    assert NO_MOD in await mod.type(f"{alone.words} anyone")
    assert NO_MOD in await mod.type(f"{beside.words} {OTHER}")
    assert NO_MOD in await mod.type(beside.words)
    assert NO_MOD in await mod.press("Undo last change")
    assert await who_may(mod) == ROLE

    await mod.choose_group("Ping", OTHER)
    assert set((await mod.rules()).values()) == {Terms(mention=OTHER)}


@pytest.mark.parametrize("words", ["managers anyone", "beside S2", "beside"])
async def test_who_may_change_it_only_those_choose_who_may_do_that(
    database: Database, words: str
) -> None:
    for role, (standing, caller) in ROLES.items():
        mod = Mod(database, caller)
        async with database.write() as db:
            await choose_managers(db, HERE, GROUP)

        await mod.type(f"channel set {words}")

        async with database.read() as db:
            after = (await managers(db, HERE)).who
        may = standing in TABLE[Action.CHOOSE_MANAGERS, Scope.CHANNEL]
        assert (after != GROUP) == may, role
        assert may == (standing in {Standing.MOD, Standing.ADMIN}), role


async def test_words_that_choose_nothing_change_nothing(mod: Mod) -> None:
    await mod.choose_group(BESIDE, ROLE)
    before = await differences(mod)

    for words in ("managers", "crosspost", "crosspost maybe"):
        said = await mod.type(f"channel set {words}")

        assert "I do not understand" in said, words
        assert (await who_may(mod), await differences(mod)) == (ROLE, before), words


async def test_posts_are_passed_on_as_soon_as_that_is_chosen(mod: Mod) -> None:
    said = await mod.choose(PASSED, "on")

    assert await are_passed_on(mod)
    assert "each post here is passed on" in said
    assert mod.chosen(PASSED) == ["on"]
    assert await differences(mod) == [("crosspost", ADA.person)]
    await mod.press("Undo last change")
    assert not await are_passed_on(mod)


@pytest.mark.parametrize("are_on", [0, 1])
async def test_passing_on_is_offered_only_where_it_can_be_or_was_chosen(
    mod: Mod, are_on: int
) -> None:
    async with mod.database.write() as db:
        await crossposts.choose(db, CHANNEL, wanted=bool(are_on))
    mod.caller = replace(ADA, can_crosspost=False, step_to_crosspost="Turn it on.")

    said = await mod.type("channel set page:2")

    assert (PASSED in said) == bool(are_on)
    assert "Turn it on." in await mod.type("channel set crosspost on")
    assert await are_passed_on(mod) == bool(are_on)
    await mod.type("channel set crosspost off")
    assert not await are_passed_on(mod)


async def test_another_channel_is_set_by_naming_it(mod: Mod) -> None:
    there = replace(CHANNEL, channel="77")
    await mod.type("channel follow in:77 llms")
    await mod.type("channel settings in:77")

    said = await mod.press("Show more settings")
    assert "#77" in said
    await mod.choose_group("Ping", ROLE)
    await mod.choose(WHO, "anyone")
    await mod.choose(PASSED, "on")

    assert await mod.rules(there) == {"llms": Terms(mention=ROLE)}
    async with mod.database.read() as db:
        assert (await managers(db, there)).who == "anyone"
        assert await are_chosen(db, there)
    assert (await who_may(mod), await are_passed_on(mod)) == ("", False)
    assert all("in:77" in button.words for button in mod.buttons)


async def test_where_nothing_is_followed_any_more_the_first_step_is_shown(mod: Mod) -> None:
    listed = mod.group("Ping")
    await mod.type("channel unfollow")

    said = await mod.type(f"{listed.words} {ROLE}")

    assert "Step 1 of 3" in said
    assert await mod.rules() == {}

"""The settings of a channel as one message: whatever is changed there is saved, and undoable."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import history, pauses, subscriptions
from core.db import Database
from core.localtime import Quiet, Rhythm
from core.rules import NO_TERMS, Terms
from tests.arranged import arranged
from tests.conftest import NOW
from tests.panels import STEP, Mod
from tests.test_desk import ADA, CHANNEL

pytestmark = pytest.mark.mostly_one_database

TAGS = "Tags"


@pytest.fixture
async def mod(database: Database) -> Mod:
    """Give a mod whose channel follows two tags."""
    await arranged(database, _follow)
    mod = Mod(database)
    await mod.type("channel settings")
    return mod


async def _follow(database: Database) -> None:
    await Mod(database).type("channel follow llms openai")


async def test_the_settings_say_what_is_followed_and_what_comes(mod: Mod) -> None:
    assert "This channel follows #llms and #openai." in mod.text
    assert "No posts yet" in mod.text
    assert mod.chosen(TAGS) == ["llms", "openai"]
    assert mod.chosen("When") == ["now most:off"]
    assert mod.chosen("Quiet hours") == ["off"]
    assert mod.chosen("Style") == ["off"]
    assert mod.chosen("In threads") == ["threads"]


async def test_a_choice_is_saved_at_once_shown_and_undone(mod: Mod) -> None:
    before = await mod.rules()

    for name, value, terms in (
        ("When", "now most:8", Terms(most_a_day=8)),
        ("When", "daily 09:00 most:off", Terms(rhythm=Rhythm("daily", 540))),
        ("When", "weekly mon 09:00 most:off", Terms(rhythm=Rhythm("weekly", 540))),
        ("Quiet hours", "22:00-07:00", Terms(quiet=Quiet(1320, 420))),
        ("Style", "line", Terms(style="line")),
        ("In threads", "related", Terms(threads=False, related=True)),
    ):
        said = await mod.choose(name, value)

        assert await mod.rules() == dict.fromkeys(("llms", "openai"), terms), value
        assert "Changed #llms and #openai" in said, value
        assert mod.chosen(name) == [value]
        assert "Taken back: " in await mod.press("Undo last change"), value
        assert await mod.rules() == before, value


async def test_what_is_typed_into_a_form_is_saved_and_undone(mod: Mod) -> None:
    before = await mod.rules()

    for label, typed, terms in (
        ("Leave out", "crypto", Terms(without=("crypto",))),
        ("Set times", "weekly fri 16:00", Terms(rhythm=Rhythm("weekly", 960, 4))),
        ("Set quiet hours", "18:30-08:00", Terms(quiet=Quiet(1110, 480))),
        ("Limit heat", "60", Terms(heat=60)),
    ):
        await mod.ask(label, typed)

        assert await mod.rules() == dict.fromkeys(("llms", "openai"), terms), label
        await mod.press("Undo last change")
        assert await mod.rules() == before, label


async def test_what_no_list_offers_is_shown_as_chosen(mod: Mod) -> None:
    await mod.ask("Set times", "weekly fri 16:00 most:3")
    await mod.ask("Set quiet hours", "18:30-08:00")

    assert mod.chosen("When") == ["weekly fri 16:00 most:3"]
    assert mod.chosen("Quiet hours") == ["18:30-08:00"]
    await mod.choose("When", *mod.chosen("When"))
    assert "Nothing was changed." in mod.text


async def test_tags_are_chosen_and_left(mod: Mod) -> None:
    await mod.told("meta", many=3)
    mod.now += timedelta(minutes=2)  # by then it is known what is told
    await mod.type("channel settings")

    said = await mod.choose(TAGS, "llms", "meta")

    assert "Added #meta. Took out #openai." in said
    assert set(await mod.rules()) == {"llms", "meta"}
    await mod.press("Undo last change")
    assert set(await mod.rules()) == {"llms", "openai"}


async def test_a_tag_that_is_added_comes_on_the_terms_of_its_rule(mod: Mod) -> None:
    await mod.choose("In threads")
    await mod.choose("Style", "full")

    await mod.ask("Add tags", "crypto meta+chips")

    assert await mod.rules() == dict.fromkeys(
        ("llms", "openai", "crypto", "chips+meta"), Terms(style="full", threads=False)
    )


async def test_a_tag_that_is_none_is_said_and_the_others_are_added(mod: Mod) -> None:
    said = await mod.ask("Add tags", "crypto lmls")

    assert "There is no tag called “lmls”." in said
    assert "Added #crypto." in said
    assert set(await mod.rules()) == {"llms", "openai", "crypto"}


async def test_what_is_not_understood_changes_nothing(mod: Mod) -> None:
    before = await mod.rules()

    for label, typed in (
        ("Set times", "sometimes"),
        ("Limit heat", "hot"),
        ("Leave out", "nothing-like-it"),
    ):
        said = await mod.ask(label, typed)

        assert "Nothing was changed." in said, typed
        assert await mod.rules() == before, typed


async def test_what_is_left_out_can_be_let_in_again(mod: Mod) -> None:
    await mod.ask("Leave out", "crypto,spam.example")
    assert mod.chosen("Except") == ["crypto", "spam.example"]

    await mod.choose("Except", "spam.example")

    assert {it.without for it in (await mod.rules()).values()} == {("spam.example",)}
    await mod.choose("Except")
    assert {it.without for it in (await mod.rules()).values()} == {()}


async def test_one_of_several_rules_is_chosen_and_changed(mod: Mod) -> None:
    await mod.type("channel follow crypto style:line")
    await mod.type("channel settings")

    await mod.choose("Rule", "of:llms")
    assert mod.chosen(TAGS) == ["llms", "openai"]
    await mod.choose("Style", "full")

    assert (await mod.rules())["crypto"] == Terms(style="line")
    assert (await mod.rules())["llms"] == Terms(style="full")
    assert mod.chosen("Rule") == ["of:llms"]


async def test_a_rule_whose_tags_all_go_is_gone(mod: Mod) -> None:
    await mod.type("channel follow crypto style:line")
    await mod.type("channel settings of:crypto")

    await mod.choose(TAGS)

    assert set(await mod.rules()) == {"llms", "openai"}
    assert mod.chosen(TAGS) == ["llms", "openai"]


async def test_a_list_that_no_longer_shows_what_holds_changes_nothing(mod: Mod) -> None:
    listed = mod.listed(TAGS)
    await mod.type("channel follow crypto")

    said = await mod.type(f"{listed.words} llms")

    assert "Somebody changed this meanwhile" in said
    assert set(await mod.rules()) == {"llms", "openai", "crypto"}
    assert mod.chosen(TAGS) == ["crypto", "llms", "openai"]


async def test_tags_that_the_list_has_no_room_for_stay(database: Database) -> None:
    mod = Mod(database)
    many = [f"tag-{n:03}" for n in range(40)]
    async with database.write() as db:
        await subscriptions.follow(db, CHANNEL, many, by="8", now=NOW)

    said = await mod.type("channel settings")
    assert "15 more tags" in said
    assert len(mod.listed(TAGS).choices) == 25
    # What is no tag any more stays a topic of the rule.
    await mod.choose(TAGS, *many[1:25])

    assert set(await mod.rules()) == set(many[1:])


async def test_stopping_all_stops_all_and_can_be_undone(mod: Mod) -> None:
    said = await mod.press("Stop all")

    assert await mod.rules() == {}
    assert "Took out #llms and #openai." in said
    assert "Step 1 of 3" in said
    await mod.type("channel set undo")
    assert set(await mod.rules()) == {"llms", "openai"}


async def test_a_channel_is_stopped_in_two_actions(database: Database) -> None:
    mod = Mod(database)
    async with database.write() as db:
        await subscriptions.follow(db, CHANNEL, ["llms"], by="8", now=NOW)

    await mod.type("channel settings")
    await mod.press("Stop all")

    assert (mod.actions, await mod.rules()) == (2, {})


async def test_where_the_bot_cannot_post_only_less_can_be_set(mod: Mod) -> None:
    mod.caller = replace(ADA, bot_may_post=False, step_to_let_bot_post=STEP)

    said = await mod.type("channel settings")
    assert f"I cannot post in this channel. {STEP}" in said
    assert "so nothing was changed" in await mod.choose("Style", "full")
    assert set((await mod.rules()).values()) == {NO_TERMS}

    await mod.choose(TAGS, "llms")
    assert set(await mod.rules()) == {"llms"}
    mod.caller = ADA
    assert (
        "I cannot post" not in await mod.press("Check again") if "Check again" in mod.labels else 1
    )


async def test_a_change_lets_posts_come_to_a_channel_that_was_closed(mod: Mod) -> None:
    async with mod.database.write() as db:
        await pauses.pause_at(db, CHANNEL, "the channel is gone", now=NOW)
    assert "Nothing is posted here now: the channel is gone." in await mod.type("channel settings")
    assert "Resume" in mod.labels

    await mod.choose("Style", "full")

    assert "Nothing is posted here now" not in mod.text


async def test_a_change_does_not_end_a_pause_that_somebody_wants(mod: Mod) -> None:
    async with mod.database.write() as db:
        await pauses.pause_asked(db, CHANNEL, None, now=NOW)

    await mod.type("channel settings")
    await mod.choose("Style", "full")

    assert "Resume" in mod.labels
    async with mod.database.read() as db:
        assert await pauses.is_paused(db, CHANNEL)


async def test_the_time_zone_is_set_in_the_settings(mod: Mod) -> None:
    said = await mod.ask("Set time zone", "Europe/Berlin")

    assert "Digests and quiet hours go by the clock of Europe/Berlin" in said
    assert "I know no time zone" in await mod.ask("Set time zone", "Atlantis")


async def test_every_change_is_kept_with_who_made_it(mod: Mod) -> None:
    await mod.choose("Style", "full")
    await mod.choose("When", "now most:8")

    async with mod.database.read() as db:
        changes = await history.latest(db, CHANNEL, most=2)
    assert [change.by for change in changes] == [ADA.person] * 2
    assert [len(change.differences) for change in changes] == [2, 2]
    assert f"Changed by @{ADA.person}" in mod.text


async def test_another_channel_is_set_by_naming_it(mod: Mod) -> None:
    there = replace(CHANNEL, channel="77")
    async with mod.database.write() as db:
        await subscriptions.follow(db, there, ["llms"], by="8", now=NOW)

    said = await mod.type("channel settings in:77")
    assert "#77" in said
    await mod.choose("Style", "full")
    await mod.ask("Add tags", "crypto")

    assert await mod.rules(there) == dict.fromkeys(("llms", "crypto"), Terms(style="full"))
    assert set(await mod.rules()) == {"llms", "openai"}
    assert all("in:77" in button.words for button in mod.buttons)

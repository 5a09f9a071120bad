"""A channel is set up in three steps with what is usual filled in; nothing is saved before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bots.discord.render import payload
from core import history, people, portable, settings
from core.db import Database
from core.localtime import Rhythm
from core.messages import Buttons, as_text
from core.posting import Receipt, Refused, TryLater, Unknown, Unreachable, Unsearchable
from core.restoration import make_up_for_any
from core.rules import Terms
from tests.arranged import arranged
from tests.conftest import NOW
from tests.panels import STEP, Mod
from tests.readers import objects
from tests.test_desk import ADA, CHANNEL

pytestmark = pytest.mark.mostly_one_database

BUTTON = 2
TOLD = ("llms", "meta", "openai")
USUAL = Terms(most_a_day=8)


@pytest.fixture
async def mod(database: Database) -> Mod:
    """Give a mod whose channel follows nothing, where three tags are told most."""
    await arranged(database, _tell)
    mod = Mod(database)
    await mod.type("channel settings")
    return mod


async def _tell(database: Database) -> None:
    for many, tag in enumerate(("crypto", *TOLD), 1):
        await Mod(database).told(tag, many=many)


async def test_the_most_told_tags_are_chosen_already(mod: Mod) -> None:
    assert "Step 1 of 3" in mod.text
    assert mod.chosen("Tags") == ["openai", "meta", "llms"]
    assert [it.value for it in mod.listed("Tags").choices][3] == "crypto"
    assert mod.labels == ["Add tags", "Next", "Start"]


async def test_start_works_at_once(mod: Mod) -> None:
    said = await mod.press("Start")

    assert mod.actions == 2
    assert await mod.rules() == dict.fromkeys(TOLD, USUAL)
    assert "Started: #openai, #meta and #llms." in said
    assert mod.chosen("When") == ["now most:8"]


async def test_each_step_can_be_gone_through_and_back(mod: Mod) -> None:
    await mod.choose("Tags", "llms", "crypto")
    await mod.press("Next")
    assert "Step 2 of 3" in mod.text
    assert mod.chosen("When") == ["now most:8"]
    await mod.choose("When", "daily 09:00 most:off")
    await mod.press("Next")
    assert "Step 3 of 3" in mod.text
    assert "In the last 7 days that would have been 3 posts" in mod.text
    assert "crypto 0" in mod.text
    await mod.press("Back")
    assert mod.chosen("When") == ["daily 09:00 most:off"]
    await mod.press("Back")
    assert mod.chosen("Tags") == ["llms", "crypto"]
    assert await mod.rules() == {}

    await mod.press("Start")

    digest = Terms(rhythm=Rhythm("daily", 540))
    assert await mod.rules() == dict.fromkeys(("llms", "crypto"), digest)


async def test_as_they_come_is_kept_although_it_is_not_what_is_usual(mod: Mod) -> None:
    await mod.press("Next")
    await mod.choose("When", "now most:off")
    await mod.press("Back")
    await mod.choose("Tags", "llms")

    await mod.press("Start")

    assert await mod.rules() == {"llms": Terms()}


async def test_tags_can_be_typed(mod: Mod) -> None:
    said = await mod.ask("Add tags", "data-privacy+llms lmls")

    assert "There is no tag called “lmls”." in said
    assert mod.chosen("Tags") == ["openai", "meta", "llms", "data-privacy+llms"]


async def test_without_a_tag_it_cannot_be_started(mod: Mod) -> None:
    await mod.choose("Tags")

    assert mod.labels == ["Add tags"]
    assert "Choose at least one tag" in mod.text
    assert "Choose at least one tag" in await mod.type("channel set start")
    assert await mod.rules() == {}


async def test_what_the_buttons_have_no_room_for_is_said(mod: Mod) -> None:
    long = [f"a-tag-of-some-length-{n}" for n in range(6)]
    await mod.told(*long, many=9)
    mod.now += timedelta(minutes=2)  # by then it is known what is told

    said = await mod.type("channel set new1 " + " ".join(long))

    assert [
        it.get("label") for it in objects(payload(mod.message)) if it.get("type") == BUTTON
    ] == [
        "Add tags",
        "Next",
        "Start",
    ]
    kept = mod.chosen("Tags")
    assert 0 < len(kept) < len(long)
    assert kept == long[: len(kept)]
    assert f"No room for #{long[len(kept)]}" in said
    await mod.press("Next")
    await mod.choose("When", "weekly mon 09:00 most:off")
    drawn = [it for it in objects(payload(mod.message)) if it.get("type") == BUTTON]
    assert len(drawn) == len(mod.buttons)


async def test_a_missing_right_is_named_before_anything_is_saved(mod: Mod) -> None:
    mod.caller = replace(ADA, bot_may_post=False, step_to_let_bot_post=STEP)
    assert STEP in await mod.type("channel settings")

    said = await mod.press("Start")

    assert STEP in said
    assert "nothing was saved" in said
    assert await mod.rules() == {}
    assert mod.poster.posts == []
    mod.caller = ADA
    await mod.press("Check again")
    assert await mod.rules() == dict.fromkeys(TOLD, USUAL)


async def test_the_bot_introduces_itself_once(mod: Mod) -> None:
    await mod.press("Start")

    [(address, said, _)] = mod.poster.posts
    assert address == CHANNEL
    what = "#llms, #meta and #openai (at most 8 a day and the rest in a digest)"
    assert as_text(said).splitlines() == [
        f"Set up by @{ADA.person}",
        f"New stories are posted here about {what}.",
        "To change or stop it, type /channel settings",
    ]
    assert not any(isinstance(part, Buttons) for part in said.parts)

    await mod.press("Stop all")
    await mod.press("Start")
    assert len(mod.poster.posts) == 1


async def test_who_is_called_by_a_name_is_not_pinged(mod: Mod) -> None:
    mod.caller = replace(ADA, name="ada")

    await mod.press("Start")

    [(_, said, _)] = mod.poster.posts
    assert "Set up by @ada" in as_text(said)


async def test_an_introduction_that_has_to_wait_comes_later(mod: Mod) -> None:
    mod.poster.errors = [TryLater("busy")]
    await mod.press("Start")
    assert set(await mod.rules()) == set(TOLD)
    assert mod.poster.posts == []

    mod.now += timedelta(minutes=1)
    await mod.tell()
    await mod.tell()

    assert [address for address, _, _ in mod.poster.posts] == [CHANNEL]


async def test_one_that_is_refused_is_made_up_for_by_the_next_start(mod: Mod) -> None:
    mod.poster.errors = [Refused("no")]
    await mod.press("Start")
    await mod.tell()
    assert mod.poster.posts == []

    await mod.press("Stop all")
    await mod.press("Start")

    assert len(mod.poster.posts) == 1


async def test_a_closed_channel_is_told_when_it_is_open(mod: Mod) -> None:
    mod.poster.errors = [Unreachable("no right to post")]
    await mod.press("Start")
    mod.now += timedelta(minutes=59)
    await mod.tell()
    assert len(mod.poster.keys) == 1

    mod.now += timedelta(minutes=1)
    await mod.tell()

    assert len(mod.poster.posts) == 1


async def test_of_what_follows_nothing_any_more_it_is_not_said_who_set_it_up(mod: Mod) -> None:
    mod.poster.errors = [TryLater("busy")]
    await mod.press("Start")
    mod.now += timedelta(minutes=1)

    await mod.press("Stop all")
    await mod.tell()
    assert mod.poster.posts == []

    await mod.press("Start")
    assert len(mod.poster.posts) == 1


@pytest.mark.parametrize(("stands", "posts"), [(True, 0), (False, 1)])
async def test_an_introduction_that_may_stand_is_looked_for(
    mod: Mod, posts: int, *, stands: bool
) -> None:
    mod.poster.errors = [Unknown("lost")]
    await mod.press("Start")
    mod.poster.finds = [Receipt(CHANNEL, "m1") if stands else None]

    mod.now += timedelta(minutes=2)
    await mod.tell()
    await mod.tell()

    assert len(mod.poster.posts) == posts
    assert len(set(mod.poster.keys)) == 1


async def test_one_that_cannot_be_looked_for_is_not_said_again(mod: Mod) -> None:
    mod.poster.errors = [Unknown("lost")]
    await mod.press("Start")
    mod.poster.finds = [Unsearchable("no right to read")]

    mod.now += timedelta(minutes=2)
    await mod.tell()
    await mod.press("Stop all")
    await mod.press("Start")

    assert len(mod.poster.keys) == 1


async def test_who_has_deleted_their_data_is_named_no_more(mod: Mod) -> None:
    mod.poster.errors = [TryLater("busy")]
    await mod.press("Start")

    await people.forget(mod.database, people.Person("discord", ADA.person), now=NOW)
    mod.now += timedelta(minutes=1)
    await mod.tell()

    assert mod.poster.posts == []


async def test_d5_a_copy_that_is_put_back_says_nothing_that_may_have_been_said(mod: Mod) -> None:
    mod.poster.errors = [TryLater("busy")]
    await mod.press("Start")

    await make_up_for_any(mod.database, now=NOW)
    mod.now += timedelta(minutes=1)
    await mod.tell()

    assert mod.poster.posts == []


@pytest.mark.parametrize(
    "typed",
    ["channel follow llms", "channel follow llms heat:40 daily", "channel set topics llms"],
)
async def test_whoever_types_what_to_follow_is_named_too_once(mod: Mod, typed: str) -> None:
    await mod.type(typed)
    await mod.type("channel follow crypto")
    await mod.type("channel unfollow")
    await mod.type("channel follow meta")
    await mod.tell()

    [(address, said, _)] = mod.poster.posts
    assert address == CHANNEL
    assert as_text(said).startswith(f"Set up by @{ADA.person}\nNew stories are posted here about")


async def test_what_people_follow_themselves_is_introduced_nowhere(mod: Mod) -> None:
    await mod.type("subscribe llms")
    await mod.type("subscribe llms here")
    await mod.tell()

    assert mod.poster.posts == []


async def test_an_import_introduces_nobody(mod: Mod) -> None:
    there = replace(CHANNEL, channel="77")
    wanted = settings.Settings(rules={"llms": Terms()})
    portable_ = portable.Portable("discord", CHANNEL.workspace, {"77": wanted})
    async with mod.database.write() as db:
        assert await portable.put(db, portable_, now=NOW) == [there]

    await mod.tell()

    assert mod.poster.posts == []


async def test_a_second_press_of_start_changes_nothing(mod: Mod) -> None:
    start = mod.words_on("Start")
    await mod.press("Start")
    await mod.choose("Style", "full")
    before = await mod.rules()

    await mod.type(start)

    assert await mod.rules() == before
    assert len(mod.poster.posts) == 1
    assert mod.chosen("Style") == ["full"]


async def test_the_start_is_one_change_and_can_be_undone(mod: Mod) -> None:
    await mod.press("Start")

    async with mod.database.read() as db:
        [change] = await history.latest(db, CHANNEL)
    assert (change.by, change.at) == (ADA.person, NOW)
    await mod.press("Undo last change")
    assert await mod.rules() == {}
    assert "Step 1 of 3" in mod.text
    assert "Taken back: " in mod.text


async def test_another_channel_is_set_up_by_naming_it(mod: Mod) -> None:
    there = replace(CHANNEL, channel="77")

    await mod.type("channel settings in:77")
    await mod.press("Next")
    await mod.press("Next")
    await mod.press("Start")

    assert set(await mod.rules(there)) == set(TOLD)
    assert await mod.rules() == {}
    assert [address for address, _, _ in mod.poster.posts] == [there]


async def test_where_nothing_is_told_yet_the_start_works_at_once_too(database: Database) -> None:
    mod = Mod(database)

    await mod.type("channel settings")

    chosen = mod.chosen("Tags")
    assert len(chosen) == 3
    await mod.press("Start")
    assert await mod.rules() == dict.fromkeys(chosen, USUAL)

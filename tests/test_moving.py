"""What a channel follows moves to another one with what waits, by who may change both."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from core import history, pauses, settings, workspaces
from core.commands import Caller
from core.db import Database
from core.intake import Intake
from core.managers import choose_managers
from core.messages import Choices, as_text
from core.posting import Address
from core.rules import Terms
from core.settings import Settings
from core.sources import Draft
from tests.arranged import arranged
from tests.queued import states
from tests.test_desk import ADA, CHANNEL, MIA, Conversation, buttons
from tests.test_waiting import Newsroom

THERE = replace(CHANNEL, channel="11")
MOVE = "channel move to:11"


def mod(*, there: Mapping[str, object] | None = None, **here: object) -> Caller:
    """Return a mod of this channel who is that of the other one too, but for what is told."""
    usual = replace(ADA, is_admin=False, **here)  # type: ignore[arg-type]  # its own fields

    async def in_channel(channel: str) -> Caller | None:
        also = replace(usual, elsewhere=replace(CHANNEL, channel=channel), bot_may_post=True)
        return replace(also, **(there or {}))  # type: ignore[arg-type]  # its own fields

    return replace(usual, in_channel=in_channel)


async def set_for(database: Database, address: Address) -> Settings:
    async with database.read() as db:
        return await settings.of(db, address)


@pytest.fixture
async def room(database: Database) -> Newsroom:
    """Give a channel that follows two tags, and another one that follows nothing."""
    await arranged(database, _follow)
    return Newsroom(database)


async def _follow(database: Database) -> None:
    mod = Newsroom(database)
    await mod.type("channel follow llms heat:20 style:full", ADA)
    await mod.type("channel follow openai", ADA)


@pytest.mark.mostly_one_database
async def test_rules_and_settings_move_and_stand_in_the_history_of_both(room: Newsroom) -> None:
    await room.type("channel zone Europe/Berlin", ADA)
    async with room.database.write() as db:
        await choose_managers(db, CHANNEL, "77")
    before = await set_for(room.database, CHANNEL)

    answer = await room.type(MOVE, mod())

    assert "This channel no longer follows #llms" in as_text(answer)
    assert await set_for(room.database, THERE) == before
    assert await set_for(room.database, CHANNEL) == Settings()
    async with room.database.read() as db:
        for channel in (CHANNEL, THERE):
            [last] = await history.latest(db, channel, most=1)
            assert last.by == ADA.person


async def test_a_move_is_undone_in_both_at_once_and_once(room: Newsroom) -> None:
    before = await set_for(room.database, CHANNEL)
    undo = buttons(await room.type(MOVE, mod()))["Undo"]

    assert "as before the move" in await room.says(undo, mod())

    assert await set_for(room.database, CHANNEL) == before
    assert await set_for(room.database, THERE) == Settings()
    assert "as before the move" not in await room.says(undo, mod())
    assert await set_for(room.database, CHANNEL) == before


@pytest.mark.mostly_one_database
async def test_what_changed_since_in_one_of_them_is_not_undone_in_either(room: Newsroom) -> None:
    undo = buttons(await room.type(MOVE, mod()))["Undo"]
    await room.type("channel follow llms heat:90", replace(ADA, here=THERE))
    moved = await set_for(room.database, THERE)

    said = await room.says(undo, mod())

    assert "#11" in said
    assert await set_for(room.database, THERE) == moved
    assert await set_for(room.database, CHANNEL) == Settings()


@pytest.mark.mostly_one_database
async def test_what_the_other_one_follows_stays_on_its_own_terms(room: Newsroom) -> None:
    there = replace(ADA, here=THERE)
    await room.type("channel follow llms", there)
    await room.type("channel zone Asia/Tokyo", there)
    await room.type("channel pause", ADA)

    said = await room.says(MOVE, mod())

    assert "It followed #llms already: that stays as it was there." in said
    has = await set_for(room.database, THERE)
    assert has.rules == {"llms": Terms(), "openai": Terms(style="full")}
    assert (has.zone, has.paused) == ("Asia/Tokyo", False)
    undo = buttons(await room.type("channel history", there))
    assert undo
    await room.type("channel undo", there)
    assert (await set_for(room.database, THERE)).rules == {"llms": Terms()}


@pytest.mark.mostly_one_database
async def test_it_takes_the_right_in_both_channels(room: Newsroom) -> None:
    before = await set_for(room.database, CHANNEL)

    for asks, says in (
        (mod(there={"may_manage": False}), "you need"),
        (mod(there={"may_manage": False, "is_member": False}), "Only members"),
        (replace(mod(), in_channel=MIA.in_channel), "Only members"),
        (mod(may_manage=False, there={"may_manage": True}), "you need"),
        (mod(there={"is_guest": True, "may_manage": False}), "Guests cannot"),
    ):
        assert says in await room.says(MOVE, asks), asks
        assert await set_for(room.database, CHANNEL) == before, asks
        assert await set_for(room.database, THERE) == Settings(), asks


@pytest.mark.mostly_one_database
async def test_to_undo_it_takes_the_right_in_both_channels(room: Newsroom) -> None:
    undo = buttons(await room.type(MOVE, mod()))["Undo"]
    moved = await set_for(room.database, THERE)

    for asks in (mod(there={"may_manage": False}), mod(may_manage=False), MIA):
        await room.type(undo, asks)

    assert await set_for(room.database, THERE) == moved


@pytest.mark.mostly_one_database
async def test_who_was_only_chosen_moves_the_rules_but_not_who_may_change_them(
    room: Newsroom,
) -> None:
    async with room.database.write() as db:
        await choose_managers(db, CHANNEL, "77")
        await choose_managers(db, THERE, "77")
    chosen = mod(may_manage=False, groups=frozenset({"77"}))
    async with room.database.write() as db:
        await choose_managers(db, CHANNEL, "anyone")

    said = await room.says(MOVE, chosen)

    assert "Who may set it up was not moved" in said
    assert (await set_for(room.database, THERE)).managers == "77"
    assert (await set_for(room.database, CHANNEL)).managers == "anyone"


@pytest.mark.mostly_one_database
async def test_where_the_bot_cannot_post_the_step_is_named(room: Newsroom) -> None:
    step = "Allow the bot Send Messages there."

    answer = await room.type(MOVE, mod(there={"bot_may_post": False, "step_to_let_bot_post": step}))

    assert as_text(answer).startswith("#11")
    assert step in as_text(answer)
    assert buttons(answer) == {"Check again": MOVE}
    assert await set_for(room.database, THERE) == Settings()


async def test_what_waits_moves_too_and_back_and_none_of_it_is_lost(room: Newsroom) -> None:
    async with room.database.write() as db:
        await pauses.pause_at(db, CHANNEL, "the channel is archived", now=room.now)
    await room.tell(50, 60, 70)
    assert await states(room.database) == ["held"] * 3

    said = await room.type(MOVE, mod())

    assert "3 stories that waited come there too." in as_text(said)
    await room.type(buttons(said)["Undo"], mod())
    assert await states(room.database) == ["held"] * 3
    assert await room.post() == []
    await room.type(MOVE, mod())
    [post] = await room.post()
    assert post.startswith("3 new stories")
    assert room.poster.posts[0][0] == THERE
    assert await states(room.database) == ["posted"] * 3


@pytest.mark.mostly_one_database
async def test_a_digest_that_waits_comes_at_its_time_in_the_other_channel(room: Newsroom) -> None:
    await room.type("channel follow llms openai when:daily 08:00", ADA)
    await room.tell(50, 60)

    await room.type(MOVE, mod())

    assert await room.post() == []
    room.now += timedelta(days=1)
    assert len(await room.post()) == 1
    assert room.poster.posts[0][0] == THERE


@pytest.mark.mostly_one_database
async def test_what_the_other_channel_has_already_does_not_come_twice(room: Newsroom) -> None:
    there = replace(ADA, here=THERE)
    await room.type("channel follow llms", there)
    await room.type("channel pause", ADA)
    await room.tell(50, 60)
    await room.post()
    assert [where for where, _, _ in room.poster.posts] == [THERE]

    await room.type(MOVE, mod())
    await room.post()

    told = [as_text(message) for where, message, _ in room.poster.posts if where == THERE]
    assert len(told) == 1


async def test_what_is_posted_while_it_moves_comes_once_in_one_of_them(room: Newsroom) -> None:
    await room.tell(50, 60, 70)

    await asyncio.gather(room.post(), room.type(MOVE, mod()))
    await room.post()

    assert await states(room.database) == ["posted"] * 3
    told = "\n".join(as_text(message) for _, message, _ in room.poster.posts)
    assert [told.count(f"/news/{n}") for n in (1, 2, 3)] == [1, 1, 1]


@pytest.mark.mostly_one_database
async def test_why_names_the_rule_of_the_other_channel(room: Newsroom) -> None:
    await room.type("channel pause", ADA)
    await room.tell(50)

    await room.type(MOVE, mod())

    said = await room.says("why https://themata.ai/news/1", replace(ADA, here=THERE))
    assert "Brought by #llms" in said


@pytest.mark.mostly_one_database
async def test_a_pause_goes_along(room: Newsroom) -> None:
    await room.type("channel pause 1d", ADA)
    await room.tell(50)

    assert "It is paused there" in await room.says(MOVE, mod())

    assert (await set_for(room.database, THERE)).paused
    assert not (await set_for(room.database, CHANNEL)).paused
    assert await room.post() == []
    await room.type("channel resume", replace(ADA, here=THERE))
    assert len(await room.post()) == 1


@pytest.mark.mostly_one_database
async def test_posts_are_passed_on_only_from_channels_that_can_be_followed(room: Newsroom) -> None:
    await room.type("channel crosspost", replace(ADA, can_crosspost=True))

    assert "not passed on" in await room.says(MOVE, mod())

    assert not (await set_for(room.database, THERE)).crosspost


@pytest.mark.mostly_one_database
async def test_the_log_stays_where_it_is(room: Newsroom) -> None:
    async with room.database.write() as db:
        await workspaces.choose_log(db, CHANNEL)

    await room.type(MOVE, mod())

    assert (await set_for(room.database, CHANNEL)).log
    assert not (await set_for(room.database, THERE)).log


@pytest.mark.mostly_one_database
async def test_new_stories_come_in_the_other_channel_alone(room: Newsroom) -> None:
    await room.type(MOVE, mod())

    told = Draft("Whales sing", "https://themata.ai/1", tags=("openai",))
    await Intake(room.database).take_in(told, source="site", now=room.now)
    await room.post()

    assert [where for where, _, _ in room.poster.posts] == [THERE]


@pytest.mark.mostly_one_database
async def test_without_a_channel_it_is_asked_which(room: Newsroom) -> None:
    answer = await room.type("channel move", mod())
    [asked] = [part for part in answer.parts if isinstance(part, Choices)]
    assert (asked.words, asked.finds_channels) == ("channel move to:", True)
    elsewhere = replace(mod(), here=THERE, elsewhere=CHANNEL)
    answer = await room.type("channel move", elsewhere)
    [asked] = [part for part in answer.parts if isinstance(part, Choices)]
    assert asked.words == "channel move in:10 to:"


@pytest.mark.mostly_one_database
async def test_a_channel_is_not_moved_to_itself_and_nothing_is_not_moved(room: Newsroom) -> None:
    assert "this channel itself" in await room.says("channel move to:10", mod())
    there = replace(mod(), here=THERE)
    assert "follows no tags yet" in await room.says("channel move to:10", there)


@pytest.mark.mostly_one_database
async def test_what_is_not_understood_changes_nothing(room: Newsroom) -> None:
    before = await set_for(room.database, CHANNEL)

    for typed in ("to:", "to:11;12", "legal", "back:1", "to:11 back:1,2"):
        await room.type(f"channel move {typed}", mod())

        assert await set_for(room.database, CHANNEL) == before, typed


@pytest.mark.mostly_one_database
async def test_numbers_of_other_channels_take_nothing_back(database: Database) -> None:
    talk = Conversation(database)
    for channel in ("10", "21"):
        where = replace(ADA, here=replace(CHANNEL, channel=channel))
        talk.now += timedelta(minutes=1)
        await talk.type("channel follow llms", where)

    said = await talk.says("channel move back:1,2", mod())

    assert await talk.follows(replace(CHANNEL, channel="21")) == ("llms",)
    assert "Nothing" in said or "nothing" in said

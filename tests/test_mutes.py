"""Nobody hears again of a closed channel that somebody muted, until it was open once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import pauses, workspaces
from core.db import Database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.messages import as_text
from core.notices import Notices
from core.pauses import Pauses
from core.posting import Unreachable
from core.sources import Draft
from tests.arranged import arranged
from tests.fakes import FakePoster
from tests.test_desk import ADA, CHANNEL, MIA, Conversation, buttons

BECAUSE = "the channel is archived"
OTHER = "I may not send messages there"
LOG = replace(CHANNEL, channel="5")
BOSS = replace(ADA, here=LOG)
AT_NEWS = replace(BOSS, elsewhere=CHANNEL)


class Newsroom(Conversation):
    """A channel that gets closed, and a log channel in which that is told."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.poster = FakePoster()

    async def close(self, because: str = BECAUSE) -> None:
        """Let the channel be closed to the bot, a day after anything before it."""
        self.now += timedelta(hours=25)
        async with self.database.write() as db:
            await pauses.pause_at(db, CHANNEL, because, now=self.now)

    async def post(self) -> None:
        """Let an article be posted in the channel."""
        page = f"https://themata.ai/{self.now:%j%H}"
        told = Draft(f"Whales sing {self.now}", page, tags=("llms",))
        await Intake(self.database).take_in(told, source="site", now=self.now)
        clock = lambda: self.now  # noqa: E731 (the worker's clock)
        await DeliveryWorker(self.database, self.poster, "discord", clock=clock).post_due()

    async def told(self) -> list[str]:
        """Return what the log channel is told now."""
        poster = FakePoster()
        await Notices(self.database, {"discord": poster}, clock=lambda: self.now).post_due()
        said = [as_text(message) for _, message, _ in poster.posts]
        return [it for it in said if "no longer post" in it]


@pytest.fixture
async def room(database: Database) -> Newsroom:
    await arranged(database, _follow)
    return Newsroom(database)


async def _follow(database: Database) -> None:
    await Newsroom(database).type("channel follow llms", ADA)
    async with database.write() as db:
        await workspaces.choose_log(db, LOG)


async def test_a_muted_reason_is_told_no_more_though_somebody_tries_in_vain(room: Newsroom) -> None:
    await room.close()
    assert len(await room.told()) == 1

    said = await room.says("channel mute", AT_NEWS)

    assert f"I say no more that I cannot post in this channel: {BECAUSE}." in said
    for _ in range(2):
        await room.type("channel resume", AT_NEWS)
        await room.close()
        assert await room.told() == []


@pytest.mark.mostly_one_database
async def test_without_a_mute_it_is_told_each_time(room: Newsroom) -> None:
    for _ in range(2):
        await room.close()
        assert len(await room.told()) == 1
        await room.type("channel resume", AT_NEWS)


@pytest.mark.mostly_one_database
async def test_another_reason_is_told(room: Newsroom) -> None:
    await room.close()
    await room.type("channel mute", AT_NEWS)
    await room.type("channel resume", AT_NEWS)

    await room.close(OTHER)

    [told] = await room.told()
    assert OTHER in told


@pytest.mark.mostly_one_database
async def test_what_was_posted_meanwhile_shows_that_it_was_open(room: Newsroom) -> None:
    await room.close()
    await room.type("channel mute", AT_NEWS)
    await room.type("channel resume", AT_NEWS)
    room.now += timedelta(hours=1)
    await room.post()
    assert room.poster.posts

    await room.close()

    assert len(await room.told()) == 1


@pytest.mark.mostly_one_database
async def test_who_is_told_by_the_platform_that_it_is_open_is_told_again(room: Newsroom) -> None:
    await room.close()
    await room.type("channel mute", AT_NEWS)
    await Pauses(room.database, clock=lambda: room.now).channel_opened("discord", "1", "10")

    await room.close()

    assert len(await room.told()) == 1


async def test_a_mute_can_be_undone_and_nothing_is_muted_twice(room: Newsroom) -> None:
    await room.close()
    undo = buttons(await room.type("channel mute", AT_NEWS))["Undo"]
    assert undo == "channel mute off in:10"

    assert "come again" in await room.says("channel mute off", AT_NEWS)
    assert "Nothing was changed." in await room.says("channel mute off", AT_NEWS)
    await room.type("channel resume", AT_NEWS)
    await room.close()
    assert len(await room.told()) == 1


@pytest.mark.mostly_one_database
async def test_a_mute_before_anybody_was_told_is_one_too(room: Newsroom) -> None:
    await room.close()

    await room.type("channel mute", replace(AT_NEWS, may_manage=True))

    assert await room.told() == []


@pytest.mark.mostly_one_database
async def test_a_channel_that_is_open_or_paused_has_nothing_to_mute(room: Newsroom) -> None:
    assert "I can post in this channel." in await room.says("channel mute", ADA)
    await room.type("channel pause", ADA)
    assert "Nothing was changed." in await room.says("channel mute", ADA)


@pytest.mark.mostly_one_database
async def test_the_notice_has_the_buttons_of_each_channel_and_of_many_the_status(
    room: Newsroom,
) -> None:
    await room.close()
    poster = FakePoster()
    await Notices(room.database, {"discord": poster}, clock=lambda: room.now).post_due()
    [notice] = [message for _, message, _ in poster.posts if "no longer" in as_text(message)]
    assert buttons(notice) == {
        "Check again": "channel resume in:10",
        "Mute this notice": "channel mute in:10",
        "Move to another channel": "channel move in:10",
        "Remove": "channel unfollow in:10",
    }

    others = [replace(CHANNEL, channel=f"2{n}") for n in range(6)]
    for other in others:
        await room.type("channel follow llms", replace(ADA, here=other))
    async with room.database.write() as db:
        for other in others:
            await pauses.pause_at(db, other, BECAUSE, now=room.now)
    poster = FakePoster()
    await Notices(room.database, {"discord": poster}, clock=lambda: room.now).post_due()
    [notice] = [message for _, message, _ in poster.posts if "no longer" in as_text(message)]
    assert buttons(notice) == {"Show status": "channel status"}


@pytest.mark.mostly_one_database
async def test_a_member_mutes_nothing(room: Newsroom) -> None:
    await room.close()
    await room.type("channel mute", MIA)
    await room.type("channel resume", AT_NEWS)
    await room.close()

    assert len(await room.told()) == 1


@pytest.mark.mostly_one_database
async def test_removing_a_closed_channel_can_be_undone(room: Newsroom) -> None:
    await room.close()

    answer = await room.type("channel unfollow", AT_NEWS)

    assert await room.follows(CHANNEL) == ()
    undo = buttons(answer)["Undo"]
    assert undo.endswith(" in:10")
    await room.type(undo.removesuffix(" in:10"), AT_NEWS)
    assert await room.follows(CHANNEL) == ("llms",)


@pytest.mark.mostly_one_database
async def test_a_post_that_fails_in_a_muted_channel_is_told_to_nobody(room: Newsroom) -> None:
    await room.close()
    await room.type("channel mute", AT_NEWS)
    await room.type("channel resume", AT_NEWS)
    room.now += timedelta(days=2)
    room.poster.errors.append(Unreachable(BECAUSE))

    await room.post()

    assert await room.told() == []

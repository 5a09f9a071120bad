"""What waits for a channel can be posted at once or skipped, and taken back, once each."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import backlog, claims, outbox, subscriptions
from core.db import Database
from core.delivery import DeliveryWorker
from core.desk import Desk
from core.health import of_workspace
from core.intake import Intake
from core.messages import as_text
from core.posting import Unreachable
from core.sources import Draft
from core.tables import deliveries
from tests.arranged import arranged
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.queued import states
from tests.test_desk import ADA, CHANNEL, KNOWN, MIA, Conversation, buttons

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TOPICS = ("Whales sing", "Robots write", "Chips heat", "Courts rule", "Banks lend", "Votes count")


class Newsroom(Conversation):
    """A channel to which news come, and a mod."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.poster = FakePoster()
        self.desk = Desk(database, KNOWN, clock=lambda: self.now, when_released=self._count_release)

    async def tell(self, *heats: int) -> None:
        """Let an article of each heat come in, the first as number 1."""
        for n, heat in enumerate(heats, 1):
            title, page = f"{TOPICS[n % len(TOPICS)]} {n}", f"https://themata.ai/news/{n}"
            draft = Draft(title, page, tags=("llms",), heat=heat)
            await Intake(self.database).take_in(draft, source="site", now=self.now)

    async def post(self) -> Sequence[str]:
        """Post what is due, and return it."""
        before = len(self.poster.posts)
        worker = DeliveryWorker(self.database, self.poster, "discord", clock=lambda: self.now)
        await worker.post_due()
        return [as_text(message) for _, message, _ in self.poster.posts[before:]]


@pytest.fixture
async def room(database: Database) -> Newsroom:
    """Give a channel that follows something."""
    await arranged(database, _follow)
    return Newsroom(database)


async def _follow(database: Database) -> None:
    await Newsroom(database).type("channel follow llms", ADA)


@pytest.mark.mostly_one_database
async def test_a_pause_says_what_waits_and_offers_to_post_or_skip_it(room: Newsroom) -> None:
    await room.type("channel pause 1d", ADA)
    await room.tell(*range(7))

    for typed in (
        "channel pause 1d",
        "channel status",
        "channel settings",
        "channel follow openai",
    ):
        answer = await room.type(typed, ADA)
        assert "7 stories wait." in as_text(answer), typed
        pressed = buttons(answer)
        assert pressed["Post 5 now"] == "channel waiting post 5"
        assert pressed["Skip"] == "channel waiting skip"


@pytest.mark.mostly_one_database
async def test_the_settings_of_another_channel_act_on_that(room: Newsroom) -> None:
    await room.type("channel pause 1d", ADA)
    await room.tell(1)
    other = replace(ADA, here=replace(CHANNEL, channel="11"), elsewhere=CHANNEL)

    for typed in ("channel settings", "channel status"):
        assert buttons(await room.type(typed, other))["Skip"] == "channel waiting skip in:10"


@pytest.mark.mostly_one_database
async def test_the_hottest_are_posted_now_in_one_message_and_the_rest_stays_held(
    room: Newsroom,
) -> None:
    await room.type("channel pause 5d", ADA)
    await room.tell(10, 90, 20, 80, 30, 70)
    room.now += 3 * DAY  # longer than news waits elsewhere

    answer = await room.type("channel waiting post 2", ADA)

    assert as_text(answer).splitlines() == [
        "The 2 hottest stories come now, in one message.",
        "4 stories wait.",
    ]
    assert buttons(answer)["Post 4 now"] == "channel waiting post 4"
    assert room.released == 1
    [post] = await room.post()
    assert {title for title in TOPICS if title in post} == {TOPICS[2], TOPICS[4]}
    assert await states(room.database) == ["held", "posted", "held", "posted", "held", "held"]
    await room.type("channel resume", ADA)
    await room.post()
    assert await states(room.database) == ["posted"] * 6


@pytest.mark.mostly_one_database
async def test_of_those_as_hot_the_newest_come(room: Newsroom) -> None:
    await room.type("channel pause", ADA)
    await room.tell(50, 50, 50)

    await room.type("channel waiting post 1", ADA)

    assert await states(room.database) == ["held", "held", "waiting"]


@pytest.mark.mostly_one_database
async def test_what_waits_for_a_digest_can_come_now(room: Newsroom) -> None:
    await room.type("channel follow llms when:daily 08:00", ADA)
    await room.tell(1, 2, 3)
    status = await room.type("channel status", ADA)
    assert "3 stories wait for the next digest." in as_text(status)
    assert buttons(status)["Post 3 now"] == "channel waiting post 3"

    await room.type("channel waiting post", ADA)

    assert len(await room.post()) == 1
    assert await states(room.database) == ["posted"] * 3
    assert "No story waits here." in await room.says("channel waiting", ADA)


@pytest.mark.mostly_one_database
async def test_what_waits_for_the_end_of_quiet_hours_says_until_when(room: Newsroom) -> None:
    from_now = f"{NOW:%H:%M}-{NOW + 8 * HOUR:%H:%M}"
    await room.type(f"channel follow llms quiet:{from_now}", ADA)
    await room.tell(1)

    said = await room.says("channel waiting", ADA)

    assert "1 story waits until they may come." in said
    assert f"They come · 22 Jun 2026, {NOW + 8 * HOUR:%H:%M} UTC" in said


@pytest.mark.mostly_one_database
async def test_a_skip_drops_what_waits_why_tells_it_and_it_is_no_failure(room: Newsroom) -> None:
    await room.type("channel pause", ADA)
    await room.tell(1, 2)

    answer = await room.type("channel waiting skip", ADA)

    assert as_text(answer).startswith("2 stories are skipped")
    assert await states(room.database) == ["dead", "dead"]
    why = await room.says("why https://themata.ai/news/1", ADA)
    assert "a mod skipped all that did" in why
    async with room.database.read() as db:
        [health] = await of_workspace(db, "discord", "1", now=room.now)
    assert health.failed == 0
    await room.type("channel resume", ADA)
    assert await room.post() == []


async def test_a_skip_is_undone_alone_and_only_as_long_as_it_is_news(room: Newsroom) -> None:
    await room.type("channel follow llms when:daily 08:00", ADA)
    await room.tell(1, 2)
    undo = buttons(await room.type("channel waiting skip", ADA))["Undo"]
    assert undo == "channel waiting back 1-2"

    assert "2 stories wait again" in await room.says(undo, ADA)
    assert "No" not in (await room.says("channel waiting", ADA))[:3]
    assert "Nothing was changed." in await room.says(undo, ADA)

    again = buttons(await room.type("channel waiting skip", ADA))["Undo"]
    room.now += 4 * DAY
    assert "None of what was skipped is still news." in await room.says(again, ADA)
    assert await states(room.database) == ["dead", "dead"]


@pytest.mark.mostly_one_database
async def test_what_a_pause_held_is_held_again_however_old_it_is(room: Newsroom) -> None:
    await room.type("channel pause", ADA)
    await room.tell(1)
    room.now += 3 * DAY
    undo = buttons(await room.type("channel waiting skip", ADA))["Undo"]

    await room.type(undo, ADA)

    assert await states(room.database) == ["held"]
    await room.type("channel resume", ADA)
    assert len(await room.post()) == 1


@pytest.mark.mostly_one_database
async def test_later_coverage_of_what_is_skipped_is_skipped_and_comes_back_with_it(
    room: Newsroom,
) -> None:
    await room.type("channel pause", ADA)
    for outlet in ("a", "b"):
        told = Draft(
            "OpenAI files for an IPO in New York", f"https://{outlet}.com/1", tags=("llms",)
        )
        await Intake(room.database).take_in(told, source="site", now=room.now)
    before = await states(room.database)
    assert before == ["held", "behind"]

    undo = buttons(await room.type("channel waiting skip", ADA))["Undo"]
    assert await states(room.database) == ["dead", "dead"]
    await room.post()
    assert await states(room.database) == ["dead", "dead"]
    await room.type(undo, ADA)

    assert await states(room.database) == before


@pytest.mark.mostly_one_database
async def test_what_may_stand_already_is_neither_posted_again_nor_skipped(room: Newsroom) -> None:
    await room.tell(1, 2)
    async with room.database.write() as db:
        [post] = await claims.claim_due(db, "discord", now=room.now, most=1, claim="a")
        mine = sa.update(deliveries).where(deliveries.c.id.not_in(post.deliveries))
        await db.execute(mine.values(state="held", tried_at=room.now))
    await room.type("channel pause", ADA)

    for typed in ("channel waiting skip", "channel waiting post"):
        assert "No story waits here." in await room.says(typed, ADA)
    assert await states(room.database) == ["sending", "held"]


async def test_who_skips_and_who_posts_at_once_do_not_both_have_a_story(room: Newsroom) -> None:
    await room.type("channel pause", ADA)
    await room.tell(*range(6))

    typed = ("channel waiting post 3", "channel waiting skip", "channel resume")
    await asyncio.gather(*(room.type(it, ADA) for it in typed))
    await room.post()

    ended = await states(room.database)
    assert set(ended) <= {"posted", "dead"}
    posted = sum(as_text(message).count("https://") for _, message, _ in room.poster.posts)
    assert posted == ended.count("posted")


@pytest.mark.mostly_one_database
async def test_a_closed_channel_is_no_place_to_post_but_its_stories_can_be_skipped(
    room: Newsroom,
) -> None:
    room.poster.errors.append(Unreachable("the channel is archived"))
    await room.tell(1)
    await room.post()
    assert "no longer post" in await room.says("help", ADA)

    refused = await room.type("channel waiting post", ADA)
    assert "Nothing is posted here now: the channel is archived." in as_text(refused)
    assert buttons(refused) == {"Check again": "channel resume"}
    cannot = await room.type("channel waiting post", replace(ADA, bot_may_post=False))
    assert buttons(cannot) == {"Check again": "channel waiting post 5"}
    assert await states(room.database) == ["held"]

    await room.type("channel waiting skip", ADA)
    assert await states(room.database) == ["dead"]


@pytest.mark.mostly_one_database
async def test_what_others_wait_for_is_not_touched(room: Newsroom) -> None:
    other = replace(ADA, here=replace(CHANNEL, channel="11"))
    await room.type("channel follow llms", other)
    for mod in (ADA, other):
        await room.type("channel pause", mod)
    await room.tell(1)

    await room.type("channel waiting skip", ADA)
    async with room.database.read() as db:
        there = await subscriptions.following(db, other.here)
        assert (await backlog.kept_back(db, there.address_id, now=room.now)).many == 1
    assert (await room.says("channel waiting back 1-99", other)).startswith("None of what")


@pytest.mark.mostly_one_database
async def test_what_is_not_understood_changes_nothing(room: Newsroom) -> None:
    await room.type("channel pause", ADA)
    await room.tell(1)

    for typed in ("post all", "back", "back 5", "everything"):
        assert "Nothing was changed." in await room.says(f"channel waiting {typed}", ADA), typed
        assert await states(room.database) == ["held"], typed


@pytest.mark.mostly_one_database
async def test_a_member_can_do_none_of_it(room: Newsroom) -> None:
    await room.type("channel pause", ADA)
    await room.tell(1)

    for typed in ("channel waiting post 5", "channel waiting skip", "channel waiting back 1-9"):
        await room.type(typed, MIA)

    assert await states(room.database) == ["held"]
    async with room.database.read() as db:
        assert (await outbox.traffic(db, 1)).waiting == 1

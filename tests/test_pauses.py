"""A closed channel is asked once, keeps what it follows, and gets what waited in one message."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from core import outbox, pauses, subscriptions, workspaces
from core.db import Database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.messages import as_text
from core.pauses import PROBES_AFTER, Pauses
from core.posting import Address, Unreachable
from core.rules import NO_TERMS
from core.sources import Draft
from core.subscriptions import Following
from core.tables import addresses, deliveries
from core.tables import subscriptions as followed
from core.tables import workspaces as kept
from tests.conftest import NOW
from tests.fakes import FakePoster

HOUR = timedelta(hours=1)
NEWS = Address("discord", "1", "10")
THREAD = Address("discord", "1", "10", "99")
OTHER = Address("discord", "1", "11")
ELSEWHERE = Address("discord", "2", "20")
DIRECT = Address("discord", "@me", "7")


class Town:
    """Channels that follow a tag, and what becomes of the stories for them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.released = 0
        self.stories = 0
        self.pauses = Pauses(database, clock=lambda: self.now, when_released=self._count_release)

    def _count_release(self) -> None:
        self.released += 1

    async def follow(self, *channels: Address, by: str = "ada") -> None:
        """Let these channels follow the tag."""
        async with self.database.write() as db:
            for channel in channels:
                await subscriptions.follow(db, channel, ["llms"], by=by, now=self.now)

    async def publish(self, stories: int = 1) -> None:
        """Bring out stories that carry the tag."""
        for _ in range(stories):
            self.stories += 1
            name = f"story-{self.stories}"
            draft = Draft(name, f"https://x.example/{name}", tags=("llms",))
            await Intake(self.database).take_in(draft, source="news", now=self.now)

    async def close(self, channel: Address, because: str = "the channel is gone") -> None:
        """Let a post in this channel have failed."""
        async with self.database.write() as db:
            number = await subscriptions.saved(db, channel)
            await pauses.pause(db, number, because, now=self.now)

    async def probe(self) -> int:
        """Try closed channels again where that is due."""
        return await pauses.probe(self.database, now=self.now)

    async def prove_open(self, channel: Address) -> Sequence[int]:
        """Let a post stand in this channel."""
        async with self.database.write() as db:
            number = await subscriptions.saved(db, channel)
            return await pauses.proved_open(db, [number], now=self.now)

    async def tell(self, channel: Address) -> bool:
        """Tell of this channel, and say whether nobody was told before."""
        async with self.database.write() as db:
            return bool(
                await pauses.tell(db, [await subscriptions.saved(db, channel)], now=self.now)
            )

    async def has(self, channel: Address) -> Following:
        """Return what the channel follows, and its pause."""
        async with self.database.read() as db:
            return await subscriptions.following(db, channel)

    async def kind(self, channel: Address) -> str | None:
        """Return the kind of the channel's pause."""
        async with self.database.read() as db:
            here = sa.select(addresses.c.pause_kind).where(subscriptions.is_at(channel))
            kind: str | None = await db.scalar(here)
            return kind

    async def rows(self, channel: Address) -> list[tuple[str, bool, datetime]]:
        """Return the state of what is for this channel, whether in one message, and when due."""
        at = deliveries.c
        async with self.database.read() as db:
            number = sa.select(addresses.c.id).where(subscriptions.is_at(channel))
            mine = sa.select(at.state, at.catch_up, at.due_at).where(
                at.address_id == number.scalar_subquery()
            )
            return [tuple(row) for row in (await db.execute(mine.order_by(at.id))).all()]

    async def states(self, channel: Address) -> list[str]:
        """Return the state of what is for this channel."""
        return [state for state, _, _ in await self.rows(channel)]

    async def post(self, poster: FakePoster) -> int:
        """Post what is due, and return how many deliveries stand."""
        return await DeliveryWorker(
            self.database, poster, "discord", clock=lambda: self.now
        ).post_due()


@pytest.fixture
def town(database: Database) -> Town:
    """Give a town in which nothing is followed yet."""
    return Town(database)


@pytest.mark.mostly_one_database
async def test_p1_a_closed_channel_is_asked_once(town: Town) -> None:
    poster = FakePoster(Unreachable("the channel is gone"))
    await town.follow(NEWS)
    await town.publish()
    await town.post(poster)

    await town.publish(3)
    await town.post(poster)

    assert len(poster.keys) == 1
    assert await town.states(NEWS) == ["held"] * 4
    assert await town.has(NEWS) == Following({"llms": NO_TERMS}, "the channel is gone", 1, NOW)


async def test_p1_people_are_told_of_a_closed_channel_once(town: Town) -> None:
    await town.follow(NEWS)
    await town.close(NEWS)

    assert await town.tell(NEWS)
    assert not await town.tell(NEWS)

    await town.close(NEWS)
    assert not await town.tell(NEWS)


@pytest.mark.parametrize(
    ("later", "because", "told_again"),
    [
        (23 * HOUR, "the channel is gone", False),
        (24 * HOUR, "the channel is gone", True),
        (HOUR, "the channel is archived", True),
    ],
)
async def test_p1_people_are_told_of_one_cause_once_in_24_hours(
    town: Town, later: timedelta, because: str, *, told_again: bool
) -> None:
    await town.follow(NEWS)
    await town.close(NEWS)
    await town.tell(NEWS)
    await town.pauses.channel_opened("discord", "1", "10")

    town.now += later
    await town.close(NEWS, because)

    assert await town.tell(NEWS) is told_again


@pytest.mark.mostly_one_database
async def test_p2_what_waited_comes_as_one_message_when_the_channel_opens(town: Town) -> None:
    await town.follow(NEWS, OTHER)
    await town.close(NEWS)
    await town.publish(3)

    town.now += HOUR
    await town.pauses.channel_opened("discord", "1", "10")

    assert await town.rows(NEWS) == [("waiting", True, town.now)] * 3
    assert await town.rows(OTHER) == [("waiting", False, NOW)] * 3
    assert (await town.has(NEWS)).paused_because is None
    assert town.released == 1


@pytest.mark.mostly_one_database
async def test_p2_a_channel_that_was_open_changes_nothing(town: Town) -> None:
    await town.follow(NEWS)
    await town.publish(2)

    await town.pauses.channel_opened("discord", "1", "10")

    assert await town.rows(NEWS) == [("waiting", False, NOW)] * 2
    assert town.released == 0


@pytest.mark.mostly_one_database
async def test_a_story_that_waited_alone_is_posted_like_any_other(town: Town) -> None:
    await town.follow(NEWS)
    await town.close(NEWS)
    await town.publish()

    await town.pauses.channel_opened("discord", "1", "10")

    assert await town.rows(NEWS) == [("waiting", False, NOW)]


@pytest.mark.mostly_one_database
async def test_a_channel_opens_with_its_threads_and_no_other(town: Town) -> None:
    await town.follow(NEWS, THREAD, OTHER)
    for channel in (NEWS, THREAD, OTHER):
        await town.close(channel)

    await town.pauses.channel_opened("discord", "1", "10")

    assert [await town.kind(channel) for channel in (NEWS, THREAD, OTHER)] == [None, None, "closed"]


@pytest.mark.mostly_one_database
async def test_r8_after_three_days_only_what_is_still_news_comes(town: Town) -> None:
    await town.follow(NEWS)
    await town.close(NEWS)
    for _ in range(3):
        await town.publish(4)
        town.now += 23 * HOUR

    await town.pauses.channel_opened("discord", "1", "10")

    assert [row[:2] for row in await town.rows(NEWS)] == [("expired", False)] * 8 + [
        ("waiting", True)
    ] * 4


async def test_p3_an_archived_channel_is_paused_before_any_post_fails(town: Town) -> None:
    await town.follow(NEWS, THREAD, OTHER)
    await town.publish()

    for _ in range(2):
        await town.pauses.channel_closed("discord", "1", "10", "the channel is archived")
        town.now += HOUR

    assert await town.states(NEWS) == await town.states(THREAD) == ["held"]
    assert await town.states(OTHER) == ["waiting"]
    assert await town.has(NEWS) == Following({"llms": NO_TERMS}, "the channel is archived", 1, NOW)


@pytest.mark.mostly_one_database
async def test_p4_a_workspace_that_removed_the_bot_gets_no_calls(town: Town) -> None:
    await town.follow(NEWS, OTHER, ELSEWHERE)
    await town.close(OTHER)
    await town.publish()

    await town.pauses.workspace_left("discord", "1")
    await town.publish()
    town.now += 2 * HOUR
    poster = FakePoster()
    await town.probe()
    await town.post(poster)

    assert {address for address, _, _ in poster.posts} == {ELSEWHERE}
    assert await town.states(NEWS) == await town.states(OTHER) == ["held", "held"]


@pytest.mark.mostly_one_database
async def test_p4_a_workspace_that_invites_the_bot_again_goes_on(town: Town) -> None:
    await town.follow(NEWS, OTHER)
    await town.pauses.workspace_left("discord", "1")
    await town.publish(2)

    await town.pauses.workspace_joined("discord", "1")

    assert await town.rows(NEWS) == [("waiting", True, NOW)] * 2
    assert town.released == 1
    assert await purge(town, NOW + timedelta(days=99)) == 0
    assert (await town.has(OTHER)).topics == ("llms",)


async def purge(town: Town, left_before: datetime) -> int:
    return await workspaces.purge(town.database, left_before=left_before, now=town.now)


async def counts(town: Town) -> list[int]:
    async with town.database.read() as db:
        tables = (addresses, followed, deliveries, kept)
        return [
            await db.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables
        ]


async def test_p4_the_data_of_a_workspace_is_purged_after_the_time_of_grace(town: Town) -> None:
    await town.follow(NEWS, OTHER, ELSEWHERE)
    await town.publish(2)
    await town.pauses.workspace_left("discord", "1")
    town.now += HOUR
    await town.pauses.workspace_left("discord", "1")

    assert await purge(town, NOW - HOUR) == 0
    assert await counts(town) == [3, 3, 6, 1]
    assert await purge(town, NOW) == 1

    assert await counts(town) == [1, 1, 2, 0]
    assert await town.states(ELSEWHERE) == ["waiting"] * 2


async def test_p4_more_than_one_batch_is_paused_resumed_and_purged(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pauses, "_BATCH", 2)
    monkeypatch.setattr(workspaces, "_BATCH", 2)
    channels = [Address("discord", "1", str(number)) for number in range(5)]
    await town.follow(*channels, ELSEWHERE)
    await town.publish(3)

    await town.pauses.workspace_left("discord", "1")
    assert {await town.kind(channel) for channel in channels} == {"left"}
    await town.pauses.workspace_joined("discord", "1")
    assert {await town.kind(channel) for channel in channels} == {None}
    await town.pauses.workspace_left("discord", "1")
    await purge(town, NOW)

    assert await counts(town) == [1, 1, 3, 0]


@pytest.mark.mostly_one_database
async def test_p4_a_channel_in_use_again_is_never_purged(town: Town) -> None:
    await town.follow(NEWS, OTHER)
    await town.publish()
    await town.pauses.workspace_left("discord", "1")
    await town.follow(THREAD)

    await purge(town, NOW)

    assert (await town.has(THREAD)).topics == ("llms",)
    assert await counts(town) == [1, 1, 0, 1]
    assert await purge(town, NOW + HOUR) == 0


@pytest.mark.mostly_one_database
async def test_p5_an_outage_closes_nobody_and_tells_nobody(town: Town) -> None:
    await town.follow(NEWS, OTHER)
    await town.close(OTHER)
    await town.publish(2)

    await town.pauses.workspace_away("discord", "1")
    assert await town.states(NEWS) == ["held"] * 2
    assert not await town.tell(NEWS)

    town.now += 6 * HOUR
    await town.pauses.workspace_joined("discord", "1")

    assert await town.rows(NEWS) == [("waiting", True, town.now)] * 2
    assert await town.kind(OTHER) == "closed"
    assert await purge(town, NOW + timedelta(days=99)) == 0


@pytest.mark.mostly_one_database
async def test_p5_a_post_that_fails_in_an_outage_closes_nobody(town: Town) -> None:
    await town.follow(NEWS)
    await town.pauses.workspace_away("discord", "1")

    await town.close(NEWS)

    assert await town.kind(NEWS) == "away"


@pytest.mark.mostly_one_database
async def test_p7_one_dead_channel_among_many_has_no_effect_on_the_others(town: Town) -> None:
    channels = [Address("discord", str(number), "1") for number in range(40)]
    poster = FakePoster(Unreachable("the channel is gone"))
    await town.follow(*channels)
    await town.publish()
    await town.post(poster)

    await town.publish(2)
    await town.post(poster)

    posted = [await town.states(channel) for channel in channels]
    assert posted.count(["posted"] * 3) == 39
    assert posted.count(["held"] * 3) == 1
    assert len(poster.keys) == 40 + 39


@pytest.mark.mostly_one_database
async def test_a_closed_channel_is_tried_again_after_1_6_and_24_hours(town: Town) -> None:
    await town.follow(NEWS)
    await town.close(NEWS)
    for wait in PROBES_AFTER:
        await town.publish(2)

        town.now += wait - HOUR / 60
        assert await town.probe() == 0
        await town.publish()
        town.now += HOUR / 60
        assert await town.probe() == 1
        assert await town.probe() == 0
        assert "waiting" in await town.states(NEWS)

        for _ in range(2):
            await town.close(NEWS)
        assert "waiting" not in await town.states(NEWS)

    town.now += timedelta(days=99)
    await town.publish()
    assert await town.probe() == 0
    assert (await town.has(NEWS)).paused_at == NOW


@pytest.mark.mostly_one_database
async def test_a_probe_is_one_message(town: Town) -> None:
    await town.follow(NEWS)
    await town.close(NEWS)
    await town.publish(3)

    town.now += HOUR
    await town.probe()
    await town.publish()

    assert await town.rows(NEWS) == [
        *[("waiting", True, town.now)] * 3,
        ("held", False, town.now),
    ]


async def test_a_probe_waits_until_there_is_something_to_post(town: Town) -> None:
    await town.follow(NEWS)
    await town.close(NEWS)

    town.now += timedelta(days=3)
    assert await town.probe() == 0
    await town.publish()
    assert await town.probe() == 1


@pytest.mark.mostly_one_database
async def test_a_probe_that_stands_ends_the_pause(town: Town) -> None:
    await town.follow(NEWS)
    await town.close(NEWS)
    await town.publish()
    town.now += HOUR
    await town.probe()
    await town.publish(2)

    assert len(await town.prove_open(NEWS)) == 1

    assert (await town.has(NEWS)).paused_because is None
    assert [row[:2] for row in await town.rows(NEWS)] == [
        ("waiting", False),
        ("waiting", True),
        ("waiting", True),
    ]


async def test_only_a_probe_proves_that_a_channel_is_open(town: Town) -> None:
    await town.follow(NEWS, OTHER)
    await town.close(NEWS)

    assert await town.prove_open(NEWS) == []
    assert await town.prove_open(OTHER) == []

    assert await town.kind(NEWS) == "closed"


async def test_p9_closed_direct_messages_are_told_to_their_person_only(town: Town) -> None:
    await town.follow(DIRECT, by=DIRECT.channel)
    await town.follow(NEWS)
    for address in (DIRECT, NEWS):
        await town.close(address, "closed")

    async with town.database.read() as db:
        channels = await pauses.untold_channels(db, "discord")
        direct = await pauses.untold_direct(db, DIRECT)

    assert [closed.address for closed in channels] == [NEWS]
    assert [(closed.address, closed.because, closed.since) for closed in direct] == [
        (DIRECT, "closed", NOW)
    ]


async def test_p9_closed_direct_messages_are_not_tried_again_at_once(town: Town) -> None:
    poster = FakePoster(Unreachable("closed"))
    await town.follow(DIRECT, by=DIRECT.channel)
    await town.publish()
    await town.post(poster)

    town.now += HOUR / 2
    await town.publish()
    await town.probe()
    await town.post(poster)

    assert len(poster.keys) == 1


async def test_a_start_finds_what_was_left_and_what_came_back_meanwhile(town: Town) -> None:
    third = Address("discord", "3", "30")
    await town.follow(NEWS, ELSEWHERE, third, DIRECT)
    await town.pauses.workspace_left("discord", "1")
    await town.pauses.workspace_away("discord", "3")

    for _ in range(2):
        await town.pauses.workspaces_present("discord", {"1", "3", "4", "@me"})

    kinds = [await town.kind(channel) for channel in (NEWS, ELSEWHERE, third, DIRECT)]
    assert kinds == [None, "left", None, None]
    assert town.released == 2
    async with town.database.read() as db:
        assert await workspaces.left(db, "discord") == {"2"}


@pytest.mark.mostly_one_database
async def test_another_platform_is_left_alone(town: Town) -> None:
    twin = Address("slack", "1", "10")
    await town.follow(NEWS, twin)

    await town.pauses.workspace_left("discord", "1")
    await town.pauses.workspaces_present("discord", ())

    assert await town.kind(twin) is None


async def test_what_is_held_at_an_open_channel_is_freed(town: Town) -> None:
    await town.follow(NEWS)
    await town.publish(2)
    async with town.database.write() as db:
        await outbox.hold(db, [1])

    assert await pauses.free_stranded(town.database, now=NOW) == 2
    assert await pauses.free_stranded(town.database, now=NOW) == 0

    assert await town.states(NEWS) == ["waiting"] * 2


@pytest.mark.mostly_one_database
async def test_p2_a_probe_that_stands_is_followed_by_all_that_waited(town: Town) -> None:
    poster = FakePoster(Unreachable("the bot may not post in the channel"))
    await town.follow(NEWS)
    await town.publish()
    await town.post(poster)
    await town.publish(23)

    town.now += HOUR
    await town.probe()
    await town.post(poster)
    await town.publish()
    await town.post(poster)

    first_lines = [as_text(message).splitlines()[0] for _, message, _ in poster.posts]
    assert first_lines == ["24 stories since the last post", "story-25"]
    assert len(poster.keys) == 3
    states = await town.states(NEWS)
    assert f"And {states.count('expired')} more." in as_text(poster.posts[0][1])
    assert states == ["expired"] * states.count("expired") + ["posted"] * states.count("posted")
    assert (await town.has(NEWS)).paused_because is None


@pytest.mark.mostly_one_database
async def test_a_probe_that_fails_is_one_call(town: Town) -> None:
    closed = Unreachable("the bot may not post in the channel")
    poster = FakePoster(closed, closed)
    await town.follow(NEWS)
    await town.publish()
    await town.post(poster)
    await town.publish(12)

    town.now += HOUR
    await town.probe()
    await town.post(poster)
    await town.publish()
    await town.post(poster)

    assert len(poster.keys) == 2
    assert await town.states(NEWS) == ["held"] * 14

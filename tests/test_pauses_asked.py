"""A pause that a mod asks for holds what comes, and ends once: by itself or by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core import history, jobs, outbox, pauses, settings, subscriptions
from core.db import Database
from core.delivery import DeliveryWorker
from core.desk import Desk
from core.intake import Intake
from core.messages import as_text
from core.pauses import Pauses
from core.posting import Unreachable
from core.sources import Draft
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.queued import states
from tests.test_desk import ADA, CHANNEL, KNOWN, Conversation, buttons

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Newsroom(Conversation):
    """A channel to which news come, and a mod."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.poster = FakePoster()
        self.desk = Desk(database, KNOWN, clock=lambda: self.now, when_released=self._count_release)
        tidy = jobs.tidying(
            database, ["discord"], clock=lambda: self.now, when_released=self._count_release
        )
        self._tidy = tidy.do
        self._told = 0

    async def tell(self, many: int = 1) -> None:
        """Let so many articles come in."""
        for _ in range(many):
            self._told += 1
            n = self._told
            title = f"{_TOPICS[n % len(_TOPICS)]} {n}"
            draft = Draft(title, f"https://themata.ai/news/{n}", tags=("llms",))
            await Intake(self.database).take_in(draft, source="site", now=self.now)

    async def pass_by(self, time: timedelta) -> list[str]:
        """Let this time pass, step by step, and return what is posted meanwhile."""
        before, end = len(self.poster.posts), self.now + time
        while self.now < end:
            self.now += min(6 * HOUR, end - self.now)
            await self._tidy()
            await self._worker().post_due()
        return [as_text(message) for _, message, _ in self.poster.posts[before:]]

    def _worker(self) -> DeliveryWorker:
        return DeliveryWorker(self.database, self.poster, "discord", clock=lambda: self.now)

    async def post(self) -> Sequence[str]:
        """Post what is due, and return it."""
        before = len(self.poster.posts)
        await self._worker().post_due()
        return [as_text(message) for _, message, _ in self.poster.posts[before:]]


_TOPICS = ("Whales sing in verbs", "A city lets robots write", "Chips heat a pool")


@pytest.fixture
async def room(database: Database) -> Newsroom:
    """Give a channel that follows something."""
    opened = Newsroom(database)
    await opened.type("channel follow llms", ADA)
    return opened


@pytest.mark.mostly_one_database
async def test_what_comes_in_a_pause_comes_after_it_as_one_message_however_old(
    room: Newsroom,
) -> None:
    answer = await room.type("channel pause 3d", ADA)
    assert "This channel is paused." in as_text(answer)
    assert buttons(answer) == {"Resume": "channel resume"}

    await room.tell(2)
    assert await room.pass_by(3 * DAY) == []

    [post] = await room.pass_by(HOUR)
    assert post.startswith("2 new stories")
    assert await states(room.database) == ["posted", "posted"]


@pytest.mark.mostly_one_database
async def test_a_pause_without_an_end_lasts_until_somebody_resumes(room: Newsroom) -> None:
    assert "until somebody resumes it" in await room.says("channel pause", ADA)
    await room.tell(3)
    assert await room.pass_by(5 * DAY) == []

    answer = await room.type("channel resume", ADA)

    assert "I post here again" in as_text(answer)
    assert buttons(answer) == {"Undo": "channel pause"}
    assert (await room.post())[0].startswith("3 new stories")


@pytest.mark.mostly_one_database
async def test_what_waits_already_is_held_too(room: Newsroom) -> None:
    await room.tell()
    await room.type("channel pause 1d", ADA)

    assert await room.post() == []


@pytest.mark.mostly_one_database
async def test_to_undo_a_resume_is_to_pause_until_the_same_time(room: Newsroom) -> None:
    await room.type("channel pause 1d", ADA)
    until = NOW + DAY + timedelta(minutes=1)
    answer = await room.type("channel resume", ADA)

    await room.type(buttons(answer)["Undo"], ADA)

    async with room.database.read() as db:
        has = await settings.of(db, CHANNEL)
    assert (has.paused, has.paused_until) == (True, until)


@pytest.mark.mostly_one_database
async def test_a_pause_that_was_made_longer_does_not_end_at_its_first_time(
    room: Newsroom,
) -> None:
    await room.type("channel pause 8h", ADA)
    await room.type("channel pause 1d", ADA)
    await room.tell()

    assert await room.pass_by(23 * HOUR) == []
    assert len(await room.pass_by(2 * HOUR)) == 1


async def test_two_processes_end_a_pause_once(room: Newsroom) -> None:
    await room.type("channel pause 8h", ADA)
    later = NOW + 9 * HOUR

    assert await pauses.end_asked(room.database, now=later) == 1
    assert await pauses.end_asked(room.database, now=later) == 0


async def test_a_crash_at_the_end_of_a_pause_leaves_it_paused_with_all_it_held(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.type("channel pause 8h", ADA)
    await room.tell()

    async def crash(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr(outbox, "release", crash)
        with pytest.raises(KeyboardInterrupt):
            await pauses.end_asked(room.database, now=NOW + 9 * HOUR)

    assert await states(room.database) == ["held"]
    assert len(await room.pass_by(10 * HOUR)) == 1


@pytest.mark.mostly_one_database
async def test_to_follow_more_does_not_end_a_pause_and_says_so(room: Newsroom) -> None:
    await room.type("channel pause 1d", ADA)

    answer = await room.says("channel follow openai", ADA)

    assert "This channel is paused. What would come is held, and comes afterwards." in answer
    await room.tell()
    assert await room.post() == []


@pytest.mark.mostly_one_database
async def test_an_opened_channel_stays_paused(room: Newsroom) -> None:
    await room.type("channel pause 1d", ADA)
    await Pauses(room.database).channel_opened("discord", "1", "10")
    await Pauses(room.database).channel_closed("discord", "1", "10", "the channel is gone")

    async with room.database.read() as db:
        assert (await settings.of(db, CHANNEL)).paused


@pytest.mark.mostly_one_database
async def test_a_channel_that_closed_in_its_pause_is_closed_when_it_ends(room: Newsroom) -> None:
    await room.type("channel pause 8h", ADA)
    await room.tell()
    room.poster.errors.append(Unreachable("the channel is archived"))
    await room.pass_by(9 * HOUR)

    async with room.database.read() as db:
        has = await subscriptions.following(db, CHANNEL)
    assert has.paused_because == "the channel is archived"


@pytest.mark.mostly_one_database
async def test_a_pause_is_in_the_history(room: Newsroom) -> None:
    await room.type("channel pause 8h", ADA)
    await room.type("channel resume", ADA)

    async with room.database.read() as db:
        changes = await history.latest(db, CHANNEL)
    assert [(it.before.paused, it.after.paused) for it in changes[:2]] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.mostly_one_database
async def test_who_does_not_say_until_when_changes_nothing(room: Newsroom) -> None:
    answer = await room.type("channel pause soonish", ADA)

    assert "I do not understand until when “soonish” is" in as_text(answer)
    assert list(buttons(answer).values()) == [
        *("channel pause 1d", "channel pause 1w", "channel pause"),
    ]
    await room.tell()
    assert len(await room.post()) == 1


@pytest.mark.mostly_one_database
async def test_a_channel_that_follows_nothing_is_not_paused(room: Newsroom) -> None:
    other = replace(ADA, here=replace(CHANNEL, channel="11"))

    assert "follows no tags yet" in await room.says("channel pause", other)


async def test_why_says_that_it_is_paused_and_until_when(room: Newsroom) -> None:
    await room.type("channel pause until 20:00", ADA)
    await room.tell()

    answer = await room.type("why article:1", ADA)

    assert "Paused until · 22 Jun 2026, 20:00 UTC" in as_text(answer)
    assert buttons(answer) == {"Resume": "channel resume"}

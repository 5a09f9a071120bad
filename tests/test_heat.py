"""A rule with a threshold brings an article when it reaches it, once, however late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.db import Database
from core.intake import Intake
from core.sources import Draft
from tests.fakes import FakeSource
from tests.simulated import Simulated

BEGIN = datetime(2026, 6, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STORY = Draft(title="Story 1.", url="https://themata.ai/news/1", tags=("llms",), heat=40)

OLD = Draft(title="Story 0.", url="https://themata.ai/news/0", tags=("llms",), heat=10)


class Watched:
    """A source whose article grows hot, and the channel that waits for it."""

    def __init__(self, database: Database) -> None:
        self.world = Simulated(database, BEGIN)
        self.source = FakeSource("site")
        self.intake = Intake(database)

    async def read(self, *drafts: Draft, after: timedelta = timedelta()) -> None:
        """Let time pass, and read the source, in which these stand."""
        await self.world.until(self.world.now + after)
        self.source.drafts = drafts
        await self.intake.poll(self.source, self.world.now, at_once=True)
        await self.world.until(self.world.now + timedelta(minutes=1))

    @property
    def came(self) -> list[datetime]:
        """Return when posts came to the channel."""
        return [post.at for post in self.world.came["1"]]


@pytest.fixture
async def watched(database: Database) -> Watched:
    """Give a source that was read before, and a channel that asks for heat 60."""
    watched = Watched(database)
    await watched.read(OLD)
    await watched.world.follow("1", "llms heat:60")
    await watched.read(STORY)
    return watched


@pytest.mark.mostly_one_database
async def test_an_article_comes_when_it_reaches_the_heat_and_only_then(watched: Watched) -> None:
    for heat in (59, 60, 61, 40, 90):
        await watched.read(replace(STORY, heat=heat), after=HOUR)

    assert watched.came == [BEGIN + timedelta(hours=2, minutes=3)]


async def test_an_article_that_was_hot_enough_at_once_does_not_come_again(
    watched: Watched,
) -> None:
    await watched.world.follow("1", "llms heat:30")
    other = replace(STORY, title="Story 2.", url="https://themata.ai/news/2", heat=35)
    await watched.read(STORY, other)
    await watched.read(STORY, replace(other, heat=80), after=HOUR)

    assert len(watched.came) == 1


@pytest.mark.mostly_one_database
async def test_heat_that_was_not_known_can_be_reached(watched: Watched) -> None:
    other = replace(STORY, title="Story 2.", url="https://themata.ai/news/2", heat=None)
    await watched.read(STORY, other)
    await watched.read(STORY, replace(other, heat=99), after=HOUR)

    assert "Story 2." in watched.world.came["1"][0].text


@pytest.mark.mostly_one_database
async def test_it_comes_into_the_digest_of_a_rule_that_has_one(watched: Watched) -> None:
    await watched.world.follow("1", "llms when:daily 08:00")
    await watched.read(replace(STORY, heat=70), after=HOUR)
    await watched.world.until(BEGIN + timedelta(days=2))

    assert watched.came == [datetime(2026, 6, 23, 8, tzinfo=UTC)]


@pytest.mark.mostly_one_database
async def test_an_old_article_is_no_news_however_hot(watched: Watched) -> None:
    await watched.read(replace(STORY, heat=99), after=timedelta(hours=49))

    assert watched.came == []


@pytest.mark.mostly_one_database
async def test_what_a_first_reading_stored_does_not_come(database: Database) -> None:
    watched = Watched(database)
    await watched.world.follow("1", "llms heat:60")
    await watched.read(STORY)
    await watched.read(replace(STORY, heat=99), after=HOUR)

    assert watched.came == []


@pytest.mark.mostly_one_database
async def test_another_source_does_not_change_the_heat(watched: Watched) -> None:
    other = FakeSource("other", [OLD])
    await watched.intake.poll(other, watched.world.now, at_once=True)
    other.drafts = (replace(STORY, heat=99),)
    await watched.intake.poll(other, watched.world.now + HOUR, at_once=True)
    await watched.world.until(watched.world.now + 2 * HOUR)

    assert watched.came == []


async def test_young_articles_are_read_again_about_once_an_hour(watched: Watched) -> None:
    asked = []
    for minutes in (30, 35, 5, 40, 25, 45 * 60, 60):
        await watched.read(STORY, after=timedelta(minutes=minutes - 1))
        memory = watched.source.memories[-1]
        asked.append(STORY.url not in await memory.known([STORY.url]))

    assert asked == [False, True, False, False, True, True, False]

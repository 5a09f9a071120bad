"""Whatever is followed and whatever happens: what matches is posted once, or ends with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from core import backlog, pauses, rules, subscriptions
from core.articles import by_ids
from core.db import Database
from core.localtime import quiet_until, zone
from core.outbox import SKIPPED
from core.posting import Address
from core.tables import articles, deliveries, metadata
from tests.conftest import EXAMPLES
from tests.simulated import TAGS, Simulated

BEGIN = datetime(2026, 10, 24, 21, tzinfo=UTC)
CHANNELS = ("1", "2", "3")
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
RULES = (
    "llms",
    "llms agents+meta",
    "everything -crypto",
    "everything heat:60",
    "llms meta when:daily 08:00",
    "everything when:weekly mon 02:30 -meta",
    "everything most:1",
    "llms agents quiet:22:00-07:00",
    "everything when:daily 09:00 minutes:5",
    "everything when:weekdays 06:00 quiet:22:00-07:00",
    "everything most:2 quiet:23:00-06:00 heat:30",
)


@dataclass(frozen=True, slots=True)
class Told:
    """An article comes in."""

    tags: tuple[str, ...]
    heat: int
    again: bool = False
    """It tells the last story again."""


@dataclass(frozen=True, slots=True)
class Waited:
    """Time passes."""

    hours: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A channel cannot be reached any more."""

    channel: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A channel can be reached again, and a mod says so."""

    channel: str


@dataclass(frozen=True, slots=True)
class Paused:
    """A mod lets nothing come for a while, or lets it come again."""

    channel: str
    until: str


@dataclass(frozen=True, slots=True)
class Hurried:
    """A mod posts some of what waits at once."""

    channel: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A mod skips what waits, and perhaps takes that back."""

    channel: str
    undone: bool


Step = Told | Waited | Closed | Opened | Paused | Hurried | Skipped

STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(Told, st.sets(st.sampled_from(TAGS), min_size=1).map(tuple), st.integers(0, 100)),
    st.builds(Told, st.sets(st.sampled_from(TAGS), min_size=1).map(tuple), st.integers(0, 100)),
    st.builds(
        Told,
        st.sets(st.sampled_from(TAGS), min_size=1).map(tuple),
        st.integers(0, 100),
        st.just(value=True),
    ),
    st.builds(Waited, st.integers(1, 30)),
    st.builds(Closed, st.sampled_from(CHANNELS)),
    st.builds(Opened, st.sampled_from(CHANNELS)),
    st.builds(Paused, st.sampled_from(CHANNELS), st.sampled_from(("off", "5h", "2d"))),
    st.builds(Hurried, st.sampled_from(CHANNELS)),
    st.builds(Skipped, st.sampled_from(CHANNELS), st.booleans()),
)


async def do(world: Simulated, step: Step) -> None:  # noqa: C901 (a case for each step)
    """Let this happen."""
    match step:
        case Told(tags, heat, again):
            await world.tell(*tags, heat=heat, again=again)
            await world.until(world.now + timedelta(minutes=1))
        case Waited(hours):
            await world.until(world.now + timedelta(hours=hours))
        case Paused(channel, until):
            await world.follow(channel, f"pause:{until}")
        case Closed(channel):
            world.closed.add(channel)
        case Hurried(channel):
            async with world.database.write() as db:
                await backlog.post_now(db, await _number(db, channel), 2, now=world.now)
        case Skipped(channel, undone):
            async with world.database.write() as db:
                number = await _number(db, channel)
                gone = await backlog.skip(db, number, now=world.now)
                if undone:
                    await backlog.put_back(db, number, gone.first, gone.last, now=world.now)
        case Opened(channel):
            world.closed.discard(channel)
            async with world.database.write() as db:
                await pauses.resume(db, Address("discord", "1", channel), now=world.now)


async def _number(db: AsyncConnection, channel: str) -> int:
    return (await subscriptions.following(db, Address("discord", "1", channel))).address_id


async def clear(database: Database) -> None:
    """Forget everything."""
    async with database.write() as db:
        for table in reversed(metadata.sorted_tables):
            await db.execute(sa.delete(table))


@pytest.mark.drawn
@pytest.mark.mostly_one_database
@settings(
    max_examples=EXAMPLES // 4,  # each takes days of simulated time
    deadline=None,
    # Not made smaller: that would try as often again.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.tuples(*[st.sampled_from(RULES)] * len(CHANNELS)), st.lists(STEPS, min_size=5, max_size=25)
)
async def test_what_matches_is_posted_once_or_ends_with_a_reason(
    database: Database, words: tuple[str, ...], steps: Sequence[Step]
) -> None:
    await clear(database)
    world = Simulated(database, BEGIN)
    for channel, typed, place in zip(CHANNELS, words, ZONES, strict=True):
        await world.follow(channel, typed, place)
    for step in steps:
        await do(world, step)
    for channel in CHANNELS:
        await do(world, Opened(channel))
    await world.until(world.now + timedelta(days=9))

    for channel, place in zip(CHANNELS, ZONES, strict=True):
        theirs = [it for it in steps if getattr(it, "channel", "") == channel]
        disturbed = any(isinstance(it, Closed | Hurried) for it in theirs)
        await check(world, channel, place, disturbed=disturbed)


async def check(world: Simulated, channel: str, place: str, *, disturbed: bool) -> None:
    """Check that all that matched came once or ended, at a time that its rule allows."""
    at = Address("discord", "1", channel)
    async with world.database.read() as db:
        has = await subscriptions.following(db, at)
        of = sa.select(deliveries, articles.c.title).join(
            articles, articles.c.id == deliveries.c.article_id
        )
        rows = (await db.execute(of.where(deliveries.c.address_id == has.address_id))).all()
        told = await by_ids(db, (await db.scalars(sa.select(articles.c.id))).all())
    matched = {it.title for it in told.values() if rules.bringing(has.rules, rules.facts(it))}
    came = "\n".join(post.text for post in world.came[channel])

    assert {row.title for row in rows} == matched
    unskipped = [row for row in rows if row.reason != SKIPPED]
    assert {row.state for row in unskipped if row.lead_id is None} <= {"posted", "expired"}
    assert {row.state for row in rows} <= {"posted", "expired", "covered", "dead"}
    assert all(row.reason for row in rows if row.state in {"expired", "dead"})
    assert {row.title: came.count(row.title) for row in rows} == {
        row.title: int(row.state == "posted") for row in rows
    }
    if not disturbed:
        for terms in has.rules.values():
            times = [post.at for post in world.came[channel]]
            assert not terms.quiet or not any(_is_quiet(terms, place, time) for time in times)


def _is_quiet(terms: rules.Terms, place: str, at: datetime) -> bool:
    there = zone(place)
    assert terms.quiet
    assert there
    return quiet_until(terms.quiet, there, at) is not None

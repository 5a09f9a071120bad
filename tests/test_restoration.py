"""An old copy of the database is put back: nothing is posted twice, and what comes is posted."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa

from bots.app import open_app
from bots.backup import back_up
from bots.platforms import DatabaseNotes
from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.slack import SlackStandIn
from core import pauses, subscriptions
from core.config import Secrets, parse_settings
from core.db import Database, open_database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.lock import only_program
from core.posting import Address
from core.restoration import COPIED_AT, Restored, make_up, make_up_for_any
from core.sources import Draft
from core.sqlite import file_of
from core.tables import deliveries, fanouts
from tests.conftest import NOW
from tests.fakes import FakePoster, FakeSource
from tests.feeds import Item, item, rss
from tests.newsserver import NewsServer, news_server
from tests.program import PATIENCE, Program, program
from tests.queued import channel, stories

OPEN, CLOSED = channel(1), channel(2)
HOUR = timedelta(hours=1)
BACK = NOW + 24 * HOUR
"""When the copy is put back that was made at `NOW`."""
REASON = (
    "the database was restored from a copy of 2026-06-22 12:00 UTC: it may have been posted since"
)
Copy = Callable[[], Awaitable[str]]


def told(number: int, at: datetime | None = NOW) -> Draft:
    """Return an article that was published then."""
    url = f"https://news.example/{number}"
    return Draft(f"Story {number}", url, tags=("llms",), published_at=at)


@pytest.fixture
async def copied(database_address: str) -> AsyncIterator[Copy]:
    """Give what copies the database as operators do, and returns the address of the copy."""
    if file := file_of(database_address):
        copy = file.with_name("copy.db")

        async def by_command() -> str:
            await asyncio.to_thread(back_up, database_address, copy, now=NOW)
            return f"sqlite:///{copy}"

        yield by_command
        return

    base, _, name = database_address.partition("?")[0].rpartition("/")
    address = database_address.replace(name, f"{name}_copy")

    async def by_server() -> str:
        await on_server(f'CREATE DATABASE "{name}_copy" TEMPLATE "{name}"')
        return address

    async def on_server(statement: str) -> None:
        server = database_address.replace(f"{base}/{name}", f"{base}/postgres")
        admin = await asyncpg.connect(server)
        await admin.execute(statement)
        await admin.close()

    yield by_server
    await on_server(f'DROP DATABASE IF EXISTS "{name}_copy" WITH (FORCE)')


async def put_back(database: Database, *, now: datetime = BACK) -> Restored:
    """Do what the start does of a copy that knows that it is one, and `restored` of any other."""
    return await make_up(database, now=now) or await make_up_for_any(database, now=now)


async def let_follow(database: Database) -> None:
    """Let two channels follow a tag, one of which is closed."""
    async with database.write() as db:
        for address in (OPEN, CLOSED):
            await subscriptions.follow(db, address, ["llms"], by="ada", now=NOW)
        await pauses.pause_at(db, CLOSED, "it is archived", now=NOW)


async def take_in(
    database: Database, drafts: Iterable[Draft], *, now: datetime = NOW, problems: int = 0
) -> int:
    """Let the source tell these, and return how many of them may have been posted."""
    source = FakeSource("ai", drafts)
    source.problems = ("a part could not be read",) * problems
    return (await Intake(database).poll(source, now, at_once=True)).doubtful


async def post(database: Database, poster: FakePoster, *, now: datetime = NOW) -> None:
    """Post what is due."""
    await DeliveryWorker(database, poster, "discord", clock=lambda: now).post_due()


async def ends(database: Database) -> list[tuple[str, str | None]]:
    """Return how each delivery stands, and why, in the order they were queued."""
    at = deliveries.c
    async with database.read() as db:
        rows = await db.execute(sa.select(at.state, at.reason).order_by(at.id))
        return [(row.state, row.reason) for row in rows]


async def test_d5_a_copy_that_is_put_back_posts_nothing_twice_and_what_comes_once(
    database_address: str, copied: Copy
) -> None:
    poster, later = FakePoster(), NOW + HOUR
    async with open_database(database_address) as database:
        await let_follow(database)
        await take_in(database, [told(0)])
        await take_in(database, [told(0), told(1)])
        await post(database, poster)
        await take_in(database, [told(0), told(1), told(2)])
    copy = await copied()
    async with open_database(database_address) as database:
        await take_in(database, [told(0), told(1), told(2), told(3, later)], now=later)
        await post(database, poster, now=later)
        async with database.write() as db:
            await pauses.resume(db, CLOSED, now=later)
        await post(database, poster, now=later)
    before = [stories(poster, address) for address in (OPEN, CLOSED)]

    async with open_database(copy) as database:
        await put_back(database)
        await Intake(database).finish(BACK)
        await post(database, poster, now=BACK)
        doubtful = await take_in(
            database, [told(0), told(1), told(2), told(3, later), told(4, None)], now=BACK
        )
        await post(database, poster, now=BACK)
        after = [stories(poster, address) for address in (OPEN, CLOSED)]
        coming = [told(4, None), told(5, BACK + HOUR), told(6, None)]
        await take_in(database, coming, now=BACK + HOUR)
        await post(database, poster, now=BACK + HOUR)

    assert before == after == [[1, 2, 3], [1, 2, 3]]
    assert doubtful == 2
    assert sorted(stories(poster, OPEN)) == [1, 2, 3, 5, 6]


async def test_d5_what_was_open_in_the_copy_ends_as_unknown_whatever_it_waited_for(
    database: Database,
) -> None:
    await let_follow(database)
    await take_in(database, [told(0)])
    await take_in(database, [told(1), told(2)])
    await DatabaseNotes(database).remember(COPIED_AT, NOW.isoformat())
    async with database.write() as db:
        first = sa.select(sa.func.min(deliveries.c.id)).scalar_subquery()
        sending = {"state": "sending", "lease_until": NOW, "key": "k", "tried_at": NOW}
        await db.execute(sa.update(deliveries).where(deliveries.c.id == first).values(sending))
        await db.execute(sa.insert(fanouts).values(article_id=2))

    restored = await make_up(database, now=BACK)

    assert restored == Restored(ended=4, dropped=1)
    assert await ends(database) == [("unknown", REASON)] * 4
    assert await Intake(database).finish(BACK) == 0


async def test_d5_it_is_made_up_for_once(database: Database) -> None:
    await let_follow(database)
    await take_in(database, [told(0)])
    await DatabaseNotes(database).remember(COPIED_AT, NOW.isoformat())

    first = await make_up(database, now=NOW)
    await take_in(database, [told(0)], now=NOW + HOUR)
    await take_in(database, [told(1)], now=NOW + HOUR)
    second = await make_up(database, now=NOW + HOUR)

    assert (first, second) == (Restored(0, 0), None)
    assert [state for state, _ in await ends(database)] == ["waiting", "held"]


async def test_d5_a_source_whose_reading_was_not_whole_is_still_doubted(database: Database) -> None:
    await let_follow(database)
    await take_in(database, [told(0)])
    await put_back(database)

    doubtful = [
        await take_in(database, [told(1)], now=BACK + HOUR, problems=1),
        await take_in(database, [told(2)], now=BACK + 2 * HOUR),
        await take_in(database, [told(3)], now=BACK + 3 * HOUR),
    ]

    assert doubtful == [1, 1, 0]


async def test_d5_a_source_that_always_has_problems_is_not_doubted_for_ever(
    database: Database,
) -> None:
    await let_follow(database)
    await take_in(database, [told(0)])
    await put_back(database)

    doubtful = [
        await take_in(database, [told(1)], now=BACK + 23 * HOUR, problems=1),
        await take_in(database, [told(2)], now=BACK + 25 * HOUR, problems=1),
        await take_in(database, [told(3)], now=BACK + 26 * HOUR, problems=1),
    ]

    assert doubtful == [1, 1, 0]


async def test_d5_what_is_dated_after_the_copy_was_put_back_is_news_at_once(
    database: Database,
) -> None:
    await let_follow(database)
    await take_in(database, [told(0)])
    await put_back(database)
    now = BACK + 2 * HOUR

    drafts = [told(1, BACK), told(2, BACK + HOUR), told(3, now + HOUR), told(4, None)]
    doubtful = await take_in(database, drafts, now=now)
    poster = FakePoster()
    await post(database, poster, now=now)

    assert doubtful == 3
    assert stories(poster, OPEN) == [2]


@pytest.mark.parametrize(("after", "posted"), [(HOUR, 0), (timedelta(days=31), 2)])
async def test_d5_the_newest_of_a_source_that_the_copy_does_not_know_is_not_posted(
    database: Database, after: timedelta, posted: int
) -> None:
    await let_follow(database)
    await put_back(database)

    intake = Intake(database, posts_newest_of_new_source=True)
    taken = await intake.poll(FakeSource("new", [told(1), told(2)]), BACK + after)

    assert taken.was_first
    assert len(taken.articles) == 2
    assert taken.deliveries == posted


async def test_d5_what_is_given_by_hand_is_doubted_once_too(database: Database) -> None:
    await let_follow(database)
    await put_back(database)
    intake, source = Intake(database), FakeSource("folder", [told(1)])

    first = await intake.take_all_of(source, BACK + HOUR, quiet=False)
    source.drafts = (told(1), told(2))
    second = await intake.take_all_of(source, BACK + HOUR, quiet=False)

    assert (first.doubtful, first.deliveries) == (1, 0)
    assert (second.doubtful, second.deliveries) == (0, 2)


def test_d5_only_the_copy_says_that_it_is_one(tmp_path: Path) -> None:
    url, copy = f"sqlite:///{tmp_path / 'themata.db'}", tmp_path / "copy.db"

    async def noted(address: str) -> str | None:
        async with open_database(address) as database:
            return await DatabaseNotes(database).recall(COPIED_AT)

    before = asyncio.run(noted(url))
    back_up(url, copy, now=NOW)
    back_up(f"sqlite:///{copy}", tmp_path / "copy of it.db", now=BACK)

    assert before is asyncio.run(noted(url)) is None
    assert asyncio.run(noted(f"sqlite:///{copy}")) == NOW.isoformat()
    assert asyncio.run(noted(f"sqlite:///{tmp_path / 'copy of it.db'}")) == NOW.isoformat()


async def test_d5_the_bot_makes_up_for_a_copy_when_it_opens_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'themata.db'}"
    async with open_database(url) as database:
        await let_follow(database)
        await take_in(database, [told(0)])
        await take_in(database, [told(1)])
        await DatabaseNotes(database).remember(COPIED_AT, NOW.isoformat())
    settings = parse_settings(f'sources = []\ndatabase.url = "{url}"', tmp_path / "c.toml")

    async with open_app(settings, Secrets(), only="jobs") as app:
        ended = await ends(app.database)

    assert ended == [("unknown", REASON)] * 2


FEED = """
[fetch]
allow_private_addresses = true
[[sources]]
kind = "feed"
name = "ai"
url = "{news.url}/feed"
"""


@asynccontextmanager
async def fed(folder: Path) -> AsyncIterator[tuple[DiscordStandIn, NewsServer, Program]]:
    """Give a Discord, a feed, and the program that reads it and posts there."""
    async with DiscordStandIn() as discord, SlackStandIn() as slack, news_server() as news:
        themata = program(folder, discord, slack)
        written = themata.config.read_text().replace("sources = []\n", "")
        themata.config.write_text(written + FEED.format(news=news))
        only_discord = {k: v for k, v in themata.secrets.items() if "DISCORD" in k}
        yield discord, news, Program(themata.config, only_discord)


async def run_until(themata: Program, discord: DiscordStandIn, shown: Callable[[], bool]) -> None:
    """Run the bot until Discord shows what is waited for, and stop it."""
    async with asyncio.timeout(PATIENCE), themata.running("run") as process:
        await discord.until(shown)
        process.send_signal(signal.SIGTERM)
        await process.wait()


@pytest.mark.long
async def test_d5_the_program_posts_each_article_once_over_a_backup_that_is_put_back(
    tmp_path: Path,
) -> None:
    items: list[Item] = []
    async with fed(tmp_path) as (discord, news, themata):
        place = discord.add_channel(discord.add_guild("Acme"), "ai-news")
        address = Address("discord", place.guild_id, place.id)
        url = f"sqlite:///{tmp_path / 'themata.db'}"
        async with open_database(url) as database, database.write() as db:
            await subscriptions.follow(db, address, ["llms"], by="ada", now=NOW)
        async with open_database(url) as database:
            await take_in(database, [told(0)], now=datetime.now(UTC))

        def show(*new: Item) -> None:
            items.extend(new)
            news.put("/feed", rss(items))

        def has(title: str) -> Callable[[], bool]:
            return lambda: any(title in str(m) for m in discord.messages(place.id))

        show(item(10, datetime.now(UTC)))
        await run_until(themata, discord, has("Story 10"))
        copied = back_up(url, tmp_path / "copy.db", now=datetime.now(UTC))
        show(item(11, datetime.now(UTC)))
        await run_until(themata, discord, has("Story 11"))
        command = copied.partition("then: ")[2]
        assert await (await asyncio.create_subprocess_shell(command)).wait() == 0
        doubted = await themata.ended("ingest", "ai")
        show(item(12, datetime.now(UTC)))
        await run_until(themata, discord, has("Story 12"))
        posted = [str(message) for message in discord.messages(place.id)]

    assert "the database was restored from a copy" in doubted.err
    assert doubted.out == (
        "took in: Story 11\n1 new, 0 posts queued\n"
        "1 of them may have been posted before the database was restored:"
        " they are stored, not posted\n"
    )
    assert [sum(f"Story {n}" in message for message in posted) for n in (10, 11, 12)] == [1, 1, 1]


async def test_d5_an_operator_says_that_a_copy_was_put_back(
    database_address: str, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'sources = []\n[database]\nurl = "{database_address}"\n', encoding="utf-8")
    async with open_database(database_address) as database:
        await let_follow(database)
        await take_in(database, [told(0)])
        await take_in(database, [told(1)])

    ended = await Program(config, {}).ended("restored")

    async with open_database(database_address) as database:
        why = "the database was restored from a copy: it may have been posted since"
        assert await ends(database) == [("unknown", why)] * 2
        assert await take_in(database, [told(2)], now=datetime.now(UTC)) == 1
    assert ended.code == 0
    assert ended.out.startswith("2 open posts ended as unknown")


async def test_d5_it_is_not_said_of_no_database_or_of_one_that_is_at_work(tmp_path: Path) -> None:
    config, file = tmp_path / "config.toml", tmp_path / "themata.db"
    config.write_text(f'[database]\nurl = "sqlite:///{file}"\n', encoding="utf-8")

    nothing = await Program(config, {}).ended("restored")
    with only_program(file):
        taken = await Program(config, {}).ended("restored")

    assert (nothing.code, nothing.err) == (1, f"there is no database in {file}\n")
    assert taken.code == 75

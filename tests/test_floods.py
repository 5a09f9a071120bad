"""No source floods a channel, whatever it does, and nothing that is really new is lost."""

import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from core import articles, sightings, subscriptions, tables
from core.db import Database
from core.delivery import DeliveryWorker
from core.posting import Address
from core.sources import SourceError
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.feeds import Item, Received, Scene, backlog, item, json_feed, read_here, rss, scene

pytestmark = pytest.mark.mostly_one_database

SOON = NOW + timedelta(minutes=5)
DAY = timedelta(days=1)
Looks = list[tuple[datetime, list[Item]]]


def changed(change: Callable[[Item], Item], most: int = 20) -> Looks:
    """Return a look at a backlog, and one at the same with the first so many items changed."""
    old = backlog()
    return [(NOW, old), (SOON, [*map(change, old[:most]), *old[most:]])]


def renamed(i: Item) -> Item:
    return replace(i, guid=f"new-{i.guid}")


def re_dated(i: Item) -> Item:
    return replace(i, published_at=SOON)


def secured(i: Item) -> Item:
    link = i.link.replace("http://", "https://www.")
    return replace(i, guid=link, link=link)


def tracked(i: Item) -> Item:
    return replace(i, guid=f"{i.guid}#2", link=f"{i.link}/?utm_source=rss&utm_medium=feed")


def moved(i: Item) -> Item:
    link = i.link.replace("news.example/story", "paper.example/article")
    return replace(i, guid=link, link=link)


def rewritten(i: Item) -> Item:
    return replace(re_dated(moved(i)), title=f"On {i.guid}", summary=f"All of {i.guid} is new.")


def edited(i: Item) -> Item:
    return replace(i, title=f"{i.title}, corrected")


def columns() -> Looks:
    """Return looks at a backlog and, week by week, one more column of the same title."""
    looks, items = [(NOW, backlog())], backlog()
    for week in range(1, 5):
        now = NOW + week * 7 * DAY
        items = [replace(item(100 + week, now), title="The week in AI"), *items][:20]
        looks.append((now, items))
    return looks


def future() -> Looks:
    far = [item(100, NOW + 400 * DAY), *backlog(19)]
    real = [item(101, SOON), *far]
    return [(NOW, backlog()), (SOON, far), (SOON + DAY, real), (SOON + 2 * DAY, real)]


def downtime() -> Looks:
    back = NOW + 3 * DAY
    new = [item(100 + n, back - timedelta(hours=3 * n)) for n in range(24)]
    return [(NOW, backlog()), (back, [*new, *backlog(6)])]


SCENARIOS: dict[str, tuple[Looks, Received]] = {
    "first subscription": ([(NOW, backlog())], Received()),
    "all guids anew": (changed(renamed), Received()),
    "all dated anew": (changed(re_dated), Received()),
    "http to https and www": (changed(secured), Received()),
    "empty, then full again": ([(NOW, backlog()), (SOON, []), (SOON, backlog())], Received()),
    "shorter, then back": ([(NOW, backlog()), (SOON, backlog(4)), (SOON, backlog())], Received()),
    "in the other order": ([(NOW, backlog()), (SOON, backlog()[::-1])], Received()),
    "tracking and guid suffixes": (changed(tracked), Received()),
    "moved: new guids and links": (changed(moved), Received()),
    "moved and dated anew": (changed(lambda i: re_dated(moved(i))), Received()),
    "moved, dated anew, rewritten": (changed(rewritten), Received(5, 15)),
    "a weekly column of one title": (columns(), Received(4)),
    "an item of the far future": (future(), Received(2)),
    "three days down, 24 new": (downtime(), Received(5, 19)),
    "five titles edited": (changed(edited, most=5), Received()),
}


@pytest.fixture
async def apart(database: Database) -> AsyncIterator[Scene]:
    """Give a scene whose feed is read in another process, as a running bot does."""
    async with scene(database) as opened:
        yield opened


@pytest.fixture
def here(apart: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Give a scene whose feed is read in this process."""
    monkeypatch.setattr("core.sources.feed.read_apart", read_here)
    return apart


@pytest.mark.parametrize("name", SCENARIOS)
async def test_r4_no_scenario_floods_a_channel(here: Scene, name: str) -> None:
    looks, wanted = SCENARIOS[name]

    for now, items in looks:
        await here.show(items, now)

    assert await here.received() == wanted


def test_r4_no_scenario_wants_more_than_five_posts() -> None:
    assert len(SCENARIOS) == 15
    assert max(wanted.posts for _, wanted in SCENARIOS.values()) == 5


async def test_r8_after_days_down_all_that_is_new_comes_oldest_first(here: Scene) -> None:
    looks = downtime()
    new = looks[-1][1][:24]

    for now, items in looks:
        await here.show(items, now)

    assert await here.titles() == [i.title for i in reversed(new)]


async def test_r8_the_catch_up_is_one_message_and_comes_before_the_posts(here: Scene) -> None:
    for now, items in downtime():
        await here.show(items, now)
    poster, due = FakePoster(), NOW + 3 * DAY + timedelta(seconds=30)

    await DeliveryWorker(here.database, poster, "discord", clock=lambda: due).post_due()

    first, *others = (str(message) for _, message, _ in poster.posts)
    assert "Story 105" in first
    assert not any("Story 105" in message for message in others)
    assert "Story 100" in others[-1]
    assert len(others) <= 5


async def test_a_catch_up_and_its_posts_are_due_together_when_all_are_queued(here: Scene) -> None:
    for now, items in downtime():
        await here.show(items, now)

    async with here.database.read() as db:
        due = set((await db.scalars(sa.select(tables.deliveries.c.due_at))).all())
    assert due == {NOW + 3 * DAY + timedelta(seconds=30)}


async def test_a_source_that_seems_to_change_its_ids_is_told(
    here: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    for now, items in changed(rewritten):
        await here.show(items, now)

    said = "source /feed: did it change its ids? new articles 20 of 20"
    assert caplog.messages == [said]


async def test_old_articles_that_turn_up_late_are_stored_and_not_posted(here: Scene) -> None:
    old, recent = item(100, SOON - timedelta(hours=49)), item(101, SOON - timedelta(hours=47))
    await here.show(backlog())

    taken = await here.show([recent, old, *backlog()], SOON)

    assert [article.title for article in taken.articles] == ["Story 100", "Story 101"]
    assert await here.titles() == ["Story 101"]


async def test_a_source_that_changes_in_steps_stays_known(here: Scene) -> None:
    steps = [renamed, moved, re_dated, edited]
    items = backlog()
    await here.show(items)

    for step in steps:
        items = [step(i) for i in items]
        await here.show(items, SOON)

    assert await here.received() == Received()


async def test_what_stands_in_its_source_is_never_forgotten(here: Scene) -> None:
    for month in range(5):
        await here.show(backlog(), NOW + month * 30 * DAY)

    await here.show([renamed(moved(i)) for i in backlog()], NOW + 151 * DAY)

    assert await here.received() == Received()


async def test_what_stands_in_a_source_that_never_changes_is_not_forgotten(here: Scene) -> None:
    here.news.put("/feed", rss(backlog()), ETag='"1"')
    for month in range(5):
        await here.poll(NOW + month * 30 * DAY)

    await here.show([renamed(moved(i)) for i in backlog()], NOW + 151 * DAY)

    assert await here.received() == Received()


async def test_what_left_its_source_is_forgotten_after_a_time(here: Scene) -> None:
    last = NOW + sightings.KEPT + 2 * DAY
    await here.show(backlog(2))

    await here.show([item(9, last)], last)

    async with here.database.read() as db:
        seen = await db.scalars(sa.select(tables.sightings.c.last_seen_at).distinct())
    assert seen.all() == [last]


def mutations(bodies: list[str], most: int) -> Iterator[bytes]:
    """Give bodies that were broken on their way, the same at every run."""
    chance = random.Random(2)  # noqa: S311 (the same at every run, which is the point)
    for number in range(most):
        body = bodies[number % len(bodies)].encode()
        at, end = sorted(chance.choices(range(len(body)), k=2))
        scrap = chance.randbytes(chance.randrange(1, 9))
        yield chance.choice(
            [
                body[:at],
                body[at:],
                body[:at] + body[end:],
                body[:at] + scrap + body[at:],
                body[:at] + scrap + body[at + len(scrap) :],
                body[:end] + body[at:],
                b"\xef\xbb\xbf" + body,
                body + body,
                body.decode().encode(chance.choice(["utf-16", "utf-32", "utf-16-le"])),
                b'<?xml version="1.0" encoding="shift_jis"?>' + body,
                b"<!DOCTYPE html><html><body>Just a moment</body></html>",
                b'{"version": "https://jsonfeed.org/version/1.1", "items": []}',
                b"",
            ]
        )


@pytest.mark.parametrize("most", [40, pytest.param(200, marks=pytest.mark.long)])
async def test_r2_broken_bodies_post_nothing_and_change_nothing(apart: Scene, most: int) -> None:
    items, refused = backlog(8), 0
    await apart.show(items)

    for body in mutations([rss(items), json_feed(items)], most):
        apart.news.put("/feed", body)
        try:
            await apart.poll(SOON)
        except SourceError:
            refused += 1
    await apart.show(items, SOON)

    assert await apart.received() == Received()
    assert most / 4 < refused < most


async def test_r2_a_broken_or_empty_answer_leaves_its_marks_alone(here: Scene) -> None:
    here.news.put("/feed", rss(backlog()), ETag='"good"')
    await here.poll()
    here.news.put("/feed", rss([]), ETag='"empty"')
    await here.poll(SOON)
    here.news.put("/feed", rss(backlog())[:500], ETag='"broken"')
    with pytest.raises(SourceError):
        await here.poll(SOON)

    here.news.put("/feed", rss([item(100, SOON), *backlog()]), ETag='"full"')
    await here.poll(SOON)

    asked = [request.headers.get("If-None-Match") for request in here.news.requests]
    assert asked == [None, '"good"', '"good"', '"good"']
    assert await here.titles() == ["Story 100"]


async def test_r3_items_that_share_a_guid_are_told_apart_by_their_links(here: Scene) -> None:
    first = [replace(i, guid="same") for i in backlog(3)]
    await here.show(first)
    second = [replace(item(10 + n, SOON), guid="same") for n in range(2)]
    await here.show([*second, *first], SOON)

    await here.show([replace(item(20, SOON), guid="same")], SOON)
    await here.show([replace(item(21, SOON), guid="same")], SOON)

    assert sorted(await here.titles()) == ["Story 10", "Story 11", "Story 20", "Story 21"]


async def test_r5_a_huge_feed_is_refused_and_the_rest_goes_on(apart: Scene) -> None:
    await apart.show(backlog())
    apart.news.put("/feed", rss([item(n, SOON) for n in range(8_000)]))
    with pytest.raises(SourceError, match="larger than"):
        await apart.poll(SOON)

    apart.news.put("/feed", rss([], "<a>" * 20_000 + "</a>" * 20_000))
    # Read or given up, as quick as this machine is.
    with suppress(SourceError):
        await apart.poll(SOON)
    await apart.show([item(100, SOON), *backlog()], SOON)

    assert await apart.titles() == ["Story 100"]


async def test_r7_a_new_channel_gets_nothing_of_what_is_stored(here: Scene) -> None:
    await here.show(backlog(1))
    row = {"source": "old", "first_seen_at": NOW - DAY, "url": "https://old.example/", "title": "x"}
    many = [row | {"canonical_url": f"https://old.example/{n}"} for n in range(10_000)]
    async with here.database.write() as db:
        await db.execute(sa.insert(tables.articles), many)
        everything = sa.select(tables.articles.c.id, sa.literal("llms"), sa.literal(0))
        told = everything.where(tables.articles.c.source == "old")
        columns = ["article_id", "tag", "place"]
        await db.execute(sa.insert(tables.article_tags).from_select(columns, told))

    async with here.database.write() as db:
        await subscriptions.follow(db, Address("slack", "T1", "C1"), ["llms"], by="ada", now=SOON)
    await here.poll(SOON)

    assert await here.received() == Received()


async def test_r9_a_story_from_five_feeds_is_posted_once(here: Scene) -> None:
    feeds = [f"/feed/{number}" for number in range(5)]
    for number, path in enumerate(feeds):
        await here.show([item(100 + number, NOW)], path=path)
    story = item(200, SOON)

    for number, path in enumerate(feeds):
        own = replace(story, guid=path, link=f"{story.link}?utm_source=feed{number}")
        await here.show([own, item(100 + number, NOW)], SOON, path)

    assert await here.titles() == ["Story 200"]


async def test_r9_a_moved_story_is_known_in_other_feeds_too(here: Scene) -> None:
    for path in ("/one", "/two"):
        await here.show(backlog(3), path=path)
    await here.show([moved(i) for i in backlog(3)], SOON, "/one")

    await here.show([edited(moved(re_dated(i))) for i in backlog(3)], SOON, "/two")

    assert await here.received() == Received()


async def test_r12_items_that_come_again_and_in_any_order_are_posted_once(here: Scene) -> None:
    chance = random.Random(1)  # noqa: S311 (the same at every run)
    new = [item(100 + n, SOON) for n in range(3)]
    await here.show(backlog())

    for _ in range(5):
        await here.show(chance.sample([*new, *backlog()], 23), SOON)

    assert sorted(await here.titles()) == [i.title for i in new]


async def test_a_crash_between_articles_and_marks_posts_nothing_twice(
    here: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.show(backlog())
    here.news.put("/feed", rss([item(100, SOON), item(101, SOON), *backlog()]))

    with monkeypatch.context() as crashing:
        crashing.setattr(sightings, "forget_old", _crash)
        with pytest.raises(KeyboardInterrupt):
            await here.poll(SOON)
    await here.poll(SOON)

    assert await here.titles() == ["Story 101", "Story 100"]
    async with here.database.read() as db:
        assert len(await articles.latest(db, most=60)) == 22


async def test_an_edited_item_is_told_anew_at_the_next_look(here: Scene) -> None:
    await here.show(backlog())

    await here.show([edited(i) for i in backlog()], SOON)
    await here.show(backlog(), SOON)
    await here.show([edited(i) for i in backlog()], SOON)

    async with here.database.read() as db:
        latest = await articles.latest(db, most=50)
    assert {article.title for article in latest} == {edited(i).title for i in backlog()}


async def _crash(*_: object, **__: object) -> None:
    raise KeyboardInterrupt

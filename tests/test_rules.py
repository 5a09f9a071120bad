"""A rule brings what it was typed for: by itself, in the database, and in its forecast."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import grammar, queueing, rules, stories, subscriptions
from core.db import Database
from core.forecast import Forecast, forecast
from core.posting import Address
from core.rules import NO_TERMS, Changes, Rules, Terms
from core.sources import Draft
from core.tables import deliveries
from core.tables import rules as stored
from core.tags import catalogue
from core.timetable import zone_of
from core.typed_time import Moment
from tests.conftest import NOW
from tests.rule_table import MATCHES, TAGS

HERE = Address("discord", "1", "10")
MOMENT = Moment(NOW, zone_of("UTC"))
CATALOGUE = catalogue(dict.fromkeys(TAGS, ()))
ROWS = [pytest.param(*row, id=name) for name, row in MATCHES.items()]
ARTICLES = {article.title: article for _, article, _ in MATCHES.values()}


def typed(words: str, has: Rules | None = None) -> dict[str, Terms]:
    """Return what is followed after these words."""
    read = grammar.read(words.split(), CATALOGUE, MOMENT, has)
    assert not read.mistakes
    return rules.merged(has or {}, read.topics, read.changes)


async def follow(database: Database, words: str) -> Rules:
    """Let the channel follow what these words say."""
    async with database.write() as db:
        has = await subscriptions.following(db, HERE)
        read = grammar.read(words.split(), CATALOGUE, MOMENT, has.rules)
        assert not read.mistakes
        has = await subscriptions.follow(db, HERE, read.topics, read.changes, by="ada", now=NOW)
    return has.rules


@pytest.mark.parametrize(("words", "article", "comes"), ROWS)
def test_an_article_comes_by_a_rule_or_not(words: str, article: Draft, comes: bool) -> None:  # noqa: FBT001 (a row of the table)
    assert bool(rules.bringing(typed(words), rules.facts(article))) == comes


async def test_the_database_finds_the_same(database: Database) -> None:
    found = dict[str, int]()

    for number, (name, (words, article, _)) in enumerate(MATCHES.items(), 1):
        has = await follow(database, words)
        async with database.write() as db:
            part = queueing.Part(number, rules.facts(article), range(9), NOW)
            found[name] = await queueing.enqueue(db, part)
            await subscriptions.unfollow(db, HERE, list(has))

    assert found == {name: int(comes) for name, (_, _, comes) in MATCHES.items()}


@pytest.mark.parametrize("article", ARTICLES.values(), ids=list(ARTICLES))
async def test_the_forecast_counts_the_same(database: Database, article: Draft) -> None:
    rows = {name: row for name, row in MATCHES.items() if row[1] == article}

    async with database.write() as db:
        await stories.save_new(db, article, source="site", now=NOW - timedelta(days=6))
        old = Draft(title="Old", url="https://themata.ai/news/old", tags=TAGS, heat=100)
        await stories.save_new(db, old, source="site", now=NOW - timedelta(days=8))
        found = {
            name: await forecast(db, typed(words), now=NOW) for name, (words, _, _) in rows.items()
        }

    assert found == {name: Forecast(int(comes)) for name, (_, _, comes) in rows.items()}


async def test_a_forecast_names_the_heat_that_halves_it(database: Database) -> None:
    async with database.write() as db:
        for heat in (10, 55, 65, 75, 85):
            url = f"https://themata.ai/news/{heat}"
            draft = Draft(title="A", url=url, tags=("llms", "meta"), heat=heat)
            await stories.save_new(db, draft, source="site", now=NOW)

        assert await forecast(db, typed("llms meta"), now=NOW) == Forecast(5, (70, 2))
        assert await forecast(db, typed("llms heat:80"), now=NOW) == Forecast(1)


@pytest.mark.parametrize(
    ("before", "words", "after"),
    [
        ("llms", "robots", {"robots": NO_TERMS, "llms": NO_TERMS}),
        ("llms heat:60", "robots", {"robots": NO_TERMS, "llms": Terms(heat=60)}),
        ("llms robots", "llms heat:60", {"robots": NO_TERMS, "llms": Terms(heat=60)}),
        ("llms robots", "heat:60", {"robots": Terms(heat=60), "llms": Terms(heat=60)}),
        ("llms heat:60", "llms heat:off", {"llms": NO_TERMS}),
        ("llms -meta", "llms -crypto", {"llms": Terms(without=("crypto", "meta"))}),
        ("llms -meta", "llms without:none", {"llms": NO_TERMS}),
        ("llms style:line", "robots", {t: Terms(style="line") for t in ("robots", "llms")}),
        ("llms+robots", "robots+llms heat:9", {"llms+robots": Terms(heat=9)}),
        ("llms heat:60", "llms heat:60", {"llms": Terms(heat=60)}),
    ],
)
async def test_what_is_typed_next_merges(
    database: Database, before: str, words: str, after: dict[str, Terms]
) -> None:
    await follow(database, before)

    assert await follow(database, words) == after
    assert await follow(database, words) == after
    async with database.read() as db:
        count = await db.scalar(sa.select(sa.func.count()).select_from(stored))
    assert count == len(rules.grouped(after))


def test_an_option_alone_follows_everything() -> None:
    assert typed("heat:80") == {"*": Terms(heat=80)}


async def test_a_rule_that_did_not_change_keeps_who_set_it(database: Database) -> None:
    await follow(database, "llms heat:60")
    async with database.write() as db:
        later = NOW + timedelta(days=1)
        await subscriptions.follow(db, HERE, ["meta"], Changes(), by="bob", now=later)

        set_by = (await db.scalars(sa.select(stored.c.set_by).order_by(stored.c.id))).all()

    assert set_by == ["ada", "bob"]


async def test_unfollowing_leaves_nothing_of_a_rule(database: Database) -> None:
    await follow(database, "llms robots -crypto")
    async with database.write() as db:
        await subscriptions.unfollow(db, HERE, ["llms", "robots"])

        assert await db.scalar(sa.select(sa.func.count()).select_from(stored)) == 0


async def test_the_style_of_the_rule_goes_with_its_posts(database: Database) -> None:
    await follow(database, "llms style:line")
    async with database.write() as db:
        facts = rules.facts(Draft(title="A", url="https://themata.ai/news/a", tags=("llms",)))
        await queueing.enqueue(db, queueing.Part(1, facts, range(9), NOW))

        assert (await db.scalars(sa.select(deliveries.c.style))).all() == ["line"]


@pytest.mark.parametrize(
    "terms",
    [
        Terms(),
        Terms(heat=60, moods=("mixed", "negative"), concerns="some", style="full"),
        Terms(without=("crypto", "example.com")),
    ],
)
def test_terms_are_written_as_they_are_typed(terms: Terms) -> None:
    words = grammar.write(["llms", "meta+robots", "*"], rules.difference(NO_TERMS, terms))

    assert typed(words) == dict.fromkeys(["llms", "meta+robots", "*"], terms)


def test_a_change_is_written_so_that_it_can_be_taken_back() -> None:
    before, after = Terms(heat=60, style="line"), Terms(without=("crypto",), moods=("mixed",))

    words = grammar.write(["llms"], rules.difference(after, before))

    assert typed(words, {"llms": after}) == {"llms": before}

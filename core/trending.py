"""What trends: the stories that are told hottest and by most outlets, and the tags that rise."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.tables import article_tags, gists, stories
from core.tables import articles as stored

Span = Literal["", "day", "week"]
"""Of which time what trends is asked; of both the day and the week if of none."""
DAY, WEEK = timedelta(days=1), timedelta(days=7)
MOST = 5
"""How many stories, and how many tags, are shown."""
FOR_AN_OUTLET = 10
"""How many degrees of heat each further outlet that tells a story is worth."""
_MOST_OUTLETS = 5
"""How many further outlets count: no source can lift a story by inventing names."""
_WEEKS = 4
"""How many weeks before this one say what is usual."""
_LEAST_WEEKS = 2
_A_WEEK_OF_NEWS = 10
"""How many stories a week must have to say what is usual: the bot may have been away."""
_ENOUGH = 5
"""How many stories a tag must have this week to rise at all."""
_HALF_AS_MANY_AGAIN = 1.5
_BY_CHANCE = 3.0
"""How many times the root of what is usual it can be more by chance."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A story that was told in some time, by the hottest article that told it then."""

    story_id: int
    title: str
    url: str
    heat: int | None
    outlets: int
    """How many sites told it; 0 if no article names its site."""
    domain: str


@dataclass(frozen=True, slots=True)
class Rise:
    """A tag that has more stories this week than it usually has."""

    tag: str
    stories: int
    usual: int


@dataclass(frozen=True, slots=True)
class Trends:
    """What trends, and of what it was asked."""

    span: Span
    tag: str
    day: tuple[Trend, ...] = ()
    week: tuple[Trend, ...] = ()
    """Without those of the day, where both are asked for."""
    rises: tuple[Rise, ...] = ()


async def trends(db: AsyncConnection, span: Span, tag: str, *, now: datetime) -> Trends:
    """Return the stories of the last day, the last week, or both; of this tag if one is given."""
    day = week = list[Trend]()
    if span != "week":
        day = await hottest(db, since=now - DAY, now=now, tag=tag)
    if span != "day":
        shown = [story.story_id for story in day]
        week = await hottest(db, since=now - WEEK, now=now, tag=tag, without=shown)
    return Trends(span, tag, tuple(day), tuple(week))


async def hottest(
    db: AsyncConnection,
    *,
    since: datetime,
    now: datetime,
    tag: str = "",
    without: Collection[int] = (),
) -> list[Trend]:
    """Return the stories told in that time, of this tag if one is given, that trend most.

    A story counts its highest heat, and ten more for each further outlet, up to five. None of
    those whose numbers are in `without`, and nothing that its source withdrew.
    """
    asked = {"since": since, "now": now, "tag": tag, "without": list(without)}
    ranked = (await db.execute(_ranking(of_tag=bool(tag)), asked)).all()
    ids = [row.story_id for row in ranked]
    first = {row.story_id: row for row in reversed(await _tellers(db, ids, since, now))}
    return [
        Trend(row.story_id, told.title, told.url, told.heat, row.outlets, told.source_domain)
        for row in ranked
        # What was withdrawn just now is not told any more.
        if (told := first.get(row.story_id))
    ]


async def rising(db: AsyncConnection, *, now: datetime) -> list[Rise]:
    """Return at most five tags that rise, those first whose rise is least by chance."""
    times = {f"back_{week}": now - week * WEEK for week in range(_WEEKS + 2)}
    every = {row.week: row.stories for row in await db.execute(_EVERY, times)}
    tags: dict[str, Counter[int]] = {}
    for row in await db.execute(_BY_TAG, times):
        tags.setdefault(row.tag, Counter())[row.week] = row.stories
    return risen(every, tags)


def risen(every: Mapping[int, int], tags: Mapping[str, Mapping[int, int]]) -> list[Rise]:
    """Return the tags that rise, by how many stories they had in each week, this one being 0.

    `every` is how many stories there were of any tag: what all do alike is no rise.
    """
    before = [week for week in range(1, _WEEKS + 1) if every.get(week, 0) >= _A_WEEK_OF_NEWS]
    if len(before) < _LEAST_WEEKS:
        return []
    growth = every.get(0, 0) * len(before) / sum(every[week] for week in before)
    found = list[tuple[float, Rise]]()
    for tag, told in tags.items():
        now, usual = told.get(0, 0), sum(told.get(week, 0) for week in before) / len(before)
        expected = usual * max(1.0, growth)
        chance = math.sqrt(max(1.0, expected))
        enough = max(_HALF_AS_MANY_AGAIN * expected, expected + _BY_CHANCE * chance, _ENOUGH)
        if now >= enough:
            found.append(((now - expected) / chance, Rise(tag, now, round(usual))))
    by_chance = sorted(found, key=lambda it: (-it[0], it[1].tag))
    return [rise for _, rise in by_chance[:MOST]]


_SINCE = sa.bindparam("since", type_=gists.c.told_at.type)
_NOW = sa.bindparam("now", type_=gists.c.told_at.type)
# What was withdrawn has no gist.
_TOLD = (gists.c.told_at > _SINCE, gists.c.told_at <= _NOW)


@cache
def _ranking(*, of_tag: bool) -> sa.Select[int, int]:
    at, story = stored.c, stories.c.story_id
    outlets = sa.func.count(sa.func.nullif(at.source_domain, "").distinct())
    further = sa.case((outlets > _MOST_OUTLETS, _MOST_OUTLETS), (outlets > 1, outlets - 1), else_=0)
    score = sa.func.coalesce(sa.func.max(at.heat), 0) + FOR_AN_OUTLET * further
    query = (
        sa.select(story, outlets.label("outlets"))
        .select_from(gists)
        .join(stories, stories.c.article_id == gists.c.article_id)
        .join(stored, at.id == gists.c.article_id)
        .where(*_TOLD, story.not_in(sa.bindparam("without", expanding=True)))
        .group_by(story)
        .order_by(score.desc(), sa.func.max(gists.c.told_at).desc(), story.desc())
        .limit(MOST)
    )
    tagged = sa.exists().where(
        article_tags.c.article_id == gists.c.article_id, article_tags.c.tag == sa.bindparam("tag")
    )
    # All that tell it count, even those that do not carry the tag.
    return query.having(sa.func.max(sa.case((tagged, 1), else_=0)) == 1) if of_tag else query


async def _tellers(
    db: AsyncConnection, story_ids: Sequence[int], since: datetime, now: datetime
) -> Sequence[sa.Row[int, str, str, int, str]]:
    """Return the articles that told these stories in that time, the hottest first."""
    asked = {"ids": story_ids, "since": since, "now": now}
    return (await db.execute(_TELLERS, asked)).all() if story_ids else []


_TELLERS = (
    sa.select(stories.c.story_id, stored.c.title, stored.c.url, stored.c.heat)
    .add_columns(stored.c.source_domain)
    .select_from(stories)
    .join(gists, gists.c.article_id == stories.c.article_id)
    .join(stored, stored.c.id == stories.c.article_id)
    .where(stories.c.story_id.in_(sa.bindparam("ids", expanding=True)), *_TOLD)
    .order_by(sa.func.coalesce(stored.c.heat, -1).desc(), stored.c.id)
)


def _back(weeks: int) -> sa.BindParameter[datetime]:
    return sa.bindparam(f"back_{weeks}", type_=gists.c.told_at.type)


_WEEK = sa.case(
    *((gists.c.told_at > _back(week + 1), sa.literal_column(str(week))) for week in range(_WEEKS)),
    else_=sa.literal_column(str(_WEEKS)),
).label("week")
_STORIES = sa.func.count(stories.c.story_id.distinct()).label("stories")
_LATELY = (gists.c.told_at > _back(_WEEKS + 1), gists.c.told_at <= _back(0))
_EVERY = (
    sa.select(_WEEK, _STORIES)
    .select_from(gists)
    .join(stories, stories.c.article_id == gists.c.article_id)
    .where(*_LATELY)
    .group_by(sa.text("1"))
)
_BY_TAG = (
    sa.select(article_tags.c.tag, _WEEK, _STORIES)
    .select_from(gists)
    .join(stories, stories.c.article_id == gists.c.article_id)
    .join(article_tags, article_tags.c.article_id == gists.c.article_id)
    .where(*_LATELY)
    .group_by(article_tags.c.tag, sa.text("2"))
)

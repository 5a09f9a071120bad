"""Forecasts: what rules would have brought in the last days."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.rules import EVERYTHING, MOODS, Rules, Terms, grouped, tags_of
from core.tables import article_tags, articles

DAYS = 7
"""How many days a forecast looks back."""
_THRESHOLDS = (50, 60, 70, 80, 90)
_FAR_LESS = 0.5


@dataclass(frozen=True, slots=True)
class Forecast:
    """What rules would have brought in the last `DAYS` days."""

    posts: int
    tighter: tuple[int, int] | None = None
    """A heat that would at least halve that, and how many posts it would leave."""


async def forecast(db: AsyncConnection, rules: Rules, *, now: datetime) -> Forecast:
    """Return what these rules would have brought."""
    if not rules:
        return Forecast(0)
    # Each once, however many of the rules bring it. Counted there: thousands may match.
    matching = sa.union(*(_matching(*group, now) for group in grouped(rules).items())).subquery()
    heated = (sa.func.count().filter(matching.c.heat >= heat) for heat in _THRESHOLDS)
    counted = sa.select(sa.func.count(), *heated).select_from(matching)
    posts, *left = (await db.execute(counted)).one()
    return Forecast(posts, _tighter(posts, dict(zip(_THRESHOLDS, left, strict=True)), rules))


async def newest(db: AsyncConnection, rules: Rules, *, now: datetime, most: int = 3) -> list[int]:
    """Return the newest articles that these rules would have brought, the newest first."""
    if not rules:
        return []
    matching = sa.union(*(_matching(*group, now) for group in grouped(rules).items())).subquery()
    found = sa.select(matching.c.id).order_by(matching.c.id.desc()).limit(most)
    return list((await db.scalars(found)).all())


def _tighter(posts: int, left: Mapping[int, int], rules: Rules) -> tuple[int, int] | None:
    strictest = max(terms.heat for terms in rules.values())
    fewer = (
        (heat, at_heat)
        for heat, at_heat in left.items()
        if heat > strictest and 0 < at_heat <= posts * _FAR_LESS
    )
    return next(fewer, None)


def _matching(terms: Terms, topics: Collection[str], now: datetime) -> sa.Select[int, int | None]:
    at = articles.c
    since = now - timedelta(days=DAYS)
    query = sa.select(at.id, at.heat).where(at.first_seen_at > since, at.retracted_at.is_(None))
    if EVERYTHING not in topics:
        query = query.where(sa.or_(*(_has(tags_of(topic)) for topic in topics)))
    return query.where(*_allowed(terms))


def _has(tags: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.and_(*(articles.c.id.in_(_with_tags([tag])) for tag in tags))


def _with_tags(tags: Collection[str]) -> sa.Select[int]:
    return sa.select(article_tags.c.article_id).where(article_tags.c.tag.in_(tags))


def _allowed(terms: Terms) -> list[sa.ColumnElement[bool]]:
    """Ask of stored articles what `rules.allows` says."""
    at, asked = articles.c, list[sa.ColumnElement[bool]]()
    if terms.heat:
        asked.append(at.heat >= terms.heat)
    if terms.moods:
        said = sa.func.lower(at.sentiment)
        first = sa.case(*((said.contains(mood), mood) for mood in MOODS), else_="")
        asked.append(first.in_(terms.moods))
    if terms.concerns:
        has_some = sa.cast(at.concerns, sa.Text) != "[]"
        asked.append(has_some if terms.concerns == "some" else ~has_some)
    if terms.without:
        asked.append(at.id.not_in(_with_tags(terms.without)))
        asked += [~_is_from(word) for word in terms.without if "." in word]
    return asked


def _is_from(domain: str) -> sa.ColumnElement[bool]:
    at = articles.c.source_domain
    return sa.or_(at == domain, at.endswith(f".{domain}", autoescape=True))

"""Why an article stands at an address or does not: the stages of its way, as the rows tell them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import polls, rules, tables
from core.articles import Article
from core.outbox import SKIPPED
from core.posting import Address
from core.rules import NO_TERMS, Facts, Rules, Terms, bringing, tags_of, topics_of
from core.subscriptions import Following, following, is_at
from core.tables import addresses, deliveries, fanouts, splits, subscriptions


class Stage(StrEnum):
    """A stage of an article's way to an address."""

    UNSEEN = "unseen"
    """No source told it."""
    CAME = "came"
    """It is known, and was news."""
    STORED = "stored"
    """It was no news when it was found, so it was only stored."""
    WITHDRAWN = "withdrawn"
    NOTHING_FOLLOWED = "nothing followed"
    NO_TAG = "no tag"
    """It lacks a tag of every rule there."""
    LEFT_OUT = "left out"
    """The rule leaves out one of its tags, or its site."""
    HEAT = "heat"
    """The rule asks for more heat."""
    MOOD = "mood"
    CONCERNS = "concerns"
    TOO_EARLY = "too early"
    """It came before the rule was made that matches it now."""
    CHANGED = "changed"
    """A rule matches it now, and did not when it came."""
    QUEUEING = "queueing"
    """It is being queued for all who follow it."""
    MATCHED = "matched"
    """A rule there brought it."""
    SPLIT_OFF = "split off"
    """Somebody said there that it tells another story."""
    SAME_STORY = "same story"
    """Another article told its story there before."""
    DIGEST = "digest"
    QUIET = "quiet hours"
    LIMIT = "daily limit"
    ON_HOLD = "on hold"
    """The rule is paused until then."""
    PAUSED = "paused"
    """Somebody paused the whole address."""
    CLOSED = "closed"
    """The address is closed to the bot."""
    BEHIND = "behind"
    """It waits for the post of its story."""
    WAITING = "waiting"
    SENDING = "sending"
    POSTED = "posted"
    COVERED = "covered"
    """The post of its story names it."""
    SKIPPED = "skipped"
    """It waited, and somebody skipped all that did."""
    DEAD = "dead"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    """It cannot be found out whether it stands."""


_STANDS = frozenset({Stage.POSTED, Stage.COVERED})
_COMING = frozenset(
    {
        *(Stage.QUEUEING, Stage.BEHIND, Stage.WAITING, Stage.SENDING, Stage.DIGEST),
        *(Stage.QUIET, Stage.LIMIT, Stage.ON_HOLD, Stage.PAUSED, Stage.CLOSED),
    }
)
_KEPT: Mapping[str, Stage] = {
    "digest": Stage.DIGEST,
    "quiet": Stage.QUIET,
    "cap": Stage.LIMIT,
}
_ENDED: Mapping[str, Stage] = {SKIPPED: Stage.SKIPPED}
"""The stage in which it ended for this reason, where that has one of its own."""


@dataclass(frozen=True, slots=True)
class Station:
    """A stage that was reached, and what is to be said of it."""

    stage: Stage
    topic: str = ""
    """That of the rule that it is about."""
    terms: Terms = NO_TERMS
    """Those of that rule."""
    at: datetime | None = None
    """When that was, or will be."""
    told: str = ""
    """The reason, the source, or the title of another article."""
    words: tuple[str, ...] = ()
    """The tags that it lacks, or what of it is left out."""


@dataclass(frozen=True, slots=True)
class Polled:
    """A source that is read, and when it was last."""

    name: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Way:
    """How far an article came on its way to an address."""

    address: Address
    article: Article | None
    stations: tuple[Station, ...]
    """In the order of the way. Where it has ended or stands now is the last."""
    follows: Rules = field(default_factory=dict)
    """What is followed there now."""
    polled: tuple[Polled, ...] = ()
    """What is read at all, of an article that was never seen."""
    message_id: str = ""
    """The platform's id of the message that tells it, if it stands."""

    @property
    def end(self) -> Station:
        """Return where it stands now, or stopped."""
        return self.stations[-1]

    @property
    def stands(self) -> bool:
        """Say whether readers see it there."""
        return self.end.stage in _STANDS

    @property
    def is_coming(self) -> bool:
        """Say whether it may still be posted there."""
        return self.end.stage in _COMING


@dataclass(frozen=True, slots=True)
class Delivered:
    """The delivery of an article to an address."""

    state: str
    queued_at: datetime
    due_at: datetime
    kept: str = ""
    not_before: datetime | None = None
    message_id: str | None = None
    posted_at: datetime | None = None
    reason: str | None = None
    rule_id: int | None = None
    lead_id: int | None = None
    told_first: str = ""
    """The title of the article that told the story there first."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What is stored of an article and an address, as far as they meet."""

    address: Address
    article: Article | None
    is_news: bool = True
    is_queueing: bool = False
    is_split_off: bool = False
    has: Following = field(default_factory=Following)
    origins: Mapping[str, tuple[int, datetime]] = field(default_factory=dict)
    """For each topic that is followed there the number of its rule, and when that was set."""
    pause_kind: str | None = None
    paused_until: datetime | None = None
    delivery: Delivered | None = None
    polled: tuple[Polled, ...] = ()


async def why(
    db: AsyncConnection, article: Article | None, address: Address, *, now: datetime
) -> Way:
    """Return how far an article came on its way to an address; one that is not known, nowhere."""
    return way(await rows(db, article, address), now)


async def rows(db: AsyncConnection, article: Article | None, address: Address) -> Rows:
    """Return what is stored of an article and an address."""
    if article is None:
        read = tuple(Polled(*source) for source in await polls.all_read(db))
        return Rows(address, None, polled=read)
    has = await following(db, address)
    pause = sa.select(addresses.c.pause_kind, addresses.c.paused_until).where(is_at(address))
    kind, until = (await db.execute(pause)).one_or_none() or (None, None)
    facts = (await db.execute(_ABOUT, {"article": article.id, "address": has.address_id})).one()
    return Rows(
        address,
        article,
        *facts,
        has,
        await _origins(db, has.address_id),
        kind,
        until,
        await _delivered(db, article.id, has.address_id),
    )


def way(known: Rows, now: datetime) -> Way:
    """Return how far an article came, by what is stored."""
    article, delivery = known.article, known.delivery
    if article is None:
        return Way(known.address, None, (Station(Stage.UNSEEN),), polled=known.polled)
    told = rules.facts(article)
    stations = tuple(_sent(known, delivery, told, now) if delivery else _unsent(known, told))
    came = Station(Stage.CAME, at=article.first_seen_at, told=article.source)
    message_id = (delivery and delivery.message_id) or ""
    return Way(known.address, article, (came, *stations), known.has.rules, message_id=message_id)


def lacks(topic: str, terms: Terms, article: Facts) -> list[Station]:
    """Return what keeps an article from coming by a rule, the most telling first."""
    missing = tuple(tag for tag in tags_of(topic) if tag not in article.tags)
    left_out = tuple(it for it in terms.without if it in {*article.tags, *article.domains})
    has_mood = not terms.moods or article.mood in terms.moods
    has_concerns = not terms.concerns or article.has_concerns == (terms.concerns == "some")
    checks = (
        (Stage.NO_TAG, not missing, missing),
        (Stage.LEFT_OUT, not left_out, left_out),
        (Stage.HEAT, article.heat >= terms.heat, ()),
        (Stage.MOOD, has_mood, ()),
        (Stage.CONCERNS, has_concerns, ()),
    )
    return [Station(it, topic, terms, words=of) for it, holds, of in checks if not holds]


def nearest(follows: Rules, article: Facts) -> list[Station]:
    """Return what the article lacks of the rule that is nearest to bringing it."""
    found = {topic: lacks(topic, terms, article) for topic, terms in follows.items()}

    def distance(topic: str) -> tuple[int, int, int, str]:
        tags = tags_of(topic)
        missing = sum(tag not in article.tags for tag in tags)
        return missing, missing - len(tags), len(found[topic]), topic

    return found[min(found, key=distance)]


def _unsent(known: Rows, told: Facts) -> Iterator[Station]:
    """Give where it stopped, though no delivery was made of it."""
    article, follows = known.article, known.has.rules
    if article and article.retracted:
        yield Station(Stage.WITHDRAWN)
    elif not known.is_news:
        yield Station(Stage.STORED)
    elif not follows:
        yield Station(Stage.NOTHING_FOLLOWED)
    elif not (brings := bringing(follows, told)):
        yield from reversed(nearest(follows, told))
    else:
        yield _matches_now(known, brings)


def _matches_now(known: Rows, brings: Sequence[str]) -> Station:
    """Return why there is no delivery, though some rules match now."""
    if known.is_queueing:
        return Station(Stage.QUEUEING)
    since, topic = min((known.origins[topic][1], topic) for topic in brings)
    came_at = known.article.first_seen_at if known.article else since
    stage = Stage.TOO_EARLY if since > came_at else Stage.CHANGED
    return Station(stage, topic, known.has.rules[topic], since)


def _sent(known: Rows, delivery: Delivered, told: Facts, now: datetime) -> Iterator[Station]:
    """Give the stages since it was queued."""
    stands = delivery.state in {"posted", "covered"}
    yield _matched(known, delivery, told)
    if known.is_split_off:
        yield Station(Stage.SPLIT_OFF)
    if delivery.lead_id:
        yield Station(Stage.SAME_STORY, told=delivery.told_first)
    when = _kept(known, delivery, told, now)
    if when and not (delivery.state == "waiting" and delivery.due_at > now):
        yield when
        when = None
    if known.article and known.article.retracted:
        yield Station(Stage.WITHDRAWN)
        if not stands:
            return
    yield when or _end(known, delivery)


def _matched(known: Rows, delivery: Delivered, told: Facts) -> Station:
    """Return the rule that brought it; one without a topic if that is there no more."""
    mine = [it for it in topics_of(told.tags) if _is_of(known, it, delivery.rule_id)]
    follows = known.has.rules
    still = [it for it in mine if it in bringing(follows, told)]
    topic = next(iter(still or mine), "")
    since = known.origins[topic][1] if topic else None
    changed_at = since if since and since > delivery.queued_at else None
    return Station(Stage.MATCHED, topic, follows.get(topic, NO_TERMS), changed_at)


def _is_of(known: Rows, topic: str, rule_id: int | None) -> bool:
    return topic in known.origins and known.origins[topic][0] == rule_id


def _kept(known: Rows, delivery: Delivered, told: Facts, now: datetime) -> Station | None:
    """Return why it comes later than at once, if it does."""
    if not delivery.kept:
        return None
    rule = _matched(known, delivery, told)
    terms, stage = rule.terms, _KEPT[delivery.kept]
    is_on_hold = bool(terms.paused_until and terms.paused_until > now)
    if stage is Stage.QUIET and (is_on_hold or terms.quiet is None):
        stage = Stage.ON_HOLD
    return Station(stage, rule.topic, terms, delivery.due_at)


def _end(known: Rows, delivery: Delivered) -> Station:  # noqa: PLR0911 (one short case for each)
    because = delivery.reason or ""
    match delivery.state:
        case "posted":
            return Station(Stage.POSTED, at=delivery.posted_at)
        case "covered":
            return Station(Stage.COVERED, told=delivery.told_first)
        case "behind":
            return Station(Stage.BEHIND, told=delivery.told_first)
        case "held" if known.pause_kind == "asked":
            return Station(Stage.PAUSED, at=known.paused_until)
        case "held" if known.has.paused_because:
            return Station(Stage.CLOSED, at=known.has.paused_at, told=known.has.paused_because)
        case "waiting" | "held":
            return Station(Stage.WAITING, at=delivery.not_before, told=because)
        case "sending":
            return Station(Stage.SENDING, at=delivery.due_at)
        case _:
            return Station(_ENDED.get(because, Stage(delivery.state)), told=because)


async def _origins(db: AsyncConnection, address_id: int) -> dict[str, tuple[int, datetime]]:
    at = subscriptions.c
    query = sa.select(at.topic, at.rule_id, tables.rules.c.set_at)
    query = query.join(tables.rules, tables.rules.c.id == at.rule_id)
    found = await db.execute(query.where(at.address_id == address_id))
    return {row.topic: (row.rule_id, row.set_at) for row in found}


_article = sa.bindparam("article", type_=sa.BigInteger)
_address = sa.bindparam("address", type_=sa.BigInteger)
_ABOUT = sa.select(
    sa.exists().where(tables.articles.c.id == _article, tables.articles.c.is_news),
    sa.exists().where(fanouts.c.article_id == _article),
    sa.exists().where(splits.c.article_id == _article, splits.c.address_id == _address),
)


async def _delivered(db: AsyncConnection, article_id: int, address_id: int) -> Delivered | None:
    lead, first = deliveries.alias("lead"), tables.articles.alias("first")
    at = deliveries.c
    row: sa.Row[*tuple[Any, ...]] | None = (
        await db.execute(
            sa.select(
                *(at.state, at.queued_at, at.due_at, at.kept, at.not_before),
                # What is told with another's post is found there.
                sa.case((at.lead_id.is_not(None), lead.c.message_id), else_=at.message_id),
                *(at.posted_at, at.reason, at.rule_id, at.lead_id),
                sa.func.coalesce(first.c.title, "").label("told_first"),
            )
            .outerjoin(lead, lead.c.id == at.lead_id)
            .outerjoin(first, first.c.id == lead.c.article_id)
            .where(at.article_id == article_id, at.address_id == address_id)
        )
    ).one_or_none()
    return Delivered(*row) if row else None

"""All that people set for a channel, as plain data: the form of its history and of an export."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core import localtime, outbox, pauses, subscriptions, typed_time, workspaces
from core.config import Style, what_is_wrong
from core.grammar import word_of, written
from core.localtime import Quiet, Rhythm
from core.posting import Address
from core.rules import (
    EVERYTHING,
    MOODS,
    MOST_TOGETHER,
    NO_TERMS,
    Mood,
    Rules,
    Terms,
    grouped,
    topic,
)
from core.tables import addresses
from core.tags import normal


@dataclass(frozen=True, slots=True)
class Settings:
    """What people set for a channel."""

    rules: Rules = field(default_factory=dict)
    zone: str = ""
    """The IANA name of the zone by whose clock it goes; empty is UTC."""
    managers: str = ""
    """Who may set it up: empty is mods alone, else `anyone`, or the id of a role or group too."""
    crosspost: bool = False
    """Its posts are passed on to the channels elsewhere that follow it."""
    log: bool = False
    """It is told there what mods of the workspace want to know."""
    paused: bool = False
    """Somebody paused it."""
    paused_until: datetime | None = None
    """When that pause ends by itself, if it does."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is set otherwise than before."""

    what: str
    """The field of `Settings`, or of the terms of `topic`; `topic` itself came or went."""
    before: Any
    after: Any
    topic: str = ""


class BadSettings(Exception):
    """These are no settings: what is wrong, and where, each mistake as (place, sentence)."""

    def __init__(self, mistakes: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{place}: {what}" for place, what in mistakes))
        self.mistakes = tuple(mistakes)


_SET = sa.select(
    *(addresses.c.managers, addresses.c.crosspost, addresses.c.zone),
    *(addresses.c.pause_kind, addresses.c.paused_until),
).where(subscriptions.IS_THERE)


async def of(db: AsyncConnection, address: Address) -> Settings:
    """Return what is set for `address`."""
    row = (await db.execute(_SET, subscriptions.there(address))).one_or_none()
    if row is None:
        return Settings()
    told_in = await workspaces.log_channel(db, address.platform, address.workspace)
    is_asked = row.pause_kind == "asked"
    return Settings(
        (await subscriptions.following(db, address)).rules,
        row.zone,
        row.managers,
        row.crosspost,
        log=told_in == address.channel,
        paused=is_asked,
        paused_until=row.paused_until if is_asked else None,
    )


async def put(
    db: AsyncConnection, address: Address, wanted: Settings, *, by: str, now: datetime
) -> None:
    """Set all of this for `address`, in place of what is set."""
    had = await of(db, address)
    if wanted == had:
        return
    address_id = await subscriptions.saved(db, address)
    if wanted.rules != had.rules:
        await subscriptions.follow_just(db, address, wanted.rules, by=by, now=now)
    if wanted.zone != had.zone:
        await subscriptions.set_zone(db, address, wanted.zone, now=now)
    kept = {"managers": wanted.managers, "crosspost": wanted.crosspost}
    await db.execute(sa.update(addresses).where(addresses.c.id == address_id).values(kept))
    await outbox.reschedule(db, address, now=now)
    await _put_log(db, address, had, wanted)
    await _put_pause(db, address, had, wanted, now=now)


def differences(before: Settings, after: Settings) -> list[Difference]:
    """Return all that is set otherwise `after` than `before`, topics in their order first."""
    found = [
        it
        for name in sorted({*before.rules, *after.rules})
        for it in _of_topic(name, before.rules.get(name), after.rules.get(name))
    ]
    for name in _SCALARS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            found.append(Difference(name, old, new))
    return found


def taken_back(now: Settings, change: Sequence[Difference]) -> Settings | None:
    """Return settings as they are `now` but for this change; nothing if it no longer holds."""
    for it in change:
        if _held(now, it) != it.after:
            return None
    for it in change:
        now = _without(now, it)
    return now


def as_plain(settings: Settings) -> dict[str, Any]:
    """Return settings as texts, numbers and lists of them; what is as it always is stays out."""
    said = {"zone": settings.zone, "managers": settings.managers}
    plain: dict[str, Any] = {name: value for name, value in said.items() if value}
    plain |= {it: True for it in ("crosspost", "log", "paused") if getattr(settings, it)}
    if settings.paused_until:
        plain["paused_until"] = settings.paused_until.isoformat()
    rules = grouped(settings.rules)
    if rules:
        plain["rules"] = [
            {"topics": [word_of(it) for it in topics], **_plain_terms(terms)}
            for terms, topics in rules.items()
        ]
    return plain


def from_plain(plain: Mapping[str, Any]) -> Settings:
    """Return the settings that `as_plain` made so. Raises `BadSettings`, with all its mistakes."""
    try:
        said = Written.model_validate(dict(plain))
    except ValidationError as error:
        raise BadSettings(mistakes_in(error)) from error
    return said.settings()


def mistakes_in(error: ValidationError) -> list[tuple[str, str]]:
    """Return where mistakes are, as `rules.0.heat`, each with what is wrong there."""
    return [(".".join(map(str, it["loc"])), what_is_wrong(it)) for it in error.errors()]


def _topic(typed: str) -> str:
    if typed in {EVERYTHING, word_of(EVERYTHING)}:
        return EVERYTHING
    tags = [normal(it) for it in typed.split("+")]
    if not all(tags) or len(set(tags)) > MOST_TOGETHER:
        raise ValueError(f"must be a tag, or at most {MOST_TOGETHER} of them joined by +")
    return topic(tags)


def _left_out(typed: str) -> str:
    word = typed.lower()
    if "." not in word.strip("."):
        word = normal(word)
    if not word or any(map(str.isspace, word)):
        raise ValueError("must be a tag, or the domain of a source")
    return word


def _moment(given: object) -> object:
    try:
        at = datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        at = None
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise ValueError("must be a time with its zone, as 2026-06-29T12:00:00Z")
    return at.astimezone(UTC)


def _zone(name: str) -> str:
    known = localtime.zone(name)
    if name and not known:
        raise ValueError("must be the name of a time zone, as Europe/Berlin")
    return known.key if known else ""


def _rhythm(typed: str) -> str:
    if not typed_time.rhythm(typed):
        raise ValueError("must be as one of: daily 08:00, weekdays 08:00, weekly mon 08:00")
    return typed


def _quiet(typed: str) -> str:
    if not typed_time.quiet(typed):
        raise ValueError("must be two times, as 22:00-07:00")
    return typed


class Strict(BaseModel):
    """What is written, in which nothing stands that is not known and nothing is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


_Many = Annotated[int, Field(ge=0, lt=1000)]
_Topic = Annotated[str, AfterValidator(_topic)]
_Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class _WrittenRule(Strict):
    """A rule as it stands in an export: with the words by which its options are typed."""

    topics: list[_Topic] = Field(min_length=1)
    heat: int = Field(default=0, ge=0, le=100)
    mood: list[Mood] = []
    concerns: Literal["", "some", "none"] = ""
    without: list[Annotated[str, AfterValidator(_left_out)]] = []
    style: Style | Literal[""] = ""
    mention: str = Field(default="", pattern=r"^[0-9A-Za-z]*$")
    when: Annotated[str, AfterValidator(_rhythm)] | None = None
    quiet: Annotated[str, AfterValidator(_quiet)] | None = None
    most: _Many = 0
    minutes: _Many = 0
    threads: bool = True
    related: bool = False
    paused_until: _Moment = None

    def terms(self) -> Terms:
        """Return what it says."""
        said = self.model_dump(exclude={"topics", *_WRITTEN_OTHERWISE})
        return Terms(
            moods=tuple(it for it in MOODS if it in self.mood),
            without=tuple(sorted(set(said.pop("without")))),
            rhythm=typed_time.rhythm(self.when or ""),
            quiet=typed_time.quiet(self.quiet or ""),
            most_a_day=self.most,
            **said,
        )


class Written(Strict):
    """Settings as they stand in an export."""

    zone: Annotated[str, AfterValidator(_zone)] = ""
    managers: str = Field(default="", pattern=r"^[0-9A-Za-z]*$")
    crosspost: bool = False
    log: bool = False
    paused: bool = False
    paused_until: _Moment = None
    rules: list[_WrittenRule] = []

    @field_validator("rules")
    @classmethod
    def _have_each_topic_once(cls, rules: list[_WrittenRule]) -> list[_WrittenRule]:
        topics = [it for rule in rules for it in rule.topics]
        if twice := sorted({word_of(it) for it in topics if topics.count(it) > 1}):
            raise ValueError(f"more than one has the topic {', '.join(twice)}")
        return rules

    def settings(self) -> Settings:
        """Return what they say."""
        rules = {it: rule.terms() for rule in self.rules for it in rule.topics}
        return Settings(rules, **self.model_dump(include=set(_SCALARS)))


_SCALARS = tuple(it.name for it in fields(Settings) if it.name != "rules")
_WRITTEN_OTHERWISE = {"mood": "moods", "when": "rhythm", "quiet": "quiet", "most": "most_a_day"}


def _plain_terms(terms: Terms) -> dict[str, object]:
    names = {is_field: name for name, is_field in _WRITTEN_OTHERWISE.items()}
    said = {it: getattr(terms, it) for it in (each.name for each in fields(Terms))}
    return {
        names.get(it, it): _as_written(value)
        for it, value in said.items()
        if value != getattr(NO_TERMS, it)
    }


def _as_written(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case Rhythm() | Quiet():
            return written(value)
        case tuple():
            return list(value)
        case _:
            return value


def _of_topic(name: str, before: Terms | None, after: Terms | None) -> Iterator[Difference]:
    if before is None or after is None:
        if before != after:
            yield Difference("topic", before, after, name)
        return
    for it in (each.name for each in fields(Terms)):
        old, new = getattr(before, it), getattr(after, it)
        if old != new:
            yield Difference(it, old, new, name)


def _held(now: Settings, it: Difference) -> object:
    if not it.topic:
        return getattr(now, it.what)
    terms = now.rules.get(it.topic)
    if it.what == "topic":
        return terms
    # Where it is no longer followed, nothing is as the change left it.
    return getattr(terms, it.what) if terms else _GONE


_GONE = object()


def _without(now: Settings, it: Difference) -> Settings:
    if not it.topic:
        return replace(now, **{it.what: it.before})
    rules = {name: terms for name, terms in now.rules.items() if name != it.topic}
    if it.what != "topic":
        rules[it.topic] = replace(now.rules[it.topic], **{it.what: it.before})
    elif it.before is not None:
        rules[it.topic] = it.before
    return replace(now, rules=rules)


async def _put_log(db: AsyncConnection, address: Address, had: Settings, wanted: Settings) -> None:
    if wanted.log and not had.log:
        await workspaces.choose_log(db, address)
    elif had.log and not wanted.log:
        await workspaces.end_log(db, address)


async def _put_pause(
    db: AsyncConnection, address: Address, had: Settings, wanted: Settings, *, now: datetime
) -> None:
    if had.paused and not wanted.paused:
        await pauses.resume(db, address, now=now)
    elif wanted.paused and (had.paused, had.paused_until) != (True, wanted.paused_until):
        await pauses.pause_asked(db, address, wanted.paused_until, now=now)

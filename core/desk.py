"""The desk answers commands, the same on every platform."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from core import (
    articles,
    compose,
    grammar,
    localtime,
    outbox,
    pauses,
    related,
    subscriptions,
    text,
    workspaces,
)
from core.clock import Clock, utc_now
from core.commands import (
    Caller,
    CatchUp,
    ChannelFollow,
    ChannelNotices,
    ChannelResume,
    ChannelStatus,
    ChannelUnfollow,
    ChannelZone,
    Command,
    ForMods,
    Help,
    Latest,
    Related,
    Subscribe,
    Subscriptions,
    Summary,
    Tags,
    Unclear,
    Unsubscribe,
    Zone,
    split_words,
)
from core.db import AWAY, Database, cause_of
from core.forecast import Forecast, forecast
from core.grammar import Mistake, Typed
from core.messages import Message
from core.pauses import Closed
from core.posting import Address
from core.rules import Rules
from core.tags import Catalogue, catalogue

log = logging.getLogger(__name__)

_MOST_LATEST = 5
_MOST_UNKNOWN = 3
_LONGEST_ID = 18  # digits that a 64-bit number surely holds
_CATALOGUE_LASTS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag to offer while one is typed, and the line that says more about it."""

    tag: str
    label: str


class Desk:
    """Answers commands, for whoever asks."""

    def __init__(
        self,
        database: Database,
        tags: Mapping[str, Iterable[str]],
        *,
        clock: Clock = utc_now,
        when_released: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the configured `tags`, each with its aliases.

        `when_released` is called when deliveries that were held can go out.
        """
        self._database = database
        self._configured = tags
        self._clock = clock
        self._when_released = when_released
        self._counts: dict[str, int] = {}
        self._catalogue = catalogue(tags)
        self._stale_at: datetime | None = None

    async def answer(self, command: Command, caller: Caller) -> Message:
        """Do what `command` says, if `caller` may, and return what to show them alone.

        Before the answer stands what `caller` was not told yet: where the bot cannot post.
        """
        said = await self._answer(command, caller)
        try:
            closures = await self._closures(caller)
        except AWAY as error:
            # What was asked for is done, and must not be answered with an error.
            log.error("could not look for closed channels: %s", cause_of(error))  # noqa: TRY400 (the cause is the database, not our code)
            return said
        return _with(closures, said)

    async def _answer(self, command: Command, caller: Caller) -> Message:  # noqa: C901, PLR0911, PLR0912 (one short case for each command)
        match command:
            case Subscribe(words):
                return await self._follow(caller.direct, words, compose.MEMBER, caller)
            case Unsubscribe(words):
                return await self._unfollow(caller.direct, words, compose.MEMBER, caller)
            case Subscriptions():
                return await self._subscriptions(caller)
            case Tags():
                return compose.tags(await self._tag_counts(), prefix=caller.prefix)
            case Latest(tag):
                return await self._latest(tag, caller)
            case Related(query):
                return await self._related(query, caller)
            case Summary(query):
                return await self._summary(query, caller)
            case CatchUp(since):
                return await self._catch_up(since, caller)
            case Zone(name):
                return await self._zone(caller.direct, name, "zone", caller)
            case Help():
                return compose.help_(caller.prefix)
            case Unclear():
                return compose.help_(caller.prefix, understood=False)
            case (
                ChannelFollow()
                | ChannelUnfollow()
                | ChannelStatus()
                | ChannelResume()
                | ChannelNotices()
                | ChannelZone()
            ):
                return await self._for_channel(command, caller)
            case _:
                assert_never(command)

    async def suggest(self, typed: str) -> tuple[Suggestion, ...]:
        """Return at most 25 tags to offer while `typed` is being typed."""
        known = await self._known()
        return tuple(Suggestion(tag, self._label(tag)) for tag in known.suggest(typed))

    async def _subscriptions(self, caller: Caller) -> Message:
        async with self._database.read() as db:
            has = await subscriptions.following(db, caller.direct)
        await self._tell([has.address_id] if has.paused_because else [])
        return compose.subscriptions(has, prefix=caller.prefix)

    async def _latest(self, typed: str, caller: Caller) -> Message:
        tag = ""
        for word in split_words(typed)[:1]:
            known = await self._known()
            tag = known.find(word) or ""
            if not tag:
                return _unknown([Mistake(word, known.nearest(word))], "latest", caller)
        async with self._database.read() as db:
            found = await articles.latest(db, tag=tag, most=_MOST_LATEST)
        return compose.latest(found, tag, prefix=caller.prefix)

    async def _related(self, query: str, caller: Caller) -> Message:
        if not query:
            return compose.what_related(prefix=caller.prefix)
        async with self._database.read() as db:
            if not _names_an_article(query):
                return compose.related(await related.to_words(db, query), text.clean(query))
            article = await _article(db, query)
            if article is None:
                return compose.unknown_link(prefix=caller.prefix)
            return compose.related(await related.to_article(db, article), article.title)

    async def _summary(self, query: str, caller: Caller) -> Message:
        async with self._database.read() as db:
            article = await _article(db, query)
        return compose.summary(article) if article else compose.unknown_link(prefix=caller.prefix)

    async def _catch_up(self, typed: str, caller: Caller) -> Message:
        since = grammar.span(typed or "1d")
        if since is None:
            return compose.how_long(prefix=caller.prefix)
        async with self._database.read() as db:
            ids = await outbox.posted_since(db, caller.here, self._clock() - since)
            found = await articles.by_ids(db, ids)
        return compose.catch_up(list(found.values()), prefix=caller.prefix)

    async def _zone(self, address: Address, typed: str, verb: str, caller: Caller) -> Message:
        """Let `address` go by the clock of the typed zone, or say by which it goes."""
        named = localtime.zone(typed)
        if typed and named is None:
            near = localtime.zones(typed, _MOST_UNKNOWN)
            return compose.unknown_zone(typed, near, verb=verb, prefix=caller.prefix)
        now = self._clock()
        async with self._database.write() as db:
            if named:
                await subscriptions.set_zone(db, address, named.key, now=now)
                await outbox.reschedule(db, address, now=now)
            name = (await subscriptions.following(db, address)).zone
        if named:
            self._when_released()
        return compose.goes_by(name or "UTC", now, verb=verb, prefix=caller.prefix)

    async def _for_channel(self, command: ForMods, caller: Caller) -> Message:  # noqa: C901, PLR0911 (one short case for each command)
        if caller.here == caller.direct:
            return compose.no_channel_here(prefix=caller.prefix)
        if not caller.may_manage:
            return compose.may_not_manage(caller.right_to_manage)
        match command:
            case ChannelFollow(words):
                if words and not caller.bot_may_post:
                    return compose.cannot_post_here(caller.step_to_let_bot_post)
                return await self._follow(caller.here, words, compose.CHANNEL, caller)
            case ChannelUnfollow(words):
                return await self._unfollow(caller.here, words, compose.CHANNEL, caller)
            case ChannelStatus():
                return await self._channel_status(caller)
            case ChannelResume():
                return await self._channel_resume(caller)
            case ChannelNotices(wanted):
                return await self._channel_notices(caller, wanted=wanted)
            case ChannelZone(name):
                return await self._zone(caller.here, name, "channel zone", caller)
            case _:
                assert_never(command)

    async def _channel_status(self, caller: Caller) -> Message:
        async with self._database.read() as db:
            has = await subscriptions.following(db, caller.here)
            traffic = await outbox.traffic(db, has.address_id)
        await self._tell([has.address_id] if has.paused_because else [])
        return compose.channel_status(has, traffic, prefix=caller.prefix)

    async def _channel_resume(self, caller: Caller) -> Message:
        if not caller.bot_may_post:
            return compose.cannot_post_here(caller.step_to_let_bot_post)
        was_paused = await self._resume(caller.here)
        return compose.channel_resumed(was_paused=was_paused, prefix=caller.prefix)

    async def _channel_notices(self, caller: Caller, *, wanted: bool) -> Message:
        if not wanted:
            async with self._database.write() as db:
                came = await workspaces.send_no_notices_to(db, caller.here)
            return compose.notices_stop(came=came, prefix=caller.prefix)
        if not caller.bot_may_post:
            return compose.cannot_post_here(caller.step_to_let_bot_post)
        await self._resume(caller.here)
        async with self._database.write() as db:
            # It has a number from now on, so that it can be paused like any other.
            await subscriptions.saved(db, caller.here)
            await workspaces.send_notices_to(db, caller.here)
        return compose.notices_come(prefix=caller.prefix)

    async def _resume(self, address: Address) -> bool:
        async with self._database.write() as db:
            was_paused = await pauses.resume(db, address, now=self._clock())
        if was_paused:
            self._when_released()
        return was_paused

    async def _closures(self, caller: Caller) -> Message:
        """Return what `caller` has to be told of what is closed, once: perhaps nothing."""
        here = caller.here
        async with self._database.read() as db:
            direct = await pauses.untold_direct(db, caller.direct)
            others: list[Closed] = []
            if caller.may_manage and here != caller.direct:
                others = await pauses.untold_channels(db, here.platform, here.workspace)
        new = await self._tell([it.address_id for it in (*direct, *others)])
        return _closures(
            [it for it in direct if it.address_id in new],
            [it for it in others if it.address_id in new],
            prefix=caller.prefix,
        )

    async def _tell(self, address_ids: Sequence[int]) -> set[int]:
        """Keep that people are told of these, and return those of which they were not yet."""
        if not address_ids:
            return set()
        async with self._database.write() as db:
            return await pauses.tell(db, address_ids, now=self._clock())

    async def _follow(
        self, address: Address, words: Sequence[str], voice: compose.Voice, caller: Caller
    ) -> Message:
        if not words:
            return compose.no_tag(voice.follow, prefix=caller.prefix)
        async with self._database.read() as db:
            has = await subscriptions.following(db, address)
        typed = grammar.read(words, await self._known(), has.rules)
        if blunders := typed.blunders:
            return compose.misunderstood(blunders, typed.understood, voice, prefix=caller.prefix)
        if not typed:
            return _unknown(typed.mistakes, voice.follow, caller)
        step = await self._change(address, typed, caller)
        brought = await self._forecast({topic: step.after[topic] for topic in step.named})
        said = compose.follows(voice, step, brought, prefix=caller.prefix)
        return _with(said, _unknown(typed.mistakes, voice.follow, caller))

    async def _change(self, address: Address, typed: Typed, caller: Caller) -> compose.Step:
        """Let `address` follow what was typed, and return what it follows before and after."""
        now = self._clock()
        async with self._database.write() as db:
            had = await subscriptions.following(db, address)
            has = await subscriptions.follow(
                db, address, typed.topics, typed.changes, by=caller.person, now=now
            )
            if caller.zone and not had.zone and has.is_scheduled:
                await subscriptions.set_zone(db, address, caller.zone, now=now)
            moved = await outbox.reschedule(db, address, now=now)
            resumed = await pauses.resume(db, address, now=now)
            has = await subscriptions.following(db, address)
        if moved or resumed:
            self._when_released()
        return compose.Step(had.rules, has.rules, typed.topics or has.topics, has.zone or "UTC")

    async def _forecast(self, rules: Rules) -> Forecast:
        async with self._database.read() as db:
            return await forecast(db, rules, now=self._clock())

    async def _unfollow(
        self, address: Address, words: Sequence[str], voice: compose.Voice, caller: Caller
    ) -> Message:
        """Stop `address` following what was typed, or everything if nothing was."""
        named = grammar.topics(words, await self._known())
        async with self._database.write() as db:
            had = await subscriptions.following(db, address)
            gone = [topic for topic in had.topics if not words or topic in named]
            has = await subscriptions.unfollow(db, address, gone)
            await outbox.reschedule(db, address, now=self._clock())
        left, prefix = has.topics, caller.prefix
        return compose.no_longer_follows(voice, had.rules, gone, left, prefix=prefix)

    async def _known(self) -> Catalogue:
        await self._tag_counts()
        return self._catalogue

    async def _tag_counts(self) -> dict[str, int]:
        """Return every tag with how many articles carry it, at most a minute old."""
        now = self._clock()
        if self._stale_at is None or now >= self._stale_at:
            async with self._database.read() as db:
                taught = await articles.taught_tags(db)
            self._catalogue = catalogue(self._configured, taught)
            self._counts = {tag: taught.get(tag, 0) for tag in self._catalogue.tags}
            self._stale_at = now + _CATALOGUE_LASTS
        return self._counts

    def _label(self, tag: str) -> str:
        return compose.tag_label(tag, self._counts.get(tag, 0))


def _unknown(mistakes: Sequence[Mistake], verb: str, caller: Caller) -> Message:
    return Message(
        tuple(
            part
            for it in mistakes[:_MOST_UNKNOWN]
            for part in compose.unknown_tag(it.word, it.nearest, verb=verb, prefix=caller.prefix)
        )
    )


def _with(message: Message, more: Message) -> Message:
    return Message(message.parts + more.parts)


def _closures(direct: list[Closed], channels: list[Closed], *, prefix: str) -> Message:
    said = [compose.closed_direct(closed, prefix=prefix) for closed in direct]
    said += [compose.closed_channels(channels, prefix=prefix)] if channels else []
    return Message(tuple(part for message in said for part in message.parts))


def _names_an_article(query: str) -> bool:
    return query.startswith(("http://", "https://", "article:"))


async def _article(db: AsyncConnection, query: str) -> articles.Article | None:
    number = query.removeprefix("article:")
    if number.isdecimal() and len(number) <= _LONGEST_ID:
        return (await articles.by_ids(db, [int(number)])).get(int(number))
    return await articles.by_url(db, query)

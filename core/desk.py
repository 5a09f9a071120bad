"""The desk answers commands, the same on every platform."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, compose, outbox, pauses, related, subscriptions, text, workspaces
from core.clock import Clock, utc_now
from core.commands import (
    Caller,
    ChannelFollow,
    ChannelNotices,
    ChannelResume,
    ChannelStatus,
    ChannelUnfollow,
    Command,
    ForMods,
    Help,
    Latest,
    Related,
    Subscribe,
    Subscriptions,
    Tags,
    Unclear,
    Unsubscribe,
    split_tags,
)
from core.db import AWAY, Database, cause_of
from core.messages import Message
from core.pauses import Closed
from core.posting import Address
from core.tags import Catalogue, catalogue, normal

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

    async def _answer(self, command: Command, caller: Caller) -> Message:  # noqa: C901, PLR0911 (one short case for each command)
        match command:
            case Subscribe(tags):
                return await self._subscribe(tags, caller)
            case Unsubscribe(tags):
                return await self._unsubscribe(tags, caller)
            case Subscriptions():
                return await self._subscriptions(caller)
            case Tags():
                return compose.tags(await self._tag_counts(), prefix=caller.prefix)
            case Latest(tag):
                return await self._latest(tag, caller)
            case Related(query):
                return await self._related(query, caller)
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
            ):
                return await self._for_channel(command, caller)
            case _:
                assert_never(command)

    async def suggest(self, typed: str) -> tuple[Suggestion, ...]:
        """Return at most 25 tags to offer while `typed` is being typed."""
        known = await self._known()
        return tuple(Suggestion(tag, self._label(tag)) for tag in known.suggest(typed))

    async def _subscribe(self, typed: tuple[str, ...], caller: Caller) -> Message:
        if not typed:
            return compose.no_tag("subscribe", prefix=caller.prefix)
        asked = _resolve(typed, await self._known())
        if not asked.known:
            return _unknown(asked, "subscribe", caller)
        had, has = await self._follow(caller.direct, asked.known, caller)
        new = [tag for tag in asked.known if tag not in had]
        already = [tag for tag in asked.known if tag in had]
        said = compose.subscribed(new, already, has, prefix=caller.prefix)
        return _with(said, _unknown(asked, "subscribe", caller))

    async def _unsubscribe(self, typed: tuple[str, ...], caller: Caller) -> Message:
        gone, left = await self._unfollow(caller.direct, typed)
        return compose.unsubscribed(gone, left, prefix=caller.prefix)

    async def _subscriptions(self, caller: Caller) -> Message:
        async with self._database.read() as db:
            has = await subscriptions.following(db, caller.direct)
        await self._tell([has.address_id] if has.paused_because else [])
        return compose.subscriptions(has, prefix=caller.prefix)

    async def _latest(self, typed: str, caller: Caller) -> Message:
        asked = _resolve(split_tags(typed)[:1], await self._known())
        if asked.unknown:
            return _unknown(asked, "latest", caller)
        tag = "".join(asked.known)
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

    async def _for_channel(self, command: ForMods, caller: Caller) -> Message:  # noqa: PLR0911 (one short case for each command)
        if caller.here == caller.direct:
            return compose.no_channel_here(prefix=caller.prefix)
        if not caller.may_manage:
            return compose.may_not_manage(caller.right_to_manage)
        match command:
            case ChannelFollow(tags):
                return await self._channel_follow(tags, caller)
            case ChannelUnfollow(tags):
                gone, left = await self._unfollow(caller.here, tags)
                return compose.channel_unfollows(gone, left, prefix=caller.prefix)
            case ChannelStatus():
                return await self._channel_status(caller)
            case ChannelResume():
                return await self._channel_resume(caller)
            case ChannelNotices(wanted):
                return await self._channel_notices(caller, wanted=wanted)
            case _:
                assert_never(command)

    async def _channel_follow(self, typed: tuple[str, ...], caller: Caller) -> Message:
        if not typed:
            return compose.no_tag("channel follow", prefix=caller.prefix)
        if not caller.bot_may_post:
            return compose.cannot_post_here(caller.step_to_let_bot_post)
        asked = _resolve(typed, await self._known())
        if not asked.known:
            return _unknown(asked, "channel follow", caller)
        had, has = await self._follow(caller.here, asked.known, caller)
        new = [tag for tag in asked.known if tag not in had]
        already = [tag for tag in asked.known if tag in had]
        said = compose.channel_follows(new, already, has, prefix=caller.prefix)
        return _with(said, _unknown(asked, "channel follow", caller))

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
        self, address: Address, tags: tuple[str, ...], caller: Caller
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Let `address` follow `tags` and return what it followed before, and now."""
        now = self._clock()
        async with self._database.write() as db:
            had = await subscriptions.following(db, address)
            has = await subscriptions.follow(db, address, tags, by=caller.person, now=now)
            resumed = await pauses.resume(db, address, now=now)
        if resumed:
            self._when_released()
        return had.tags, has.tags

    async def _unfollow(
        self, address: Address, typed: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Stop `address` following what was typed, or all, and return what is gone and left."""
        known = await self._known()
        named = {known.find(tag) or normal(tag) for tag in typed}
        async with self._database.write() as db:
            had = await subscriptions.following(db, address)
            gone = tuple(tag for tag in had.tags if not typed or tag in named)
            has = await subscriptions.unfollow(db, address, gone)
        return gone, has.tags

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


@dataclass(frozen=True, slots=True)
class _Asked:
    """The tags that were typed, as far as they exist."""

    known: tuple[str, ...]
    unknown: tuple[tuple[str, tuple[str, ...]], ...]
    """What does not exist, each with the nearest that do."""


def _resolve(typed: tuple[str, ...], known: Catalogue) -> _Asked:
    found = {word: known.find(word) for word in typed}
    tags = dict.fromkeys(tag for tag in found.values() if tag)
    missing = [word for word, tag in found.items() if tag is None]
    return _Asked(tuple(tags), tuple((word, known.nearest(word)) for word in missing))


def _unknown(asked: _Asked, verb: str, caller: Caller) -> Message:
    return Message(
        tuple(
            part
            for word, near in asked.unknown[:_MOST_UNKNOWN]
            for part in compose.unknown_tag(word, near, verb=verb, prefix=caller.prefix)
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

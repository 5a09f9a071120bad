"""The desk answers commands, the same on every platform."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, compose, outbox, related, subscriptions, text
from core.commands import (
    Caller,
    ChannelFollow,
    ChannelStatus,
    ChannelUnfollow,
    Command,
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
from core.db import Database
from core.messages import Message
from core.posting import Address
from core.tags import Catalogue, catalogue, normal

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
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
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

    async def answer(self, command: Command, caller: Caller) -> Message:  # noqa: C901, PLR0911 (one short case for each command)
        """Do what `command` says, if `caller` may, and return what to show them alone."""
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
            case ChannelFollow() | ChannelUnfollow() | ChannelStatus():
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
        return compose.subscriptions(has.tags, has.paused_because, prefix=caller.prefix)

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

    async def _for_channel(
        self, command: ChannelFollow | ChannelUnfollow | ChannelStatus, caller: Caller
    ) -> Message:
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
        return compose.channel_status(
            has.tags,
            has.paused_because,
            last_post_at=traffic.last_post_at,
            waiting=traffic.waiting,
            prefix=caller.prefix,
        )

    async def _follow(
        self, address: Address, tags: tuple[str, ...], caller: Caller
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Let `address` follow `tags` and return what it followed before, and now."""
        now = self._clock()
        async with self._database.write() as db:
            had = await subscriptions.following(db, address)
            has = await subscriptions.follow(db, address, tags, by=caller.person, now=now)
            resumed = await subscriptions.resume(db, address)
            if resumed is not None:
                await outbox.release(db, resumed, now=now)
        if resumed is not None:
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


def _names_an_article(query: str) -> bool:
    return query.startswith(("http://", "https://", "article:"))


async def _article(db: AsyncConnection, query: str) -> articles.Article | None:
    number = query.removeprefix("article:")
    if number.isdecimal() and len(number) <= _LONGEST_ID:
        return (await articles.by_ids(db, [int(number)])).get(int(number))
    return await articles.by_url(db, query)

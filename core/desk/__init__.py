"""The desk answers commands, the same on every platform."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import assert_never

from core import compose
from core.clock import Clock, utc_now
from core.commands import (
    Caller,
    CatchUp,
    Change,
    ChannelSettings,
    ChannelTest,
    Command,
    ForCaller,
    ForMods,
    Help,
    Home,
    Latest,
    Privacy,
    PrivacyServer,
    Related,
    RelatedTo,
    Search,
    Share,
    Snooze,
    Stop,
    Subscribe,
    Subscriptions,
    Summary,
    Tags,
    Trending,
    Unclear,
    Unsubscribe,
    Why,
    WhyPosted,
    Zone,
)
from core.compose import FollowForm
from core.config import Style
from core.db import AWAY, Database, cause_of
from core.desk import channels, following, forms, here, home, privacy, reading, relating, why
from core.desk.checks import refusal
from core.desk.closures import closures
from core.desk.hurry import Hurry
from core.desk.office import KnownTags, Office, RisingTags, Suggestion
from core.desk.sharing import Shared, Sharing
from core.desk.trying import Tests
from core.messages import Message
from core.plots import Plots
from core.posting import Address, Platform, Poster

__all__ = ["Desk", "Shared", "Suggestion"]

log = logging.getLogger(__name__)

_AT_ONCE = 4  # as many as SQLite's connections that read; more would get in each other's way


class Desk:
    """Answers commands, for whoever asks."""

    def __init__(  # noqa: PLR0913 (what it is put together of)
        self,
        database: Database,
        tags: Mapping[str, Iterable[str]],
        *,
        clock: Clock = utc_now,
        plots: Plots | None = None,
        when_released: Callable[[], None] = lambda: None,
        posters: Mapping[Platform, Poster] = MappingProxyType({}),
        style: Style = "card",
        hurry: Hurry | None = None,
    ) -> None:
        """Take the configured `tags`, each with its aliases.

        `when_released` is called when deliveries that were held can go out. By `posters` goes what
        is shown to everyone; it may be filled later. Posts without a `style` of their rule have
        this one. In a `hurry` nobody is answered for a while.
        """
        known = KnownTags(database, tags, clock)
        rising = RisingTags(database, clock)
        drawn = plots or Plots()
        shows = (posters, style)
        self._office = Office(database, known, clock, rising, drawn, when_released, *shows)
        self._hurry = hurry
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._sharing = Sharing(self._office, posters, self._turns)
        self._tests = Tests(self._office, self._turns)

    async def answer(self, command: Command, caller: Caller) -> Message:
        """Do what `command` says, if `caller` may, and return what to show them alone.

        Before the answer stands what `caller` was not told yet: where the bot cannot post.
        When many ask at once, each waits for its turn.
        """
        if too_fast := self._too_fast(caller):
            return too_fast
        if isinstance(command, Share):
            return (await self.share(command, caller)).message
        if isinstance(command, ChannelTest):
            refused = await refusal(self._office, command, caller)
            return refused or channels.placed(await self._tests.post(caller), caller)
        async with self._turns:
            refused = await refusal(self._office, command, caller)
            said = refused or await self._answer(command, caller)
            if isinstance(command, Home):
                return said  # it says so itself, each time
            try:
                # The settings of a channel fill a message alone.
                most_rows = 0 if isinstance(command, ChannelSettings) else 1
                untold = await closures(self._office, caller, most_rows=most_rows)
            except AWAY as error:
                # What was asked for is done, and must not be answered with an error.
                log.error("could not look for closed channels: %s", cause_of(error))  # noqa: TRY400 (the cause is the database, not our code)
                return said
            return Message(untold.parts + said.parts)

    async def share(self, command: Share, caller: Caller) -> Shared:
        """Show everyone where `caller` asks what is related, if they may write there."""
        if refused := await refusal(self._office, command, caller):
            return Shared(refused)
        return await self._sharing.share(command, caller)

    async def answer_all(self, command: Related | RelatedTo, caller: Caller) -> Message | None:
        """Answer for everyone, below the message `caller.below`, in which it was asked.

        Returns what to tell `caller` alone, if it could not be answered so.
        """
        if refused := await refusal(self._office, command, caller):
            return refused
        return await self._sharing.answer(command, caller)

    def _too_fast(self, caller: Caller) -> Message | None:
        """Return why this command is not answered now, if too many came before it."""
        if self._hurry is None:
            return None
        over = self._hurry.take(caller.person, caller.here, self._office.clock())
        return compose.too_fast(over.limit.most, over.limit.within, over.wait) if over else None

    async def suggest(self, typed: str) -> tuple[Suggestion, ...]:
        """Return at most 25 tags to offer while `typed` is being typed."""
        return await self._office.tags.suggest(typed)

    async def suggest_in_form(self, typed: str) -> tuple[Suggestion, ...]:
        """Return the same for a form, in which a line says so if no tag is like it."""
        return await forms.suggest(self._office, typed)

    async def unknown_tag(self, tags: Sequence[str]) -> str:
        """Return what to say beside a field of the first of these that is no tag, or nothing."""
        return await forms.unknown_tag(self._office, tags)

    async def channels(self, workspace: Address) -> dict[str, str]:
        """Return the channels that follow something in the workspace of this address.

        With each is who may set it up beside its mods.
        """
        return await home.channels(self._office, workspace)

    async def follow_form(self, caller: Caller) -> FollowForm:
        """Return the form in which `caller` chooses tags to follow."""
        return await forms.follow_form(self._office, caller)

    async def _answer(self, command: ForCaller, caller: Caller) -> Message:  # noqa: C901, PLR0911, PLR0912 (one short case for each command)
        office, direct = self._office, caller.direct
        if isinstance(command, ForMods):
            return await channels.answer(office, command, caller)
        match command:
            case Subscribe(words):
                return await here.subscribe(office, words, caller)
            case Unsubscribe(words):
                return await here.unsubscribe(office, words, caller)
            case Subscriptions():
                return await here.followed(office, caller)
            case Change(words):
                return await following.change(office, words, caller)
            case Snooze(until):
                return await following.snooze(office, until, caller)
            case Stop(query):
                return await following.stop(office, query, caller)
            case Tags() | Latest() | Search() | Trending() | Summary() | CatchUp():
                return await reading.answer(office, command, caller)
            case Related() | RelatedTo():
                return await relating.answer(office, command, caller)
            case Why() | WhyPosted():
                return await why.answer(office, command, caller)
            case Zone(name):
                return await following.zone(office, direct, name, "zone", caller)
            case Home(page):
                return await home.home(office, page, caller)
            case Privacy(what):
                return await privacy.answer(office, what, caller)
            case PrivacyServer(what):
                return await privacy.answer_of_all(office, what, caller)
            case Help():
                return compose.help_(caller.prefix, without_typing=caller.without_typing)
            case Unclear():
                also = caller.without_typing
                return compose.help_(caller.prefix, understood=False, without_typing=also)
            case _:
                assert_never(command)

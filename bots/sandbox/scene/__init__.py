"""A Discord and a Slack with the same small cast: a mod, a member, two channels each."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Self

from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.discord import Limits as DiscordLimits
from bots.sandbox.scene.cast import (
    ADA,
    CHANNELS,
    DIRECT,
    MIA,
    PEOPLE,
    PLACES,
    Notice,
    Pick,
    Press,
    Shown,
    Side,
    SideName,
    Suggestion,
)
from bots.sandbox.scene.discord import DiscordSide
from bots.sandbox.scene.slack import SlackSide
from bots.sandbox.slack import Limits as SlackLimits
from bots.sandbox.slack import SlackStandIn

__all__ = [
    "ADA",
    "CHANNELS",
    "DIRECT",
    "MIA",
    "PEOPLE",
    "PLACES",
    "Listening",
    "Notice",
    "Pick",
    "Press",
    "Scene",
    "Shown",
    "Side",
    "SideName",
    "Suggestion",
    "open_scene",
]

_MOST_SHOWN = 200
_MOST_REMARKS = 50


class Listening:
    """The notices from one moment on, as they come."""

    def __init__(self) -> None:
        self._notices: asyncio.Queue[Notice | None] = asyncio.Queue()

    def tell(self, notice: Notice | None) -> None:
        """Pass on a notice; None is the end."""
        self._notices.put_nowait(notice)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Notice:
        notice = await self._notices.get()
        if notice is None:
            raise StopAsyncIteration
        return notice


class Scene:
    """Both sides, and what the cast can do on them. Made by `open_scene`."""

    def __init__(
        self,
        discord: DiscordStandIn,
        slack: SlackStandIn,
        slack_usage: Mapping[str, str],
        slack_shortcuts: Mapping[str, str],
    ) -> None:
        self.discord = discord
        self.slack = slack
        self.discord_side = DiscordSide(discord)
        self.slack_side = SlackSide(slack, slack_usage, slack_shortcuts)
        self.sides: Mapping[SideName, Side] = {
            "discord": self.discord_side,
            "slack": self.slack_side,
        }
        self._remarks: dict[tuple[SideName, str, str], deque[Shown]] = {}
        self._listening: list[Listening] = []
        self._made = 0
        self.slack_side.watch_views(self._tell)

    def shown(self, side: SideName, person: str, place: str) -> Sequence[Shown]:
        """Return what this person sees there, oldest first: messages and the client's remarks.

        What stands in the thread of a message follows it.
        """
        messages = self.sides[side].shown(person, place)
        remarks = self._remarks.get((side, person, place), ())
        in_order = sorted((*messages, *remarks), key=lambda shown: shown.at)
        begun = {shown.id: shown.at for shown in in_order}
        return sorted(in_order, key=lambda it: begun.get(it.below, it.at))[-_MOST_SHOWN:]

    async def type_words(self, side: SideName, person: str, place: str, words: str) -> str:
        """Type words and send them, in the way in which that side takes them.

        Returns when the answer is there: what the client itself said to it, perhaps nothing.
        """
        remark = await self.sides[side].type_words(person, place, words.strip())
        self._told(remark, Notice(side, place, person))
        return remark

    async def press(self, side: SideName, person: str, place: str, press: Press) -> str:
        """Press a button. Returns when the answer is there: what the client itself said to it."""
        remark = await self.sides[side].press(person, place, press)
        self._told(remark, Notice(side, place, person))
        return remark

    async def pick(self, side: SideName, person: str, place: str, pick: Pick) -> str:
        """Choose from the menu of a message. Returns what the client itself said to it."""
        remark = await self.sides[side].pick(person, place, pick)
        self._told(remark, Notice(side, place, person))
        return remark

    async def send_form(self, person: str, place: str, typed: Mapping[str, str] | None) -> str:
        """Send the form that is open on Discord, or close it. Returns what Discord itself says."""
        remark = await self.discord_side.send_form(person, place, typed)
        self._told(remark, Notice("discord", place, person))
        return remark

    async def suggestions(
        self, side: SideName, person: str, place: str, words: str
    ) -> Sequence[Suggestion]:
        """Return what the client offers while these words are being typed."""
        return await self.sides[side].suggestions(person, place, words.lstrip())

    def listen(self) -> Listening:
        """Return what changes from now on; it ends with the scene, or when it is forgotten."""
        listening = Listening()
        self._listening.append(listening)
        return listening

    def forget(self, listening: Listening) -> None:
        """End a listening; one that has ended stays so."""
        if listening in self._listening:
            self._listening.remove(listening)
            listening.tell(None)

    async def watch(self, changes: AsyncIterator[Notice]) -> None:
        """Tell those who listen what changes, until a side ends."""
        async for notice in changes:
            self._tell(notice)

    def close(self) -> None:
        """End every listening."""
        for listening in list(self._listening):
            self.forget(listening)

    def _told(self, remark: str, notice: Notice) -> None:
        if remark:
            self._made += 1
            shown = Shown(f"remark-{self._made}", time.time(), "", {"text": remark}, "remark", True)
            place = (notice.side, notice.person, notice.place)
            self._remarks.setdefault(place, deque(maxlen=_MOST_REMARKS)).append(shown)
        self._tell(notice)

    def _tell(self, notice: Notice) -> None:
        for listening in self._listening:
            listening.tell(notice)


@asynccontextmanager
async def open_scene(
    port: int = 0,
    *,
    slack_usage: Mapping[str, str] = MappingProxyType({}),
    slack_shortcuts: Mapping[str, str] = MappingProxyType({}),
    discord_limits: DiscordLimits | None = None,
    slack_limits: SlackLimits | None = None,
    record: bool = False,
) -> AsyncIterator[Scene]:
    """Open both stand-ins with the cast in them.

    Discord listens on `port` and Slack on the next one, or both on any free one without it.
    `slack_usage` has Slack's commands, each with what can follow it, as the app's manifest says,
    and `slack_shortcuts` the names of what stands in the menus of messages, by their callback ids.
    With `record` the stand-ins keep every request that they answer.
    """
    slack_port = port + 1 if port else 0
    async with (
        DiscordStandIn(port, limits=discord_limits, record=record) as discord,
        SlackStandIn(slack_port, limits=slack_limits, record=record) as slack,
    ):
        scene = Scene(discord, slack, slack_usage, slack_shortcuts)
        changes = [side.changes() for side in scene.sides.values()]
        watching = [asyncio.create_task(scene.watch(change)) for change in changes]
        try:
            yield scene
        finally:
            scene.close()
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)

"""What follows when a modal is sent: words of the core, and their answer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bots.slack import follow_form, settings
from bots.slack.answers import Answerer, Asked, by_response_url, or_error
from bots.slack.callers import HOME, PREFIX
from bots.slack.modals import Modals
from bots.slack.views import ANSWER, ASK, FOLLOW, PANEL, SET_UP, Kept
from core import compose
from core.commands import (
    ChannelSettings,
    Command,
    about_in,
    followed_by,
    parse,
    turns_a_page,
)
from core.messages import Message, as_text
from core.seals import Older

_CHANNEL = ("C", "G")  # how the ids of channels begin


class Sending:
    """Takes the modals that people send."""

    def __init__(self, answerer: Answerer, modals: Modals) -> None:
        self._answerer = answerer
        self._modals = modals

    async def take(self, ack: AsyncAck, body: Mapping[str, Any], kept: Kept) -> bool:
        """Answer a modal, and say whether that may have changed something."""
        if kept.kind == FOLLOW:
            return await self._follow(ack, body, kept)
        if kept.kind == ASK:
            await self._typed(ack, body, kept)
            return True
        if kept.kind == SET_UP:
            await self._chosen(ack, body, kept)
        else:
            stale = Kept(ANSWER, HOME)
            await self._modals.answer_sent(
                ack, body["view"], stale, _said(compose.unopened(Older(""), prefix=PREFIX))
            )
        return False

    async def _follow(self, ack: AsyncAck, body: Mapping[str, Any], kept: Kept) -> bool:
        """Take the form to follow tags; say whether it was clear what to follow."""
        chosen = follow_form.read(body["view"])
        looking = self._answerer.desk.unknown_tag(chosen.tags)
        if wrong := await or_error("the form", looking, as_text):
            await ack(response_action="errors", errors={follow_form.TAGS: wrong})
            return False
        answering = self._all_told(chosen.commands(kept.words), asked_in(body, kept))
        shown = Kept(ANSWER, kept.place, home=kept.home)
        await self._modals.answer_sent(ack, body["view"], shown, answering)
        return True

    async def _all_told(self, commands: tuple[Command, ...], asked: Asked) -> Message:
        """Do what each command says, and return the answer to the last."""
        *first, last = commands
        for command in first:
            await self._answerer.told(command, asked)
        return await self._answerer.told(last, asked)

    async def _typed(self, ack: AsyncAck, body: Mapping[str, Any], kept: Kept) -> None:
        """Do what the words of a button and what was typed after them say.

        The answer stands in the modal below, in which the button was pressed; else in this one.
        """
        view = body["view"]
        words, about = about_in(followed_by(kept.words, settings.typed_in(view)))
        command = parse(words)
        asked = asked_in(body, kept, about)
        if kept.reply_to:
            await ack()
            url, client = kept.reply_to, self._answerer.client
            reply = by_response_url(client, url, replaces=turns_a_page(command))
            await self._answerer.answer(command, replace(asked, reply=reply))
            return
        kind = PANEL if isinstance(command, ChannelSettings) else ANSWER
        shown = Kept(kind, asked.channel, home=kept.home)
        below = str(view.get("previous_view_id") or "")
        if not below:
            answering = self._answerer.told(command, asked)
            await self._modals.answer_sent(ack, view, shown, answering)
            return
        await ack()
        async with self._modals.turn(below):
            said = await self._answerer.told(command, asked)
            await self._modals.put(below, "", said, shown)

    async def _chosen(self, ack: AsyncAck, body: Mapping[str, Any], kept: Kept) -> None:
        """Show the settings of the channel that was chosen."""
        channel = settings.typed_in(body["view"])
        if not channel.startswith(_CHANNEL):
            await ack(response_action="errors", errors={settings.FIELD: compose.WHICH_CHANNEL})
            return
        shown = Kept(PANEL, kept.place, home=kept.home)
        answering = self._answerer.told(ChannelSettings(), asked_in(body, shown, channel))
        await self._modals.answer_sent(ack, body["view"], shown, answering)


def asked_in(body: Mapping[str, Any], kept: Kept, about: str = "") -> Asked:
    """Return who did something in a view, about the channel that it keeps or another one.

    Nothing is replied.
    """
    person = body["user"]
    name = str(person.get("username") or person.get("name") or "")
    team, place = str(person.get("team_id") or ""), kept.place or HOME
    return Asked(str(person["id"]), place, nowhere, name=name, about=about, team=team)


async def nowhere(_payload: object) -> None:
    """Reply nowhere: what is said is shown in a view."""


async def _said(message: Message) -> Message:
    return message

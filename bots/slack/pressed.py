"""What is pressed, chosen and sent in modals and in the home tab."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bots.slack import follow_form, views
from bots.slack.answers import Answerer, Asked
from bots.slack.asking import CHOOSE_GROUP
from bots.slack.buttons import command_of
from bots.slack.callers import HOME, PREFIX
from bots.slack.chosen import asks_in
from bots.slack.finding import UserGroups
from bots.slack.home import Homes, is_shown_apart
from bots.slack.modals import Modals, zones_offered
from bots.slack.render import OPEN
from bots.slack.sending import Sending, asked_in
from bots.slack.views import ANSWER, PANEL, Kept
from core import compose
from core.commands import (
    ChannelSettings,
    Command,
    Home,
    Share,
    Subscribe,
    about_in,
)
from core.messages import Form, Message
from core.seals import Foreign, Older

FOLLOW_TAGS = "follow_tags"
"""The callback id of the shortcut; the manifest names the same."""


class Pressed:
    """Answers what people do in views."""

    def __init__(self, answerer: Answerer, modals: Modals, homes: Homes) -> None:
        self.answerer = answerer
        self._modals = modals
        self._homes = homes
        self._sending = Sending(answerer, modals)
        self._groups = UserGroups(answerer.client)

    async def press(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Do what a pressed button of a view says; one that opens a page has done it by itself."""
        await ack()
        action, view = body["actions"][0], body["view"]
        if str(action.get("action_id")).startswith(OPEN):
            return
        kept, said = self._modals.kept_in(view), self._modals.opened(action)
        command = command_of(said)
        async with self._modals.turn(str(view["id"])):
            if kept and (asks := asks_in(action, said)):
                await self._ask(body, kept, *asks)
            elif kept and not isinstance(command, Older | Foreign):
                await self._do(body, command, replace(kept, about=about_in(said.words)[1]))
            else:
                await self._stale(body, command if isinstance(command, Foreign) else Older(""))
        if kept and kept.home and view["type"] != "home":
            await self._homes.publish(str(body["user"]["id"]))

    async def send(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Take a modal that was sent."""
        kept = self._modals.kept_in(body["view"]) or Kept("")
        if await self._sending.take(ack, body, kept) and kept.home:
            await self._homes.publish(str(body["user"]["id"]))

    async def suggest(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Offer what could be meant by what is typed into a list."""
        typed = str(body.get("value") or "")
        if body.get("action_id") == follow_form.PLACE:
            await ack(options=zones_offered(typed))
        elif str(body.get("action_id")).startswith(CHOOSE_GROUP):
            await ack(options=await self._groups.offered(typed))
        else:
            found = await self.answerer.desk.suggest_in_form(typed)
            await ack(options=follow_form.offered(found))

    async def shortcut(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Open the form to follow tags, wherever somebody is."""
        await ack()
        asked = asked_in(body, Kept(ANSWER))
        await self._modals.ask_what_to_follow(str(body["trigger_id"]), asked)

    async def _do(self, body: Mapping[str, Any], command: Command, kept: Kept) -> None:
        if body["view"]["type"] == "home":
            await self._in_home(body, command, kept)
        else:
            await self._in_modal(body, command, kept)

    async def _in_modal(self, body: Mapping[str, Any], command: Command, kept: Kept) -> None:
        asked, view, trigger = (
            asked_in(body, kept, kept.about),
            body["view"],
            str(body["trigger_id"]),
        )
        if command == Subscribe(()):
            await self._modals.ask_what_to_follow(trigger, asked, home=kept.home)
        elif kept.kind == PANEL and not isinstance(command, ChannelSettings):
            # The settings stay below, and show what was changed above them.
            above = Kept(ANSWER, kept.place, home=kept.home)
            answering = self.answerer.told(command, asked)
            await self._modals.show_above(trigger, view, answering, above)
            shown = await self.answerer.told(ChannelSettings(), asked)
            await self._modals.put(str(view["id"]), "", shown, kept)
        else:
            kind = PANEL if isinstance(command, ChannelSettings) else kept.kind
            said = await self._said(command, asked)
            kept = replace(kept, kind=kind)
            await self._modals.put(str(view["id"]), str(view["hash"]), said, kept)

    async def _said(self, command: Command, asked: Asked) -> Message:
        if isinstance(command, Share):
            caller = await self.answerer.caller(command, asked)
            return (await self.answerer.desk.share(command, caller)).message
        return await self.answerer.told(command, asked)

    async def _in_home(self, body: Mapping[str, Any], command: Command, kept: Kept) -> None:
        asked, trigger = asked_in(body, kept, kept.about), str(body["trigger_id"])
        if command == Subscribe(()):
            await self._modals.ask_what_to_follow(trigger, asked, home=True)
        elif isinstance(command, ChannelSettings):
            await self._modals.show_settings(trigger, command, asked, home=True)
        elif isinstance(command, Home):
            await self._homes.publish(asked.person, command)
        elif is_shown_apart(command):
            above = Kept(ANSWER, kept.place, home=True)
            await self._modals.show(trigger, command, asked, above)
        else:
            said = await self.answerer.told(command, asked)
            await self._homes.publish(asked.person, above=said)

    async def _ask(self, body: Mapping[str, Any], kept: Kept, words: str, form: Form) -> None:
        asks = Kept(views.ASK, kept.place, words, home=kept.home)
        await self._modals.ask(str(body["trigger_id"]), form, asks)

    async def _stale(self, body: Mapping[str, Any], kept: Older | Foreign) -> None:
        """Say why nothing is done in a view, and show what can be done now."""
        view = body["view"]
        if view["type"] == "home":
            person = str(body["user"]["id"])
            await self._homes.publish(person, above=compose.unopened(kept, prefix=PREFIX))
        else:
            said, its_hash = compose.unopened(kept, prefix=PREFIX), str(view["hash"])
            await self._modals.put(str(view["id"]), its_hash, said, Kept(ANSWER, HOME))

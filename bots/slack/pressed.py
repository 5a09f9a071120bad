"""What is pressed, chosen and sent in modals and in the home tab."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bots.slack import follow_form, views
from bots.slack.answers import Answerer, Asked, Reply, by_response_url
from bots.slack.buttons import about_of, command_of
from bots.slack.callers import HOME
from bots.slack.home import Homes, is_shown_apart
from bots.slack.modals import Modals, zones_offered
from bots.slack.render import OPEN, as_payload
from bots.slack.views import Kept, kept_in
from core import compose
from core.commands import (
    Command,
    Home,
    Share,
    Subscribe,
    about_in,
    followed_by,
    parse,
    turns_a_page,
)

FOLLOW_TAGS = "follow_tags"
"""The callback id of the shortcut; the manifest names the same."""


class Pressed:
    """Answers what people do in views."""

    def __init__(self, answerer: Answerer, modals: Modals, homes: Homes) -> None:
        self.answerer = answerer
        self._modals = modals
        self._homes = homes

    async def press(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Do what a pressed button of a view says; one that opens a page has done it by itself."""
        await ack()
        action, view = body["actions"][0], body["view"]
        if str(action.get("action_id")).startswith(OPEN):
            return
        kept, command = kept_in(view), command_of(action)
        async with self._modals.turn(str(view["id"])):
            if kept is None or command is None:
                await self._stale(body, kept)
            elif view["type"] == "home":
                await self._in_home(body, command)
            else:
                await self._in_modal(body, kept, command)

    async def send(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Take a modal that was sent."""
        kept = kept_in(body["view"])
        if kept and kept.kind == views.ASKS:
            await ack()
            await self._typed(body, kept)
            return
        if kept is None or kept.kind != views.FOLLOW:
            await ack(response_action="update", view=_stale_view())
            return
        asked = _asked(body, kept, self._modals.in_place(body["view"], kept))
        is_clear = await self._modals.follow(ack, body, asked)
        if is_clear and kept.place == HOME:
            await self._homes.publish(asked.person)

    async def _typed(self, body: Mapping[str, Any], kept: Kept) -> None:
        """Do what was typed after the words of the button that asked for it."""
        url, _, words = kept.words.partition("\n")
        said, about = about_in(followed_by(words, views.typed_in(body["view"])))
        command = parse(said)
        reply = by_response_url(self.answerer.client, url, replaces=turns_a_page(command))
        await self.answerer.answer(command, _asked(body, kept, reply, about))

    async def suggest(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Offer what could be meant by what is typed into a list."""
        typed = str(body.get("value") or "")
        if body.get("action_id") == follow_form.PLACE:
            await ack(options=zones_offered(typed))
        else:
            found = await self.answerer.desk.suggest_in_form(typed)
            await ack(options=follow_form.offered(found))

    async def shortcut(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Open the form to follow tags, wherever somebody is."""
        await ack()
        asked = Asked(str(body["user"]["id"]), HOME, _nothing)
        await self._modals.ask_what_to_follow(str(body["trigger_id"]), asked)

    async def _in_modal(self, body: Mapping[str, Any], kept: Kept, command: Command) -> None:
        about = about_of(body["actions"][0])
        asked = _asked(body, kept, self._modals.in_place(body["view"], kept), about)
        if isinstance(command, Share):
            await self.answerer.share(command, asked, asked.reply)
        else:
            await self.answerer.answer(command, asked)
        if kept.place == HOME:
            await self._homes.publish(asked.person)

    async def _in_home(self, body: Mapping[str, Any], command: Command) -> None:
        about, trigger = about_of(body["actions"][0]), str(body["trigger_id"])
        asked = _asked(body, Kept(views.HOME, HOME), _nothing, about)
        if command == Subscribe(()):
            await self._modals.ask_what_to_follow(trigger, asked)
        elif isinstance(command, Home):
            await self._homes.publish(asked.person, command)
        elif is_shown_apart(command):
            kept = Kept(views.ANSWER, HOME)
            await self._modals.show(trigger, command, asked, kept)
        else:
            said = await self.answerer.told(command, asked)
            await self._homes.publish(asked.person, above=said)

    async def _stale(self, body: Mapping[str, Any], kept: Kept | None) -> None:
        """Say that a view is of an older version, and show what can be done now."""
        if body["view"]["type"] == "home":
            person = str(body["user"]["id"])
            await self._homes.publish(person, above=compose.stale_button())
        else:
            standing = kept or Kept(views.ANSWER, HOME)
            asked = _asked(body, standing, self._modals.in_place(body["view"], standing))
            await self.answerer.say(compose.stale_button(), asked)


def _asked(body: Mapping[str, Any], kept: Kept, reply: Reply, about: str = "") -> Asked:
    person = body["user"]
    name = str(person.get("username") or person.get("name") or "")
    return Asked(str(person["id"]), kept.place or HOME, reply, name=name, about=about)


def _stale_view() -> views.View:
    return views.answer(as_payload(compose.stale_button()), Kept(views.ANSWER, HOME))


async def _nothing(_payload: object) -> None:
    """Reply nowhere."""

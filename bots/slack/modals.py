"""Modals: opened in time, changed in place, and sent."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Any
from weakref import WeakValueDictionary

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import follow_form, views
from bots.slack.answers import Answerer, Asked, Reply, or_error
from bots.slack.errors import BROKEN, code_of, failure
from bots.slack.render import Payload, as_payload
from bots.slack.views import FOLLOW, Kept, View
from core import compose, localtime
from core.commands import Command, Subscribe
from core.messages import Form, Message, as_text

log = logging.getLogger(__name__)

FORM_TITLE = compose.FollowForm("", "").title

PATIENCE = 0.8
"""Seconds that a modal is kept back for what it shows; Slack gives three for all of it."""
_CONFLICT = "hash_conflict"


class Modals:
    """Opens, changes and takes the modals of the people of a workspace."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self._client: AsyncWebClient = answerer.client
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def ask_what_to_follow(self, trigger: str, asked: Asked) -> None:
        """Open the form to follow tags; if Slack shows none, reply with what can be typed."""

        async def form() -> View:
            # By whose clock digests come is a question of the form.
            caller = await self._answerer.caller(Subscribe(("when:",)), asked)
            shown = await self._answerer.desk.follow_form(caller)
            return follow_form.as_view(shown, asked.channel)

        def broke(message: Message) -> View:
            return views.answer(as_payload(message), Kept(views.ANSWER, asked.channel))

        waiting = views.waiting(Kept(FOLLOW, asked.channel), FORM_TITLE)
        if not await self._open(trigger, waiting, or_error("the form", form(), broke)):
            await self._answerer.answer(Subscribe(()), asked)

    async def ask(self, trigger: str, form: tuple[str, Form], reply_to: str, asked: Asked) -> None:
        """Open a form with one field; what is typed there is answered at the address `reply_to`."""
        view = views.asks(*form, reply_to, asked.channel)

        async def at_once() -> View:
            return view

        await self._open(trigger, view, at_once())

    async def show(self, trigger: str, command: Command, asked: Asked, kept: Kept) -> None:
        """Open a modal with the answer to a command."""

        async def answer() -> View:
            payload = as_payload(await self._answerer.told(command, asked))
            return views.answer(payload, kept)

        await self._open(trigger, views.waiting(kept), answer())

    def in_place(self, view: Mapping[str, Any], kept: Kept) -> Reply:
        """Return how to reply in the place of a modal."""

        async def reply(payload: Payload) -> None:
            title = str((view.get("title") or {}).get("text") or compose.WAITING_TITLE)
            await self._update(
                str(view["id"]), str(view["hash"]), views.answer(payload, kept, title)
            )

        return reply

    def turn(self, view_id: str) -> asyncio.Lock:
        """Return the lock under which what is pressed in a view is answered, one after the other.

        So the view never shows what stood before the last press.
        """
        return self._turns.setdefault(view_id, asyncio.Lock())

    async def follow(self, ack: AsyncAck, body: Mapping[str, Any], asked: Asked) -> bool:
        """Take the form to follow tags; say whether it was clear what to follow."""
        view, kept = body["view"], views.kept_in(body["view"]) or Kept(FOLLOW)
        chosen = follow_form.read(view)
        looking = self._answerer.desk.unknown_tag(chosen.tags)
        if wrong := await or_error("the form", looking, as_text):
            await ack(response_action="errors", errors={follow_form.TAGS: wrong})
            return False
        answering = asyncio.ensure_future(self._followed(chosen, kept.words, asked))
        kept = Kept(views.ANSWER, kept.place)
        await self._answer_sent(ack, view, kept, answering)
        return True

    async def _followed(self, chosen: follow_form.Answers, before: str, asked: Asked) -> Message:
        *first, last = chosen.commands(before)
        for command in first:
            await self._answerer.told(command, asked)
        return await self._answerer.told(last, asked)

    async def _answer_sent(
        self, ack: AsyncAck, view: Mapping[str, Any], kept: Kept, answering: Awaitable[Message]
    ) -> None:
        """Show the answer in the place of a modal that was sent."""
        work = asyncio.ensure_future(answering)
        title = str(view["title"]["text"])
        done, _ = await asyncio.wait({work}, timeout=PATIENCE)
        if done:
            shown = views.answer(as_payload(await work), kept, title)
            await ack(response_action="update", view=shown)
            return
        await ack(response_action="update", view=views.waiting(kept, title))
        await self._update(str(view["id"]), "", views.answer(as_payload(await work), kept, title))

    async def _open(self, trigger: str, waiting: View, work: Awaitable[View]) -> bool:
        """Open a modal when it is ready, at once if that takes long; say whether it is shown."""
        making = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({making}, timeout=PATIENCE)
        try:
            first = await making if done else waiting
            shown = (await self._client.views_open(trigger_id=trigger, view=first))["view"]
        except (SlackApiError, *BROKEN) as error:
            making.cancel()
            log.warning("could not open a modal: %s", failure(error))
            return False
        if not done:
            await self._update(str(shown["id"]), str(shown["hash"]), await making)
        return True

    async def _update(self, view_id: str, its_hash: str, view: View) -> None:
        """Put a view in the place of another. One that was closed meanwhile needs none."""
        known = {"hash": its_hash} if its_hash else {}
        try:
            await self._client.views_update(view_id=view_id, view=view, **known)
        except SlackApiError as error:
            if known and code_of(error) == _CONFLICT:
                # What is shown is the older: presses in a view are answered in turn.
                await self._update(view_id, "", view)
            else:
                log.info("could not change a modal: %s", code_of(error))
        except BROKEN as error:
            log.warning("could not change a modal: %s", failure(error))


def zones_offered(typed: str) -> list[dict[str, object]]:
    """Return the zones to offer while one is being typed."""
    return [follow_form.option(name, name) for name in localtime.zones(typed)]

"""Modals: opened in time, changed in place, and sent."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import follow_form, settings, views
from bots.slack.answers import Answerer, Asked, or_error
from bots.slack.callers import place_of
from bots.slack.chosen import opened
from bots.slack.errors import BROKEN, code_of, failure
from bots.slack.sealing import sealed_view, view_place
from bots.slack.views import ANSWER, FOLLOW, Kept, View
from core import localtime
from core.commands import ChannelSettings, Command, Subscribe
from core.messages import Form, Message
from core.seals import Foreign, Older, Opened

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE = 0.8
"""Seconds that a modal is kept back for what it shows; Slack gives three for all of it."""
_CONFLICT = "hash_conflict"
_TOO_DEEP = "push_limit_reached"


class Modals:
    """Opens, changes and takes the modals of the people of a workspace."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self._client: AsyncWebClient = answerer.client
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def sealed(self, view: View) -> View:
        """Return a view with what it keeps sealed."""
        return sealed_view(view, self._answerer.seals, self._answerer.identity.workspace)

    def kept_in(self, view: Mapping[str, Any]) -> Kept | None:
        """Return what a view keeps; nothing if it is none of ours, or of another version."""
        seals, workspace = self._answerer.seals, self._answerer.identity.workspace
        return views.kept_in(view, seals, workspace)

    def opened(self, action: Mapping[str, Any]) -> Opened | Older | Foreign:
        """Return what a press or a choice in a view says."""
        place = view_place(self._answerer.identity.workspace)
        return opened(action, self._answerer.seals, place)

    def turn(self, view_id: str) -> asyncio.Lock:
        """Return the lock under which what is pressed in a view is answered, one after the other.

        So the view never shows what stood before the last press.
        """
        return self._turns.setdefault(view_id, asyncio.Lock())

    async def ask_what_to_follow(self, trigger: str, asked: Asked, *, home: bool = False) -> None:
        """Open the form to follow tags; if Slack shows none, reply with what can be typed."""
        kept = Kept(FOLLOW, asked.channel, home=home)

        async def form() -> View:
            # By whose clock digests come is a question of the form.
            caller = await self._answerer.caller(Subscribe(("when:",)), asked)
            shown = await self._answerer.desk.follow_form(caller)
            return follow_form.as_view(shown, kept)

        def broke(message: Message) -> View:
            return _shown(message, Kept(ANSWER, kept.place))

        making = or_error("the form", form(), broke)
        if not await self._open(trigger, views.waiting(kept), making):
            await self._answerer.answer(Subscribe(()), asked)

    async def show_settings(
        self, trigger: str, command: ChannelSettings, asked: Asked, *, home: bool = False
    ) -> None:
        """Open the settings of a channel: of which one, is asked where somebody is in none."""
        here = place_of(self._answerer.identity, asked.person, asked.channel)
        kept = Kept(views.PANEL, asked.channel, home=home)
        if here.channel == asked.person and not asked.about:
            await self._call("views_open", trigger_id=trigger, view=settings.choosing(kept))
        elif not await self.show(trigger, command, asked, kept):
            await self._answerer.answer(command, asked)

    async def show(self, trigger: str, command: Command, asked: Asked, kept: Kept) -> bool:
        """Open a modal with the answer to a command, and say whether it is shown."""

        async def answer() -> View:
            return _shown(await self._answerer.told(command, asked), kept)

        return await self._open(trigger, views.waiting(kept), answer())

    async def ask(self, trigger: str, form: Form, kept: Kept) -> None:
        """Ask for what a form asks for, above the modal in which its button was pressed."""
        method = "views_open" if kept.reply_to else "views_push"
        await self._call(method, trigger_id=trigger, view=settings.asking(form, kept))

    async def put(self, view_id: str, its_hash: str, message: Message, kept: Kept) -> None:
        """Show a message in the place of a modal."""
        await self._update(view_id, its_hash, _shown(message, kept))

    async def show_above(
        self, trigger: str, view: Mapping[str, Any], answering: Awaitable[Message], kept: Kept
    ) -> None:
        """Show an answer above a modal; in its place, if too many stand on each other."""
        work = await _begun(answering)
        done = work.done()
        first = _shown(await work, kept) if done else views.waiting(kept)
        shown = await self._call("views_push", trigger_id=trigger, view=first)
        if shown is None:
            await self.put(str(view["id"]), "", await work, kept)
        elif not done:
            await self.put(str(shown["id"]), str(shown["hash"]), await work, kept)

    async def answer_sent(
        self,
        ack: AsyncAck,
        view: Mapping[str, Any],
        kept: Kept,
        answering: Awaitable[Message],
    ) -> None:
        """Show the answer in the place of a modal that was sent."""
        work = await _begun(answering)
        if work.done():
            await ack(response_action="update", view=self.sealed(_shown(await work, kept)))
            return
        await ack(response_action="update", view=self.sealed(views.waiting(kept)))
        await self.put(str(view["id"]), "", await work, kept)

    async def _open(self, trigger: str, waiting: View, work: Awaitable[View]) -> bool:
        """Open a modal when it is ready, at once if that takes long; say whether it is shown."""
        making = await _begun(work)
        done = making.done()
        first = await making if done else waiting
        shown = await self._call("views_open", trigger_id=trigger, view=first)
        if shown is None:
            making.cancel()
        elif not done:
            await self._update(str(shown["id"]), str(shown["hash"]), await making)
        return shown is not None

    async def _call(self, method: str, *, trigger_id: str, view: View) -> Mapping[str, Any] | None:
        """Call one of Slack's methods that show a view; return the view, or nothing if it fails."""
        call: Callable[..., Awaitable[Any]] = getattr(self._client, method)
        try:
            shown: Mapping[str, Any] = (await call(trigger_id=trigger_id, view=self.sealed(view)))[
                "view"
            ]
        except SlackApiError as error:
            level = logging.INFO if code_of(error) == _TOO_DEEP else logging.WARNING
            log.log(level, "could not show a modal: %s", failure(error))
            return None
        except BROKEN as error:
            log.warning("could not show a modal: %s", failure(error))
            return None
        return shown

    async def _update(self, view_id: str, its_hash: str, view: View) -> None:
        """Put a view in the place of another. One that was closed meanwhile needs none."""
        known = {"hash": its_hash} if its_hash else {}
        try:
            await self._client.views_update(view_id=view_id, view=self.sealed(view), **known)
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


async def _begun(work: Awaitable[T]) -> asyncio.Future[T]:
    """Return this work when it is done, or goes on though a modal is kept back no longer."""
    begun = asyncio.ensure_future(work)
    await asyncio.wait({begun}, timeout=PATIENCE)
    return begun


def _shown(message: Message, kept: Kept) -> View:
    return views.modal(views.title_of(kept), settings.blocks_of(message), kept)

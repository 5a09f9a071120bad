"""The bot on Slack: connects in Socket Mode, listens, and leaves in good order."""

import asyncio
import json
import logging
import os
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, TypeVar

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import shortcuts
from bots.slack.answers import Answerer, Answers
from bots.slack.buttons import on_press
from bots.slack.client import Identity, client_over, identify, sdk_log
from bots.slack.commands import COMMANDS, on_command, on_mention
from bots.slack.connections import Connections
from bots.slack.events import CLOSING, LEAVING, OPENING, on_channel, says_goodbye
from bots.slack.listening import listen_in_views
from bots.slack.modals import Modals
from bots.slack.repeats import Taken
from bots.slack.shortcuts import on_shortcut
from bots.slack.underway import UnderWay
from core.db import AWAY, cause_of
from core.posting import PlatformClosed, PostError, TryLater, Unknown
from core.reachability import Reachability
from core.seals import FOR_THIS_RUN, Seals

log = logging.getLogger(__name__)

T = TypeVar("T")

_LONGEST_WAIT = 30
_ANY = re.compile("")
_UNINSTALLED = (
    "Themata was removed from the Slack workspace: install the app again, and set"
    " THEMATA_SLACK_BOT_TOKEN to its new token"
)

_OnEvent = Callable[[dict[str, Any]], Coroutine[None, None, None]]


class SlackBot:
    """Answers commands, mentions and buttons in the workspace of its tokens."""

    def __init__(  # noqa: PLR0913 (what the bot works with)
        self,
        client: AsyncWebClient,
        app_token: str,
        desk: Answers,
        *,
        reachability: Reachability | None = None,
        seals: Seals = FOR_THIS_RUN,
        ping_interval: float = 10,
        first_wait: float = 1,
    ) -> None:
        """Answer by `desk`, and tell `reachability` of channels that open and close.

        The connection is looked after every `ping_interval` seconds. One that cannot be had is
        tried again after `first_wait` seconds, then after twice as long each time, up to 30.
        """
        self._client = client
        self._app_token = app_token
        self._desk = desk
        self._reachability = reachability
        self._seals = seals
        self._ping_interval = ping_interval
        self._first_wait = first_wait
        self._connected = asyncio.Event()
        self._was_uninstalled = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self._closing = False

    async def run(self) -> None:
        """Serve until cancelled or closed.

        Raises `PlatformClosed` when Slack refuses a token, or removes the app.
        """
        if self._closing:
            return
        self._serving = asyncio.create_task(self._serve())
        try:
            await self._serving
        except asyncio.CancelledError:
            if not self._closing:
                raise

    async def connected(self) -> None:
        """Wait until the bot listens."""
        await self._connected.wait()

    async def close(self) -> None:
        """Stop listening, let the replies under way be sent, and end `run`."""
        self._closing = True
        if self._serving:
            self._serving.cancel()
            await asyncio.wait({self._serving})

    async def _serve(self) -> None:
        identity = await self._until_answered(lambda: identify(self._client), "the bot token")
        under_way = UnderWay()
        answerer = Answerer(self._client, identity, self._desk, under_way, self._seals)
        take = _taking(_app(self._client, answerer, self._on_event(answerer)))
        connections = Connections(
            self._client, self._app_token, take, under_way, ping_interval=self._ping_interval
        )
        try:
            await self._tell_joined(identity)
            await self._stay(connections, identity)
        finally:
            # By the connection go acknowledgements, without which people are told of an error.
            await under_way.finish()
            await connections.close()
            await under_way.finish()
            log.info("left slack")

    async def _tell_joined(self, identity: Identity) -> None:
        wait = self._first_wait
        while self._reachability:
            try:
                await self._reachability.workspace_joined("slack", identity.workspace)
                break
            except AWAY as error:
                log.error("could not note the workspace, will try again: %s", cause_of(error))  # noqa: TRY400 (the cause is the database, not our code)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _stay(self, connections: Connections, identity: Identity) -> None:
        """Stay connected until the app is uninstalled or a token is refused."""
        connecting = asyncio.create_task(self._stay_connected(connections, identity))
        leaving = asyncio.create_task(self._was_uninstalled.wait())
        try:
            await asyncio.wait({connecting, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if leaving.done():
                raise PlatformClosed(_UNINSTALLED)
            await connecting
        finally:
            connecting.cancel()
            leaving.cancel()
            await asyncio.gather(connecting, leaving, return_exceptions=True)

    async def _stay_connected(self, connections: Connections, identity: Identity) -> None:
        while True:
            await self._until_answered(connections.open, "the app token")
            log.info("connected to slack workspace %s", identity.workspace)
            self._connected.set()
            # However often Slack ends connections, it is not asked for them without a pause.
            await asyncio.gather(connections.ending(), asyncio.sleep(self._first_wait))
            # A bot with nothing to post would not notice otherwise that its token is revoked.
            await self._until_answered(lambda: identify(self._client), "the bot token")

    def _on_event(self, answerer: Answerer) -> _OnEvent:
        """Return what tells the core of channels, and ends the bot when it is uninstalled."""
        identity, reachability = answerer.identity, self._reachability

        async def heard(event: dict[str, Any]) -> None:
            if event["type"] not in LEAVING:
                if reachability:
                    await on_channel(reachability, identity, event)
            elif says_goodbye(event, identity):
                try:
                    if reachability:
                        await reachability.workspace_left("slack", identity.workspace)
                finally:
                    self._was_uninstalled.set()

        return heard

    async def _until_answered(self, ask: Callable[[], Awaitable[T]], what: str) -> T:
        """Return what `ask` returns, however long Slack is away."""
        wait = self._first_wait
        while True:
            try:
                return await ask()
            except (TryLater, Unknown) as error:
                pause = max(wait, _asked_for(error))
                log.warning("could not reach slack, trying again in %s s: %s", pause, error)
            except (PlatformClosed, PostError) as error:
                raise PlatformClosed(f"Slack refused {what}: {error}") from error
            await asyncio.sleep(pause)
            wait = min(wait * 2, _LONGEST_WAIT)


def _asked_for(error: TryLater | Unknown) -> float:
    after = error.after if isinstance(error, TryLater) else None
    return after.total_seconds() if after else 0


def _taking(app: AsyncApp) -> Callable[[dict[str, Any]], Awaitable[dict[str, Any] | None]]:
    """Return what does each thing once that Slack sends, and returns what is said to it.

    It returns None for what it could not take.
    """
    taken = Taken()

    async def take(payload: dict[str, Any]) -> dict[str, Any] | None:
        if not taken.is_new(payload):
            return {}
        request = AsyncBoltRequest(mode="socket_mode", body=payload)
        response = await app.async_dispatch(request)
        if response.status == HTTPStatus.OK:
            said: dict[str, Any] = json.loads(response.body) if response.body else {}
            return said
        # Nobody waits for an event, and Slack would only send it again.
        return {} if "event" in payload else None

    return take


def _app(client: AsyncWebClient, answerer: Answerer, on_event: _OnEvent) -> AsyncApp:
    identity = answerer.identity
    known = AuthorizeResult(
        enterprise_id=None,
        team_id=identity.workspace,
        bot_user_id=identity.user,
        bot_id=identity.bot,
        bot_token=client.token,
    )

    async def authorize() -> AuthorizeResult:
        return known  # without a call: the person waits, and Slack for at most 3 s

    with _without_slack_variables():
        app = AsyncApp(
            name="themata",
            logger=sdk_log,
            client=client_over(client.session, None, client.base_url),
            signing_secret="",  # requests come by our own connection
            authorize=authorize,
        )
    _listen(app, answerer, on_event)
    return app


def _listen(app: AsyncApp, answerer: Answerer, on_event: _OnEvent) -> None:
    modals = Modals(answerer)

    async def command(ack: AsyncAck, body: dict[str, Any]) -> None:
        await on_command(answerer, modals, ack, body)

    async def press(ack: AsyncAck, body: dict[str, Any]) -> None:
        await on_press(answerer, modals, ack, body)

    async def shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        await on_shortcut(answerer, ack, body)

    async def mention(event: dict[str, Any]) -> None:
        await on_mention(answerer, event)

    async def happened(event: dict[str, Any]) -> None:
        await answerer.under_way.do(on_event(event))

    for name in COMMANDS:
        app.command(name)(command)
    listen_in_views(app, answerer, modals)
    app.action(_ANY)(press)
    app.message_shortcut(shortcuts.RELATED)(shortcut)
    app.message_shortcut(shortcuts.WHY)(shortcut)
    app.event("app_mention")(mention)
    for kind in (*OPENING, *CLOSING, *LEAVING):
        app.event(kind)(happened)


@contextmanager
def _without_slack_variables() -> Iterator[None]:
    """Keep Bolt from taking up SLACK_… variables that are there for something else."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("SLACK_")}
    try:
        yield
    finally:
        os.environ.update(hidden)

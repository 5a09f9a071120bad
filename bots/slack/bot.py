"""The bot on Slack: connects in Socket Mode, listens, and leaves in good order."""

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.answers import Answerer, Answers
from bots.slack.buttons import on_press
from bots.slack.client import client_over, identify, proxy_for, sdk_log
from bots.slack.commands import COMMANDS, on_command, on_mention
from bots.slack.errors import BROKEN, failure
from bots.slack.underway import UnderWay
from core.posting import PlatformClosed, PostError, TryLater, Unknown

log = logging.getLogger(__name__)

T = TypeVar("T")

_LONGEST_WAIT = 30
_ANY = re.compile("")
_APP_WANTED = "set THEMATA_SLACK_APP_TOKEN to an app-level token of the app with connections:write"


class SlackBot:
    """Answers commands, mentions and buttons in the workspace of its tokens."""

    def __init__(
        self,
        client: AsyncWebClient,
        app_token: str,
        desk: Answers,
        *,
        ping_interval: float = 10,
        first_wait: float = 1,
    ) -> None:
        """Answer by `desk`.

        The connection is looked after every `ping_interval` seconds. A start that fails is tried
        again after `first_wait` seconds, then after twice as long each time, up to 30.
        """
        self._client = client
        self._app_token = app_token
        self._desk = desk
        self._ping_interval = ping_interval
        self._first_wait = first_wait
        self._connected = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self._closing = False

    async def run(self) -> None:
        """Serve until cancelled or closed. Raises `PlatformClosed` if Slack refuses a token."""
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
        answerer = Answerer(self._client, identity, self._desk, under_way)
        socket = self._socket(_app(self._client, answerer), under_way)
        try:
            socket.wss_uri = await self._until_answered(lambda: _address(socket), "the app token")
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look_after(socket))
                await socket.connect()  # type: ignore[no-untyped-call]  # the SDK's lacks types
                log.info("connected to slack workspace %s", identity.workspace)
                self._connected.set()
        finally:
            # By the connection go acknowledgements, without which people are told of an error.
            await under_way.finish()
            await _leave(socket)
            await under_way.finish()
            log.info("left slack")

    async def _until_answered(self, ask: Callable[[], Awaitable[T]], what: str) -> T:
        """Return what `ask` returns, however long Slack is away."""
        wait = self._first_wait
        while True:
            try:
                return await ask()
            except (TryLater, Unknown) as error:
                log.warning("could not reach slack, trying again in %s s: %s", wait, error)
            except (PlatformClosed, PostError) as error:
                raise PlatformClosed(f"Slack refused {what}: {error}") from error
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _socket(self, app: AsyncApp, under_way: UnderWay) -> SocketModeClient:
        handler = AsyncSocketModeHandler(
            app, self._app_token, logger=sdk_log, ping_interval=self._ping_interval
        )
        socket = handler.client
        socket.proxy = proxy_for(self._client.base_url, socket.proxy)

        async def take(_: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
            await under_way.do(handler.handle(socket, request))

        socket.socket_mode_request_listeners[:] = [take]
        return socket

    async def _look_after(self, socket: SocketModeClient) -> None:
        """Let a lost connection be made anew at a new address.

        The SDK tries the one address it has for ever, but Slack takes each only once and soon.
        """
        while True:
            await asyncio.sleep(self._ping_interval)
            if not await socket.is_connected():
                socket.wss_uri = None


def _app(client: AsyncWebClient, answerer: Answerer) -> AsyncApp:
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
    _listen(app, answerer)
    return app


def _listen(app: AsyncApp, answerer: Answerer) -> None:
    async def command(ack: AsyncAck, body: dict[str, Any]) -> None:
        await on_command(answerer, ack, body)

    async def press(ack: AsyncAck, body: dict[str, Any]) -> None:
        await on_press(answerer, ack, body)

    async def mention(event: dict[str, Any]) -> None:
        await on_mention(answerer, event)

    for name in COMMANDS:
        app.command(name)(command)
    app.action(_ANY)(press)
    app.event("app_mention")(mention)


async def _address(socket: SocketModeClient) -> str:
    try:
        return await socket.issue_new_wss_url()
    except (SlackApiError, *BROKEN) as error:
        failed = failure(error)
        if isinstance(failed, PlatformClosed):
            raise PlatformClosed(_APP_WANTED) from error
        raise failed from error


async def _leave(socket: SocketModeClient) -> None:
    await socket.close()  # type: ignore[no-untyped-call]  # the SDK's lacks types
    tasks = (socket.message_processor, socket.current_session_monitor, socket.message_receiver)
    await asyncio.gather(*filter(None, tasks), return_exceptions=True)


@contextmanager
def _without_slack_variables() -> Iterator[None]:
    """Keep Bolt from taking up SLACK_… variables that are there for something else."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("SLACK_")}
    try:
        yield
    finally:
        os.environ.update(hidden)

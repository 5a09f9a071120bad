"""The stand-in for Slack: commands and their answers, with the real slack_bolt."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, NoAnswer, SlackStandIn


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits() -> Limits:
    return Limits.off()


@pytest.fixture
async def slack(clock: Clock, limits: Limits) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(limits=limits, clock=clock) as stand_in:
        stand_in.commands = {"/subscribe"}
        yield stand_in


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as http:
        yield AsyncWebClient(slack.bot_token, slack.api_url, session=http, retry_handlers=[])


@pytest.fixture
async def app(slack: SlackStandIn, client: AsyncWebClient) -> AsyncIterator[AsyncApp]:
    app = AsyncApp(client=client, signing_secret="not used in Socket Mode")
    handler = AsyncSocketModeHandler(app, slack.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt has no types here
    await slack.connected()
    yield app
    await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt has no types here


async def test_a_command_is_answered_by_its_response_address(
    slack: SlackStandIn, app: AsyncApp
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
    commands = []

    @app.command("/subscribe")
    async def subscribe(ack: Any, respond: Any, command: dict[str, Any]) -> None:
        await ack()
        commands.append(command)
        await respond("You follow llms")

    answer = await slack.type_command(mia, channel, "/subscribe", "llms & more")

    assert [m.text for m in answer.messages] == ["You follow llms"]
    assert answer.messages[0].seen_by == mia.id
    assert slack.messages(channel.id) == []
    [command] = commands
    assert (command["text"], command["user_id"]) == ("llms &amp; more", mia.id)
    assert (command["channel_id"], command["channel_name"]) == (channel.id, "ai-news")
    assert command["team_id"] == slack.team_id


async def test_a_command_can_be_answered_in_the_acknowledgement(
    slack: SlackStandIn, app: AsyncApp
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")

    @app.command("/subscribe")
    async def subscribe(ack: Any) -> None:
        await ack(text="Done", response_type="in_channel")

    answer = await slack.type_command(mia, channel, "/subscribe")

    assert slack.messages(channel.id) == list(answer.messages)


async def test_a_command_can_be_answered_by_an_ephemeral_message(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")

    @app.command("/subscribe")
    async def subscribe(ack: Any) -> None:
        await ack()
        await client.chat_postEphemeral(channel=channel.id, user=mia.id, text="psst")

    answer = await slack.type_command(mia, channel, "/subscribe")

    assert answer.messages == tuple(slack.private_messages(mia))


async def test_commands_work_in_direct_messages(slack: SlackStandIn, app: AsyncApp) -> None:
    mia = slack.add_user("mia")

    @app.command("/subscribe")
    async def subscribe(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"{command['channel_name']} {command['channel_id']}")

    answer = await slack.type_command(mia, slack.direct_messages(mia), "/subscribe")

    assert answer.messages[0].text == f"directmessage {slack.direct_messages(mia).id}"


async def test_names_and_addresses_arrive_as_markup_if_the_command_is_set_so(
    slack: SlackStandIn, app: AsyncApp
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
    texts = []

    @app.command("/subscribe")
    async def subscribe(ack: Any, command: dict[str, Any]) -> None:
        texts.append(command["text"])
        await ack("ok")

    for slack.should_escape in (False, True):
        await slack.type_command(mia, channel, "/subscribe", "#ai-news @mia https://a.org?b=1&c=2")

    assert texts == [
        "#ai-news @mia https://a.org?b=1&amp;c=2",
        f"<#{channel.id}|ai-news> <@{mia.id}|mia> <https://a.org?b=1&amp;c=2>",
    ]


@pytest.mark.parametrize("limits", [Limits.off().changed(ack_seconds=0.05)])
async def test_a_slow_acknowledgement_is_too_late(slack: SlackStandIn, app: AsyncApp) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")

    @app.command("/subscribe")
    async def subscribe(respond: Any) -> None:
        await respond("never acknowledged")

    with pytest.raises(NoAnswer, match="operation_timeout"):
        await slack.type_command(mia, channel, "/subscribe")


@pytest.mark.parametrize("limits", [Limits.off().changed(answer_seconds=0.05)])
async def test_an_app_that_says_nothing_more_gives_no_answer(
    slack: SlackStandIn, app: AsyncApp
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")

    @app.command("/subscribe")
    async def subscribe(ack: Any) -> None:
        await ack()

    with pytest.raises(NoAnswer, match="said nothing"):
        await slack.type_command(mia, channel, "/subscribe")


async def test_an_app_that_is_away_gives_no_answer(slack: SlackStandIn) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")

    with pytest.raises(NoAnswer, match="dispatch_failed"):
        await slack.type_command(mia, channel, "/subscribe")


async def test_a_wrong_answer_is_refused_with_its_reason(
    slack: SlackStandIn, app: AsyncApp
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")

    @app.command("/subscribe")
    async def subscribe(ack: Any) -> None:
        await ack(text="a", blocks=[{"type": "nope"}])

    with pytest.raises(NoAnswer, match="invalid_blocks"):
        await slack.type_command(mia, channel, "/subscribe")


async def respond_often(
    slack: SlackStandIn, app: AsyncApp, bodies: list[dict[str, Any]], before: Callable[[], None]
) -> list[tuple[int, str]]:
    """Have the app answer a command by these bodies; return what Slack said to each."""
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
    said: list[tuple[int, str]] = []
    done = asyncio.Event()

    @app.command("/subscribe")
    async def subscribe(ack: Any, command: dict[str, Any]) -> None:
        await ack("Working")
        before()
        async with aiohttp.ClientSession() as http:
            for body in bodies:
                async with http.post(command["response_url"], json=body) as response:
                    said.append((response.status, (await response.json()).get("error", "")))
        done.set()

    await slack.type_command(mia, channel, "/subscribe")
    await done.wait()
    return said


async def test_a_response_address_works_five_times(slack: SlackStandIn, app: AsyncApp) -> None:
    said = await respond_often(slack, app, [{"text": "a"}] * 6, lambda: None)

    assert said == [(200, "")] * 5 + [(404, "used_url")]


async def test_a_response_address_works_for_half_an_hour(
    slack: SlackStandIn, app: AsyncApp, clock: Clock
) -> None:
    def wait() -> None:
        clock.now += 1801

    said = await respond_often(slack, app, [{"text": "a"}], wait)

    assert said == [(404, "expired_url")]


async def test_a_response_address_checks_what_it_gets(slack: SlackStandIn, app: AsyncApp) -> None:
    bodies: list[dict[str, Any]] = [{"text": ""}, {"text": "a", "blocks": [{"type": "nope"}]}]

    said = await respond_often(slack, app, bodies, lambda: None)

    assert said == [(400, "no_text"), (400, "invalid_blocks")]

"""The stand-in for Slack: its rate limits, faults on demand, log and live changes."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, SlackStandIn


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
async def slack(clock: Clock) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(clock=clock) as stand_in:
        yield stand_in


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(slack: SlackStandIn, http: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, slack.api_url, session=http, retry_handlers=[])


async def refusal(call: Any) -> str:
    """Return the error that Slack answered a call with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_channel_takes_one_message_a_second(
    slack: SlackStandIn, client: AsyncWebClient, clock: Clock
) -> None:
    channel, other = slack.add_channel("ai-news"), slack.add_channel("chips")
    await client.chat_postMessage(channel=channel.id, text="1")

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=channel.id, text="2")

    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    assert caught.value.response.data == {"ok": False, "error": "ratelimited"}
    await client.chat_postMessage(channel=other.id, text="elsewhere")
    clock.now += 1
    await client.chat_postMessage(channel=channel.id, text="2")


async def test_a_workspace_takes_so_many_messages_a_minute(clock: Clock) -> None:
    limits = Limits.off().changed(workspace_per_minute=2)
    async with SlackStandIn(limits=limits, clock=clock) as slack, aiohttp.ClientSession() as http:
        client = AsyncWebClient(slack.bot_token, slack.api_url, session=http, retry_handlers=[])
        places = [slack.add_channel(name).id for name in "abc"]
        for place in places[:2]:
            await client.chat_postMessage(channel=place, text="a")

        clock.now += 20
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=places[2], text="a")

        assert caught.value.response.headers["Retry-After"] == "40"


async def test_a_method_has_its_tier(
    slack: SlackStandIn, client: AsyncWebClient, clock: Clock
) -> None:
    for _ in range(20):
        await client.conversations_list()

    assert await refusal(client.conversations_list()) == "ratelimited"
    await client.auth_test()
    clock.now += 60
    await client.conversations_list()
    assert slack.requests[-1].method == "conversations.list"


async def test_a_burst_can_be_allowed(clock: Clock) -> None:
    limits = Limits(channel_burst=3)
    async with SlackStandIn(limits=limits, clock=clock) as slack, aiohttp.ClientSession() as http:
        client = AsyncWebClient(slack.bot_token, slack.api_url, session=http, retry_handlers=[])
        channel = slack.add_channel("ai-news")
        for _ in range(3):
            await client.chat_postMessage(channel=channel.id, text="a")

        assert await refusal(client.chat_postMessage(channel=channel.id, text="a")) == "ratelimited"


async def test_calls_fail_on_demand(slack: SlackStandIn, client: AsyncWebClient) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error="restricted_action")
    slack.fail_next("chat.postMessage", status=503)
    slack.fail_next("chat.postMessage", error="ratelimited", headers={"Retry-After": "30"})
    slack.fail_next("chat.postMessage", error="internal_error", after_commit=True)
    failures = []

    for _ in range(4):
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=channel.id, text="a")
        response = caught.value.response
        failures.append((response.status_code, response.headers.get("Retry-After")))

    assert failures == [(200, None), (503, None), (429, "30"), (200, None)]
    assert len(slack.messages(channel.id)) == 1


@pytest.mark.parametrize(("after_commit", "stored"), [(False, 0), (True, 1)])
async def test_a_connection_breaks_before_or_after_the_message_is_stored(
    slack: SlackStandIn, client: AsyncWebClient, *, after_commit: bool, stored: int
) -> None:
    channel = slack.add_channel("ai-news")
    slack.drop_next("chat.postMessage", after_commit=after_commit)

    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=channel.id, text="a")

    assert len(slack.messages(channel.id)) == stored


async def test_answers_are_kept_back_while_they_are_held(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    channel = slack.add_channel("ai-news")

    async with slack.held("chat.postMessage") as hold:
        post = asyncio.create_task(client.chat_postMessage(channel=channel.id, text="a"))
        await hold.arrived()
        assert len(slack.messages(channel.id)) == 1
        assert not post.done()

    assert (await post)["ok"]


async def test_calls_are_logged_without_their_token(
    slack: SlackStandIn, http: aiohttp.ClientSession, clock: Clock
) -> None:
    form = {"token": slack.bot_token, "foo": "bar"}

    async with http.post(slack.api_url + "auth.test", data=form) as response:
        answer = await response.json()

    [request] = slack.requests
    assert (request.method, request.args, request.status) == ("auth.test", {"foo": "bar"}, 200)
    assert (request.answer, request.at) == (answer, clock.now)


async def test_no_log_is_kept_if_none_is_wanted() -> None:
    async with SlackStandIn(record=False) as slack, aiohttp.ClientSession() as http:
        async with http.post(slack.api_url + "api.test") as response:
            await response.read()

        assert slack.requests == ()


async def test_changes_can_be_listened_to(slack: SlackStandIn, client: AsyncWebClient) -> None:
    mia = slack.add_user("mia")
    channel = slack.add_channel("ai-news", creator=mia)
    changes = slack.listen()

    ts = (await client.chat_postMessage(channel=channel.id, text="a"))["ts"]
    await client.chat_update(channel=channel.id, ts=ts, text="b")
    await client.chat_delete(channel=channel.id, ts=ts)
    await client.chat_postEphemeral(channel=channel.id, user=mia.id, text="c")
    seen = [await anext(changes) for _ in range(4)]

    assert [c["kind"] for c in seen] == ["posted", "edited", "deleted", "posted"]
    assert [c["message"]["text"] for c in seen] == ["a", "b", "b", "c"]
    assert seen[3]["seen_by"] == mia.id
    assert json.loads(json.dumps(seen)) == seen


async def test_listening_ends_with_the_stand_in() -> None:
    async with SlackStandIn() as slack:
        changes = slack.listen()

    assert [change async for change in changes] == []

"""The stand-in for Slack: the connections of Socket Mode, seen from the app's end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, SlackStandIn, Unacknowledged


@pytest.fixture
def limits() -> Limits:
    return Limits.off()


@pytest.fixture
async def slack(limits: Limits) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(limits=limits) as stand_in:
        yield stand_in


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as http:
        yield AsyncWebClient(slack.bot_token, slack.api_url, session=http, retry_handlers=[])


@pytest.fixture
async def link(slack: SlackStandIn, client: AsyncWebClient) -> AsyncIterator[Any]:
    """Give a bare connection that has been greeted."""
    async with aiohttp.ClientSession() as http:
        url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        async with http.ws_connect(url, autoping=False) as link:
            assert (await link.receive_json())["type"] == "hello"
            yield link


@pytest.mark.parametrize("limits", [Limits.off().changed(ack_seconds=0.05)])
async def test_an_unacknowledged_event_comes_once_more(slack: SlackStandIn, link: Any) -> None:
    with pytest.raises(Unacknowledged, match="operation_timeout"):
        await slack.event({"type": "team_rename", "name": "b"})

    first = await link.receive_json()
    second = await link.receive_json()
    assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
    assert second["retry_reason"] == "timeout"
    assert first["payload"]["event_id"] == second["payload"]["event_id"]


async def test_pings_are_answered_with_their_words(link: Any) -> None:
    await link.ping(b"are you there")

    frame = await link.receive()

    assert (frame.type, bytes(frame.data)) == (aiohttp.WSMsgType.PONG, b"are you there")


async def test_connections_are_pinged() -> None:
    async with SlackStandIn(ping_seconds=0.02) as slack, aiohttp.ClientSession() as http:
        client = AsyncWebClient(slack.bot_token, slack.api_url, session=http)
        url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        async with http.ws_connect(url, autoping=False) as link:
            await link.receive_json()

            assert (await link.receive()).type is aiohttp.WSMsgType.PING


async def test_an_address_for_a_connection_works_once(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    other = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as link:
        await link.receive_json()
        slack.expire_links()

        for stale in (url, other):
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await http.ws_connect(stale)
            assert caught.value.status == 404


async def test_connections_can_be_refused_without_using_their_address(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    slack.fail_next("link", status=503)
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]

    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await http.ws_connect(url)
        async with http.ws_connect(url) as link:
            assert (await link.receive_json())["num_connections"] == 1

    assert caught.value.status == 503


async def test_ten_connections_share_the_envelopes(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    async with aiohttp.ClientSession() as http:
        links = []
        for _ in range(11):
            url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
            links.append(await http.ws_connect(url))
        hellos = [await link.receive_json() for link in links]
        telling = [asyncio.create_task(slack.event({"type": "a"})) for _ in range(10)]
        envelopes = [await link.receive_json() for link in links[:10]]
        for link, envelope in zip(links, envelopes, strict=False):
            await link.send_json({"envelope_id": envelope["envelope_id"]})
        await asyncio.gather(*telling)
        for link in links:
            await link.close()

    assert [h["type"] for h in hellos] == ["hello"] * 10 + ["disconnect"]
    assert hellos[10]["reason"] == "too_many_websockets"


async def test_a_warned_connection_can_be_closed(slack: SlackStandIn, link: Any) -> None:
    await slack.disconnect("warning", close=True)

    assert (await link.receive_json())["reason"] == "warning"
    assert (await link.receive()).type is aiohttp.WSMsgType.CLOSE

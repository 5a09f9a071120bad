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


async def test_a_told_connection_gets_nothing_more_while_there_is_another(
    slack: SlackStandIn, client: AsyncWebClient, link: Any
) -> None:
    await slack.disconnect("warning")
    assert (await link.receive_json())["reason"] == "warning"
    async with aiohttp.ClientSession() as http:
        url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        async with http.ws_connect(url) as other:
            await other.receive_json()
            for _ in range(2):
                telling = asyncio.create_task(slack.event({"type": "a"}))
                envelope = await other.receive_json()
                await other.send_json({"envelope_id": envelope["envelope_id"]})
                await telling

            await slack.end_told()

            assert (await link.receive()).type is aiohttp.WSMsgType.CLOSE
            await slack.connected(1)


async def test_a_connection_ends_when_what_was_sent_by_it_is_acknowledged(
    slack: SlackStandIn, link: Any
) -> None:
    telling = asyncio.create_task(slack.event({"type": "a"}))
    envelope = await link.receive_json()
    ending = asyncio.create_task(slack.disconnect("warning", close=True))
    await link.receive_json()

    await link.send_json({"envelope_id": envelope["envelope_id"]})

    await telling
    assert (await link.receive()).type is aiohttp.WSMsgType.CLOSE
    await link.close()
    await ending


async def test_copies_come_in_envelopes_of_their_own(slack: SlackStandIn, link: Any) -> None:
    slack.copies = 4

    telling = asyncio.create_task(slack.event({"type": "a"}))
    envelopes = [await link.receive_json() for _ in range(4)]
    for envelope in envelopes:
        await link.send_json({"envelope_id": envelope["envelope_id"]})
    await telling

    assert len({envelope["envelope_id"] for envelope in envelopes}) == 4
    assert len({envelope["payload"]["event_id"] for envelope in envelopes}) == 1


@pytest.mark.parametrize(
    ("private", "told"),
    [
        (False, ["channel_archive", "channel_unarchive", "member_left_channel", "channel_left"]),
        (True, ["group_archive", "group_unarchive", "member_left_channel", "group_left"]),
    ],
)
async def test_what_happens_to_a_channel_is_told_in_order(
    slack: SlackStandIn, link: Any, told: list[str], *, private: bool
) -> None:
    slack.subscribed = told
    channel = slack.add_channel("ai-news", private=private)

    slack.archive(channel)
    slack.unarchive(channel)
    slack.remove_bot(channel)
    heard = [(await link.receive_json())["payload"]["event"] for _ in told]

    assert [event["type"] for event in heard] == told
    assert {event["channel"] for event in heard} == {channel.id}


async def test_an_app_hears_of_private_channels_only_from_inside(
    slack: SlackStandIn, link: Any
) -> None:
    slack.subscribed = ("group_archive", "group_deleted")
    hidden = slack.add_channel("hidden", private=True, bot_is_member=False)
    own = slack.add_channel("own", private=True)

    slack.archive(hidden)
    slack.delete_channel(own)

    event = (await link.receive_json())["payload"]["event"]
    assert (event["type"], event["channel"]) == ("group_deleted", own.id)


async def test_an_app_without_the_scope_is_told_nothing_of_channels(
    slack: SlackStandIn, link: Any
) -> None:
    slack.subscribed = ("channel_archive", "app_uninstalled")
    slack.scopes = ("commands",)

    slack.archive(slack.add_channel("ai-news"))
    slack.uninstall()

    assert (await link.receive_json())["payload"]["event"] == {"type": "app_uninstalled"}

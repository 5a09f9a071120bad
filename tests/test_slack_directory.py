"""What Slack says of a channel is asked for as seldom as its limit takes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bots.sandbox.slack import SlackStandIn
from bots.slack.client import web_client
from bots.slack.directory import Directory


@dataclass
class Office:
    """A workspace, what asks it about its channels, and the time there."""

    slack: SlackStandIn
    directory: Directory
    now: float = 0.0

    @property
    def asked(self) -> int:
        """Return how often Slack was asked about a channel."""
        return sum(request.method == "conversations.info" for request in self.slack.requests)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with (
        SlackStandIn() as slack,
        web_client(slack.bot_token, api_url=slack.api_url) as client,
    ):
        made = Office(slack, Directory(client, clock=lambda: made.now))
        yield made


async def test_a_crowd_that_asks_at_once_is_one_request(office: Office) -> None:
    lobby = office.slack.add_channel("lobby", bot_is_member=False)

    told = await asyncio.gather(*(office.directory.channel(lobby.id) for _ in range(100)))

    assert {it["name"] for it in told} == {"lobby"}
    assert office.asked == 1


@pytest.mark.parametrize(("after", "asked"), [(0.0, 1), (9.9, 1), (10.0, 2)])
async def test_a_channel_with_the_bot_in_it_is_known_for_ten_seconds(
    office: Office, after: float, asked: int
) -> None:
    news = office.slack.add_channel("news")
    office.now = 100.0

    await office.directory.channel(news.id)
    office.now += after
    told = await office.directory.channel(news.id)

    assert told["name"] == "news"
    assert office.asked == asked


async def test_what_somebody_mends_is_seen_at_once(office: Office) -> None:
    lobby = office.slack.add_channel("lobby", bot_is_member=False)

    before = await office.directory.channel(lobby.id)
    office.slack.invite_bot(lobby)
    after = await office.directory.channel(lobby.id)

    assert (before["is_member"], after["is_member"]) == (False, True)


async def test_one_who_gives_up_ends_it_for_nobody_else(office: Office) -> None:
    news = office.slack.add_channel("news")
    impatient = asyncio.create_task(office.directory.channel(news.id))
    patient = asyncio.create_task(office.directory.channel(news.id))
    await asyncio.sleep(0)

    impatient.cancel()

    assert (await patient)["name"] == "news"
    assert office.asked == 1


async def test_what_slack_does_not_say_is_asked_again(office: Office) -> None:
    assert await office.directory.channel("C0GONE") == {}
    assert await office.directory.channel("C0GONE") == {}
    assert office.asked == 2

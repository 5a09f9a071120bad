"""Posts to Slack, and how they stand there."""

import asyncio
import warnings
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, SlackStandIn
from bots.slack.client import web_client
from bots.slack.pacing import Pacer
from bots.slack.poster import SlackPoster, mark_of
from core.messages import Buttons, Image, LinkButton, Message, Story, Text
from core.posting import (
    Address,
    PostError,
    Receipt,
    Refused,
    TryLater,
)

READ = Buttons((LinkButton("Read", "https://news.example/pause", "Read it"),))
STORY = Message((Story("Meta pauses & reviews", "It stops for now.", ("mixed",)), READ))
PICTURE = Image("https://news.example/pause.png", "A picture")
WITH_PICTURE = Message((Story("Meta pauses", "It stops for now.", (), (), PICTURE), READ))


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(limits=Limits.off()) as slack:
        yield slack


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with web_client(slack.bot_token, api_url=slack.api_url) as client:
        yield client


@pytest.fixture
def poster(client: AsyncWebClient) -> SlackPoster:
    return SlackPoster(client, spacing=0)


def at(slack: SlackStandIn, channel: str) -> Address:
    return Address("slack", slack.team_id, channel)


async def test_a_message_stands_in_the_channel_as_its_receipt_says(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    address = at(slack, slack.add_channel("ai-news").id)

    receipt = await poster.post(address, STORY, key="1")

    (posted,) = slack.messages(address.channel)
    assert receipt == Receipt(address, posted.ts)
    assert "Meta pauses &amp; reviews" in posted.text
    assert [link.url for link in posted.links] == ["https://news.example/pause"] * 2
    assert not posted.unfurl_links
    assert not posted.unfurl_media


async def test_a_post_carries_a_mark_that_tells_nothing(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    address = at(slack, slack.add_channel("ai-news").id)

    await poster.post(address, STORY, key="delivery 12")

    (posted,) = slack.messages(address.channel)
    mark = mark_of("delivery 12", address)
    assert posted.metadata == {"event_type": "themata_delivery", "event_payload": {"d": mark}}
    assert len(mark) == 32


def test_the_mark_differs_by_key_and_by_address() -> None:
    here, there = Address("slack", "T1", "C1"), Address("slack", "T1", "C2")

    assert len({mark_of("1", here), mark_of("2", here), mark_of("1", there)}) == 3
    assert mark_of("1", here) == mark_of("1", here)


async def test_a_persons_address_goes_to_their_direct_messages(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    mia = slack.add_user("mia")

    receipt = await poster.post(at(slack, mia.id), STORY, key="1")

    direct = slack.direct_messages(mia)
    assert receipt.address == at(slack, direct.id)
    assert [message.ts for message in slack.messages(direct.id)] == [receipt.message_id]


async def test_a_thread_gets_its_post_as_a_reply(slack: SlackStandIn, poster: SlackPoster) -> None:
    channel = slack.add_channel("ai-news")
    first = await poster.post(at(slack, channel.id), STORY, key="1")
    thread = Address("slack", slack.team_id, channel.id, first.message_id)

    receipt = await poster.post(thread, STORY, key="2")

    assert receipt.address == thread
    assert slack.messages(channel.id)[1].thread_ts == first.message_id


async def test_an_edit_replaces_what_stands_there(slack: SlackStandIn, poster: SlackPoster) -> None:
    address = at(slack, slack.add_channel("ai-news").id)
    receipt = await poster.post(address, STORY, key="1")

    await poster.edit(receipt, Message((Text("Withdrawn"),)))

    (posted,) = slack.messages(address.channel)
    assert posted.text == "Withdrawn"
    assert posted.metadata is not None


@pytest.mark.parametrize("by_person", [True, False])
async def test_a_direct_message_can_be_edited(
    slack: SlackStandIn, poster: SlackPoster, *, by_person: bool
) -> None:
    mia = slack.add_user("mia")
    receipt = await poster.post(at(slack, mia.id), STORY, key="1")
    if by_person:
        receipt = Receipt(at(slack, mia.id), receipt.message_id)

    await poster.edit(receipt, Message((Text("Withdrawn"),)))

    assert slack.messages(slack.direct_messages(mia).id)[0].text == "Withdrawn"


async def test_n6_a_pause_that_slack_asks_for_holds_for_all_channels(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    now = 1000.0
    poster = SlackPoster(client, spacing=0, clock=lambda: now)
    one, other = slack.add_channel("one"), slack.add_channel("other")
    slack.fail_next("chat.postMessage", error="ratelimited", headers={"Retry-After": "30"})

    with pytest.raises(TryLater) as first:
        await poster.post(at(slack, one.id), STORY, key="1")
    now += 20
    with pytest.raises(TryLater) as second:
        await poster.post(at(slack, other.id), STORY, key="2")
    now += 10
    await poster.post(at(slack, other.id), STORY, key="2")

    assert first.value.after == timedelta(seconds=30)
    assert second.value.after == timedelta(seconds=10)
    assert len(slack.requests) == 2


async def test_a_pause_for_posts_is_none_for_edits(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    channel = slack.add_channel("ai-news")
    receipt = await poster.post(at(slack, channel.id), STORY, key="1")
    slack.fail_next("chat.postMessage", error="ratelimited")

    with pytest.raises(TryLater):
        await poster.post(at(slack, channel.id), STORY, key="2")
    await poster.edit(receipt, Message((Text("Changed"),)))

    assert slack.messages(channel.id)[0].text == "Changed"


async def test_a_picture_that_slack_cannot_fetch_costs_only_the_picture(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error="invalid_blocks")

    await poster.post(at(slack, channel.id), WITH_PICTURE, key="1")

    (posted,) = slack.messages(channel.id)
    assert "image" not in str(posted.blocks)
    assert "It stops for now." in str(posted.blocks)


@pytest.mark.parametrize("message", [STORY, WITH_PICTURE])
async def test_a_layout_that_slack_blames_is_tried_once_more_in_a_smaller_form(
    slack: SlackStandIn, poster: SlackPoster, message: Message
) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error="msg_blocks_too_long")

    receipt = await poster.post(at(slack, channel.id), message, key="1")

    (posted,) = slack.messages(channel.id)
    (block,) = posted.blocks
    assert [section["type"] for section in block["elements"]] == ["rich_text_section"]
    assert "Meta pauses" in posted.text
    assert {link.url for link in posted.links} == {"https://news.example/pause"}
    assert posted.metadata is not None
    assert receipt.message_id == posted.ts


async def test_a_message_that_is_refused_twice_is_not_sent_again(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error="invalid_blocks", times=3)

    with pytest.raises(Refused):
        await poster.post(at(slack, channel.id), WITH_PICTURE, key="1")

    assert len(slack.requests) == 2
    assert slack.messages(channel.id) == []


async def test_a_message_that_is_no_smaller_in_its_smaller_form_is_not_sent_again(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error="invalid_blocks")

    with pytest.raises(Refused):
        await poster.post(at(slack, channel.id), Message((Text("Withdrawn"),)), key="1")

    assert len(slack.requests) == 1


async def test_m1_a_message_that_cannot_be_drawn_is_refused_and_the_channel_goes_on(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    address = at(slack, slack.add_channel("ai-news").id)
    broken = Message(("no part",))  # type: ignore[arg-type]  # what a bug could make

    with pytest.raises(Refused, match="drawn"):
        await poster.post(address, broken, key="1")
    await poster.post(address, STORY, key="2")

    assert len(slack.messages(address.channel)) == 1


async def test_the_posts_of_a_channel_wait_for_each_other(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    one, other = slack.add_channel("one"), slack.add_channel("other")

    async with slack.held("chat.postMessage") as hold:
        posts = [
            asyncio.create_task(poster.post(at(slack, channel.id), STORY, key=str(number)))
            for number, channel in enumerate((one, one, other))
        ]
        await hold.arrived(2)
        under_way = len(slack.messages(one.id)), len(slack.messages(other.id))
    await asyncio.gather(*posts)

    assert under_way == (1, 1)
    assert len(slack.messages(one.id)) == 2


async def test_slack_never_has_to_slow_the_posts_of_a_channel_down() -> None:
    now = 1_000_000.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    limits = Limits.off().changed(channel_seconds=1.0)
    async with (
        SlackStandIn(limits=limits, clock=lambda: now) as slack,
        web_client(slack.bot_token, api_url=slack.api_url) as client,
    ):
        pacer = Pacer(clock=lambda: now, sleep=sleep)
        poster = SlackPoster(client, pacer=pacer, clock=lambda: now)
        address = at(slack, slack.add_channel("ai-news").id)

        await asyncio.gather(*(poster.post(address, STORY, key=str(n)) for n in range(5)))

        assert {request.status for request in slack.requests} == {200}


async def test_an_edit_of_a_message_that_is_gone_is_refused(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    channel = slack.add_channel("ai-news")

    with pytest.raises(Refused, match="gone"):
        await poster.edit(Receipt(at(slack, channel.id), "1.000001"), STORY)


async def test_nothing_of_a_message_or_a_token_is_in_the_log(
    slack: SlackStandIn, poster: SlackPoster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    channel = slack.add_channel("ai-news")
    slack.fail_next("chat.postMessage", error="brand_new_error")

    with pytest.raises(PostError):
        await poster.post(at(slack, channel.id), STORY, key="1")
    await poster.post(at(slack, channel.id), STORY, key="1")

    ours = "\n".join(record.getMessage() for record in caplog.records if "bots." in record.name)
    assert "brand_new_error" in ours
    assert "Meta pauses" not in caplog.text
    assert slack.bot_token not in caplog.text


async def test_posts_raise_no_warnings(slack: SlackStandIn, poster: SlackPoster) -> None:
    channel = slack.add_channel("ai-news")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await poster.post(at(slack, channel.id), STORY, key="1")

    assert slack.without_fallback == ()

"""The stand-in for Slack: buttons, mentions and views, with the real slack_bolt."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, NoAnswer, SlackStandIn

BUTTON = {
    "type": "button",
    "text": {"type": "plain_text", "text": "Go"},
    "action_id": "go",
    "value": "1",
}
READ = {**BUTTON, "action_id": "read", "url": "https://a.org"}
MENU = {
    "type": "overflow",
    "action_id": "menu",
    "options": [{"text": {"type": "plain_text", "text": "Mute"}, "value": "mute"}],
}
ROW = [{"type": "actions", "block_id": "row", "elements": [BUTTON, READ, MENU]}]
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Tags"}, "blocks": []}


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
    async with SlackStandIn(limits=Limits.off(), clock=clock) as stand_in:
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


async def post_row(client: AsyncWebClient, channel: str) -> str:
    """Post a message with buttons; return its id."""
    return str((await client.chat_postMessage(channel=channel, text="a", blocks=ROW))["ts"])


async def test_what_a_person_cannot_do_is_not_done(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
    secret = slack.add_channel("secret", private=True)
    ts = await post_row(client, channel.id)

    with pytest.raises(ValueError, match="not a valid command"):
        await slack.type_command(mia, channel, "/nope")
    with pytest.raises(LookupError, match="not in secret"):
        await slack.type_command(mia, secret, "/subscribe")
    with pytest.raises(LookupError, match="no stop"):
        await slack.press(mia, channel, ts, "stop")
    with pytest.raises(LookupError, match="sees no message"):
        await slack.press(mia, channel, "1.2", "go")
    slack.archive(channel)
    with pytest.raises(ValueError, match="archived"):
        await slack.type_command(mia, channel, "/subscribe")


async def test_a_pressed_button_tells_where_and_by_whom(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
    ts = await post_row(client, channel.id)
    bodies = []

    @app.action("go")
    async def go(ack: Any, respond: Any, body: dict[str, Any]) -> None:
        await ack()
        bodies.append(body)
        await respond(text="Pressed", replace_original=False)

    answer = await slack.press(mia, channel, ts, "go")

    assert [(m.text, m.seen_by) for m in answer.messages] == [("Pressed", mia.id)]
    [body] = bodies
    assert body["actions"][0]["value"] == "1"
    assert body["actions"][0]["block_id"] == "row"
    assert (body["container"]["message_ts"], body["message"]["ts"]) == (ts, ts)
    assert (body["user"]["id"], body["channel"]["id"]) == (mia.id, channel.id)


@pytest.mark.parametrize(
    ("said", "standing"),
    [({"text": "new", "replace_original": True}, ["new"]), ({"delete_original": True}, [])],
)
async def test_an_answer_can_take_the_place_of_the_message(
    slack: SlackStandIn,
    app: AsyncApp,
    client: AsyncWebClient,
    said: dict[str, Any],
    standing: list[str],
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
    ts = await post_row(client, channel.id)

    @app.action("go")
    async def go(ack: Any, respond: Any) -> None:
        await ack()
        await respond(**said)

    answer = await slack.press(mia, channel, ts, "go")

    assert [m.text for m in slack.messages(channel.id)] == standing
    assert [m.text for m in answer.messages] == standing


async def test_a_button_on_an_ephemeral_message_comes_without_the_message(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient
) -> None:
    mia = slack.add_user("mia")
    channel = slack.add_channel("ai-news", creator=mia)
    sent = await client.chat_postEphemeral(channel=channel.id, user=mia.id, text="a", blocks=ROW)
    bodies = []

    @app.action("go")
    async def go(ack: Any, respond: Any, body: dict[str, Any]) -> None:
        await ack()
        bodies.append(body)
        await respond(text="new", replace_original=True)

    await slack.press(mia, channel, sent["message_ts"], "go")

    assert "message" not in bodies[0]
    assert bodies[0]["container"]["is_ephemeral"]
    assert [m.text for m in slack.private_messages(mia)] == ["new"]


async def test_a_link_button_tells_the_app_and_needs_no_answer(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
    ts = await post_row(client, channel.id)
    pressed = []

    @app.action("read")
    async def read(ack: Any, action: dict[str, Any]) -> None:
        pressed.append(action["url"])
        await ack()

    assert (await slack.press(mia, channel, ts, "read")).messages == ()
    assert pressed == ["https://a.org"]


async def test_an_option_of_a_menu_can_be_chosen(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
    ts = await post_row(client, channel.id)

    @app.action("menu")
    async def menu(ack: Any, respond: Any, action: dict[str, Any]) -> None:
        await ack()
        await respond(action["selected_option"]["value"])

    answer = await slack.press(mia, channel, ts, "menu", option="mute")

    assert answer.messages[0].text == "mute"
    with pytest.raises(LookupError, match="no option"):
        await slack.press(mia, channel, ts, "menu", option="other")


OPTIONS = [{"text": {"type": "plain_text", "text": it}, "value": it} for it in "abc"]
LIST = {
    "type": "static_select",
    "action_id": "list",
    "options": OPTIONS,
    "initial_option": OPTIONS[0],
}


async def test_each_press_tells_its_block_and_what_stands_in_all_lists(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient
) -> None:
    told = []

    @app.action(re.compile("go|list"))
    async def keep(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        told.append((body["actions"][0]["block_id"], body["state"]["values"]))
        await respond(text="Done", replace_original=False)

    ada, channel = slack.add_user("ada"), slack.add_channel("ai-news")
    blocks = [{"type": "actions", "block_id": it, "elements": [BUTTON, LIST]} for it in ("x", "y")]
    posted = await client.chat_postMessage(channel=channel.id, text="News", blocks=blocks)

    await slack.press(ada, channel, posted["ts"], "go", block_id="y")
    await slack.press(ada, channel, posted["ts"], "list", "c", block_id="y")

    option = {it["value"]: it for it in OPTIONS}
    stands = {
        name: {
            block: {"list": {"type": "static_select", "selected_option": option[value]}}
            for block, value in zip("xy", name, strict=True)
        }
        for name in ("aa", "ac")
    }
    assert told == [("y", stands["aa"]), ("y", stands["ac"])]


async def test_a_mention_is_answered_in_its_thread(slack: SlackStandIn, app: AsyncApp) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
    events = []

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any], say: Any) -> None:
        events.append(event)
        await say(text="Here", thread_ts=event["ts"])

    answer = await slack.mention(mia, channel, "related https://a.org")

    [asked, told] = slack.messages(channel.id)
    assert answer.messages == (told,)
    assert (told.thread_ts, asked.user) == (asked.ts, mia.id)
    assert events[0]["text"] == f"<@{slack.bot_user_id}> related <https://a.org>"


@pytest.mark.usefixtures("app")
async def test_a_mention_needs_the_app_in_the_channel(slack: SlackStandIn) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
    slack.remove_bot(channel)

    with pytest.raises(NoAnswer, match="not told"):
        await slack.mention(mia, channel, "hello")


async def test_any_event_can_be_told(slack: SlackStandIn, app: AsyncApp) -> None:
    channel = slack.add_channel("ai-news")
    archived = asyncio.Event()

    @app.event("channel_archive")
    async def archive(event: dict[str, Any]) -> None:
        assert event["channel"] == channel.id
        archived.set()

    await slack.event({"type": "channel_archive", "channel": channel.id, "user": "U1"})

    await archived.wait()


async def opened_twice(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient, before: Callable[[], None]
) -> list[str]:
    """Have the app open a view twice by one trigger; return what went wrong."""
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")
    errors: list[str] = []
    done = asyncio.Event()

    @app.command("/subscribe")
    async def subscribe(ack: Any, command: dict[str, Any]) -> None:
        await ack("Opening")
        before()
        for _ in range(2):
            try:
                await client.views_open(trigger_id=command["trigger_id"], view=MODAL)
            except SlackApiError as error:
                errors.append(error.response["error"])
        done.set()

    await slack.type_command(mia, channel, "/subscribe")
    await done.wait()
    return errors


async def test_a_trigger_works_once(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient
) -> None:
    assert await opened_twice(slack, app, client, lambda: None) == ["exchanged_trigger_id"]
    assert len(slack.modals) == 1


async def test_a_trigger_works_for_three_seconds(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient, clock: Clock
) -> None:
    def wait() -> None:
        clock.now += 4

    errors = await opened_twice(slack, app, client, wait)

    assert errors == ["expired_trigger_id"] * 2
    assert slack.modals == {}


async def test_views_are_kept_and_changed(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")

    @app.command("/subscribe")
    async def subscribe(ack: Any, command: dict[str, Any]) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=MODAL)

    opened = (await slack.type_command(mia, channel, "/subscribe")).view
    assert opened is not None
    here = {"view_id": opened["id"], "hash": opened["hash"]}
    await client.views_update(**here, view={**MODAL, "callback_id": "x"})
    await client.views_publish(user_id=mia.id, view={"type": "home", "blocks": []})

    assert slack.modals[opened["id"]]["callback_id"] == "x"
    assert slack.homes[mia.id]["type"] == "home"
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(**here, view=MODAL)
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client.views_publish(user_id=mia.id, view=MODAL)


async def test_the_real_client_comes_back_when_it_is_told_to_refresh(
    slack: SlackStandIn, app: AsyncApp
) -> None:
    mia, channel = slack.add_user("mia"), slack.add_channel("ai-news")

    @app.command("/subscribe")
    async def subscribe(ack: Any) -> None:
        await ack("still here")

    await slack.disconnect("refresh_requested")
    await slack.connected(0)
    await slack.connected(1)

    answer = await slack.type_command(mia, channel, "/subscribe")
    assert answer.messages[0].text == "still here"

"""The stand-in for Slack: what people do in modals and the home tab, with the real slack_bolt."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, NoAnswer, SlackStandIn, User


def plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def option(words: str) -> dict[str, Any]:
    return {"text": plain(words), "value": words}


GO = {"type": "button", "text": plain("Go"), "action_id": "go", "value": "1"}
TAGS = {"type": "multi_external_select", "action_id": "tags", "min_query_length": 1}
WAY = {
    "type": "static_select",
    "action_id": "way",
    "options": [option("daily"), option("weekly")],
    "initial_option": option("daily"),
}
NAME = {"type": "plain_text_input", "action_id": "name"}
TIME = {"type": "timepicker", "action_id": "time", "initial_time": "09:00"}


def asked(block_id: str, element: dict[str, Any], **more: bool) -> dict[str, Any]:
    words = {"label": plain(block_id), "element": element}
    return {"type": "input", "block_id": block_id, **words, **more}


FORM = {
    "type": "modal",
    "callback_id": "follow",
    "title": plain("Follow tags"),
    "submit": plain("Follow"),
    "notify_on_close": True,
    "blocks": [
        asked("tags", TAGS),
        asked("way", WAY),
        asked("name", NAME, optional=True),
        asked("time", TIME),
        {"type": "actions", "block_id": "row", "elements": [GO]},
    ],
}
HOME = {"type": "home", "blocks": [{"type": "actions", "block_id": "row", "elements": [GO]}]}


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(limits=Limits.off().changed(answer_seconds=0.2)) as stand_in:
        stand_in.forms.shortcuts = {"follow_tags": "Follow tags"}
        stand_in.subscribed = {"app_home_opened"}
        yield stand_in


@pytest.fixture
def mia(slack: SlackStandIn) -> User:
    return slack.add_user("mia")


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as http:
        yield AsyncWebClient(slack.bot_token, slack.api_url, session=http, retry_handlers=[])


@pytest.fixture
def offers() -> list[dict[str, Any]]:
    """Give what the app offers; while there is none, something with what was typed."""
    return []


@pytest.fixture
async def app(
    slack: SlackStandIn, client: AsyncWebClient, offers: list[Any]
) -> AsyncIterator[AsyncApp]:
    app = AsyncApp(client=client, signing_secret="not used in Socket Mode")

    @app.shortcut("follow_tags")
    async def follow(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.options("tags")
    async def suggest(ack: Any, body: dict[str, Any]) -> None:
        await ack(options=offers or [option(f"{body['value']}-{n}") for n in range(2)])

    handler = AsyncSocketModeHandler(app, slack.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt has no types here
    await slack.connected()
    yield app
    await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt has no types here


async def opened(slack: SlackStandIn, mia: User) -> str:
    """Open the form; return the id of its view."""
    view = (await slack.forms.shortcut(mia, "follow_tags")).view
    assert view is not None
    return str(view["id"])


async def test_what_is_typed_and_chosen_is_sent_with_a_modal(
    slack: SlackStandIn, app: AsyncApp, mia: User
) -> None:
    sent: list[dict[str, Any]] = []

    @app.view("follow")
    async def take(ack: Any, body: dict[str, Any]) -> None:
        sent.append(body["view"]["state"]["values"])
        await ack()

    view = await opened(slack, mia)
    offered = await slack.forms.suggestions(mia, view, "tags", "ll")
    slack.forms.fill(mia, view, "tags", ["ll-0", "ll-1"])
    slack.forms.fill(mia, view, "way", "weekly")
    said = await slack.forms.send(mia, view)

    assert [it["value"] for it in offered] == ["ll-0", "ll-1"]
    assert sent[0]["tags"]["tags"]["selected_options"] == offered
    assert sent[0]["way"]["way"]["selected_option"] == option("weekly")
    assert sent[0]["name"]["name"]["value"] is None
    assert sent[0]["time"]["time"]["selected_time"] == "09:00"
    assert said.view is None
    assert slack.forms.modal(mia) is None


@pytest.mark.usefixtures("app")
async def test_a_field_that_is_needed_keeps_a_modal_open(slack: SlackStandIn, mia: User) -> None:
    said = await slack.forms.send(mia, await opened(slack, mia))

    assert set(said.errors) == {"tags"}
    assert slack.forms.modal(mia)


@pytest.mark.parametrize("choice", ["llms", "ll-9"])
@pytest.mark.usefixtures("app")
async def test_only_what_is_offered_can_be_chosen(
    slack: SlackStandIn, mia: User, choice: str
) -> None:
    view = await opened(slack, mia)
    await slack.forms.suggestions(mia, view, "tags", "ll")

    with pytest.raises(LookupError, match="no option"):
        slack.forms.fill(mia, view, "tags", [choice])


@pytest.mark.usefixtures("app")
async def test_an_app_is_asked_only_when_enough_is_typed(slack: SlackStandIn, mia: User) -> None:
    assert await slack.forms.suggestions(mia, await opened(slack, mia), "tags", "") == []


@pytest.mark.parametrize(
    "options",
    [
        [option("a")] * 101,
        [{"text": plain("a" * 76), "value": "a"}],
        [{"text": plain("a"), "value": "a" * 151}],
    ],
)
@pytest.mark.usefixtures("app")
async def test_too_much_is_not_offered(
    slack: SlackStandIn, mia: User, offers: list[Any], options: list[dict[str, Any]]
) -> None:
    offers.extend(options)
    view = await opened(slack, mia)

    with pytest.raises(NoAnswer, match="trouble"):
        await slack.forms.suggestions(mia, view, "tags", "a")


@pytest.mark.parametrize(
    ("said", "title", "errors"),
    [
        ({"response_action": "errors", "errors": {"tags": "No"}}, "Follow tags", {"tags": "No"}),
        ({"response_action": "update", "view": {**FORM, "title": plain("Done")}}, "Done", {}),
        ({"response_action": "push", "view": {**FORM, "title": plain("More")}}, "More", {}),
        ({"response_action": "clear"}, None, {}),
        ({}, None, {}),
    ],
)
async def test_an_app_says_what_comes_after_a_modal(
    slack: SlackStandIn,
    app: AsyncApp,
    mia: User,
    *,
    said: dict[str, Any],
    title: str | None,
    errors: dict[str, str],
) -> None:
    @app.view("follow")
    async def take(ack: Any) -> None:
        await ack(**said)

    view = await opened(slack, mia)
    await slack.forms.suggestions(mia, view, "tags", "ll")
    slack.forms.fill(mia, view, "tags", ["ll-0"])
    sent = await slack.forms.send(mia, view)

    shown = slack.forms.modal(mia)
    assert (shown and shown["title"]["text"]) == title
    assert sent.errors == errors


@pytest.mark.parametrize(
    "said",
    [
        {"response_action": "errors", "errors": {"no such block": "No"}},
        {"response_action": "update", "view": {**FORM, "title": plain("a" * 25)}},
        {"response_action": "update", "view": {**FORM, "private_metadata": "a" * 3001}},
        {"response_action": "dance"},
    ],
)
async def test_an_answer_that_slack_cannot_show_is_trouble(
    slack: SlackStandIn, app: AsyncApp, mia: User, said: dict[str, Any]
) -> None:
    @app.view("follow")
    async def take(ack: Any) -> None:
        await ack(**said)

    view = await opened(slack, mia)
    await slack.forms.suggestions(mia, view, "tags", "ll")
    slack.forms.fill(mia, view, "tags", ["ll-0"])

    with pytest.raises(NoAnswer, match="trouble"):
        await slack.forms.send(mia, view)


async def test_a_press_in_a_modal_brings_its_view_and_what_stands_in_it(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient, mia: User
) -> None:
    pressed: list[dict[str, Any]] = []

    @app.action("go")
    async def go(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        pressed.append(body)
        view = body["view"]
        changed = {**FORM, "title": plain("Changed")}
        await client.views_update(view_id=view["id"], hash=view["hash"], view=changed)

    view = await opened(slack, mia)
    slack.forms.fill(mia, view, "way", "weekly")
    answer = await slack.forms.press(mia, view, "go")

    assert answer.view
    assert answer.view["title"]["text"] == "Changed"
    assert pressed[0]["container"] == {"type": "view", "view_id": view}
    assert "response_url" not in pressed[0]
    assert pressed[0]["state"]["values"]["way"]["way"]["selected_option"] == option("weekly")
    shown = slack.forms.modal(mia)
    assert shown
    assert shown["state"]["values"]["way"]["way"]["selected_option"] == option("weekly")


async def test_a_press_to_which_nothing_happens_is_told(
    slack: SlackStandIn, app: AsyncApp, mia: User
) -> None:
    @app.action("go")
    async def go(ack: Any) -> None:
        await ack()

    view = await opened(slack, mia)

    with pytest.raises(NoAnswer, match="said nothing"):
        await slack.forms.press(mia, view, "go")


async def test_an_app_hears_of_a_modal_that_is_closed(
    slack: SlackStandIn, app: AsyncApp, mia: User
) -> None:
    closed: list[dict[str, Any]] = []

    @app.view_closed("follow")
    async def gone(ack: Any, body: dict[str, Any]) -> None:
        closed.append(body)
        await ack()

    await opened(slack, mia)
    await slack.forms.close(mia)

    assert closed[0]["view"]["callback_id"] == "follow"
    assert slack.forms.modal(mia) is None
    assert slack.modals == {}


async def test_at_most_three_modals_stand_on_each_other(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient, mia: User
) -> None:
    refused: list[str] = []

    @app.action("go")
    async def go(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        try:
            await client.views_push(trigger_id=body["trigger_id"], view=FORM)
        except SlackApiError as error:
            refused.append(error.response["error"])
            await client.views_update(view_id=body["view"]["id"], view=FORM)

    await opened(slack, mia)
    for _ in range(3):
        shown = slack.forms.modal(mia)
        assert shown
        await slack.forms.press(mia, shown["id"], "go")

    assert refused == ["push_limit_reached"]
    assert len(slack.modals) == 3


async def test_the_home_tab_is_what_the_app_publishes(
    slack: SlackStandIn, app: AsyncApp, client: AsyncWebClient, mia: User
) -> None:
    told: list[dict[str, Any]] = []

    @app.event("app_home_opened")
    async def come(event: dict[str, Any]) -> None:
        told.append(event)
        await client.views_publish(user_id=event["user"], view=HOME)

    first = await slack.forms.open_home(mia)
    again = await slack.forms.open_home(mia)

    assert first
    assert again
    assert first["id"] == again["id"]
    assert "view" not in told[0]
    assert told[1]["view"]["id"] == first["id"]
    assert told[1]["tab"] == "home"


async def test_a_home_tab_that_changed_meanwhile_is_not_published(
    client: AsyncWebClient, mia: User
) -> None:
    old = await client.views_publish(user_id=mia.id, view=HOME)
    await client.views_publish(user_id=mia.id, view=HOME)

    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_publish(user_id=mia.id, view=HOME, hash=old["view"]["hash"])


async def test_an_app_without_a_home_tab_publishes_none(
    slack: SlackStandIn, client: AsyncWebClient, mia: User
) -> None:
    slack.forms.home_tab = False

    with pytest.raises(SlackApiError, match="not_enabled"):
        await client.views_publish(user_id=mia.id, view=HOME)
    assert await slack.forms.open_home(mia) is None

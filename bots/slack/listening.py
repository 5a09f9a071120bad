"""Listens to what people do in modals, in lists of a form, and in the home tab."""

import re
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bots.slack.answers import Answerer
from bots.slack.home import Homes
from bots.slack.modals import Modals
from bots.slack.pressed import FOLLOW_TAGS, Pressed

_ANY = re.compile("")


def listen_in_views(app: AsyncApp, answerer: Answerer, modals: Modals) -> None:
    """Let `app` answer what is done in views. What is pressed in messages comes after that."""
    homes = Homes(answerer)
    pressed, under_way = Pressed(answerer, modals, homes), answerer.under_way

    async def press(ack: AsyncAck, body: dict[str, Any]) -> None:
        await under_way.do(pressed.press(ack, body))

    async def send(ack: AsyncAck, body: dict[str, Any]) -> None:
        await under_way.do(pressed.send(ack, body))

    async def suggest(ack: AsyncAck, body: dict[str, Any]) -> None:
        await pressed.suggest(ack, body)

    async def follow(ack: AsyncAck, body: dict[str, Any]) -> None:
        await under_way.do(pressed.shortcut(ack, body))

    async def home(event: dict[str, Any]) -> None:
        await homes.opened(event)

    app.action(_ANY, matchers=[_is_in_view])(press)
    app.view(_ANY)(send)
    app.options(_ANY)(suggest)
    app.global_shortcut(FOLLOW_TAGS)(follow)
    app.event("app_home_opened")(home)


async def _is_in_view(body: dict[str, Any]) -> bool:
    return "view" in body

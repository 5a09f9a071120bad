"""Pressed buttons as commands of the core."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bots.slack.answers import Answerer, Asked, by_response_url
from bots.slack.render import OPEN, WORDS
from core import compose
from core.commands import Command, Unclear, parse


async def on_press(answerer: Answerer, ack: AsyncAck, body: dict[str, Any]) -> None:
    """Do what a pressed button says; one that opens a page has done it by itself."""
    await ack()
    action = body["actions"][0]
    if action.get("action_id", "").startswith(OPEN):
        return
    reply = by_response_url(answerer.client, body["response_url"])
    asked = Asked(body["user"]["id"], body["channel"]["id"], reply)
    command = command_of(action)
    if command is None:
        await answerer.say(compose.stale_button(), asked)
    else:
        await answerer.answer(command, asked)


def command_of(action: dict[str, Any]) -> Command | None:
    """Return the command on a button; None if no button of this version says that."""
    words = action.get("value") or ""
    if not words or not action.get("action_id", "").startswith(WORDS):
        return None
    command = parse(words)
    return None if isinstance(command, Unclear) else command

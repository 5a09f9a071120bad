"""Pressed buttons as commands of the core."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bots.slack.answers import Answerer, Asked, by_response_url
from bots.slack.render import OPEN, WORDS
from core import compose
from core.commands import Command, Unclear, parse, turns_a_page


async def on_press(answerer: Answerer, ack: AsyncAck, body: dict[str, Any]) -> None:
    """Do what a pressed button says; one that opens a page has done it by itself."""
    await ack()
    action = body["actions"][0]
    if action.get("action_id", "").startswith(OPEN):
        return
    command = command_of(action)
    # What everyone sees is not one reader's to turn over.
    only_theirs = (body.get("container") or {}).get("is_ephemeral") is True
    in_place = only_theirs and command is not None and turns_a_page(command)
    reply = by_response_url(answerer.client, body["response_url"], in_place=in_place)
    asked = Asked(body["user"]["id"], body["channel"]["id"], reply)
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

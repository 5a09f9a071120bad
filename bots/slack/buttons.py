"""Pressed buttons as commands of the core."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bots.slack.answers import Answerer, Asked, by_response_url
from bots.slack.modals import Modals
from bots.slack.render import OPEN, WORDS
from core import compose
from core.commands import Command, Share, Subscribe, Unclear, parse, turns_a_page


async def on_press(answerer: Answerer, modals: Modals, ack: AsyncAck, body: dict[str, Any]) -> None:
    """Do what a pressed button says; one that opens a page has done it by itself."""
    await ack()
    action = body["actions"][0]
    if action.get("action_id", "").startswith(OPEN):
        return
    command, url, person = command_of(action), body["response_url"], body["user"]
    # What everyone sees is not one reader's to turn over.
    in_place = _is_private(body) and command is not None and turns_a_page(command)
    reply = by_response_url(answerer.client, url, replaces=in_place)
    name = str(person.get("username") or person.get("name") or "")
    asked = Asked(person["id"], body["channel"]["id"], reply, _below(body), name)
    if command is None:
        await answerer.say(compose.stale_button(), asked)
    elif command == Subscribe(()):
        await modals.ask_what_to_follow(body["trigger_id"], asked)
    elif isinstance(command, Share):
        # What everyone sees is never replaced.
        instead = by_response_url(answerer.client, url, replaces=_is_private(body))
        await answerer.share(command, asked, instead)
    else:
        await answerer.answer(command, asked)


def command_of(action: dict[str, Any]) -> Command | None:
    """Return the command on a button; None if no button of this version says that."""
    words = action.get("value") or ""
    if not words or not action.get("action_id", "").startswith(WORDS):
        return None
    command = parse(words)
    return None if isinstance(command, Unclear) else command


def _is_private(body: dict[str, Any]) -> bool:
    return bool((body.get("container") or {}).get("is_ephemeral"))


def _below(body: dict[str, Any]) -> str:
    """Return the message that a press is about, or the first one of its thread."""
    container = body.get("container") or {}
    own = "" if _is_private(body) else container.get("message_ts")
    return str(container.get("thread_ts") or own or "")

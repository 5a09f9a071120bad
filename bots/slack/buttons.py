"""Pressed buttons as commands of the core."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bots.slack import asking
from bots.slack.answers import Answerer, Asked, by_response_url
from bots.slack.asking import ASK, CHOOSE
from bots.slack.modals import Modals
from bots.slack.render import OPEN, WORDS
from core import compose
from core.commands import (
    Command,
    Share,
    Subscribe,
    Unclear,
    about_in,
    followed_by,
    parse,
    turns_a_page,
)
from core.messages import Form


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
    channel, about = body["channel"]["id"], about_of(action)
    asked = Asked(person["id"], channel, reply, _below(body), name, about)
    if form := form_of(action):
        await modals.ask(body["trigger_id"], form, url, asked)
    elif command is None:
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
    """Return the command on a button or behind a choice; None if this version makes none such."""
    words, _ = about_in(_words_of(action))
    command = parse(words) if words else Unclear("")
    return None if isinstance(command, Unclear) else command


def about_of(action: dict[str, Any]) -> str:
    """Return the id of the channel that a button is about; "" for where it stands."""
    return about_in(_words_of(action))[1]


def form_of(action: dict[str, Any]) -> tuple[str, Form] | None:
    """Return what a button that opens a form asks, and the words before it."""
    asks = str(action.get("action_id")).startswith(ASK)
    return asking.asked(str(action.get("value") or "")) if asks else None


def _words_of(action: dict[str, Any]) -> str:
    action_id = str(action.get("action_id"))
    if action_id.startswith(CHOOSE):
        chosen = action.get("selected_options") or [action.get("selected_option") or {}]
        values = " ".join(str(it.get("value") or "") for it in chosen)
        return followed_by(action_id.removeprefix(CHOOSE), values).rstrip()
    return str(action.get("value") or "") if action_id.startswith(WORDS) else ""


def _is_private(body: dict[str, Any]) -> bool:
    return bool((body.get("container") or {}).get("is_ephemeral"))


def _below(body: dict[str, Any]) -> str:
    """Return the message that a press is about, or the first one of its thread."""
    container = body.get("container") or {}
    own = "" if _is_private(body) else container.get("message_ts")
    return str(container.get("thread_ts") or own or "")
